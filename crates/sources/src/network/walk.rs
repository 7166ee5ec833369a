//! A walk over the pages of a list: it stays on the server, never comes to a page twice and ends.

use std::collections::HashSet;

use http::Uri;

/// More pages than any list has: a walk that comes here goes in circles.
const MOST_PAGES: usize = 100_000;

/// The pages of one walk so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Walk {
    seen: HashSet<String>,
}

impl Walk {
    /// Goes on to a page, unless the walk was there before.
    ///
    /// # Errors
    /// Where it was, in words for a message.
    pub(crate) fn step(&mut self, page: &str) -> Result<(), String> {
        if self.seen.len() >= MOST_PAGES {
            return Err(format!("its list has more than {MOST_PAGES} pages"));
        }
        match self.seen.insert(page.to_owned()) {
            true => Ok(()),
            false => Err("its list of pages leads back to one that was read already".to_owned()),
        }
    }
}

/// The path and query of an address that a server names, where it is on the server itself.
///
/// # Errors
/// Where it is on another one, or no address: in words for a message. Nothing may be sent there,
/// least of all a token.
pub(crate) fn on_server(server: &Uri, address: &str) -> Result<String, String> {
    let uri: Uri = address.parse().map_err(|_| "names a place that is no address".to_owned())?;
    let is_same = match (uri.scheme(), uri.authority()) {
        (None, None) => address.starts_with('/') && !address.starts_with("//"),
        (scheme, authority) => scheme == server.scheme() && authority == server.authority(),
    };
    if !is_same {
        let host = uri.host().unwrap_or("another place");
        return Err(format!("leads to {host}, which is not followed"));
    }
    Ok(uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_ends_where_it_comes_back() {
        let mut walk = Walk::default();
        assert_eq!(walk.step("/a?page=1"), Ok(()));
        assert_eq!(walk.step("/a?page=2"), Ok(()));
        assert!(walk.step("/a?page=1").is_err());
    }

    #[test]
    fn only_the_server_itself_is_followed() {
        let server: Uri = "https://api.github.com".parse().unwrap();
        let on = |address| on_server(&server, address);
        assert_eq!(on("https://api.github.com/r/1?page=2"), Ok("/r/1?page=2".to_owned()));
        assert_eq!(on("/r/1"), Ok("/r/1".to_owned()));
        for elsewhere in [
            "http://api.github.com/r/1",
            "https://api.github.com.evil.test/r/1",
            "https://api.github.com:8443/r/1",
            "https://evil.test/r/1",
            "//evil.test/r/1",
            "evil.test",
        ] {
            assert!(on(elsewhere).is_err(), "{elsewhere}");
        }
    }
}
