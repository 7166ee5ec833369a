-- How a service stood to a capability, and when, without overlaps: a status lasts until its end or
-- the next one. For the time that recorded ones tell of, from the first to the end of the last,
-- inferred ones do not count. Without a row nothing is known, which counts as off road.
with told as (
  select coalesce(n.service_id, a.service_id) as service_id, a.capability_id, a.status, a.version,
         a.reason, a.evidence, a.basis, a.valid_from, a.valid_to,
         n.service_id is not null as is_renamed, a.source_id
  from capability_adoptions a
  left join service_names n on n.name = a.service_id
  cross join clock c
  where a.deleted_at is null and a.status is not null and a.valid_from <= c.as_of
    and (a.valid_to is null or a.valid_to > a.valid_from)
),
apart as (
  select service_id, capability_id, status, version, reason, evidence, basis, valid_from, valid_to,
         lead(valid_from) over (partition by service_id, capability_id, basis order by valid_from) as next_from
  from (
    select service_id, capability_id, status, version, reason, evidence, basis, valid_from, valid_to,
           row_number() over (
             partition by service_id, capability_id, basis, valid_from
             order by is_renamed, status, version nulls last, reason nulls last, evidence nulls last
           ) as place
    from told
  )
  where place = 1
),
dated as (
  select service_id, capability_id, status, version, reason, evidence, basis, valid_from,
         least(valid_to, next_from) as valid_to
  from apart
),
recorded as (
  select service_id, capability_id, min(valid_from) as told_from,
         case when count(valid_to) = count(*) then max(valid_to) end as told_to
  from dated
  where basis = 'recorded'
  group by service_id, capability_id
),
placed as (
  select d.service_id, d.capability_id, d.status, d.version, d.reason, d.evidence, d.basis,
         d.valid_from, d.valid_to, r.told_from, r.told_to
  from dated d
  left join recorded r
    on r.service_id = d.service_id and r.capability_id = d.capability_id and d.basis <> 'recorded'
)
select service_id, capability_id, status, version, reason, evidence, basis, valid_from, valid_to
from placed
where told_from is null
union all
select service_id, capability_id, status, version, reason, evidence, basis, valid_from,
       least(valid_to, told_from)
from placed
where valid_from < told_from
union all
select service_id, capability_id, status, version, reason, evidence, basis,
       greatest(valid_from, told_to), valid_to
from placed
where told_to is not null and (valid_to is null or valid_to > told_to)
