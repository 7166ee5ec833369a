-- Deployed changes: seconds from the first commit until the pull request was opened.
select subject_kind, subject_id, window_kind, window_start, 'change' as fact_kind,
       change_id as fact_id, service_id, repository_id, deployed_at as at,
       floor(date_part('epoch', created_at) - date_part('epoch', first_commit_at)) as value,
       case when is_excluded then
              coalesce(exclusion_reason, case when is_bot then 'bot' when is_revert then 'revert' else 'duplicate' end)
            when pull_request_id is null then 'no_pull_request'
            when created_at is null then 'opening_unknown'
            when first_commit_at is null then 'start_unknown'
            when created_at < first_commit_at then 'negative_coding_time' end as exclusion_reason
from windowed.pull_requests
