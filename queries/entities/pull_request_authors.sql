-- Who is behind a pull request: who opened it where `identities` knows the login, else who wrote most of its
-- commits, else who wrote the one that carries it, by address where no person is known by it; else the login.
-- `is_robot` is true where `people` says that it is nobody human, or the name does.
with carrying as (
  select pull_request_id, repository_id, unnest(head_shas) as sha, 1 as place
  from pull_requests
  where deleted_at is null
  union all
  select pull_request_id, repository_id, merge_sha, 2
  from pull_requests
  where deleted_at is null and merge_sha is not null
),
written as (
  select f.pull_request_id, lower(c.author_email) as name, min(f.place) as place, count(*) as commits
  from carrying f
  join commits c on c.repository_id = f.repository_id and c.sha = f.sha and c.deleted_at is null
  where c.author_email is not null
  group by f.pull_request_id, lower(c.author_email)
),
writers as (
  select pull_request_id, person_id
  from (
    select w.pull_request_id, coalesce(n.person_id, w.name) as person_id,
           row_number() over (
             partition by w.pull_request_id
             order by min(w.place), sum(w.commits) desc, coalesce(n.person_id, w.name)
           ) as turn
    from written w
    left join person_names n on n.name = w.name
    group by w.pull_request_id, coalesce(n.person_id, w.name)
  )
  where turn = 1
),
authors as (
  select p.pull_request_id, coalesce(n.person_id, w.person_id, lower(p.author_login)) as person_id
  from pull_requests p
  left join person_names n on n.name = lower(p.author_login)
  left join writers w on w.pull_request_id = p.pull_request_id
  where p.deleted_at is null
)
select a.pull_request_id, a.person_id,
       coalesce(k.kind, 'human') <> 'human' or a.person_id like '%[bot]%' as is_robot
from authors a
left join people k on k.person_id = a.person_id and k.deleted_at is null
where a.person_id is not null
