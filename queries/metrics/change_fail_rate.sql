-- metric: change_fail_rate
-- title: Change fail rate
-- question: What share of the changes to production needed immediate intervention?
-- unit: ratio
-- better: lower
-- statistic: ratio
-- population: changes_to_production
-- needs: failure_source
-- excludes: baselines, redeploys, rollbacks and deployments without anything new, which change nothing for users
-- reference: DORA, change fail rate (dora.dev/guides/dora-metrics, 2026)
with changes as (
  select d.subject_kind, d.subject_id, d.window_kind, d.window_start,
         count(distinct d.deployment_id) as deployments,
         count(distinct f.deployment_id) as failures
  from windowed.deployments d
  left join failed_deployments f
    on f.deployment_id = d.deployment_id and f.service_id = d.service_id
  where d.is_change_to_production
  group by d.subject_kind, d.subject_id, d.window_kind, d.window_start
)
select subject_kind, subject_id, window_kind, window_start,
       cast(failures as double) / nullif(deployments, 0) as value,
       deployments as sample_size
from changes
