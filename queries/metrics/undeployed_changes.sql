-- metric: undeployed_changes
-- title: Undeployed changes
-- question: How many of the changes that landed still wait for production?
-- unit: count
-- better: lower
-- statistic: count
-- population: landed_changes
-- empty: no_changes
-- excludes: changes of bots and reverts unless the definition includes them; what a first deployment shipped; changes of services that were never deployed; changes that landed at an unknown time
-- reference: what change lead time, which counts deployed changes, can't see
select subject_kind, subject_id, window_kind, window_start,
       sum(value) as value, count(fact_id) as sample_size
from populations.landed_changes
where exclusion_reason is null
group by subject_kind, subject_id, window_kind, window_start
