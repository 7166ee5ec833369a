-- metric: undeployed_change_age
-- title: Age of undeployed changes
-- question: How long have the changes that landed and still wait for production been waiting?
-- unit: seconds
-- better: lower
-- statistic: p50, max
-- population: undeployed_changes
-- excludes: changes of bots and reverts unless the definition includes them; what a first deployment shipped; changes of services that were never deployed; changes that landed at an unknown time
-- reference: what change lead time, which counts deployed changes, can't see
select subject_kind, subject_id, window_kind, window_start, 'p50' as statistic,
       percentile_cont(0.5) within group (order by value) as value, count(value) as sample_size
from populations.undeployed_changes
where exclusion_reason is null
group by subject_kind, subject_id, window_kind, window_start
union all
select subject_kind, subject_id, window_kind, window_start, 'max' as statistic,
       max(value) as value, count(value) as sample_size
from populations.undeployed_changes
where exclusion_reason is null
group by subject_kind, subject_id, window_kind, window_start
