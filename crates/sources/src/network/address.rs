//! Addresses of servers, and what may be sent to them.

use http::Uri;

/// The base of a server's API, if what proves who asks may be sent there. `tool` names it and
/// `example` shows one, for messages; `has_secret` is true where there is a token.
///
/// # Errors
/// Where it is no address or not safe, in one sentence.
pub(crate) fn base(tool: &str, example: &str, url: &str, has_secret: bool) -> Result<Uri, String> {
    let shown = crate::git::mirror::shown(url);
    let wrong = |why: &str| format!("the {tool} address `{shown}` {why}");
    let base: Uri = url.trim_end_matches('/').parse().map_err(|_| wrong("is no web address"))?;
    if base.host().is_none() || base.query().is_some() {
        return Err(wrong(&format!("must be like {example}")));
    }
    if base.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return Err(wrong("must not hold a name or password; give the token apart from it"));
    }
    match base.scheme_str() {
        Some("https") => Ok(base),
        Some("http") if !has_secret || is_loopback(&base) => Ok(base),
        Some("http") => Err(wrong("is not encrypted, and a token must not travel like that")),
        _ => Err(wrong("must begin with https://")),
    }
}

/// The server alone, without a path.
pub(crate) fn origin(base: &Uri) -> Uri {
    let mut parts = base.clone().into_parts();
    parts.path_and_query = Some(http::uri::PathAndQuery::from_static("/"));
    Uri::from_parts(parts).unwrap_or_else(|_| base.clone())
}

pub(crate) fn is_loopback(address: &Uri) -> bool {
    let host = address.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// A text as it stands in a path or a query.
pub(crate) fn escaped(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            byte => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_escaped_for_a_query() {
        assert_eq!(escaped("type: incident/ü"), "type%3A%20incident%2F%C3%BC");
    }

    #[test]
    fn a_token_goes_to_no_address_that_is_not_safe() {
        let base = |url| base("Tool", "https://tool.test", url, true).map(|base| base.to_string());
        assert_eq!(base("https://tool.test/api/"), Ok("https://tool.test/api".to_owned()));
        assert!(base("http://127.0.0.1:8080").is_ok());
        for wrong in [
            "http://tool.test",
            "https://ann:secret@tool.test",
            "https://tool.test?key=secret",
            "ftp://tool.test",
            "tool",
        ] {
            let error = base(wrong).expect_err(wrong);
            assert!(error.starts_with("the Tool address") && !error.contains("secret"), "{error}");
        }
    }
}
