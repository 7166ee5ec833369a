//! Durations as people write them: `7d`, `24h`, `60min`, `30s`.

use chrono::Duration;
use serde::{Deserialize, Deserializer, Serializer, de::Error};

pub(super) fn serialize<S: Serializer>(value: &Duration, to: S) -> Result<S::Ok, S::Error> {
    let text = match value.num_seconds() {
        seconds if seconds % 86_400 == 0 => format!("{}d", seconds / 86_400),
        seconds if seconds % 3_600 == 0 => format!("{}h", seconds / 3_600),
        seconds if seconds % 60 == 0 => format!("{}min", seconds / 60),
        seconds => format!("{seconds}s"),
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
        "s" => Duration::try_seconds(number),
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
        assert_eq!(parse("90s"), Some(Duration::seconds(90)));
        assert_eq!(parse("7"), None);
        assert_eq!(parse("-7d"), None);
    }
}
