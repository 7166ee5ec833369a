-- metric: deployment_rework_rate
-- title: Deployment rework rate
-- question: What share of the deployments was unplanned and made because of a failure?
-- unit: ratio
-- better: lower
-- statistic: ratio
-- population: deployments
-- needs: failure_source
-- excludes: deployments that deployment frequency does not count
-- reference: DORA, deployment rework rate (dora.dev/guides/dora-metrics, 2026)
with counted as (
  select subject_kind, subject_id, window_kind, window_start,
         count(distinct deployment_id) as deployments,
         count(distinct case when is_rework then deployment_id end) as reworks
  from windowed.deployments
  where is_counted
  group by subject_kind, subject_id, window_kind, window_start
)
select subject_kind, subject_id, window_kind, window_start,
       cast(reworks as double) / nullif(deployments, 0) as value,
       deployments as sample_size
from counted
