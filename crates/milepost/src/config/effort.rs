//! How working time is told: weights, calendars, managers.

use chrono::Weekday;
use milepost_analytics::effort::{
    ManagerEffort, Options, Rational, WeekendActivity, Weights, WorkingTime,
};
use schemars::JsonSchema;
use serde::Deserialize;

/// How working time is told from what it leaves traces of.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct EffortConfig {
    /// How much each kind of trace says about a day.
    pub(crate) weights: Weights,
    /// What becomes of activity on weekends, holidays and days off.
    pub(crate) weekend: WeekendActivity,
    /// What becomes of the days of managers.
    pub(crate) managers: ManagerEffort,
    /// Roles of managers, in the words of `people.role`. Default: `manager`.
    pub(crate) manager_roles: Option<Vec<String>>,
    /// Longest gap in working days between two on one ticket that counts to it. Default: 3.
    pub(crate) longest_gap: Option<u32>,
    /// Share of a person's month without a trace above which somebody should look at it. Default: 0.2.
    pub(crate) review_above: Option<f64>,
    /// Countries whose week is not eight hours a day from Monday to Friday.
    pub(crate) country: Vec<CountryConfig>,
}

/// The working week of a country.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CountryConfig {
    /// Country, ISO 3166 alpha-2, as in `employments.country`.
    pub(crate) code: String,
    /// Days of the week without work. Default: Saturday and Sunday.
    pub(crate) weekend: Option<Vec<Day>>,
    /// Hours of a full-time working day. Default: 8.
    pub(crate) hours_per_day: Option<f64>,
}

/// A day of the week.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Day {
    /// Monday.
    Monday,
    /// Tuesday.
    Tuesday,
    /// Wednesday.
    Wednesday,
    /// Thursday.
    Thursday,
    /// Friday.
    Friday,
    /// Saturday.
    Saturday,
    /// Sunday.
    Sunday,
}

impl EffortConfig {
    /// The model's choices.
    ///
    /// # Errors
    /// What can't be used, in words.
    pub(crate) fn options(&self) -> Result<Options, String> {
        let mut options = Options {
            weights: self.weights.clone(),
            weekend: self.weekend,
            managers: self.managers,
            ..Options::default()
        };
        if let Some(roles) = &self.manager_roles {
            options.manager_roles.clone_from(roles);
        }
        if let Some(gap) = self.longest_gap {
            options.longest_gap = gap;
        }
        if let Some(share) = self.review_above {
            let usable = Some(share).filter(|share| (0.0..=1.0).contains(share));
            options.review_above = usable.and_then(Rational::from_column).ok_or_else(|| {
                format!("`review_above` of `[effort]` is a share of 0 to 1, not {share}")
            })?;
        }
        Ok(options)
    }

    /// The working weeks that differ from the usual one.
    ///
    /// # Errors
    /// What can't be used, in words.
    pub(crate) fn working_times(&self) -> Result<Vec<WorkingTime>, String> {
        self.country.iter().map(CountryConfig::working_time).collect()
    }
}

impl CountryConfig {
    fn working_time(&self) -> Result<WorkingTime, String> {
        let code = self.code.to_uppercase();
        if code.len() != 2 || !code.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(format!(
                "`{}` of `[[effort.country]]` is no country; write two letters such as SE",
                self.code
            ));
        }
        let mut time = WorkingTime::usual(&code);
        if let Some(days) = &self.weekend {
            time.weekend = days.iter().map(|day| day.weekday()).collect();
        }
        if let Some(hours) = self.hours_per_day {
            let usable = Some(hours).filter(|hours| *hours > 0.0 && *hours <= 24.0);
            time.hours_per_day = usable.and_then(Rational::from_column).ok_or_else(|| {
                format!("`hours_per_day` of {code} is above 0 and at most 24, not {hours}")
            })?;
        }
        Ok(time)
    }
}

impl Day {
    fn weekday(self) -> Weekday {
        match self {
            Day::Monday => Weekday::Mon,
            Day::Tuesday => Weekday::Tue,
            Day::Wednesday => Weekday::Wed,
            Day::Thursday => Weekday::Thu,
            Day::Friday => Weekday::Fri,
            Day::Saturday => Weekday::Sat,
            Day::Sunday => Weekday::Sun,
        }
    }
}
