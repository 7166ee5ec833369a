-- The deployments that frequency counts: 1 where it was unplanned rework, 0 where not.
select subject_kind, subject_id, window_kind, window_start, 'deployment' as fact_kind,
       deployment_id as fact_id, service_id, repository_id, finished_at as at,
       cast(case when is_rework then 1 else 0 end as double) as value,
       coalesce(exclusion_reason, case when is_rollout_repeat then 'part_of_rollout' end) as exclusion_reason
from windowed.whole_deployments
