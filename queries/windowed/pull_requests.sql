-- A deployed change with what is known of its pull request, in every window of every subject it
-- counts for, by the deployment's finish.
select c.subject_kind, c.subject_id, c.window_kind, c.window_start, c.service_id, c.repository_id, c.change_id,
       c.deployed_at, c.is_bot, c.is_revert, c.is_excluded, c.exclusion_reason,
       p.pull_request_id, p.created_at,
       coalesce(p.first_commit_at, case when d.change_start = 'first_commit' then c.change_started_at end)
         as first_commit_at,
       coalesce(p.ready_at, p.created_at) as ready_at, p.first_review_at, p.merged_at
from windowed.changes c
cross join definition d
left join pull_requests p on p.pull_request_id = c.change_id and p.deleted_at is null
