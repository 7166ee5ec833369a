//! Hiding figures about people where they are of too few, also where subtraction would show them.
//!
//! Teams form a tree, and each group's facts are those of the groups below it and its own. What a
//! reader can work out of a shown group is the rest of it that no shown group below has. So the facts
//! of that rest have to be of nobody or of enough, whoever else they are of: where they are of too
//! few, the smallest other group is hidden with them, and all that is below it.
//!
//! Windows that a reader may begin and end on any day would tell of single days, and so of single
//! people. So nothing is shown of a window that is cut.

use crate::catalogue::Named;
use crate::{About, Interval, Metric};

/// Groups with fewer people are hidden.
const ENOUGH: u32 = 5;

/// What the SQL around a metric needs to know which rows are hidden.
pub(crate) struct Hiding {
    /// Tables to stand after `told`, each with its comma.
    pub(crate) tables: String,
    /// Join with the hidden groups, to follow the other joins of the spine.
    pub(crate) join: &'static str,
    /// Condition of a hidden row, after the join.
    pub(crate) is_hidden: &'static str,
}

/// Which rows of a metric are hidden.
pub(crate) fn hiding(metric: &Metric) -> Hiding {
    if metric.about != About::People {
        return Hiding { tables: String::new(), join: "", is_hidden: "false" };
    }
    let (sizes, rests) = match &metric.people {
        Some(named) => counted(&metric.population, named),
        None => returned(metric),
    };
    let tables = format!(
        "
sizes as ({sizes}),
rests as ({rests}),
places as (
  select subject_id, parent_id, window_kind, window_start,
         row_number() over (
           partition by parent_id, window_kind, window_start
           order by people_count < {ENOUGH}, people_count, subject_id
         ) as place
  from sizes
  where parent_id is not null
),
too_small as (
  select subject_kind, subject_id, window_kind, window_start
  from sizes
  where people_count < {ENOUGH}
  union
  select 'team', c.subject_id, c.window_kind, c.window_start
  from places c
  join rests r on r.subject_id = c.parent_id and r.window_kind = c.window_kind
    and r.window_start = c.window_start
    and (r.subject_kind = 'organization') = (c.parent_id = 'organization')
  where c.place = 1 and r.people_count between 1 and {ENOUGH} - 1
),
hidden as (
  select subject_kind, subject_id, window_kind, window_start
  from too_small
  union
  select 'team', below.subject_id, t.window_kind, t.window_start
  from too_small t
  join groups above on above.subject_kind = 'team' and above.subject_id = t.subject_id
  join groups below on below.subject_kind = 'team' and below.subject_id = above.team_id
  where t.subject_kind = 'team'
),"
    );
    Hiding {
        tables,
        join: "
  left join hidden h on h.subject_kind = spine.subject_kind and h.subject_id = spine.subject_id
     and h.window_kind = spine.window_kind and h.window_start = spine.window_start",
        is_hidden: "(h.subject_id is not null or spine.is_cut)",
    }
}

/// The people behind a subject and window, and those behind its facts that are in no group below it
/// of enough people, from the facts themselves.
fn counted(population: &str, named: &Named) -> (String, String) {
    let Named { person, within } = named;
    let within = within.as_deref().unwrap_or("''");
    let facts = format!(
        "select subject_kind, subject_id, window_kind, window_start, fact_id, exclusion_reason,
                {person} as person_id, {within} as within_id
         from populations.{population}"
    );
    // Who is left out matters where nobody counts: how many were left out is told then.
    let people = "coalesce(nullif(max(counted), 0), max(known)) as people_count";
    let of_one =
        "count(distinct case when f.exclusion_reason is null then f.person_id end) as counted,
           count(distinct f.person_id) as known";
    let sizes = format!(
        "
  select s.subject_kind, s.subject_id, g.parent_id, s.window_kind, s.window_start, s.people_count
  from (
    select subject_kind, subject_id, window_kind, window_start, {people}
    from (
      select f.subject_kind, f.subject_id, f.window_kind, f.window_start, {of_one}
      from ({facts}) f
      group by f.subject_kind, f.subject_id, f.window_kind, f.window_start, f.within_id
    )
    group by subject_kind, subject_id, window_kind, window_start
  ) s
  join (select distinct subject_kind, subject_id, parent_id from groups) g
    on g.subject_kind = s.subject_kind and g.subject_id = s.subject_id
  where s.people_count > 0
"
    );
    let rests = format!(
        "
  select subject_kind, subject_id, window_kind, window_start, {people}
  from (
    select f.subject_kind, f.subject_id, f.window_kind, f.window_start, {of_one}
    from ({facts}) f
    left join (
      select distinct c.parent_id, c.window_kind, c.window_start, b.fact_id
      from sizes c
      join ({facts}) b on b.subject_kind = c.subject_kind and b.subject_id = c.subject_id
        and b.window_kind = c.window_kind and b.window_start = c.window_start
      where c.parent_id is not null and c.people_count >= {ENOUGH}
    ) b on b.parent_id = f.subject_id and b.window_kind = f.window_kind
      and b.window_start = f.window_start and b.fact_id = f.fact_id
      and (f.subject_kind = 'organization') = (b.parent_id = 'organization')
    where b.fact_id is null
    group by f.subject_kind, f.subject_id, f.window_kind, f.window_start, f.within_id
  )
  group by subject_kind, subject_id, window_kind, window_start
"
    );
    (sizes, rests)
}

/// The same from the numbers that the metric returns, as if nobody were in two groups.
fn returned(metric: &Metric) -> (String, String) {
    let headline = match metric.statistics.as_slice() {
        [headline, _, ..] => format!("t.statistic = '{headline}' and "),
        _ => String::new(),
    };
    let sizes = format!(
        "
  select t.subject_kind, t.subject_id, g.parent_id, t.window_kind, t.window_start, t.people_count
  from told t
  join (select distinct subject_kind, subject_id, parent_id from groups) g
    on g.subject_kind = t.subject_kind and g.subject_id = t.subject_id
  where {headline}t.people_count > 0
"
    );
    let rests = format!(
        "
  select p.subject_kind, p.subject_id, p.window_kind, p.window_start,
         greatest(p.people_count - c.people_below, 0) + c.hidden_below as people_count
  from sizes p
  join (
    select parent_id, window_kind, window_start, sum(people_count) as people_below,
           sum(case when people_count < {ENOUGH} then people_count else 0 end) as hidden_below
    from sizes
    where parent_id is not null
    group by parent_id, window_kind, window_start
  ) c on c.parent_id = p.subject_id and c.window_kind = p.window_kind
    and c.window_start = p.window_start
    and (p.subject_kind = 'organization') = (c.parent_id = 'organization')
"
    );
    (sizes, rests)
}

/// The rows of `measured` as they may be seen.
pub(crate) fn visible(metric: &Metric) -> String {
    if metric.about != About::People {
        return "select * from measured".to_owned();
    }
    let own = match metric.interval {
        Interval::Own => {
            ", case when not is_hidden then ci_low end as ci_low, case when not is_hidden then ci_high end as ci_high"
        }
        _ => "",
    };
    format!(
        "select subject_kind, subject_id, window_kind, window_start, window_end, is_provisional,
         statistic, basis,
         case when is_cut then 'cut_window' when is_hidden then 'group_too_small' else reason end as reason,
         case when not is_hidden then value end as value,
         case when not is_hidden then sample_size end as sample_size,
         case when not is_hidden then excluded_count end as excluded_count,
         case when not is_hidden then coverage_ratio end as coverage_ratio{own}
  from measured"
    )
}
