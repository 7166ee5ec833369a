-- Teams that own a service, have a member or used the platform: 1 where they used it in 8 or more of
-- the 13 weeks before the window's end, 0 where not. Left out where the first known use is later than
-- the first of them, and teams that offer a capability. `weeks_count` is the number of weeks.
with moments as (
  select w.window_kind, w.window_start, least(w.window_end - interval '1 microsecond', c.as_of) as at
  from windows w
  cross join clock c
),
known_since as (
  select min(requested_at) as at
  from platform_actions
  where exclusion_reason is null
),
used as (
  select m.window_kind, m.window_start, a.team_id,
         count(distinct floor((date_part('epoch', m.at) - date_part('epoch', a.requested_at)) / 604800)) as weeks
  from platform_actions a
  join moments m on a.requested_at <= m.at and a.requested_at > m.at - interval '91 days'
  where a.exclusion_reason is null and a.team_id is not null
  group by m.window_kind, m.window_start, a.team_id
),
there as (
  select m.window_kind, m.window_start, o.team_id
  from owners o
  join moments m on m.at >= o.valid_from and (o.valid_to is null or m.at < o.valid_to)
  union
  select m.window_kind, m.window_start, t.team_id
  from team_members t
  join moments m on m.at >= t.valid_from and (t.valid_to is null or m.at < t.valid_to)
  where t.deleted_at is null
  union
  select window_kind, window_start, team_id
  from used
)
select 'organization' as subject_kind, 'organization' as subject_id, t.window_kind, t.window_start,
       'team' as fact_kind, t.team_id as fact_id, cast(null as varchar) as service_id,
       cast(null as varchar) as repository_id, m.at,
       cast(case when u.weeks >= 8 then 1 else 0 end as double) as value,
       case when k.at is null or k.at > m.at then 'no_platform_actions'
            when k.at > m.at - interval '84 days' then 'history_too_short'
            when p.team_id is not null then 'platform_team' end as exclusion_reason,
       coalesce(u.weeks, 0) as weeks_count
from there t
join moments m on m.window_kind = t.window_kind and m.window_start = t.window_start
cross join known_since k
left join used u on u.window_kind = t.window_kind and u.window_start = t.window_start and u.team_id = t.team_id
left join platform_teams p on p.team_id = t.team_id
