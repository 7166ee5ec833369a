//! The SQL around a metric's own: the spine, so that no row is missing, and the columns that
//! every answer has.

use crate::catalogue::levels::{self, Band};
use crate::suppression::{self, Hiding};
use crate::{About, Coverage, Interval, Metric};

/// Two-sided 95 % of the normal distribution.
const Z: &str = "1.959963984540054";

/// The view `metrics.NAME` of a metric, with its levels in the set of that name.
pub(crate) fn measured(metric: &Metric, level_set: &str, bands: &[&Band]) -> String {
    let Metric { name, sql, population, unit, .. } = metric;
    let statistics: Vec<String> =
        metric.statistics.iter().map(|statistic| format!("('{statistic}')")).collect();
    let statistics = statistics.join(", ");
    let same_statistic =
        if metric.statistics.len() > 1 { "and m.statistic = spine.statistic" } else { "" };
    let (low, high) = interval();
    let (ci_low, ci_high) = shown(metric.interval, &low, &high);
    let headline = metric.statistics.first().map_or("", String::as_str);
    let level = levels::level(bands, headline, (unit == "ratio").then_some((&low, &high)));
    let compared = compared(bands, headline);
    let level_set = if bands.is_empty() {
        "null".to_owned()
    } else {
        format!("case when statistic = '{headline}' then '{level_set}' end")
    };
    let own_units: String = metric
        .units
        .iter()
        .map(|(statistic, unit)| format!("when statistic = '{statistic}' then '{unit}' "))
        .collect();
    let shown_unit = if own_units.is_empty() {
        format!("'{unit}'")
    } else {
        format!("case {own_units}else '{unit}' end")
    };
    let is_blind =
        if metric.needs_failures { "not coalesce(k.has_failure_source, false)" } else { "false" };
    let subjects = subjects(metric.about);
    let reason = reason(metric, is_blind);
    let own_interval = match metric.interval {
        Interval::Own => ", m.ci_low, m.ci_high",
        _ => "",
    };
    let (coverage, deployments) = coverage(metric.coverage);
    let Hiding { join, is_hidden } = suppression::hiding(metric);
    format!(
        "with told as (
{sql}
),
spine as (
  select s.subject_kind, s.subject_id, w.window_kind, w.window_start, w.window_end,
         w.is_provisional, w.is_cut, t.statistic
  from ({subjects}) s
  cross join windows w
  cross join (values {statistics}) as t(statistic)
),
measured as (
  select spine.*, {is_hidden} as is_hidden, case when {is_blind} then null else m.value end as value,
         case when {is_blind} then 0 else coalesce(m.sample_size, 0) end as sample_size,
         {reason} as reason,
         coalesce(p.excluded_count, 0) as excluded_count, {coverage}{own_interval}{compared}
  from spine
  left join subject_status k
    on k.subject_kind = spine.subject_kind and k.subject_id = spine.subject_id
  left join told m on m.subject_kind = spine.subject_kind and m.subject_id = spine.subject_id
     and m.window_kind = spine.window_kind and m.window_start = spine.window_start {same_statistic}
  left join (
    select subject_kind, subject_id, window_kind, window_start, count(fact_id) as excluded_count
    from populations.{population}
    where exclusion_reason is not null
    group by subject_kind, subject_id, window_kind, window_start
  ) p on p.subject_kind = spine.subject_kind and p.subject_id = spine.subject_id
     and p.window_kind = spine.window_kind and p.window_start = spine.window_start{deployments}{join}
),
visible as (
  {visible}
)
select '{name}' as metric, statistic, {shown_unit} as unit, subject_kind, subject_id, window_kind,
       window_start, window_end, value, sample_size, excluded_count, coverage_ratio, basis,
       case when value is null then reason end as reason, is_provisional,
       cast({level} as varchar) as level, cast({level_set} as varchar) as level_set, definition_id,
       {ci_low} as ci_low, {ci_high} as ci_high
from visible cross join (select definition_id from definition)",
        visible = suppression::visible(metric)
    )
}

/// What a metric is measured of.
pub(crate) fn subjects(about: About) -> &'static str {
    match about {
        About::Services => "select distinct subject_kind, subject_id from subjects",
        About::Teams | About::People => {
            "select subject_kind, subject_id from subjects union select subject_kind, subject_id from groups"
        }
    }
}

/// Why a value is NULL where it is. Whether a service is live says nothing of people.
fn reason(metric: &Metric, is_blind: &str) -> String {
    let others = ["service", "team", "organization"]
        .into_iter()
        .filter(|kind| !metric.by.iter().any(|by| by == kind))
        .map(|kind| {
            format!("\n              when spine.subject_kind = '{kind}' then 'not_by_{kind}'")
        });
    let others: String = others.collect();
    let own = match metric.reasons.is_empty() {
        true => "",
        false => "\n              when m.reason is not null then m.reason",
    };
    let life = match metric.about {
        About::Services => {
            "
              when k.live_from is null then 'never_deployed'
              when spine.window_end <= k.live_from then 'not_live_yet'
              when spine.window_start >= k.live_until then 'retired'"
        }
        About::Teams | About::People => "",
    };
    format!(
        "case when {is_blind} then 'no_failure_source'{others}{own}{life}
              when coalesce(p.excluded_count, 0) > 0 then 'all_excluded'
              else '{}' end",
        metric.empty
    )
}

/// The columns `coverage_ratio` and `basis`, and what they are read from.
fn coverage(coverage: Coverage) -> (&'static str, &'static str) {
    match coverage {
        Coverage::Deployments => (
            "c.coverage_ratio, c.basis",
            "
  left join windowed.coverage c
    on c.subject_kind = spine.subject_kind and c.subject_id = spine.subject_id
   and c.window_kind = spine.window_kind and c.window_start = spine.window_start",
        ),
        Coverage::Own => ("m.coverage_ratio, m.basis", ""),
        Coverage::None => {
            ("cast(null as double) as coverage_ratio, cast(null as varchar) as basis", "")
        }
    }
}

/// What levels look at beside the headline, as columns of every row of a subject and window.
fn compared(bands: &[&Band], headline: &str) -> String {
    let column = |name: &str| {
        format!(
            ",
         max(case when spine.statistic = '{name}' then m.value end) over (
           partition by spine.subject_kind, spine.subject_id, spine.window_kind, spine.window_start
         ) as {name}"
        )
    };
    levels::others(bands, headline).into_iter().map(column).collect()
}

/// Wilson's score interval of a share: its ends.
fn interval() -> (String, String) {
    let n = "cast(sample_size as double)";
    let centre = format!("(value + {Z} * {Z} / (2 * {n})) / (1 + {Z} * {Z} / {n})");
    let half = format!(
        "{Z} / (1 + {Z} * {Z} / {n}) * sqrt(value * (1 - value) / {n} + {Z} * {Z} / (4 * {n} * {n}))"
    );
    (format!("greatest({centre} - {half}, 0.0)"), format!("least({centre} + {half}, 1.0)"))
}

/// The interval as printed.
fn shown(interval: Interval, low: &str, high: &str) -> (String, String) {
    let wilson = |condition: &str| {
        let case = |end: &str| format!("case when {condition} then {end} end");
        (case(low), case(high))
    };
    match interval {
        // Of a single service alone: a plain interval would be too narrow for many.
        Interval::WilsonOfServices => wilson("subject_kind = 'service' and value is not null"),
        Interval::Wilson => wilson("value is not null"),
        Interval::Own => ("ci_low".to_owned(), "ci_high".to_owned()),
        Interval::None => {
            let null = "cast(null as double)".to_owned();
            (null.clone(), null)
        }
    }
}
