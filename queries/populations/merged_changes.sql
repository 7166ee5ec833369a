-- Deployed changes: seconds from the merge to production.
select subject_kind, subject_id, window_kind, window_start, 'change' as fact_kind,
       change_id as fact_id, service_id, repository_id, deployed_at as at,
       cast(merge_to_deploy_seconds as double) as value,
       case when is_excluded then
              coalesce(exclusion_reason, case when is_bot then 'bot' when is_revert then 'revert' else 'duplicate' end)
            when merge_to_deploy_seconds is not null then null
            when merged_at is null then 'not_merged'
            else 'negative_merge_to_deploy' end as exclusion_reason
from windowed.changes
