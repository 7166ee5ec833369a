//! The definition: every choice that decides which facts a metric counts.

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::AnalyticsError;

/// What is one change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeUnit {
    /// A merged pull request with all its commits, or a commit pushed directly.
    PullRequest,
    /// Every commit.
    Commit,
}

/// When the clock of a change starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeStart {
    /// Earliest author time of its commits.
    FirstCommit,
    /// Author time of the commit that carries it.
    Commit,
    /// When its pull request was opened.
    Opened,
    /// When its pull request was merged.
    Merged,
}

/// When the clock of a recovery starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecoveryStart {
    /// With the failed deployment's finish.
    Deployment,
    /// With the incident's impact, where it began later.
    Impact,
}

/// First day of a week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WeekStart {
    /// ISO weeks.
    Monday,
    /// Weeks as some calendars print them.
    Sunday,
}

/// The options that decide which facts count. Aggregates are in the SQL, never here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Definition {
    /// Name of the set of defaults: `milepost` is the only one yet.
    pub preset: String,
    /// What is one change.
    pub change_unit: ChangeUnit,
    /// When its clock starts.
    pub change_start: ChangeStart,
    /// Counts changes that bots alone wrote.
    pub include_bots: bool,
    /// Counts changes that revert an earlier one.
    pub include_reverts: bool,
    /// Regular expression over environments, without case: which are production.
    pub production_environments: String,
    /// Counts deployments of the commit and configuration that was live already.
    pub frequency_counts_redeploys: bool,
    /// Counts deployments that ship nothing new of the service.
    pub frequency_counts_no_change: bool,
    /// How long after a deployment a rollback or revert still says that it failed.
    #[serde(with = "duration")]
    pub failure_window: chrono::Duration,
    /// When the clock of a recovery starts.
    pub recovery_start: RecoveryStart,
    /// First day of a week.
    pub week_start: WeekStart,
    /// IANA zone that days, weeks, months, quarters and years are cut in.
    pub timezone: String,
}

impl Default for Definition {
    fn default() -> Self {
        Definition {
            preset: "milepost".to_owned(),
            change_unit: ChangeUnit::PullRequest,
            change_start: ChangeStart::FirstCommit,
            include_bots: false,
            include_reverts: false,
            production_environments: "^(prod|production|prd|live)([-_].*)?$".to_owned(),
            frequency_counts_redeploys: false,
            frequency_counts_no_change: false,
            failure_window: chrono::Duration::days(7),
            recovery_start: RecoveryStart::Deployment,
            week_start: WeekStart::Monday,
            timezone: "UTC".to_owned(),
        }
    }
}

impl Definition {
    /// Options with their values as text, in a fixed order.
    pub fn options(&self) -> Vec<(String, String)> {
        let value = serde_json::to_value(self).unwrap_or_default();
        value
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, value)| {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                (name.clone(), text)
            })
            .collect()
    }

    /// Short hash of all options: two answers with the same id counted the same facts.
    pub fn id(&self) -> String {
        let text: String =
            self.options().iter().map(|(name, value)| format!("{name}={value}\n")).collect();
        let hash = Sha256::digest(text.as_bytes());
        hash.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Checks what a type alone can't.
    ///
    /// # Errors
    /// Where the preset is not known or the zone is none.
    pub fn check(&self) -> Result<(), AnalyticsError> {
        if self.preset != "milepost" {
            return Err(AnalyticsError::Definition(format!(
                "there is no preset `{}`; there is `milepost`",
                self.preset
            )));
        }
        self.zone().map(|_| ())
    }

    /// The reporting zone.
    ///
    /// # Errors
    /// Where the name is no IANA zone.
    pub fn zone(&self) -> Result<Tz, AnalyticsError> {
        self.timezone.parse().map_err(|_| {
            AnalyticsError::Definition(format!(
                "`{}` is no time zone; give an IANA name such as `Europe/Berlin`",
                self.timezone
            ))
        })
    }
}

/// Durations as people write them: `7d`, `24h`, `60min`.
mod duration {
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

    fn parse(text: &str) -> Option<Duration> {
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_preset_or_zone_is_refused() {
        assert!(Definition::default().check().is_ok());
        let preset = Definition { preset: "devlake".to_owned(), ..Definition::default() };
        assert!(preset.check().is_err_and(|error| error.to_string().contains("`devlake`")));
        let zone = Definition { timezone: "Mars/X".to_owned(), ..Definition::default() };
        assert!(zone.check().is_err());
    }

    #[test]
    fn every_option_is_part_of_the_id() {
        let default = Definition::default();
        let bots = Definition { include_bots: true, ..Definition::default() };
        let zone = Definition { timezone: "Europe/Berlin".to_owned(), ..Definition::default() };
        assert_ne!(default.id(), bots.id());
        assert_ne!(default.id(), zone.id());
        assert_eq!(default.id(), Definition::default().id());
    }
}
