-- A civil day of the reporting zone in its week and in its month: one row for each of the two
-- periods, from a month before the first day on which a service was live to a month after the
-- last.
with span as (
  select min(from_on) as from_on, max(until_on) as until_on
  from service_exposures
),
days as (
  select cast(unnest(generate_series(
           cast(from_on as timestamp) - interval '31 days', cast(until_on as timestamp) + interval '31 days', interval '1 day'
         )) as date) as day_on
  from span
  where from_on is not null
),
cut as (
  select d.day_on, case when f.week_start = 'sunday' then interval '1 day' else interval '0 days' end as shift
  from days d
  cross join definition f
)
select day_on, 'week' as period_kind,
       cast(date_trunc('week', cast(day_on as timestamp) + shift) - shift as date) as start_on,
       cast(date_trunc('week', cast(day_on as timestamp) + shift) - shift + interval '7 days' as date) as end_on
from cut
union all
select day_on, 'month',
       cast(date_trunc('month', cast(day_on as timestamp)) as date),
       cast(date_trunc('month', cast(day_on as timestamp)) + interval '1 month' as date)
from cut
