-- A team that belongs to a group of people: to a team itself and those below it, to `unowned`
-- what is of no team (an empty `team_id`), to the organization all. `parent_id` is the group next
-- above.
with recursive known as (
  select cast(team_id as varchar) as team_id from teams where deleted_at is null
  union select cast(team_id as varchar) from owners
  union select cast(team_id as varchar) from team_members where deleted_at is null
  union select cast(team_id as varchar) from survey_responses where deleted_at is null and team_id is not null
  union select cast(team_id as varchar) from survey_invitations where deleted_at is null
  union select cast(team_id as varchar) from self_service_runs where deleted_at is null and team_id is not null
  union select cast(team_id as varchar) from support_tickets where deleted_at is null and team_id is not null
),
above as (
  select cast(team_id as varchar) as team_id, cast(team_id as varchar) as ancestor_id from known
  union
  select a.team_id, cast(t.parent_team_id as varchar) as ancestor_id
  from above a
  join teams t on t.team_id = a.ancestor_id
  where t.parent_team_id is not null and t.deleted_at is null
)
select 'team' as subject_kind, a.ancestor_id as subject_id,
       coalesce(t.parent_team_id, 'organization') as parent_id, a.team_id
from above a
left join teams t on t.team_id = a.ancestor_id and t.deleted_at is null
union all
select 'team', 'unowned', 'organization', ''
union all
select 'organization', 'organization', cast(null as varchar), team_id from known
union all
select 'organization', 'organization', cast(null as varchar), ''
