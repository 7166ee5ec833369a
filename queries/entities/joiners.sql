-- A person who was hired on a known day, and when a commit of theirs first reached production. A commit
-- is theirs by an address or login that `identities` says is, within a pull request too. `until_at` is
-- the day after the last one at work, else the as-of. `exclusion_reason` says why nothing can be said.
with hired as (
  select p.person_id, p.kind, p.role,
         cast(cast(p.hired_on as timestamp(6)) as timestamp(6) with time zone) as hired_at,
         least(
           cast(cast(p.left_on as timestamp(6)) + interval '1 day' as timestamp(6) with time zone), c.as_of
         ) as until_at
  from people p
  cross join clock c
  where p.deleted_at is null and p.hired_on is not null
),
names as (
  select person_id, lower(identifier) as name from identities where deleted_at is null
  union
  select person_id, lower(person_id) from hired
),
shipped as (
  select c.deployed_at, lower(k.author_email) as name
  from deployed_changes c
  join commits k on k.repository_id = c.repository_id and k.sha = c.sha and k.deleted_at is null
  union
  select c.deployed_at, lower(r.author_login)
  from deployed_changes c
  join pull_requests r on r.pull_request_id = c.change_id and r.deleted_at is null
  where r.author_login is not null
  union
  select h.deployed_at, lower(k.author_email)
  from (
    select c.deployed_at, r.repository_id, unnest(r.head_shas) as sha
    from deployed_changes c
    join pull_requests r on r.pull_request_id = c.change_id and r.deleted_at is null
  ) h
  join commits k on k.repository_id = h.repository_id and k.sha = h.sha and k.deleted_at is null
),
firsts as (
  select h.person_id, min(s.deployed_at) as shipped_at
  from hired h
  join names n on n.person_id = h.person_id
  join shipped s on s.name = n.name and s.deployed_at >= h.hired_at
  group by h.person_id
),
known_since as (
  select min(finished_at) as at
  from classified_deployments
  where kind is not null
)
select h.person_id, h.hired_at,
       case when f.shipped_at <= h.until_at then f.shipped_at end as shipped_at, h.until_at,
       case when coalesce(h.kind, 'human') <> 'human' then 'robot'
            when h.role is not null and lower(h.role) not like '%engineer%' and lower(h.role) not like '%developer%'
              then 'not_engineer'
            when k.at is null or h.hired_at < k.at then 'hired_before_data' end as exclusion_reason
from hired h
cross join clock c
cross join known_since k
left join firsts f on f.person_id = h.person_id
where h.hired_at <= c.as_of
