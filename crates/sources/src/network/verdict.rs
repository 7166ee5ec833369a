//! What an answer means for the request: good, wait, try again, or give up and say why.

use super::reply::Reply;

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The answer is what was asked for.
    Good,
    /// It is elsewhere: the address as the server wrote it.
    Moved(String),
    /// A limit on requests: the same again after so many seconds. `None` where the server does
    /// not say how long.
    Limited { seconds: Option<u64>, why: String },
    /// The server failed: the same again after a while.
    Failing(String),
    /// The server took too long: the same again after a while, or less at once.
    Slow(String),
    /// There is nothing at the address, or nothing that may be seen.
    Missing,
    /// No further request of this client will do better: the token is not accepted.
    Locked(String),
    /// It will not be answered, and why.
    Refused(String),
}

/// Reads the verdict off a reply. A server that keeps no limits says so with zeros or with no
/// header at all; neither makes anyone wait.
pub(crate) fn verdict(reply: &Reply) -> Verdict {
    let said = || reply.words().map(|words| format!(": {words}")).unwrap_or_default();
    match reply.status {
        200..=299 if reply.is_page() => Verdict::Refused(
            "answered with a web page instead of data; is a proxy's login in the way?".to_owned(),
        ),
        200..=299 => Verdict::Good,
        301 | 302 | 303 | 307 | 308 => match reply.header("location") {
            Some(location) => Verdict::Moved(location.to_owned()),
            None => Verdict::Refused("redirects without saying where to".to_owned()),
        },
        401 => Verdict::Locked(format!(
            "does not accept the token (401{}); it may have expired or been revoked: give a new one",
            said()
        )),
        403 | 429 => limited_or_forbidden(reply),
        404 | 410 => Verdict::Missing,
        451 => Verdict::Refused(format!("does not give it out for legal reasons (451{})", said())),
        503 if pause(reply).is_some() => {
            Verdict::Limited { seconds: pause(reply), why: "is not available".to_owned() }
        }
        408 | 502..=504 => Verdict::Slow(format!("failed ({}{})", reply.status, said())),
        500..=599 => Verdict::Failing(format!("failed ({}{})", reply.status, said())),
        status => Verdict::Refused(format!("refused ({status}{})", said())),
    }
}

fn limited_or_forbidden(reply: &Reply) -> Verdict {
    if let Some(seconds) = pause(reply) {
        let why = "asks for a pause".to_owned();
        return Verdict::Limited { seconds: Some(seconds), why };
    }
    // A limit of 0 is none.
    let limit = reply.number("x-ratelimit-limit");
    if limit != Some(0) && reply.number("x-ratelimit-remaining") == Some(0) {
        let why = match limit {
            Some(limit) => format!("allows {limit} requests an hour and none is left"),
            None => "allows no more requests for now".to_owned(),
        };
        return Verdict::Limited { seconds: until_reset(reply), why };
    }
    let words = reply.words().unwrap_or_default();
    let lower = words.to_lowercase();
    if reply.status == 429 || lower.contains("rate limit") || lower.contains("abuse detection") {
        let why = "finds the requests too many in a short time".to_owned();
        return Verdict::Limited { seconds: None, why };
    }
    Verdict::Refused(forbidden(reply, &words))
}

/// How many seconds the server asks to wait; it may also name the instant. Some say with a request
/// too many how long their limit still holds.
pub(crate) fn pause(reply: &Reply) -> Option<u64> {
    let named = || {
        let until = chrono::DateTime::parse_from_rfc2822(reply.header("retry-after")?).ok()?;
        Some(until.timestamp() - reply.server_time()?)
    };
    let holds = || reply.number("ratelimit-reset").filter(|_| reply.status == 429);
    Some(reply.number("retry-after").or_else(named).or_else(holds)?.max(0) as u64)
}

/// Seconds until the limit starts anew, by the server's own clock.
pub(crate) fn until_reset(reply: &Reply) -> Option<u64> {
    let reset = reply.number("x-ratelimit-reset").filter(|reset| *reset > 0)?;
    // One more second: the server counts whole ones.
    Some((reset - reply.server_time()?).max(0) as u64 + 1)
}

/// What a reason begins with where the token may not see something.
pub(crate) const FORBIDS: &str = "forbids it to this token";

