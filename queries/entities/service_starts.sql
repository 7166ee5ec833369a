-- When a service came to be, by the catalogue, else by the first commit of a repository that is its
-- own as a whole, and the first deployment that counts. A service without one has no row.
with own as (
  select service_id, repository_id
  from service_repositories
  where deleted_at is null and coalesce(array_length(include_globs), 0) = 0
),
shared as (
  select service_id
  from service_repositories
  where deleted_at is null and coalesce(array_length(include_globs), 0) > 0
),
repository_starts as (
  select repository_id, min(committed_at) as at
  from commits
  where deleted_at is null
  group by repository_id
),
first_commits as (
  select o.service_id, min(r.at) as at
  from own o
  join repository_starts r on r.repository_id = o.repository_id
  where o.service_id not in (select service_id from shared)
  group by o.service_id
),
counted as (
  select service_id, deployment_id, repository_id, finished_at,
         row_number() over (partition by service_id order by finished_at, deployment_id, repository_id) as place
  from classified_deployments
  where is_counted
)
select d.service_id, d.deployment_id, d.repository_id, d.finished_at, s.created_at, s.production_since,
       f.at as first_commit_at, coalesce(s.created_at, f.at) as started_at
from counted d
left join services s on s.service_id = d.service_id and s.deleted_at is null
left join first_commits f on f.service_id = d.service_id
where d.place = 1
