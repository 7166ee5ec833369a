-- Failed deployments: seconds until service was restored everywhere that the deployment failed.
select subject_kind, subject_id, window_kind, window_start, 'failure' as fact_kind,
       deployment_id as fact_id, min(service_id) as service_id,
       cast(null as varchar) as repository_id, min(failed_at) as at,
       cast(max(recovery_seconds) as double) as value,
       case when bool_or(recovered_at is null) then 'not_recovered'
            when bool_or(recovery_seconds is null or recovery_seconds < 0) then 'negative_recovery_time'
            end as exclusion_reason
from windowed.failures
group by subject_kind, subject_id, window_kind, window_start, deployment_id
