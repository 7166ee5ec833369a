-- Changes that landed and that no deployment has shipped: seconds since they landed.
select subject_kind, subject_id, window_kind, window_start, 'change' as fact_kind,
       change_id as fact_id, service_id, repository_id, landed_at as at,
       floor(date_part('epoch', c.as_of) - date_part('epoch', landed_at)) as value,
       case when is_excluded then
              coalesce(exclusion_reason, case when is_bot then 'bot' when is_revert then 'revert' else 'duplicate' end)
            when landed_at > c.as_of or date_part('epoch', landed_at) < 365 * 86400 then 'clock_suspect' end as exclusion_reason
from windowed.landed_changes
cross join clock c
where deployed_at is null
