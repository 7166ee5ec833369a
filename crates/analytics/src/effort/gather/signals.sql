-- Traces of work by humans from $from until $until: one row for each source and work item. The work item
-- is the ticket that a commit or a pull request names, else the pull request, else the repository. Commits
-- that only merge or squash others which are known leave no trace of their own.
with ticket_keys as (
  select upper(key) as key, min(work_item_id) as work_item_id
  from work_items
  where deleted_at is null and key is not null
  group by upper(key)
),
commit_tickets as (
  select distinct c.repository_id, c.sha, k.work_item_id
  from (
    select repository_id, sha, unnest(work_item_keys) as key
    from commits
    where deleted_at is null
  ) c
  join ticket_keys k on k.key = upper(c.key)
),
requests as (
  select pull_request_id, repository_id, created_at, merged_at, merge_sha, head_shas, work_item_keys, source, source_url
  from pull_requests
  where deleted_at is null
),
heads as (
  select pull_request_id, repository_id, merged_at, unnest(head_shas) as sha
  from requests
),
carried as (
  select pull_request_id, repository_id, merged_at, sha from heads
  union
  select pull_request_id, repository_id, merged_at, merge_sha from requests where merge_sha is not null
),
own_tickets as (
  select distinct r.pull_request_id, k.work_item_id
  from (select pull_request_id, unnest(work_item_keys) as key from requests) r
  join ticket_keys k on k.key = upper(r.key)
),
request_tickets as (
  select pull_request_id, work_item_id from own_tickets
  union
  select f.pull_request_id, t.work_item_id
  from carried f
  join commit_tickets t on t.repository_id = f.repository_id and t.sha = f.sha
  left join own_tickets o on o.pull_request_id = f.pull_request_id
  where o.pull_request_id is null
),
squashed as (
  select distinct r.repository_id, r.merge_sha as sha
  from requests r
  join heads h on h.pull_request_id = r.pull_request_id
  join commits c on c.repository_id = h.repository_id and c.sha = h.sha and c.deleted_at is null
  left join heads same on same.pull_request_id = r.pull_request_id and same.sha = r.merge_sha
  where same.sha is null
),
commit_requests as (
  select repository_id, sha, pull_request_id
  from (
    select repository_id, sha, pull_request_id,
           row_number() over (partition by repository_id, sha order by merged_at nulls last, pull_request_id) as turn
    from carried
  )
  where turn = 1
),
traces as (
  select coalesce(n.person_id, lower(c.author_email)) as person_id, 'commit' as kind,
         coalesce(t.work_item_id, r.work_item_id, p.pull_request_id, c.repository_id) as work_item_id,
         c.source, c.sha as source_id, c.source_url as url, c.authored_at as occurred_at,
         p.pull_request_id, c.patch_id as same_as, cast(1 as bigint) as pieces
  from commits c
  left join person_names n on n.name = lower(c.author_email)
  left join commit_tickets t on t.repository_id = c.repository_id and t.sha = c.sha
  left join commit_requests p on p.repository_id = c.repository_id and p.sha = c.sha
  left join request_tickets r on r.pull_request_id = p.pull_request_id
  left join squashed s on s.repository_id = c.repository_id and s.sha = c.sha
  where c.deleted_at is null and c.author_email is not null and not coalesce(c.is_merge, false)
    and s.sha is null and coalesce(c.author_name, '') not like '%[bot]%'
    and c.authored_at >= $from and c.authored_at < $until
  union
  select a.person_id, 'pull_request_opened', coalesce(t.work_item_id, r.pull_request_id),
         r.source, r.pull_request_id as source_id, r.source_url, r.created_at, r.pull_request_id, null, 1
  from requests r
  join pull_request_authors a on a.pull_request_id = r.pull_request_id
  left join request_tickets t on t.pull_request_id = r.pull_request_id
  where r.created_at >= $from and r.created_at < $until
  union
  select a.person_id, 'pull_request_merged', coalesce(t.work_item_id, r.pull_request_id),
         r.source, r.pull_request_id as source_id, r.source_url, r.merged_at, r.pull_request_id, null, 1
  from requests r
  join pull_request_authors a on a.pull_request_id = r.pull_request_id
  left join request_tickets t on t.pull_request_id = r.pull_request_id
  where r.merged_at >= $from and r.merged_at < $until
  union
  select coalesce(n.person_id, lower(v.reviewer_login)), 'review', coalesce(t.work_item_id, v.pull_request_id),
         v.source, v.review_id, v.source_url, v.submitted_at, v.pull_request_id, null, coalesce(v.comments_count, 0)
  from reviews v
  left join person_names n on n.name = lower(v.reviewer_login)
  left join request_tickets t on t.pull_request_id = v.pull_request_id
  where v.deleted_at is null and v.reviewer_login is not null
    and v.submitted_at >= $from and v.submitted_at < $until
)
select f.person_id, k.person_id is not null as is_known, f.kind, f.work_item_id, f.source, f.source_id, f.url,
       f.occurred_at, cast(cast(f.occurred_at as timestamp(6) with time zone) as date) as day,
       f.pull_request_id, f.same_as, f.pieces
from traces f
cross join clock c
left join people k on k.person_id = f.person_id and k.deleted_at is null
where f.occurred_at <= c.as_of and coalesce(k.kind, 'human') = 'human' and f.person_id not like '%[bot]%'
