-- metric: deployment_rework_rate
-- title: Deployment rework rate
-- question: What share of the deployments was unplanned and made because of a failure?
-- unit: ratio
-- better: lower
-- statistic: ratio
-- population: reworks
-- empty: no_deployments
-- needs: failure_source
-- excludes: deployments that deployment frequency does not count
-- reference: DORA, deployment rework rate (dora.dev/guides/dora-metrics, 2026)
select subject_kind, subject_id, window_kind, window_start,
       sum(value) / nullif(count(fact_id), 0) as value,
       count(fact_id) as sample_size
from populations.reworks
where exclusion_reason is null
group by subject_kind, subject_id, window_kind, window_start
