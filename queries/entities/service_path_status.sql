-- How a service stood to the golden paths together, and when, without overlaps: golden on any of
-- them, else exempt from any, else partial on any, else off road. `first_golden_at` is since when it
-- was on one for the first time, NULL where it never was. No row while no path asks for anything, and
-- none from before it was created, where that is known: `created_at`, or an earlier start in production.
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
deployed as (
  select service_id, min(finished_at) as at
  from classified_deployments
  where kind is not null
  group by service_id
),
begun as (
  select s.service_id, least(s.created_at, s.production_since, d.at) as at
  from services s
  left join deployed d on d.service_id = s.service_id
  where s.deleted_at is null and s.created_at is not null
),
lived as (
  select s.service_id, case when b.at > s.valid_from then b.at else s.valid_from end as valid_from, s.valid_to, s.best
  from standing s
  left join begun b on b.service_id = s.service_id
  where b.at is null or s.valid_to is null or b.at < s.valid_to
),
turned as (
  select service_id, valid_from, valid_to, best,
         case when lag(best) over same = best and lag(valid_to) over same = valid_from then 0 else 1 end as is_turn
  from lived
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
