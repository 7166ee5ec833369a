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
  select s.subject_kind, s.subject_id, w.window_kind, w.window_start,
         count(distinct d.deployment_id) as deployments,
         count(distinct case when d.is_rework then d.deployment_id end) as reworks
  from classified_deployments d
  join subjects s on s.service_id = d.service_id
    and (s.valid_from is null or d.finished_at >= s.valid_from)
    and (s.valid_to is null or d.finished_at < s.valid_to)
  join windows w on d.finished_at >= w.window_start and d.finished_at < w.window_end
  where d.is_counted
  group by s.subject_kind, s.subject_id, w.window_kind, w.window_start
)
select subject_kind, subject_id, window_kind, window_start,
       cast(reworks as double) / nullif(deployments, 0) as value,
       deployments as sample_size
from counted
