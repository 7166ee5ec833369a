-- metric: time_to_restore
-- title: Time to restore
-- question: How long does it take to restore service after an incident in production?
-- unit: seconds
-- better: lower
-- statistic: p50, p75, p90, mean
-- population: incidents
-- empty: no_incidents
-- excludes: incidents that are open, not in production or less severe than the definition counts
-- reference: the platform engineering guide; DORA until 2021, time to restore service
select subject_kind, subject_id, window_kind, window_start, 'p50' as statistic,
       percentile_cont(0.5) within group (order by value) as value, count(value) as sample_size
from populations.incidents
where exclusion_reason is null
group by subject_kind, subject_id, window_kind, window_start
union all
select subject_kind, subject_id, window_kind, window_start, 'p75' as statistic,
       percentile_cont(0.75) within group (order by value) as value, count(value) as sample_size
from populations.incidents
where exclusion_reason is null
group by subject_kind, subject_id, window_kind, window_start
union all
select subject_kind, subject_id, window_kind, window_start, 'p90' as statistic,
       percentile_cont(0.9) within group (order by value) as value, count(value) as sample_size
from populations.incidents
where exclusion_reason is null
group by subject_kind, subject_id, window_kind, window_start
union all
select subject_kind, subject_id, window_kind, window_start, 'mean' as statistic,
       avg(value) as value, count(value) as sample_size
from populations.incidents
where exclusion_reason is null
group by subject_kind, subject_id, window_kind, window_start
