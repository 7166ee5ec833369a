//! How often a report is due.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use croner::Cron;
use milepost_analytics::WeekStart;

/// A rhythm in civil time.
#[derive(Debug, Clone)]
pub(crate) enum Cadence {
    /// When a week begins, on whatever day weeks do.
    Weekly,
    /// Whenever the pattern matches.
    Pattern(Box<Cron>),
}

impl Cadence {
    /// The cadence that a configuration names.
    ///
    /// # Errors
    /// Where there is none of that name and it is no cron expression.
    pub(crate) fn parse(text: &str) -> Result<Cadence, String> {
        let pattern = match text {
            "weekly" => return Ok(Cadence::Weekly),
            "monthly" => "0 0 1 * *",
            "quarterly" => "0 0 1 1,4,7,10 *",
            other => other,
        };
        let cron = pattern.parse().map_err(|error| {
            format!(
                "`cadence` is `{text}`, but must be weekly, monthly, quarterly or a cron expression such as `0 7 * * MON` ({error})"
            )
        })?;
        Ok(Cadence::Pattern(Box::new(cron)))
    }

    /// The last instant up to `as_of` at which it was due in that zone.
    ///
    /// # Errors
    /// Where it never was.
    pub(crate) fn last_due(
        &self,
        as_of: DateTime<Utc>,
        zone: Tz,
        week_start: WeekStart,
    ) -> Result<DateTime<Utc>, String> {
        let of_week = match week_start {
            WeekStart::Monday => "0 0 * * 1",
            WeekStart::Sunday => "0 0 * * 0",
        };
        let cron = match self {
            Cadence::Weekly => of_week.parse().map_err(|error| format!("{error}"))?,
            Cadence::Pattern(cron) => (**cron).clone(),
        };
        let due = cron.find_previous_occurrence(&as_of.with_timezone(&zone), true);
        due.map(|due| due.to_utc()).map_err(|_| "its cadence matches no day".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Wednesday, 2026-04-15.
    #[track_caller]
    fn due(cadence: &str, as_of: &str, zone: Tz) -> String {
        let cadence = Cadence::parse(cadence).unwrap();
        let due = cadence.last_due(as_of.parse().unwrap(), zone, WeekStart::Monday).unwrap();
        due.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
    }

    #[test]
    fn a_report_is_due_when_a_week_month_or_quarter_begins_in_its_zone() {
        let now = "2026-04-15T12:00:00Z";
        assert_eq!(due("weekly", now, Tz::UTC), "2026-04-13T00:00:00Z");
        assert_eq!(due("monthly", now, Tz::UTC), "2026-04-01T00:00:00Z");
        assert_eq!(due("quarterly", now, Tz::UTC), "2026-04-01T00:00:00Z");
        assert_eq!(due("quarterly", "2026-03-31T23:59:59Z", Tz::UTC), "2026-01-01T00:00:00Z");
        // Two hours earlier than UTC in summer, one in winter.
        let berlin = Tz::Europe__Berlin;
        assert_eq!(due("monthly", now, berlin), "2026-03-31T22:00:00Z");
        assert_eq!(due("monthly", "2026-02-15T00:00:00Z", berlin), "2026-01-31T23:00:00Z");
    }

    #[test]
    fn the_first_instant_of_a_period_is_in_it() {
        assert_eq!(due("weekly", "2026-04-13T00:00:00Z", Tz::UTC), "2026-04-13T00:00:00Z");
        assert_eq!(due("weekly", "2026-04-12T23:59:59Z", Tz::UTC), "2026-04-06T00:00:00Z");
    }

    #[test]
    fn weeks_begin_where_the_definition_says() {
        let as_of = "2026-04-15T12:00:00Z".parse().unwrap();
        let due = Cadence::Weekly.last_due(as_of, Tz::UTC, WeekStart::Sunday).unwrap();
        assert_eq!(due.to_string(), "2026-04-12 00:00:00 UTC");
    }

    #[test]
    fn a_cron_expression_is_read_in_civil_time() {
        let berlin = Tz::Europe__Berlin;
        assert_eq!(due("0 7 * * MON", "2026-04-13T04:59:00Z", berlin), "2026-04-06T05:00:00Z");
        assert_eq!(due("0 7 * * MON", "2026-04-13T05:00:00Z", berlin), "2026-04-13T05:00:00Z");
        // On the night of 2026-03-29 there is no 02:30; the clock goes from 2 to 3.
        assert_eq!(due("30 2 29 3 *", "2026-04-15T00:00:00Z", berlin), "2026-03-29T01:00:00Z");
    }

    #[test]
    fn what_is_no_cadence_is_told_with_what_would_be() {
        let said = Cadence::parse("fortnightly").unwrap_err();
        assert!(said.starts_with("`cadence` is `fortnightly`, but must be weekly"), "{said}");
    }
}
