-- Deployed pull requests: seconds from the start of the work to production. Direct pushes have no
-- lead time in Apache DevLake.
select subject_kind, subject_id, window_kind, window_start, 'change' as fact_kind,
       change_id as fact_id, service_id, repository_id, deployed_at as at,
       cast(lead_time_seconds as double) as value,
       case when change_unit <> 'pull_request' then 'direct_push'
            when is_excluded then
              coalesce(exclusion_reason, case when is_bot then 'bot' when is_revert then 'revert' else 'duplicate' end)
            when lead_time_seconds is not null then null
            when array_has(quality_flags, 'clock_suspect') then 'clock_suspect'
            when array_has(quality_flags, 'negative_lead_time') then 'negative_lead_time'
            else 'start_unknown' end as exclusion_reason
from windowed.changes
