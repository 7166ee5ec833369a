-- A deployed change of which a commit is known, and whether any of its commits, those of its pull request's
-- branch included, has the mark of an AI tool. Marks can be missing or taken off: true is certain, false not.
with carrying as (
  select service_id, repository_id, change_id, sha from deployed_changes
  union
  select service_id, repository_id, change_id, unnest(head_shas) as sha
  from (
    select d.service_id, d.repository_id, d.change_id, p.head_shas
    from deployed_changes d
    join pull_requests p on p.pull_request_id = d.change_id and p.deleted_at is null
  )
)
select f.service_id, f.repository_id, f.change_id,
       bool_or(coalesce(array_length(c.ai_tools), 0) > 0) as is_assisted
from carrying f
join commits c on c.repository_id = f.repository_id and c.sha = f.sha and c.deleted_at is null
group by f.service_id, f.repository_id, f.change_id
