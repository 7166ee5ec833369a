-- How much each team uses each capability at a window's end: its eligible services that adopted it
-- wholly or in part, and its uses of it by self-service in the 90 days before. Teams are those that own
-- an eligible service or used self-service then, but for those that offer a capability. Of the
-- capability: `reach_ratio` is the share of teams that use it in either way; `evenness`, 0 to 1, the
-- entropy of the teams' shares of its uses (of its services where it has no uses) to that of equal
-- ones, NULL without any and with fewer than two teams. Uses of a team by fewer than five people are
-- left out: `uses_count` is NULL, and `is_using` where no service tells it. `evenness` of what is left would
-- be wrong, and of everything would tell what was left out: it is NULL in all rows of the capability.
-- `reason` of all these is `group_too_small`.
with moments as (
  select w.window_kind, w.window_start, w.window_end, least(w.window_end - interval '1 microsecond', c.as_of) as at
  from windows w
  cross join clock c
),
owned as (
  select distinct s.window_kind, s.window_start, s.at, o.team_id, s.service_id
  from windowed.services s
  join owners o on o.service_id = s.service_id
    and s.at >= o.valid_from and (o.valid_to is null or s.at < o.valid_to)
  where s.subject_kind = 'organization' and s.exclusion_reason is null
),
adopted as (
  select o.window_kind, o.window_start, o.team_id, a.capability_id, count(o.service_id) as services
  from owned o
  join adoptions a on a.service_id = o.service_id and a.status in ('adopted', 'partial')
    and o.at >= a.valid_from and (a.valid_to is null or o.at < a.valid_to)
  group by o.window_kind, o.window_start, o.team_id, a.capability_id
),
used as (
  select m.window_kind, m.window_start, a.team_id, a.capability_id, count(a.run_id) as uses,
         count(distinct a.person_id) between 1 and 4 as is_hidden
  from platform_actions a
  join moments m on a.requested_at <= m.at and a.requested_at > m.at - interval '90 days'
  where a.exclusion_reason is null and a.team_id is not null
  group by m.window_kind, m.window_start, a.team_id, a.capability_id
),
owning as (
  select window_kind, window_start, team_id, count(service_id) as services
  from owned
  group by window_kind, window_start, team_id
),
there as (
  select t.window_kind, t.window_start, t.team_id
  from (
    select window_kind, window_start, team_id from owning
    union
    select window_kind, window_start, team_id from used where not is_hidden
  ) t
  left join platform_teams p on p.team_id = t.team_id
  where p.team_id is null
),
cells as (
  select t.window_kind, t.window_start, t.team_id, c.capability_id, coalesce(o.services, 0) as services,
         coalesce(a.services, 0) as using_services, coalesce(case when not u.is_hidden then u.uses end, 0) as uses,
         coalesce(u.is_hidden, false) as is_hidden
  from there t
  cross join (select capability_id from capabilities where deleted_at is null) c
  left join owning o on o.window_kind = t.window_kind and o.window_start = t.window_start and o.team_id = t.team_id
  left join adopted a on a.window_kind = t.window_kind and a.window_start = t.window_start
    and a.team_id = t.team_id and a.capability_id = c.capability_id
  left join used u on u.window_kind = t.window_kind and u.window_start = t.window_start
    and u.team_id = t.team_id and u.capability_id = c.capability_id
),
weighed as (
  select window_kind, window_start, team_id, capability_id, services, using_services, uses, is_hidden,
         bool_or(is_hidden) over of_one as hides_any,
         cast(case when sum(uses) over of_one > 0 then uses else using_services end as double) as weight,
         count(team_id) over of_one as teams,
         sum(case when uses + using_services > 0 then 1 else 0 end) over of_one as using_teams
  from cells
  window of_one as (partition by window_kind, window_start, capability_id)
),
shared as (
  select window_kind, window_start, team_id, capability_id, services, using_services, uses, is_hidden, hides_any, teams, using_teams,
         weight / nullif(sum(weight) over (partition by window_kind, window_start, capability_id), 0) as share
  from weighed
)
select s.window_kind, s.window_start, m.window_end, s.team_id, s.capability_id, s.services as services_count,
       s.using_services as using_services_count, case when not s.is_hidden then s.uses end as uses_count,
       case when s.uses + s.using_services > 0 then true when not s.is_hidden then false end as is_using,
       cast(s.using_teams as double) / s.teams as reach_ratio,
       case when s.teams > 1 and s.using_teams > 0 and not s.hides_any then
         abs(sum(case when s.share > 0 then s.share * ln(s.share) else 0.0 end) over (
           partition by s.window_kind, s.window_start, s.capability_id
         )) / ln(cast(s.teams as double)) end as evenness,
       case when s.hides_any then 'group_too_small' end as reason
from shared s
join moments m on m.window_kind = s.window_kind and m.window_start = s.window_start