/// What is missing where the token may not see something.
fn forbidden(reply: &Reply, words: &str) -> String {
    if let Some(sso) = reply.header("x-github-sso") {
        let place = sso.split("url=").nth(1).map(|url| format!(" at {url}")).unwrap_or_default();
        return format!("asks to authorise the token for single sign-on{place}");
    }
    let wanted = reply
        .header("x-accepted-github-permissions")
        .or_else(|| reply.header("x-accepted-oauth-scopes"))
        .filter(|wanted| !wanted.is_empty())
        .map(|wanted| format!("; it needs `{wanted}`"))
        .unwrap_or_default();
    let words = if words.is_empty() { String::new() } else { format!(" ({words})") };
    format!("{FORBIDS}{words}{wanted}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderMap, HeaderName, HeaderValue};

    fn reply(status: u16, headers: &[(&'static str, &'static str)], body: &str) -> Reply {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        Reply { status, headers, body: body.as_bytes().to_vec() }
    }

    fn wait(reply: &Reply) -> Option<u64> {
        match verdict(reply) {
            Verdict::Limited { seconds, .. } => seconds,
            other => panic!("no limit: {other:?}"),
        }
    }

    #[test]
    fn a_pause_that_is_asked_for_is_kept_to_the_second() {
        assert_eq!(wait(&reply(429, &[("retry-after", "7")], "")), Some(7));
        assert_eq!(wait(&reply(403, &[("retry-after", "0")], "")), Some(0));
        assert_eq!(wait(&reply(503, &[("retry-after", "3")], "")), Some(3));
        assert_eq!(wait(&reply(429, &[("ratelimit-reset", "12")], "")), Some(12));
        let both = [("retry-after", "2"), ("ratelimit-reset", "12")];
        assert_eq!(wait(&reply(429, &both, "")), Some(2));
        let instant = [
            ("date", "Tue, 24 Nov 2026 20:02:06 GMT"),
            ("retry-after", "Tue, 24 Nov 2026 20:02:16 GMT"),
        ];
        assert_eq!(wait(&reply(429, &instant, "")), Some(10));
    }

    #[test]
    fn a_used_up_limit_waits_for_its_reset_by_the_servers_clock() {
        let reset = [
            ("date", "Tue, 24 Nov 2026 20:02:06 GMT"),
            ("x-ratelimit-limit", "5000"),
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", "1795550586"),
        ];
        assert_eq!(wait(&reply(403, &reset, "{}")), Some(61));
    }

    #[test]
    fn a_secondary_limit_without_headers_does_not_say_how_long() {
        let body = r#"{"message":"You have exceeded a secondary rate limit."}"#;
        assert_eq!(wait(&reply(403, &[], body)), None);
        assert_eq!(wait(&reply(429, &[], "")), None);
    }

    #[test]
    fn a_server_without_limits_makes_nobody_wait() {
        let zeros = [("x-ratelimit-limit", "0"), ("x-ratelimit-remaining", "0")];
        assert_eq!(verdict(&reply(200, &zeros, "[]")), Verdict::Good);
        let Verdict::Refused(why) = verdict(&reply(403, &zeros, "{}")) else {
            panic!("a forbidden request is no limit");
        };
        assert!(why.starts_with("forbids it"), "{why}");
    }

    #[test]
    fn what_a_token_lacks_is_named() {
        let headers = [("x-accepted-oauth-scopes", "read:org"), ("x-oauth-scopes", "repo")];
        let body = r#"{"message":"Must have admin rights"}"#;
        assert_eq!(
            verdict(&reply(403, &headers, body)),
            Verdict::Refused(
                "forbids it to this token (Must have admin rights); it needs `read:org`".to_owned()
            )
        );
        let sso = [("x-github-sso", "required; url=https://github.com/orgs/acme/sso?x=1")];
        assert_eq!(
            verdict(&reply(403, &sso, "{}")),
            Verdict::Refused(
                "asks to authorise the token for single sign-on at https://github.com/orgs/acme/sso?x=1"
                    .to_owned()
            )
        );
    }

    #[test]
    fn a_login_page_is_no_data() {
        let page = reply(200, &[("content-type", "text/html; charset=utf-8")], "<html>");
        assert!(matches!(verdict(&page), Verdict::Refused(_)));
    }
}
