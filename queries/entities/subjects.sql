-- What a measurement is about and which services belong to it, and when: every service itself,
-- every team with those it owned (parents with those of their teams, `unowned` with those that
-- never had an owner), and the organization with all.
with recursive above as (
  select team_id, team_id as ancestor_id from service_owners where deleted_at is null
  union
  select a.team_id, t.parent_team_id as ancestor_id
  from above a
  join teams t on t.team_id = a.ancestor_id
  where t.parent_team_id is not null and t.deleted_at is null
)
select 'service' as subject_kind, service_id as subject_id, service_id,
       cast(null as timestamptz) as valid_from, cast(null as timestamptz) as valid_to
from known_services
union all
select 'organization', 'organization', service_id, cast(null as timestamptz), cast(null as timestamptz)
from known_services
union all
select distinct 'team', a.ancestor_id, o.service_id, o.valid_from, o.valid_to
from service_owners o
join above a on a.team_id = o.team_id
join known_services k on k.service_id = o.service_id
where o.deleted_at is null
union all
select 'team', 'unowned', k.service_id, cast(null as timestamptz), cast(null as timestamptz)
from known_services k
where k.service_id not in (select service_id from service_owners where deleted_at is null)
