-- Deployed changes: seconds from the first review of the pull request until it was merged.
select subject_kind, subject_id, window_kind, window_start, 'change' as fact_kind,
       change_id as fact_id, service_id, repository_id, deployed_at as at,
       floor(date_part('epoch', merged_at) - date_part('epoch', first_review_at)) as value,
       case when is_excluded then
              coalesce(exclusion_reason, case when is_bot then 'bot' when is_revert then 'revert' else 'duplicate' end)
            when pull_request_id is null then 'no_pull_request'
            when first_review_at is null then 'not_reviewed'
            when merged_at is null then 'not_merged'
            when merged_at < first_review_at then 'negative_review_time' end as exclusion_reason
from windowed.pull_requests
