-- A developer of a group in a window, and on how many civil days of it up to the as-of. Who is employed
-- counts where `people` has the day of hiring of anyone (recorded, human, with a role that names an
-- engineer or developer or with none): `basis` is `recorded`. Else whoever wrote a commit in the 90 days
-- before the window's end counts for all of the window: `inferred`.
with moments as (
  select w.window_kind, w.window_start, w.start_on, least(w.end_on, c.until_on) as until_on,
         least(w.window_end - interval '1 microsecond', c.as_of) as at
  from windows w
  cross join clock c
),
memberships as (
  select person_id, team_id,
         cast(cast(valid_from as timestamp(6) with time zone) as date) as from_on,
         cast(cast(valid_to as timestamp(6) with time zone) as date) as until_on
  from team_members
  where deleted_at is null
),
places as (
  select 'organization' as subject_kind, 'organization' as subject_id, person_id,
         cast(null as date) as from_on, cast(null as date) as until_on
  from (select person_id from employed_developers union select person_id from memberships)
  union all
  select g.subject_kind, g.subject_id, m.person_id, m.from_on, m.until_on
  from memberships m
  join groups g on g.team_id = m.team_id and g.subject_kind = 'team'
),
employed as (
  select p.subject_kind, p.subject_id, m.window_kind, m.window_start, s.person_id,
         greatest(m.start_on, s.hired_on, p.from_on) as from_on,
         least(m.until_on, s.until_on, p.until_on) as until_on,
         least(m.until_on, s.until_on) - greatest(m.start_on, s.hired_on) as days_employed
  from employed_developers s
  join places p on p.person_id = s.person_id
  cross join moments m
),
employed_days as (
  select subject_kind, subject_id, window_kind, window_start, person_id,
         least(sum(until_on - from_on), max(days_employed)) as days
  from employed
  where from_on < until_on
  group by subject_kind, subject_id, window_kind, window_start, person_id
),
authors as (
  select distinct m.window_kind, m.window_start, m.start_on, m.until_on, m.at, a.person_id
  from writing_days a
  join moments m on a.at <= m.at and a.at > m.at - interval '90 days'
),
author_days as (
  select 'organization' as subject_kind, 'organization' as subject_id, window_kind, window_start,
         person_id, until_on - start_on as days
  from authors
  union
  select g.subject_kind, g.subject_id, a.window_kind, a.window_start, a.person_id, a.until_on - a.start_on
  from authors a
  join team_members t on t.person_id = a.person_id and t.deleted_at is null
    and a.at >= t.valid_from and (t.valid_to is null or a.at < t.valid_to)
  join groups g on g.team_id = t.team_id and g.subject_kind = 'team'
)
select subject_kind, subject_id, window_kind, window_start, person_id, days, 'recorded' as basis
from employed_days
union all
select subject_kind, subject_id, window_kind, window_start, person_id, days, 'inferred' as basis
from author_days
