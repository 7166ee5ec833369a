-- metric: deployment_attempt_success_rate
-- title: Deployment attempt success rate
-- question: What share of the attempts to deploy to production succeeded?
-- unit: ratio
-- better: higher
-- statistic: ratio
-- population: attempts
-- excludes: attempts that were cancelled or still run, single parts of a rollout, and whatever was inferred, which shows no failed attempts
-- reference: the quality of the pipeline, which change fail rate says nothing of
select subject_kind, subject_id, window_kind, window_start,
       sum(value) / nullif(count(fact_id), 0) as value,
       count(fact_id) as sample_size
from populations.attempts
where exclusion_reason is null
group by subject_kind, subject_id, window_kind, window_start
