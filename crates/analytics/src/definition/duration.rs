//! Durations as people write them: `7d`, `24h`, `60min`.

use chrono::Duration;
use serde::{Deserialize, Deserializer, Serializer, de::Error};

pub(super) fn serialize<S: Serializer>(value: &Duration, to: S) -> Result<S::Ok, S::Error> {
    let minutes = value.num_minutes();
    let text = match minutes {
        minutes if minutes % 1440 == 0 => format!("{}d", minutes / 1440),
        minutes if minutes % 60 == 0 => format!("{}h", minutes / 60),
        minutes => format!("{minutes}min"),
    };
    to.serialize_str(&text)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(from)?;
    parse(&text).ok_or_else(|| {
        D::Error::custom(format!("`{text}` is no duration; write `7d`, `24h` or `60min`"))
    })
}

/// A duration as people write it, such as `7d`; `None` where it is none.
pub fn parse(text: &str) -> Option<Duration> {
    let end = text.find(|c: char| !c.is_ascii_digit())?;
    let number: i64 = text[..end].parse().ok()?;
    match &text[end..] {
        "d" => Duration::try_days(number),
        "h" => Duration::try_hours(number),
        "min" => Duration::try_minutes(number),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_unit() {
        assert_eq!(parse("7d"), Some(Duration::days(7)));
        assert_eq!(parse("24h"), Some(Duration::days(1)));
        assert_eq!(parse("60min"), Some(Duration::hours(1)));
        assert_eq!(parse("7"), None);
        assert_eq!(parse("-7d"), None);
    }
}
