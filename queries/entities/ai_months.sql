-- A developer's calendar month, of those in which any use of AI is known: on how many civil days up to the
-- as-of they were there, on how many they were active with an AI tool, and the band of that: `none`,
-- `light` (1 to 4), `moderate` (5 to 11) or `heavy` (12 and more). Who is a developer is decided as in
-- `windowed.developer_days`.
with months as (
  select month_on, until_on,
         least(cast(cast(until_on as timestamp(6)) as timestamp(6) with time zone) - interval '1 microsecond', as_of) as at
  from (
    select distinct cast(date_trunc('month', cast(d.used_on as timestamp)) as date) as month_on,
           least(cast(date_trunc('month', cast(d.used_on as timestamp)) + interval '1 month' as date), c.until_on) as until_on,
           c.as_of
    from ai_days d
    cross join clock c
  )
),
there as (
  select m.month_on, s.person_id,
         least(m.until_on, s.until_on) - greatest(m.month_on, s.hired_on) as days
  from employed_developers s
  join months m on s.hired_on < m.until_on and (s.until_on is null or s.until_on > m.month_on)
  union all
  select distinct m.month_on, a.person_id, m.until_on - m.month_on
  from writing_days a
  join months m on a.at <= m.at and a.at > m.at - interval '90 days'
),
used as (
  select person_id, cast(date_trunc('month', cast(used_on as timestamp)) as date) as month_on,
         count(distinct used_on) as active_days
  from ai_days
  where is_active
  group by person_id, cast(date_trunc('month', cast(used_on as timestamp)) as date)
)
select t.person_id, t.month_on, t.days, coalesce(u.active_days, 0) as active_days,
       case when u.active_days is null then 'none'
            when u.active_days < 5 then 'light'
            when u.active_days < 12 then 'moderate'
            else 'heavy' end as band
from there t
left join used u on u.person_id = t.person_id and u.month_on = t.month_on
