//! JMESPath with the few functions that exports of tools need beside its own.

use std::rc::Rc;
use std::sync::LazyLock;

use chrono::{DateTime, NaiveDateTime, SecondsFormat, Utc};
use jmespath::functions::{ArgumentType, CustomFunction, Signature};
use jmespath::{Context, ErrorReason, Expression, JmespathError, Rcvar, Runtime, Variable};
use regex::Regex;

use crate::git::id_of_url;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    let mut runtime = Runtime::new();
    runtime.register_builtin_functions();
    add(&mut runtime, "lower", 1, |given, _| {
        Ok(given[0].as_string().map(|text| text.to_lowercase()))
    });
    add(&mut runtime, "repository", 1, |given, _| {
        Ok(given[0].as_string().and_then(|url| repository(url)))
    });
    add(&mut runtime, "instant", 1, |given, _| Ok(instant(&given[0])));
    add(&mut runtime, "capture", 2, capture);
    runtime
});

/// An expression ready to be asked.
///
/// # Errors
/// A sentence with the place, where it is none.
pub(super) fn compile(place: &str, expression: &str) -> Result<Expression<'static>, String> {
    RUNTIME.compile(expression).map_err(|error| {
        format!("{place} is no JMESPath expression: {}", error.to_string().replace('\n', " "))
    })
}

type Body = fn(&[Rcvar], &Context<'_>) -> Result<Option<String>, JmespathError>;

/// Adds a function that gives text, or NULL.
fn add(runtime: &mut Runtime, name: &str, inputs: usize, body: Body) {
    let signature = Signature::new(vec![ArgumentType::Any; inputs], None);
    let function = CustomFunction::new(
        signature,
        Box::new(move |given, context| {
            let text = body(given, context)?;
            Ok(Rc::new(text.map_or(Variable::Null, Variable::String)))
        }),
    );
    runtime.register_function(name, Box::new(function));
}

/// The first group of the text's first match.
fn capture(given: &[Rcvar], context: &Context<'_>) -> Result<Option<String>, JmespathError> {
    let (Some(text), Some(pattern)) = (given[0].as_string(), given[1].as_string()) else {
        return Ok(None);
    };
    let pattern = Regex::new(pattern)
        .map_err(|error| JmespathError::from_ctx(context, ErrorReason::Parse(error.to_string())))?;
    let found = pattern.captures(text).and_then(|groups| groups.get(1));
    Ok(found.map(|group| group.as_str().to_owned()))
}

/// Milepost's name of the repository at a URL, be it of the repository or of a page of it.
fn repository(url: &str) -> Option<String> {
    const PAGES: [&str; 6] = ["/-/", "/tree/", "/blob/", "/commit/", "/pull/", "/src/branch/"];
    let end = PAGES.iter().filter_map(|page| url.find(page)).min().unwrap_or(url.len());
    id_of_url(&url[..end])
}

/// The instant that a tool's text or number means, as RFC 3339 in UTC.
fn instant(value: &Variable) -> Option<String> {
    let at = match value {
        Variable::Number(number) => of_number(number.as_f64()?)?,
        Variable::String(text) => of_text(text.trim())?,
        _ => return None,
    };
    Some(at.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}

/// Seconds or milliseconds since 1970: no record is of before 1973 in the one or after the year
/// 5000 in the other.
fn of_number(number: f64) -> Option<DateTime<Utc>> {
    const FIRST_MILLISECONDS: f64 = 1e11;
    let seconds = if number.abs() < FIRST_MILLISECONDS { number } else { number / 1e3 };
    DateTime::from_timestamp_micros((seconds * 1e6).round() as i64)
}

/// The instant that a tool's text means; `None` where it has no zone or is none.
pub(crate) fn of_text(text: &str) -> Option<DateTime<Utc>> {
    let zoned = DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z"))
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f %z"));
    if let Ok(at) = zoned {
        return Some(at.to_utc());
    }
    let utc = text.strip_suffix(" UTC")?;
    NaiveDateTime::parse_from_str(utc, "%Y-%m-%d %H:%M:%S%.f").ok().map(|at| at.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn asked(expression: &str, data: Value) -> Value {
        let expression = compile("here", expression).expect("an expression");
        serde_json::to_value(&*expression.search(data).expect("an answer")).expect("JSON")
    }

    #[test]
    fn an_instant_is_found_in_what_tools_write() {
        let expected = json!("2026-01-02T03:04:05Z");
        for written in [
            json!("2026-01-02T03:04:05Z"),
            json!("2026-01-02T05:04:05+02:00"),
            json!("2026-01-02T03:04:05.000+0000"),
            json!("2026-01-02 03:04:05 UTC"),
            json!("2026-01-02 04:04:05 +0100"),
            json!(1_767_323_045),
            json!(1_767_323_045_000_i64),
        ] {
            assert_eq!(asked("instant(@)", written.clone()), expected, "{written}");
        }
        assert_eq!(
            asked("instant(@)", json!("2026-01-02T03:04:05.25Z")),
            "2026-01-02T03:04:05.250Z"
        );
        // A time without a zone could be any of a day.
        for nothing in [json!(null), json!("soon"), json!("2026-01-02 03:04:05"), json!([1])] {
            assert_eq!(asked("instant(@)", nothing), Value::Null);
        }
    }

    #[test]
    fn a_repository_has_the_name_that_git_gives_it() {
        let expected = json!("github.com/acme/shop");
        for url in [
            "https://github.com/acme/shop.git",
            "git@github.com:acme/shop.git",
            "https://GitHub.com/acme/shop/tree/main/services/api",
            "https://github.com/acme/shop/commit/3f2a91c",
        ] {
            assert_eq!(asked("repository(@)", json!(url)), expected, "{url}");
        }
        let nested = "https://gitlab.test/acme/till/shop/-/merge_requests/7";
        assert_eq!(asked("repository(@)", json!(nested)), "gitlab.test/acme/till/shop");
        assert_eq!(asked("repository(@)", json!("shop")), Value::Null);
        assert_eq!(asked("repository(@)", json!(null)), Value::Null);
    }

    #[test]
    fn text_can_be_taken_apart() {
        assert_eq!(asked("capture(@, 'v([0-9.]+)$')", json!("shop:v1.2")), "1.2");
        assert_eq!(asked("capture(@, 'v([0-9.]+)$')", json!("shop")), Value::Null);
        assert_eq!(asked("lower(@)", json!("PROD")), "prod");
        let bad = compile("here", "capture(@, '(')").expect("an expression");
        assert!(bad.search(json!("x")).is_err());
        assert!(compile("here", "a[").is_err_and(|error| error.starts_with("here is no JMESPath")));
    }
}
