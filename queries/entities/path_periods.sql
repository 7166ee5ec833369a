-- How a service stood to a golden path, and when, without overlaps or gaps while the path asks for
-- anything: `golden` with all it asks for adopted, `exempt` where the rest is exempt, `partial` with
-- some of it adopted or begun, else `off_road`. `valid_from` is 1970 where it always was so.
with turns as (
  select p.golden_path_id, k.service_id, p.at
  from (
    select golden_path_id, asked_from as at from path_capabilities
    union
    select golden_path_id, asked_to from path_capabilities where asked_to is not null
  ) p
  cross join known_services k
  union
  select p.golden_path_id, k.service_id, a.at
  from (
    select service_id, capability_id, valid_from as at from adoptions
    union
    select service_id, capability_id, valid_to from adoptions where valid_to is not null
  ) a
  join known_services k on k.service_id = a.service_id
  join path_capabilities p on p.capability_id = a.capability_id
),
spans as (
  select golden_path_id, service_id, at as valid_from,
         lead(at) over (partition by golden_path_id, service_id order by at) as valid_to
  from turns
),
standing as (
  select s.golden_path_id, s.service_id, s.valid_from, s.valid_to,
         count(*) as asked,
         count(case when a.status = 'adopted' then 1 end) as adopted,
         count(case when a.status = 'partial' then 1 end) as begun,
         count(case when a.status = 'exempt' then 1 end) as exempt
  from spans s
  join path_capabilities p on p.golden_path_id = s.golden_path_id
    and s.valid_from >= p.asked_from and (p.asked_to is null or s.valid_from < p.asked_to)
  left join adoptions a on a.service_id = s.service_id and a.capability_id = p.capability_id
    and s.valid_from >= a.valid_from and (a.valid_to is null or s.valid_from < a.valid_to)
  group by s.golden_path_id, s.service_id, s.valid_from, s.valid_to
),
named as (
  select golden_path_id, service_id, valid_from, valid_to,
         case when adopted = asked then 'golden'
              when adopted + exempt = asked then 'exempt'
              when adopted + begun > 0 then 'partial'
              else 'off_road' end as status
  from standing
),
turned as (
  select golden_path_id, service_id, valid_from, valid_to, status,
         case when lag(status) over same = status and lag(valid_to) over same = valid_from then 0 else 1 end as is_turn
  from named
  window same as (partition by golden_path_id, service_id order by valid_from)
),
numbered as (
  select golden_path_id, service_id, valid_from, valid_to, status,
         sum(is_turn) over (
           partition by golden_path_id, service_id order by valid_from
           rows between unbounded preceding and current row
         ) as period
  from turned
)
select golden_path_id, service_id, status, min(valid_from) as valid_from,
       case when count(valid_to) = count(*) then max(valid_to) end as valid_to
from numbered
group by golden_path_id, service_id, status, period
