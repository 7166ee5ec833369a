//! The SQL around a metric's own: the spine, so that no row is missing, and the columns that
//! every answer has.

use crate::Metric;
use crate::catalogue::levels::{self, Band};

/// Two-sided 95 % of the normal distribution.
const Z: &str = "1.959963984540054";

/// The view `metrics.NAME` of a metric, with its levels in the set of that name.
pub(crate) fn measured(metric: &Metric, level_set: &str, bands: &[&Band]) -> String {
    let Metric { name, sql, population, unit, empty, .. } = metric;
    let statistics: Vec<String> =
        metric.statistics.iter().map(|statistic| format!("('{statistic}')")).collect();
    let statistics = statistics.join(", ");
    let same_statistic =
        if metric.statistics.len() > 1 { "and m.statistic = spine.statistic" } else { "" };
    let own_reason = if metric.reasons.is_empty() { "null" } else { "m.reason" };
    let is_ratio = unit == "ratio";
    let (low, high) = interval();
    let (ci_low, ci_high) = shown(is_ratio, &low, &high);
    let headline = metric.statistics.first().map_or("", String::as_str);
    let level = levels::level(bands, headline, is_ratio.then_some((&low, &high)));
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
    format!(
        "with spine as (
  select s.subject_kind, s.subject_id, w.window_kind, w.window_start, w.window_end,
         w.is_provisional, t.statistic
  from (select distinct subject_kind, subject_id from subjects) s
  cross join windows w
  cross join (values {statistics}) as t(statistic)
),
measured as (
  select spine.*, case when {is_blind} then null else m.value end as value,
         case when {is_blind} then 0 else coalesce(m.sample_size, 0) end as sample_size,
         case when {is_blind} then 'no_failure_source'
              when {own_reason} is not null then {own_reason}
              when k.live_from is null then 'never_deployed'
              when spine.window_end <= k.live_from then 'not_live_yet'
              when spine.window_start >= k.live_until then 'retired'
              when coalesce(p.excluded_count, 0) > 0 then 'all_excluded'
              else '{empty}' end as reason,
         coalesce(p.excluded_count, 0) as excluded_count, c.coverage_ratio, c.basis{compared}
  from spine
  left join subject_status k
    on k.subject_kind = spine.subject_kind and k.subject_id = spine.subject_id
  left join (
{sql}
  ) m on m.subject_kind = spine.subject_kind and m.subject_id = spine.subject_id
     and m.window_kind = spine.window_kind and m.window_start = spine.window_start {same_statistic}
  left join (
    select subject_kind, subject_id, window_kind, window_start, count(fact_id) as excluded_count
    from populations.{population}
    where exclusion_reason is not null
    group by subject_kind, subject_id, window_kind, window_start
  ) p on p.subject_kind = spine.subject_kind and p.subject_id = spine.subject_id
     and p.window_kind = spine.window_kind and p.window_start = spine.window_start
  left join windowed.coverage c
    on c.subject_kind = spine.subject_kind and c.subject_id = spine.subject_id
   and c.window_kind = spine.window_kind and c.window_start = spine.window_start
)
select '{name}' as metric, statistic, {shown_unit} as unit, subject_kind, subject_id, window_kind,
       window_start, window_end, value, sample_size, excluded_count, coverage_ratio, basis,
       case when value is null then reason end as reason, is_provisional,
       cast({level} as varchar) as level, cast({level_set} as varchar) as level_set, definition_id,
       {ci_low} as ci_low, {ci_high} as ci_high
from measured cross join (select definition_id from definition)"
    )
}

/// The view `metrics.all`: all metrics together.
pub(crate) fn all<'a>(names: impl Iterator<Item = &'a String>) -> String {
    let views: Vec<String> = names.map(|name| format!("select * from metrics.{name}")).collect();
    views.join("\nunion all\n")
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

/// The interval as printed. Only for a single service: the deployments of many are not
/// independent, and a plain interval would be too narrow.
fn shown(is_ratio: bool, low: &str, high: &str) -> (String, String) {
    if !is_ratio {
        let null = "cast(null as double)".to_owned();
        return (null.clone(), null);
    }
    let where_one = "case when subject_kind = 'service' and value is not null then";
    (format!("{where_one} {low} end"), format!("{where_one} {high} end"))
}
