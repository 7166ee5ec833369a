//! Hiding figures about people where they are of too few, also where subtraction would show them.
//!
//! Teams form a tree, and each group's people are those of the groups below it and its own. What a
//! reader can work out of a shown group is the rest of it that no shown group below has. So of every
//! group the rest has to be of nobody or of enough: where the groups hidden for their size, together
//! with those who are in no group below, are too few, the smallest other group is hidden with them,
//! and all that is below it.

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
    let headline = match metric.statistics.as_slice() {
        [headline, _, ..] => format!("t.statistic = '{headline}' and "),
        _ => String::new(),
    };
    let tables = format!(
        "
sizes as (
  select t.subject_kind, t.subject_id, g.parent_id, t.window_kind, t.window_start, t.people_count
  from told t
  join (select distinct subject_kind, subject_id, parent_id from groups) g
    on g.subject_kind = t.subject_kind and g.subject_id = t.subject_id
  where {headline}t.people_count > 0
),
parts as (
  select subject_id, parent_id, window_kind, window_start, people_count,
         sum(people_count) over below as people_below,
         sum(case when people_count < {ENOUGH} then people_count else 0 end) over below as hidden_below,
         row_number() over (
           partition by parent_id, window_kind, window_start
           order by people_count < {ENOUGH}, people_count, subject_id
         ) as place
  from sizes
  where parent_id is not null
  window below as (partition by parent_id, window_kind, window_start)
),
too_small as (
  select subject_kind, subject_id, window_kind, window_start
  from sizes
  where people_count < {ENOUGH}
  union
  select 'team', c.subject_id, c.window_kind, c.window_start
  from parts c
  join sizes p on p.subject_id = c.parent_id and p.window_kind = c.window_kind
    and p.window_start = c.window_start
    and (p.subject_kind = 'organization') = (c.parent_id = 'organization')
  where c.place = 1
    and greatest(p.people_count - c.people_below, 0) + c.hidden_below between 1 and {ENOUGH} - 1
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
        is_hidden: "h.subject_id is not null",
    }
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
         statistic, basis, case when is_hidden then 'group_too_small' else reason end as reason,
         case when not is_hidden then value end as value,
         case when not is_hidden then sample_size end as sample_size,
         case when not is_hidden then excluded_count end as excluded_count,
         case when not is_hidden then coverage_ratio end as coverage_ratio{own}
  from measured"
    )
}
