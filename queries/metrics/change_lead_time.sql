-- metric: change_lead_time
-- title: Change lead time
-- question: How long does a change take from its first commit to production?
-- unit: seconds
-- better: lower
-- statistic: p50, p75, p90, mean
-- population: changes
-- excludes: changes of bots and reverts unless the definition includes them; starts that are unknown, not credible or after the deployment; everything a first deployment shipped
-- reference: DORA, change lead time (dora.dev/guides/dora-metrics, 2026)
select subject_kind, subject_id, window_kind, window_start, 'p50' as statistic,
       percentile_cont(0.5) within group (order by value) as value, count(value) as sample_size
from populations.changes
where exclusion_reason is null
group by subject_kind, subject_id, window_kind, window_start
union all
select subject_kind, subject_id, window_kind, window_start, 'p75' as statistic,
       percentile_cont(0.75) within group (order by value) as value, count(value) as sample_size
from populations.changes
where exclusion_reason is null
group by subject_kind, subject_id, window_kind, window_start
union all
select subject_kind, subject_id, window_kind, window_start, 'p90' as statistic,
       percentile_cont(0.9) within group (order by value) as value, count(value) as sample_size
from populations.changes
where exclusion_reason is null
group by subject_kind, subject_id, window_kind, window_start
union all
select subject_kind, subject_id, window_kind, window_start, 'mean' as statistic,
       avg(value) as value, count(value) as sample_size
from populations.changes
where exclusion_reason is null
group by subject_kind, subject_id, window_kind, window_start
