-- metric: time_to_first_deployment
-- title: Time to first deployment
-- question: How long does a new service take to ship to production?
-- unit: seconds
-- better: lower
-- statistic: p50, p75, p90, mean
-- population: first_deployments
-- empty: no_first_deployments
-- excludes: services whose beginning is not known, that were imported or live before; services that have not shipped yet
-- reference: the platform engineering guide, part 5
select subject_kind, subject_id, window_kind, window_start, 'p50' as statistic,
       percentile_cont(0.5) within group (order by value) as value, count(value) as sample_size
from populations.first_deployments
where exclusion_reason is null
group by subject_kind, subject_id, window_kind, window_start
union all
select subject_kind, subject_id, window_kind, window_start, 'p75' as statistic,
       percentile_cont(0.75) within group (order by value) as value, count(value) as sample_size
from populations.first_deployments
where exclusion_reason is null
group by subject_kind, subject_id, window_kind, window_start
union all
select subject_kind, subject_id, window_kind, window_start, 'p90' as statistic,
       percentile_cont(0.9) within group (order by value) as value, count(value) as sample_size
from populations.first_deployments
where exclusion_reason is null
group by subject_kind, subject_id, window_kind, window_start
union all
select subject_kind, subject_id, window_kind, window_start, 'mean' as statistic,
       avg(value) as value, count(value) as sample_size
from populations.first_deployments
where exclusion_reason is null
group by subject_kind, subject_id, window_kind, window_start
