-- How a service stood to a capability, and when, without overlaps. At each instant the last row that
-- began and has not ended holds, recorded ones before inferred ones; where a shorter one ends, the one
-- around it holds again. Without a row nothing is known, which counts as off road.
with told as (
  select coalesce(n.service_id, a.service_id) as service_id, a.capability_id, a.status, a.version,
         a.reason, a.evidence, a.basis, a.valid_from, a.valid_to,
         row_number() over (
           partition by coalesce(n.service_id, a.service_id), a.capability_id
           order by case a.basis when 'recorded' then 1 else 2 end, a.valid_from desc,
                    n.service_id is not null, a.status, a.version nulls last, a.reason nulls last,
                    a.evidence nulls last, a.valid_to nulls last
         ) as place
  from capability_adoptions a
  left join service_names n on n.name = a.service_id
  cross join clock c
  where a.deleted_at is null and a.status is not null and a.valid_from <= c.as_of
    and (a.valid_to is null or a.valid_to > a.valid_from)
),
spans as (
  select service_id, capability_id, at as from_at,
         lead(at) over (partition by service_id, capability_id order by at) as to_at
  from (
    select service_id, capability_id, valid_from as at from told
    union
    select service_id, capability_id, valid_to from told where valid_to is not null
  )
),
holding as (
  select s.service_id, s.capability_id, s.from_at, s.to_at, min(t.place) as place
  from spans s
  join told t on t.service_id = s.service_id and t.capability_id = s.capability_id
    and t.valid_from <= s.from_at and (t.valid_to is null or t.valid_to > s.from_at)
  group by s.service_id, s.capability_id, s.from_at, s.to_at
),
turns as (
  select service_id, capability_id, from_at, to_at, place,
         case when place = lag(place) over (partition by service_id, capability_id order by from_at) then 0 else 1 end as is_turn
  from holding
),
periods as (
  select service_id, capability_id, from_at, to_at, place,
         sum(is_turn) over (
           partition by service_id, capability_id order by from_at
           rows between unbounded preceding and current row
         ) as period
  from turns
)
select p.service_id, p.capability_id, t.status, t.version, t.reason, t.evidence, t.basis,
       min(p.from_at) as valid_from, case when count(p.to_at) = count(p.from_at) then max(p.to_at) end as valid_to
from periods p
join told t on t.service_id = p.service_id and t.capability_id = p.capability_id and t.place = p.place
group by p.service_id, p.capability_id, p.period, t.status, t.version, t.reason, t.evidence, t.basis
