//! The guide's table of targets, with the value of every row.

use datafusion::prelude::SessionContext;
use schemars::JsonSchema;
use serde::Serialize;

use super::Moment;
use super::gather::{instant, one, times};
use crate::AnalyticsError;
use crate::statistics::{EventRate, Share, kaplan_meier, median, poisson_ratio, wilson};

const HOUR: f64 = 3600.0;
const DAY: f64 = 24.0 * HOUR;
/// Figures of fewer people are not shown.
const ENOUGH_PEOPLE: i64 = 5;

/// Whether a target is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Met {
    /// The value is on the right side, and so is its whole interval where there is one.
    Met,
    /// It is on the wrong side, with its interval.
    NotMet,
    /// The target is inside the interval.
    TooEarlyToSay,
    /// There is no value.
    NoData,
}

impl Met {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Met::Met => "met",
            Met::NotMet => "not met",
            Met::TooEarlyToSay => "too early to say",
            Met::NoData => "no data",
        }
    }
}

/// A row of the table.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TargetRow {
    /// Quarter, such as `2026Q3`.
    pub quarter: String,
    /// What is measured, in words.
    pub target: String,
    /// Metric that has the value; of what is computed here, its name.
    pub metric: String,
    /// Value of the organization in `unit`; NULL with a reason.
    pub value: Option<f64>,
    /// Unit of value and targets.
    pub unit: String,
    /// Facts behind the value; NULL where they are of fewer than five people.
    pub sample_size: Option<i64>,
    /// Lower end of the 95 % interval; NULL where there is none.
    pub ci_low: Option<f64>,
    /// Upper end of the 95 % interval; NULL where there is none.
    pub ci_high: Option<f64>,
    /// `at_least`, `above`, `at_most` or `below`.
    pub direction: String,
    /// What is aimed at.
    pub target_value: f64,
    /// What the guide calls elite or excellent; NULL where it calls nothing so.
    pub excellent_value: Option<f64>,
    /// Whether it is met.
    pub status: Met,
    /// True where the value is excellent; NULL without a value or such a target.
    pub is_excellent: Option<bool>,
    /// Why there is no value, in one word; NULL where there is one.
    pub reason: Option<String>,
    /// `guide`, or `ours` where the guide gives no number.
    pub whose: String,
    /// True while the quarter is in progress.
    pub is_provisional: bool,
}

/// A target: what it is of, and the numbers.
struct Target {
    title: &'static str,
    metric: &'static str,
    statistic: &'static str,
    unit: &'static str,
    direction: Direction,
    aim: f64,
    excellent: Option<f64>,
    is_ours: bool,
}

#[derive(Clone, Copy)]
enum Direction {
    AtLeast,
    Above,
    AtMost,
    Below,
}

impl Direction {
    fn name(self) -> &'static str {
        match self {
            Direction::AtLeast => "at_least",
            Direction::Above => "above",
            Direction::AtMost => "at_most",
            Direction::Below => "below",
        }
    }

    fn holds(self, value: f64, aim: f64) -> bool {
        match self {
            Direction::AtLeast => value >= aim,
            Direction::Above => value > aim,
            Direction::AtMost => value <= aim,
            Direction::Below => value < aim,
        }
    }
}

