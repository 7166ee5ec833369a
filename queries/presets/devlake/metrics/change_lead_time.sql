-- metric: change_lead_time
-- title: Change lead time
-- question: How long does a change take from its first commit to production?
-- unit: seconds
-- better: lower
-- statistic: p50, p75, p90, mean
-- population: changes
-- excludes: direct pushes; changes of bots and reverts unless the definition includes them; starts that are unknown, not credible or after the deployment; everything a first deployment shipped
-- reference: Apache DevLake, whose medians are the lower one (backend and dashboards, 2026)
with ranked as (
  select subject_kind, subject_id, window_kind, window_start, value,
         percent_rank() over (
           partition by subject_kind, subject_id, window_kind, window_start order by value
         ) as rank
  from populations.changes
  where exclusion_reason is null
)
select subject_kind, subject_id, window_kind, window_start, 'p50' as statistic,
       max(case when rank <= 0.5 then value end) as value, count(value) as sample_size
from ranked
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
