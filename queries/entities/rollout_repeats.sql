-- A deployment of a rollout that an earlier one of the same rollout stands for: deployments of many
-- services that belong together are one deployment of a team or the organization.
with members as (
  select s.subject_kind, s.subject_id, d.rollout_id, d.deployment_id, min(d.finished_at) as finished_at
  from classified_deployments d
  join subjects s on s.service_id = d.service_id
    and (s.valid_from is null or d.finished_at >= s.valid_from)
    and (s.valid_to is null or d.finished_at < s.valid_to)
  where d.is_counted and d.rollout_id is not null
  group by s.subject_kind, s.subject_id, d.rollout_id, d.deployment_id
)
select subject_kind, subject_id, deployment_id
from (
  select subject_kind, subject_id, deployment_id,
         row_number() over (
           partition by subject_kind, subject_id, rollout_id order by finished_at, deployment_id
         ) as place
  from members
)
where place > 1
