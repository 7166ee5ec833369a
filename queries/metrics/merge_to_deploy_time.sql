-- metric: merge_to_deploy_time
-- title: Merge to deploy time
-- question: How long does a merged change wait for production?
-- unit: seconds
-- better: lower
-- statistic: p50, p75, p90, mean
-- population: merged_changes
-- excludes: changes of bots and reverts unless the definition includes them; direct pushes, which are not merged; merges after the deployment
-- reference: the last of the four parts of change lead time, as Apache DevLake splits it
select subject_kind, subject_id, window_kind, window_start, 'p50' as statistic,
       percentile_cont(0.5) within group (order by value) as value, count(value) as sample_size
from populations.merged_changes
where exclusion_reason is null
group by subject_kind, subject_id, window_kind, window_start
union all
select subject_kind, subject_id, window_kind, window_start, 'p75' as statistic,
       percentile_cont(0.75) within group (order by value) as value, count(value) as sample_size
from populations.merged_changes
where exclusion_reason is null
group by subject_kind, subject_id, window_kind, window_start
union all
select subject_kind, subject_id, window_kind, window_start, 'p90' as statistic,
       percentile_cont(0.9) within group (order by value) as value, count(value) as sample_size
from populations.merged_changes
where exclusion_reason is null
group by subject_kind, subject_id, window_kind, window_start
union all
select subject_kind, subject_id, window_kind, window_start, 'mean' as statistic,
       avg(value) as value, count(value) as sample_size
from populations.merged_changes
where exclusion_reason is null
group by subject_kind, subject_id, window_kind, window_start
