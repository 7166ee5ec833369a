//! An answer of a server, and what can be read off it.

use chrono::DateTime;
use http::HeaderMap;
use serde_json::Value;

/// An answer as it came.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// A header's text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// A header that is a number.
    pub(crate) fn number(&self, name: &str) -> Option<i64> {
        self.header(name)?.trim().parse().ok()
    }

    /// The server's clock, in seconds since 1970.
    pub(crate) fn server_time(&self) -> Option<i64> {
        DateTime::parse_from_rfc2822(self.header("date")?).ok().map(|date| date.timestamp())
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// What the server says in its own words, for a message.
    pub(crate) fn words(&self) -> Option<String> {
        let json = self.json()?;
        let places = ["/message", "/error/message", "/error", "/errorMessages/0"];
        let words = places.iter().find_map(|place| json.pointer(place)?.as_str())?;
        Some(words.chars().take(300).collect())
    }

    /// True for a web page where data was asked for.
    pub(crate) fn is_page(&self) -> bool {
        self.header("content-type").is_some_and(|kind| kind.contains("html"))
    }

    /// Where the next page is, as the `Link` header says.
    pub(crate) fn next(&self) -> Option<&str> {
        self.link("next")
    }

    /// The address that the `Link` header gives for a relation.
    pub(crate) fn link(&self, relation: &str) -> Option<&str> {
        self.header("link")?.split(',').find_map(|link| {
            let (target, parameters) = link.split_once(';')?;
            let is_it = parameters.split(';').any(|parameter| {
                let relation_of = parameter.trim().strip_prefix("rel=");
                relation_of.is_some_and(|named| named.trim_matches('"') == relation)
            });
            is_it.then(|| target.trim().trim_start_matches('<').trim_end_matches('>'))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &'static str, value: &'static str) -> Reply {
        let mut headers = HeaderMap::new();
        headers.insert(name, http::HeaderValue::from_static(value));
        Reply { status: 200, headers, body: Vec::new() }
    }

    #[test]
    fn the_next_page_is_found_among_links() {
        let reply = with(
            "link",
            "<https://api.github.com/repositories/1000/issues?page=1>; rel=\"prev\", \
             <https://api.github.com/repositories/1000/issues?page=3>; rel=\"next\"",
        );
        assert_eq!(reply.next(), Some("https://api.github.com/repositories/1000/issues?page=3"));
        assert_eq!(with("link", "<https://a.test/?page=1>; rel=\"first\"").next(), None);
        assert_eq!(with("etag", "x").next(), None);
    }

    #[test]
    fn a_servers_clock_is_read() {
        let reply = with("date", "Tue, 24 Nov 2026 20:02:06 GMT");
        assert_eq!(reply.server_time(), Some(1_795_550_526));
    }

    #[test]
    fn the_words_of_a_server_are_found_wherever_it_puts_them() {
        for body in [
            r#"{"message": "Not now"}"#,
            r#"{"error": "Not now"}"#,
            r#"{"error": {"message": "Not now", "code": 2001}}"#,
            r#"{"errorMessages": ["Not now"], "errors": {}}"#,
        ] {
            let reply = Reply { body: body.as_bytes().to_vec(), ..with("a", "b") };
            assert_eq!(reply.words().as_deref(), Some("Not now"), "{body}");
        }
    }
}
