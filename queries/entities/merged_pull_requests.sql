-- A pull request that was merged up to the as-of, and what became of it. `person_id` is who
-- is behind it (`pull_request_authors`). `is_reverted` says whether a commit
-- reverted it within 14 days, NULL while those are not over. `is_deployed` and the two after it say whether
-- a deployment shipped it, whether one of those failed, and whether one was unplanned rework.
with merged as (
  select p.pull_request_id, p.repository_id, p.head_shas, p.merge_sha, p.merged_at,
         cast(date_trunc('month', cast(p.merged_at as timestamp(6) with time zone)) as date) as month_on,
         floor(date_part('epoch', p.merged_at) - date_part('epoch', coalesce(p.first_commit_at, p.created_at))) as cycle_seconds,
         floor(date_part('epoch', p.merged_at) - date_part('epoch', p.first_review_at)) as review_seconds,
         p.additions_count + p.deletions_count as lines_count
  from pull_requests p
  cross join clock c
  where p.deleted_at is null and p.merged_at <= c.as_of
),
carrying as (
  select pull_request_id, repository_id, merged_at, unnest(head_shas) as sha from merged
  union all
  select pull_request_id, repository_id, merged_at, merge_sha from merged where merge_sha is not null
),
reverts as (
  select distinct f.pull_request_id
  from commits c
  join carrying f on f.repository_id = c.repository_id and f.sha = c.reverts_sha
  where c.deleted_at is null and coalesce(c.committed_at, c.authored_at) >= f.merged_at
    and coalesce(c.committed_at, c.authored_at) <= f.merged_at + interval '14 days'
),
shipped as (
  select d.change_id, bool_or(f.deployment_id is not null) as is_failed, bool_or(coalesce(k.is_rework, false)) as is_rework
  from deployed_changes d
  left join failed_deployments f on f.deployment_id = d.deployment_id and f.service_id = d.service_id
  left join (
    select deployment_id, service_id, bool_or(is_rework) as is_rework
    from classified_deployments
    group by deployment_id, service_id
  ) k on k.deployment_id = d.deployment_id and k.service_id = d.service_id
  group by d.change_id
)
select m.pull_request_id, m.repository_id, a.person_id, m.merged_at, m.month_on,
       case when m.cycle_seconds >= 0 then m.cycle_seconds end as cycle_seconds,
       case when m.review_seconds >= 0 then m.review_seconds end as review_seconds,
       m.lines_count,
       case when r.pull_request_id is not null then true
            when m.merged_at + interval '14 days' <= c.as_of then false end as is_reverted,
       s.change_id is not null as is_deployed, s.is_failed, s.is_rework
from merged m
cross join clock c
left join pull_request_authors a on a.pull_request_id = m.pull_request_id
left join reverts r on r.pull_request_id = m.pull_request_id
left join shipped s on s.change_id = m.pull_request_id
