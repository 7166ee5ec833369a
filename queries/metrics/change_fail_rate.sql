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
select subject_kind, subject_id, window_kind, window_start,
       sum(value) / nullif(count(fact_id), 0) as value,
       count(fact_id) as sample_size
from populations.changes_to_production
where exclusion_reason is null
group by subject_kind, subject_id, window_kind, window_start