/// A target in the guide's number.
const fn of_guide(
    title: &'static str,
    (metric, statistic, unit): (&'static str, &'static str, &'static str),
    direction: Direction,
    (aim, excellent): (f64, Option<f64>),
) -> Target {
    Target { title, metric, statistic, unit, direction, aim, excellent, is_ours: false }
}

/// Rows whose value is a metric's.
const METRICS: [Target; 10] = [
    of_guide(
        "Deployments of the median service",
        ("deployment_frequency", "rate", "count_per_day"),
        Direction::AtLeast,
        (1.0 / 7.0, Some(1.0)),
    ),
    of_guide(
        "Lead time for changes",
        ("change_lead_time", "p50", "seconds"),
        Direction::AtMost,
        (7.0 * DAY, Some(DAY)),
    ),
    of_guide(
        "Time to restore service",
        ("time_to_restore", "p50", "seconds"),
        Direction::Below,
        (DAY, Some(HOUR)),
    ),
    of_guide(
        "Change failure rate",
        ("change_fail_rate", "ratio", "ratio"),
        Direction::AtMost,
        (0.15, None),
    ),
    of_guide(
        "Time to first deployment of people",
        ("time_to_first_deployment_people", "p50", "seconds"),
        Direction::AtMost,
        (DAY, Some(8.0 * HOUR)),
    ),
    of_guide(
        "Time to first deployment of services",
        ("time_to_first_deployment", "p50", "seconds"),
        Direction::AtMost,
        (DAY, Some(8.0 * HOUR)),
    ),
    of_guide(
        "Teams that adopted the platform",
        ("team_adoption", "ratio", "ratio"),
        Direction::AtLeast,
        (0.8, None),
    ),
    of_guide("Net promoter score", ("nps", "score", "score"), Direction::Above, (30.0, None)),
    of_guide(
        "Satisfaction, 1 to 5",
        ("satisfaction", "mean", "score"),
        Direction::Above,
        (4.0, None),
    ),
    of_guide(
        "Self-service without help",
        ("self_service_completion_rate", "ratio", "ratio"),
        Direction::AtLeast,
        (0.9, None),
    ),
];

/// Tickets per developer-month against the quarter before: it should drop.
const SUPPORT: Target = of_guide(
    "Support tickets against the quarter before",
    ("support_tickets_ratio", "ratio", "ratio"),
    Direction::Below,
    (1.0, None),
);

const COMPLEX: Target = Target {
    title: "Support tickets that are complex",
    metric: "support_tickets_complex_share",
    statistic: "ratio",
    unit: "ratio",
    direction: Direction::AtLeast,
    aim: 0.5,
    excellent: None,
    is_ours: true,
};

const EVENNESS: Target = Target {
    title: "Evenness of use over teams",
    metric: "capability_use_evenness",
    statistic: "median",
    unit: "score",
    direction: Direction::AtLeast,
    aim: 0.8,
    excellent: None,
    is_ours: true,
};

/// What is known of a target.
#[derive(Default)]
struct Seen {
    value: Option<f64>,
    sample_size: Option<i64>,
    low: Option<f64>,
    high: Option<f64>,
    reason: Option<String>,
}

impl Seen {
    fn without(reason: &str) -> Seen {
        Seen { sample_size: Some(0), reason: Some(reason.to_owned()), ..Seen::default() }
    }
}

/// All rows of a quarter. Each session must have one window, the quarter and the one before it.
///
/// # Errors
/// Where the facts can't be read.
pub async fn targets(
    session: &SessionContext,
    before: Option<&SessionContext>,
    moment: &Moment,
) -> Result<Vec<TargetRow>, AnalyticsError> {
    let mut rows = Vec::new();
    for target in &METRICS {
        let mut seen = measured(session, target).await?;
        if target.metric == "deployment_frequency" {
            seen = of_median_service(session, target).await?;
        }
        if target.metric == "time_to_first_deployment_people" && seen.value.is_some() {
            (seen.low, seen.high) = median_ends(session).await?;
        }
        rows.push(row(target, seen, moment));
    }
    rows.push(row(&SUPPORT, support(session, before).await?, moment));
    rows.push(row(&COMPLEX, complex(session, moment).await?, moment));
    rows.push(row(&EVENNESS, evenness(session).await?, moment));
    Ok(rows)
}

fn row(target: &Target, seen: Seen, moment: &Moment) -> TargetRow {
    let status = status(target, &seen);
    let is_excellent = target.excellent.zip(seen.value);
    TargetRow {
        quarter: moment.quarter.to_string(),
        target: target.title.to_owned(),
        metric: target.metric.to_owned(),
        value: seen.value,
        unit: target.unit.to_owned(),
        sample_size: seen.sample_size,
        ci_low: seen.low,
        ci_high: seen.high,
        direction: target.direction.name().to_owned(),
        target_value: target.aim,
        excellent_value: target.excellent,
        status,
        is_excellent: is_excellent.map(|(aim, value)| target.direction.holds(value, aim)),
        reason: seen.reason.filter(|_| seen.value.is_none()),
        whose: if target.is_ours { "ours" } else { "guide" }.to_owned(),
        is_provisional: moment.is_provisional,
    }
}

/// A side of the interval that was not reached has no end.
fn status(target: &Target, seen: &Seen) -> Met {
    let Some(value) = seen.value else { return Met::NoData };
    let (low, high) = match (seen.low, seen.high) {
        (None, None) => (value, value),
        (low, high) => (low.unwrap_or(f64::NEG_INFINITY), high.unwrap_or(f64::INFINITY)),
    };
    if low < target.aim && target.aim < high {
        Met::TooEarlyToSay
    } else if target.direction.holds(value, target.aim) {
        Met::Met
    } else {
        Met::NotMet
    }
}

async fn measured(session: &SessionContext, target: &Target) -> Result<Seen, AnalyticsError> {
    let sql = format!(
        "select value, sample_size, ci_low, ci_high, reason from metrics.{}
         where subject_kind = 'organization' and window_kind = 'all' and statistic = '{}'",
        target.metric, target.statistic
    );
    let row = one(session, &sql).await?;
    let reason = row.text("reason")?;
    if row.number("value")?.is_none() && reason.is_none() {
        return Ok(Seen::without("no_services"));
    }
    Ok(Seen {
        value: row.number("value")?,
        sample_size: row.number("sample_size")?.map(|count| count as i64),
        low: row.number("ci_low")?,
        high: row.number("ci_high")?,
        reason,
    })
}

/// What half of the services reach, since the guide speaks of each.
async fn of_median_service(
    session: &SessionContext,
    target: &Target,
) -> Result<Seen, AnalyticsError> {
    let sql = format!(
        "select percentile_cont(0.5) within group (order by value) as value, count(value) as size
         from metrics.{}
         where subject_kind = 'service' and window_kind = 'all' and statistic = '{}' and value is not null",
        target.metric, target.statistic
    );
    let row = one(session, &sql).await?;
    Ok(match row.number("value")? {
        Some(value) => {
            Seen { value: Some(value), sample_size: Some(row.count("size")?), ..Seen::default() }
        }
        None => Seen::without("no_services"),
    })
}

/// The ends of the median's interval where most joiners have got there.
async fn median_ends(
    session: &SessionContext,
) -> Result<(Option<f64>, Option<f64>), AnalyticsError> {
    let sql = "select value, is_observed from populations.joiners
               where subject_kind = 'organization' and exclusion_reason is null";
    let joined = times(session, sql).await?;
    let ends = kaplan_meier(&joined).map(|curve| curve.median_ends());
    Ok(ends.map_or((None, None), |(low, high)| (low.ok(), high.ok())))
}

async fn support(
    session: &SessionContext,
    before: Option<&SessionContext>,
) -> Result<Seen, AnalyticsError> {
    let now = tickets(session).await?;
    let then = match before {
        Some(before) => tickets(before).await?,
        None => None,
    };
    let (Some((now, is_enough)), Some((then, was_enough))) = (now, then) else {
        return Ok(Seen::without("no_developers"));
    };
    if !(is_enough && was_enough) {
        let reason = Some("group_too_small".to_owned());
        return Ok(Seen { reason, ..Seen::default() });
    }
    Ok(match poisson_ratio(now, then) {
        Ok(ratio) => Seen {
            value: Some(ratio.ratio),
            sample_size: i64::try_from(now.events + then.events).ok(),
            low: Some(ratio.interval.low),
            high: Some(ratio.interval.high),
            reason: None,
        },
        Err(_) => Seen::without("no_tickets_before"),
    })
}

/// Tickets per developer-month, and whether they are of enough people; `None` without developers.
async fn tickets(session: &SessionContext) -> Result<Option<(EventRate, bool)>, AnalyticsError> {
    let sql = "select d.months, d.developers_count, t.tickets
               from (select months, developers_count from windowed.developers
                     where subject_kind = 'organization') d
               cross join (select count(*) as tickets from populations.support_requests
                           where subject_kind = 'organization') t";
    let row = one(session, sql).await?;
    let Some(months) = row.number("months")? else { return Ok(None) };
    let rate = EventRate::new(row.count("tickets")?.unsigned_abs(), months);
    Ok(Some((rate, row.count("developers_count")? >= ENOUGH_PEOPLE)))
}

async fn complex(session: &SessionContext, moment: &Moment) -> Result<Seen, AnalyticsError> {
    let sql = format!(
        "select count(complexity) as tickets,
                count(case when lower(complexity) = 'complex' then 1 end) as complex
         from support_tickets
         where deleted_at is null and created_at >= {} and created_at <= {}",
        instant(moment.start),
        instant(moment.at)
    );
    let row = one(session, &sql).await?;
    let tickets = row.count("tickets")?.unsigned_abs();
    if tickets == 0 {
        return Ok(Seen::without("no_complexity"));
    }
    let share = Share::new(row.count("complex")?.unsigned_abs(), tickets);
    let interval = wilson(share).ok();
    Ok(Seen {
        value: share.ratio().ok(),
        sample_size: i64::try_from(tickets).ok(),
        low: interval.map(|interval| interval.low),
        high: interval.map(|interval| interval.high),
        reason: None,
    })
}

/// The median capability; a capability counts once however many teams there are.
async fn evenness(session: &SessionContext) -> Result<Seen, AnalyticsError> {
    let sql = "select capability_id as name, max(evenness) as value from windowed.capability_use
               group by capability_id";
    let rows = super::gather::named(session, sql).await?;
    let values: Vec<f64> = rows.into_iter().filter_map(|(_, value)| value).collect();
    Ok(match median(&values) {
        Ok(value) => Seen {
            value: Some(value),
            sample_size: i64::try_from(values.len()).ok(),
            ..Seen::default()
        },
        Err(_) => match hidden_use(session).await? {
            Some(reason) => Seen { reason: Some(reason), ..Seen::default() },
            None => Seen::without("no_capability_use"),
        },
    })
}

/// Why nothing is said of uses that there are.
async fn hidden_use(session: &SessionContext) -> Result<Option<String>, AnalyticsError> {
    let sql = "select max(reason) as reason from windowed.capability_use";
    one(session, sql).await?.text("reason")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(value: Option<f64>, low: Option<f64>, high: Option<f64>) -> &'static str {
        let target = of_guide("x", ("x", "x", "ratio"), Direction::AtLeast, (0.8, None));
        status(&target, &Seen { value, low, high, ..Seen::default() }).words()
    }

    #[test]
    fn a_target_inside_the_interval_is_too_early_to_say() {
        // 14 of 18 teams, 77.8 %, Wilson 54.8 to 91.0.
        assert_eq!(told(Some(0.778), Some(0.548), Some(0.910)), "too early to say");
        assert_eq!(told(Some(0.9), Some(0.82), Some(0.95)), "met");
        assert_eq!(told(Some(0.6), Some(0.5), Some(0.7)), "not met");
        assert_eq!(told(Some(0.9), Some(0.7), None), "too early to say");
        assert_eq!(told(Some(0.8), None, None), "met");
        assert_eq!(told(None, None, None), "no data");
    }
}
