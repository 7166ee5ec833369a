-- Recorded attempts to deploy to production that came to an end: 1 where all of it succeeded, 0
-- where not. What was inferred, such as from a tag, says nothing about attempts that failed.
select subject_kind, subject_id, window_kind, window_start, 'deployment' as fact_kind,
       deployment_id as fact_id, service_id, repository_id, finished_at as at,
       cast(case when outcome = 'succeeded' then 1 else 0 end as double) as value,
       case when exclusion_reason in ('not_production', 'still_running', 'part_of_rollout', 'superseded_by_recorded')
              then exclusion_reason
            when outcome = 'cancelled' then 'cancelled'
            when outcome is null then 'outcome_unknown'
            when basis = 'inferred' then 'inferred' end as exclusion_reason
from windowed.whole_deployments
