-- How a service stood to the golden paths together, and when, without overlaps: golden on any of
-- them, else exempt from any, else partial on any, else off road. `first_golden_at` is since when it
-- was on one for the first time, NULL where it never was. No row while no path asks for anything.
with turns as (
  select service_id, valid_from as at from path_periods
  union
  select service_id, valid_to from path_periods where valid_to is not null
),
spans as (
  select service_id, at as valid_from, lead(at) over (partition by service_id order by at) as valid_to
  from turns
),
standing as (
  select s.service_id, s.valid_from, s.valid_to,
         min(case p.status when 'golden' then 1 when 'exempt' then 2 when 'partial' then 3 else 4 end) as best
  from spans s
  join path_periods p on p.service_id = s.service_id
    and s.valid_from >= p.valid_from and (p.valid_to is null or s.valid_from < p.valid_to)
  group by s.service_id, s.valid_from, s.valid_to
),
turned as (
  select service_id, valid_from, valid_to, best,
         case when lag(best) over same = best and lag(valid_to) over same = valid_from then 0 else 1 end as is_turn
  from standing
  window same as (partition by service_id order by valid_from)
),
numbered as (
  select service_id, valid_from, valid_to, best,
         sum(is_turn) over (
           partition by service_id order by valid_from rows between unbounded preceding and current row
         ) as period,
         min(case when best = 1 then valid_from end) over (partition by service_id) as first_golden_at
  from turned
)
select service_id,
       case best when 1 then 'golden' when 2 then 'exempt' when 3 then 'partial' else 'off_road' end as status,
       min(valid_from) as valid_from,
       case when count(valid_to) = count(*) then max(valid_to) end as valid_to, first_golden_at
from numbered
group by service_id, best, period, first_golden_at
