-- Deployments and attempts: 1 where it failed, 0 where not; counted where it is a change to
-- production.
select subject_kind, subject_id, window_kind, window_start, 'deployment' as fact_kind,
       deployment_id as fact_id, service_id, repository_id, finished_at as at,
       cast(case when is_failed then 1 else 0 end as double) as value,
       case when not is_change_to_production then coalesce(exclusion_reason, kind, 'not_counted') end
         as exclusion_reason
from windowed.whole_deployments
