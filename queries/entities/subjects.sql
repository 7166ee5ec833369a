-- A service that belongs to what a measurement is about, and when: to a service itself, to a team
-- those it owned (to parents also those of the teams below them, each service once at a time), to
-- `unowned` those that no team owned then, and to the organization all.
with recursive above as (
  select cast(team_id as varchar) as team_id, cast(team_id as varchar) as ancestor_id from owners
  union
  select a.team_id, cast(t.parent_team_id as varchar) as ancestor_id
  from above a
  join teams t on t.team_id = a.ancestor_id
  where t.parent_team_id is not null and t.deleted_at is null
),
owned as (
  select a.ancestor_id as team_id, o.service_id, o.valid_from, o.valid_to
  from owners o
  join above a on a.team_id = o.team_id
  union all
  select cast(null as varchar), o.service_id, o.valid_from, o.valid_to
  from owners o
),
after_earlier as (
  select team_id, service_id, valid_from, valid_to,
         max(valid_to) over earlier as owned_until,
         coalesce(max(case when valid_to is null then 1 end) over earlier, 0) as is_owned_for_ever
  from owned
  window earlier as (
    partition by team_id, service_id order by valid_from, valid_to nulls last
    rows between unbounded preceding and 1 preceding
  )
),
numbered as (
  select team_id, service_id, valid_from, valid_to,
         sum(case when is_owned_for_ever = 1 or valid_from <= owned_until then 0 else 1 end) over (
           partition by team_id, service_id order by valid_from, valid_to nulls last
           rows between unbounded preceding and current row
         ) as period
  from after_earlier
),
periods as (
  select team_id, service_id, min(valid_from) as valid_from,
         case when count(valid_to) = count(*) then max(valid_to) end as valid_to
  from numbered
  group by team_id, service_id, period
),
gaps as (
  select service_id, cast(null as timestamp(6) with time zone) as valid_from, min(valid_from) as valid_to
  from periods
  where team_id is null
  group by service_id
  union all
  select service_id, valid_to, lead(valid_from) over (partition by service_id order by valid_from)
  from periods
  where team_id is null
)
select 'service' as subject_kind, service_id as subject_id, service_id,
       cast(null as timestamp(6) with time zone) as valid_from, cast(null as timestamp(6) with time zone) as valid_to
from known_services
union all
select 'organization', 'organization', service_id, cast(null as timestamp(6) with time zone), cast(null as timestamp(6) with time zone)
from known_services
union all
select 'team', p.team_id, p.service_id, p.valid_from, p.valid_to
from periods p
join known_services k on k.service_id = p.service_id
where p.team_id is not null
union all
select 'team', 'unowned', g.service_id, g.valid_from, g.valid_to
from gaps g
join known_services k on k.service_id = g.service_id
where g.valid_from is not null or g.valid_to is not null
union all
select 'team', 'unowned', k.service_id, cast(null as timestamp(6) with time zone), cast(null as timestamp(6) with time zone)
from known_services k
where k.service_id not in (select service_id from owners)
