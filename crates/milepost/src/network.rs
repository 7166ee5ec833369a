//! What all that goes over a network has in common.

use reqwest::Url;

/// The innermost cause of an error, which says most; the outer ones may name addresses.
pub(crate) fn deepest(error: &dyn std::error::Error) -> String {
    let mut inner = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}

/// True for an address on this machine, where nobody else reads on the way.
pub(crate) fn is_here(url: &Url) -> bool {
    matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"))
}

#[cfg(test)]
mod tests {
    use reqwest::Url;

    use super::is_here;

    #[test]
    fn only_addresses_of_this_machine_are_here() {
        let is_here = |text| is_here(&Url::parse(text).unwrap());
        assert!(is_here("http://127.0.0.1:5000") && is_here("http://localhost/x"));
        assert!(is_here("http://[::1]:9"));
        assert!(!is_here("http://store.example") && !is_here("http://127.0.0.1.example:80"));
        assert!(!is_here("http://127.0.0.1@evil.example/"));
        assert!(!is_here("http://127.0.0.1:x@evil.example/"));
    }
}
