//! The definition: every choice that decides which facts a metric counts.

mod duration;
mod rules;
pub(crate) mod severity;

use chrono::Duration;
use chrono_tz::Tz;
use regex::Regex;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de::Error};
use sha2::{Digest, Sha256};

pub use duration::parse as parse_duration;
pub use rules::DeploymentRule;
pub(crate) use rules::{Matcher, Run};

use crate::AnalyticsError;

/// What is one change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeUnit {
    /// A merged pull request with all its commits, or a commit pushed directly.
    PullRequest,
    /// Every commit.
    Commit,
}

/// When the clock of a change starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecoveryStart {
    /// With the failed deployment's finish.
    Deployment,
    /// With the incident's impact, where it began later.
    Impact,
}

/// First day of a week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WeekStart {
    /// ISO weeks.
    Monday,
    /// Weeks as some calendars print them.
    Sunday,
}

/// What change fail rate divides by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FailRateDenominator {
    /// Deployments that brought something new to users.
    Changes,
    /// All counted deployments, rollbacks too.
    All,
}

/// What to do with a deployment whose commit is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UnresolvedFallback {
    /// Nothing: it ships no changes.
    None,
    /// It shipped what the default branch held when it began.
    TimeWindow,
}

/// The options that decide which facts count. Aggregates are in the SQL, never here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// Name of the set of defaults: one of [`PRESETS`].
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
    /// Deployments of one commit to several targets, each within this time of the one before,
    /// are one rollout.
    #[serde(with = "duration")]
    #[schemars(with = "String")]
    pub rollout_merge_window: Duration,
    /// Counts deployments of the commit and configuration that was live already.
    pub frequency_counts_redeploys: bool,
    /// Counts deployments that ship nothing new of the service.
    pub frequency_counts_no_change: bool,
    /// What change fail rate divides by.
    pub fail_rate_denominator: FailRateDenominator,
    /// How long after a deployment a rollback or revert still says that it failed.
    #[serde(with = "duration")]
    #[schemars(with = "String")]
    pub failure_window: Duration,
    /// When the clock of a recovery starts.
    pub recovery_start: RecoveryStart,
    /// Links an incident that names no deployment to the last change before it.
    pub link_heuristic: bool,
    /// How long before an incident that change may lie.
    #[serde(with = "duration")]
    #[schemars(with = "String")]
    pub heuristic_window: Duration,
    /// Gravest-first severity below which incidents do not count, such as `sev2`; `all` counts
    /// every one.
    pub min_severity: String,
    /// What to do with a deployment whose commit is not known.
    pub unresolved_fallback: UnresolvedFallback,
    /// First day of a week.
    pub week_start: WeekStart,
    /// IANA zone that days, weeks, months, quarters and years are cut in.
    pub timezone: String,
    /// Pipeline runs that are deployments.
    #[serde(skip_deserializing)]
    #[schemars(skip)]
    pub deployment_rules: Vec<DeploymentRule>,
}

/// Names of the sets of defaults.
pub const PRESETS: [&str; 2] = ["milepost", "devlake"];

impl Default for Definition {
    fn default() -> Self {
        Definition {
            preset: "milepost".to_owned(),
            change_unit: ChangeUnit::PullRequest,
            change_start: ChangeStart::FirstCommit,
            include_bots: false,
            include_reverts: false,
            production_environments: "^(prod|production|prd|live)([-_].*)?$".to_owned(),
            rollout_merge_window: Duration::minutes(60),
            frequency_counts_redeploys: false,
            frequency_counts_no_change: false,
            fail_rate_denominator: FailRateDenominator::Changes,
            failure_window: Duration::days(7),
            recovery_start: RecoveryStart::Deployment,
            link_heuristic: false,
            heuristic_window: Duration::hours(24),
            min_severity: "all".to_owned(),
            unresolved_fallback: UnresolvedFallback::None,
            week_start: WeekStart::Monday,
            timezone: "UTC".to_owned(),
            deployment_rules: Vec::new(),
        }
    }
}

impl Definition {
    /// The defaults of that name, or `None` where there are none.
    pub fn preset(name: &str) -> Option<Definition> {
        match name {
            "milepost" => Some(Definition::default()),
            "devlake" => Some(Definition::devlake()),
            _ => None,
        }
    }

