-- Changes that landed: seconds from the start of the work to production, or so far where no
-- deployment has shipped it (`is_observed` is false).
select subject_kind, subject_id, window_kind, window_start, 'change' as fact_kind,
       change_id as fact_id, service_id, repository_id, landed_at as at,
       case when deployed_at is not null then cast(lead_time_seconds as double)
            else floor(date_part('epoch', c.as_of) - date_part('epoch', change_started_at)) end as value,
       case when is_excluded then
              coalesce(exclusion_reason, case when is_bot then 'bot' when is_revert then 'revert' else 'duplicate' end)
            when array_has(quality_flags, 'clock_suspect') then 'clock_suspect'
            when change_started_at is null then 'start_unknown'
            when date_part('epoch', change_started_at) < 365 * 86400 then 'clock_suspect'
            when deployed_at is not null and lead_time_seconds is null then 'negative_lead_time'
            when deployed_at is null and change_started_at > c.as_of then 'clock_suspect' end as exclusion_reason,
       deployed_at is not null as is_observed
from windowed.landed_changes
cross join clock c
