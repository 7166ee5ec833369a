//! Hiding figures about people where they are of too few, also where subtraction would show them.
//!
//! Teams form a tree, and each group's facts are those of the groups below it and its own; windows
//! nest too. What a reader can work out of a shown group or window is the rest of it that nothing
//! shown within it has. Which cells have to be hidden for that is worked out once for a metric, over
//! all kinds of windows whichever are asked for ([`cells`], [`plane`]); the SQL around the metric joins
//! them.
//!
//! Windows that a reader may begin and end on any day would tell of single days, and so of single
//! people. So nothing is shown of a window that is cut.

pub(crate) mod cells;
pub(crate) mod plane;

use crate::catalogue::Named;
use crate::{About, Interval, Metric};

/// What the SQL around a metric needs to know which rows are hidden.
pub(crate) struct Hiding {
    /// Join with the hidden groups, to follow the other joins of the spine.
    pub(crate) join: String,
    /// Condition of a hidden row, after the join.
    pub(crate) is_hidden: &'static str,
}

/// Which rows of a metric are hidden.
pub(crate) fn hiding(metric: &Metric) -> Hiding {
    if metric.about != About::People {
        return Hiding { join: String::new(), is_hidden: "false" };
    }
    let join = format!(
        "
  left join hidden.{} h on h.subject_kind = spine.subject_kind and h.subject_id = spine.subject_id
     and h.window_kind = spine.window_kind and h.window_start = spine.window_start",
        metric.name
    );
    Hiding { join, is_hidden: "(h.subject_id is not null or spine.is_cut)" }
}

/// Who is in which group and window, with how many facts: those that count, and all of them.
pub(crate) fn presences(metric: &Metric, named: &Named) -> String {
    let Named { person, within, of } = named;
    let within = within.as_deref().unwrap_or("''");
    let (facts, counted) = match of {
        Some(view) => (view.clone(), "1"),
        None => (
            format!("populations.{}", metric.population),
            "case when exclusion_reason is null then 1 end",
        ),
    };
    format!(
        "select subject_kind, subject_id, window_kind, window_start, person, within,
                count(counted) as counted, count(*) as known
         from (
           select subject_kind, subject_id, window_kind, window_start, {person} as person,
                  {within} as within, {counted} as counted
           from {facts}
         )
         where person is not null
         group by subject_kind, subject_id, window_kind, window_start, person, within"
    )
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