    /// What Apache DevLake counts (`docs/presets.md` says what of it is not reproduced): bots
    /// and reverts, every success, all deployments as the denominator, and an incident on the
    /// last deployment before it however long ago.
    fn devlake() -> Definition {
        Definition {
            preset: "devlake".to_owned(),
            include_bots: true,
            include_reverts: true,
            production_environments: "prod".to_owned(),
            rollout_merge_window: Duration::zero(),
            frequency_counts_redeploys: true,
            frequency_counts_no_change: true,
            fail_rate_denominator: FailRateDenominator::All,
            failure_window: Duration::zero(),
            link_heuristic: true,
            heuristic_window: Duration::days(36_500),
            ..Definition::default()
        }
    }

    /// Reads the options given over the preset they name.
    ///
    /// # Errors
    /// Where the preset or an option is not known, or a value can't be used.
    pub fn deserialize_over_preset<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let given = serde_json::Map::deserialize(from)?;
        let name = match given.get("preset") {
            None => "milepost",
            Some(name) => name.as_str().unwrap_or_default(),
        };
        let preset = Definition::preset(name).ok_or_else(|| {
            let known = PRESETS.map(|name| format!("`{name}`")).join(" and ");
            D::Error::custom(format!("there is no preset `{name}`; there are {known}"))
        })?;
        let mut options = serde_json::to_value(preset).map_err(D::Error::custom)?;
        if let Some(options) = options.as_object_mut() {
            options.remove("deployment_rules");
            options.extend(given);
        }
        serde_json::from_value(options).map_err(D::Error::custom)
    }

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
    /// Where the zone is none, or an expression, severity or rule can't be used.
    pub fn check(&self) -> Result<(), AnalyticsError> {
        self.production()?;
        self.lowest_severity()?;
        self.deployment_rules.iter().try_for_each(|rule| Matcher::new(rule).map(|_| ()))?;
        self.zone().map(|_| ())
    }

    /// Which environments are production, as a regular expression without case.
    ///
    /// # Errors
    /// Where it is none.
    pub(crate) fn production(&self) -> Result<Regex, AnalyticsError> {
        Regex::new(&format!("(?i:{})", self.production_environments)).map_err(|error| {
            AnalyticsError::Definition(format!("`production_environments` can't be used: {error}"))
        })
    }

    /// Rank of the least grave severity that counts, `None` where all do.
    ///
    /// # Errors
    /// Where the word stands for no severity.
    pub(crate) fn lowest_severity(&self) -> Result<Option<u32>, AnalyticsError> {
        if self.min_severity == "all" {
            return Ok(None);
        }
        severity::rank(&self.min_severity).map(Some).ok_or_else(|| {
            AnalyticsError::Definition(format!(
                "`min_severity` is `{}`, which is no severity; write one such as `sev2`, `P1` or `high`, or `all`",
                self.min_severity
            ))
        })
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(given: serde_json::Value) -> Result<Definition, serde_json::Error> {
        Definition::deserialize_over_preset(given)
    }

    #[test]
    fn options_are_read_over_their_preset() {
        let devlake = read(json!({ "preset": "devlake", "include_bots": false })).expect("options");
        assert!(devlake.link_heuristic && !devlake.include_bots);
        assert_eq!(read(json!({})).expect("options"), Definition::default());
        let window = read(json!({ "failure_window": "36h" })).expect("options");
        assert_eq!(window.failure_window, Duration::hours(36));
    }

    #[test]
    fn what_is_not_known_is_refused_by_name() {
        let refused = |given| read(given).expect_err("refused").to_string();
        assert!(refused(json!({ "preset": "magic" })).contains("`magic`"));
        assert!(refused(json!({ "include_robots": true })).contains("`include_robots`"));
        assert!(refused(json!({ "failure_window": "soon" })).contains("`soon`"));
        assert!(refused(json!({ "deployment_rules": [] })).contains("deployment_rules"));
    }

    #[test]
    fn an_unusable_zone_severity_or_expression_is_refused() {
        let check = |definition: Definition| definition.check().map_err(|error| error.to_string());
        assert_eq!(check(Definition::default()), Ok(()));
        let with = |change: fn(&mut Definition)| {
            let mut definition = Definition::default();
            change(&mut definition);
            check(definition).expect_err("refused")
        };
        assert!(with(|d| d.timezone = "Mars/X".to_owned()).contains("Mars/X"));
        assert!(with(|d| d.min_severity = "awful".to_owned()).contains("`awful`"));
        assert!(with(|d| d.production_environments = "(".to_owned()).contains("production"));
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
