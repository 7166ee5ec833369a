-- metric: merge_to_deploy_time
-- title: Merge to deploy time
-- question: How long does a merged change wait for production?
-- unit: seconds
-- better: lower
-- statistic: p50, p75, p90, mean
-- population: changes
-- excludes: changes of bots and reverts unless the definition includes them; direct pushes, which are not merged; merges after the deployment
-- reference: the last of the four parts of change lead time, as Apache DevLake splits it
with lead_times as (
  select s.subject_kind, s.subject_id, w.window_kind, w.window_start,
         cast(c.merge_to_deploy_seconds as double) as seconds
  from deployed_changes c
  join subjects s on s.service_id = c.service_id
    and (s.valid_from is null or c.deployed_at >= s.valid_from)
    and (s.valid_to is null or c.deployed_at < s.valid_to)
  join windows w on c.deployed_at >= w.window_start and c.deployed_at < w.window_end
  where not c.is_excluded and c.merge_to_deploy_seconds is not null
)
select subject_kind, subject_id, window_kind, window_start, 'p50' as statistic,
       percentile_cont(0.5) within group (order by seconds) as value, count(seconds) as sample_size
from lead_times
group by subject_kind, subject_id, window_kind, window_start
union all
select subject_kind, subject_id, window_kind, window_start, 'p75' as statistic,
       percentile_cont(0.75) within group (order by seconds) as value, count(seconds) as sample_size
from lead_times
group by subject_kind, subject_id, window_kind, window_start
union all
select subject_kind, subject_id, window_kind, window_start, 'p90' as statistic,
       percentile_cont(0.9) within group (order by seconds) as value, count(seconds) as sample_size
from lead_times
group by subject_kind, subject_id, window_kind, window_start
union all
select subject_kind, subject_id, window_kind, window_start, 'mean' as statistic,
       avg(seconds) as value, count(seconds) as sample_size
from lead_times
group by subject_kind, subject_id, window_kind, window_start
