-- Changes that landed: 1 where no deployment has shipped it, as of now, 0 where one has.
select subject_kind, subject_id, window_kind, window_start, 'change' as fact_kind,
       change_id as fact_id, service_id, repository_id, landed_at as at,
       cast(case when deployed_at is null then 1 else 0 end as double) as value,
       case when is_excluded then
              coalesce(exclusion_reason, case when is_bot then 'bot' when is_revert then 'revert' else 'duplicate' end) end as exclusion_reason
from windowed.landed_changes
