-- Deployments and attempts, each worth 1; counted where deployment frequency counts them, which
-- divides by the days on which a service was live.
select subject_kind, subject_id, window_kind, window_start, 'deployment' as fact_kind,
       deployment_id as fact_id, service_id, repository_id, finished_at as at,
       cast(1 as double) as value,
       case when exclusion_reason is not null then exclusion_reason
            when is_rollout_repeat then 'part_of_rollout'
            when not coalesce(is_live, false) then 'not_live' end as exclusion_reason
from windowed.whole_deployments
