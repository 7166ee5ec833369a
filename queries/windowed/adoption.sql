-- How the eligible services of a subject stand at a window's end: to every golden path as a whole
-- (`capability_id` is NULL) and to every capability, once for each path it is of, or with a NULL
-- `golden_path_id` where it is of none. `reason` says why there is no share.
with placed as (
  select s.subject_kind, s.subject_id, s.window_kind, s.window_start, s.service_id, s.at
  from windowed.services s
  where s.exclusion_reason is null
),
asked as (
  select distinct golden_path_id, capability_id
  from (
    select unnest(golden_path_ids) as golden_path_id, capability_id from capabilities where deleted_at is null
  )
  where golden_path_id is not null
),
parts as (
  select a.golden_path_id, c.capability_id,
         cast(cast(c.released_on as timestamp(6)) as timestamp(6) with time zone) as released_at,
         cast(cast(c.sunset_on as timestamp(6)) as timestamp(6) with time zone) as sunset_at
  from capabilities c
  left join asked a on a.capability_id = c.capability_id
  where c.deleted_at is null
),
moments as (
  select w.window_kind, w.window_start, w.window_end, least(w.window_end - interval '1 microsecond', c.as_of) as at
  from windows w
  cross join clock c
),
cells as (
  select s.subject_kind, s.subject_id, m.window_kind, m.window_start, m.window_end, m.at,
         p.golden_path_id, p.capability_id,
         case when p.released_at > m.at then 'not_released' when p.sunset_at <= m.at then 'past_sunset' end as reason
  from (select distinct subject_kind, subject_id from subjects) s
  cross join moments m
  cross join (
    select golden_path_id, capability_id, released_at, sunset_at from parts
    union all
    select golden_path_id, cast(null as varchar),
           case when count(released_at) = count(capability_id) then min(released_at) end,
           case when count(sunset_at) = count(capability_id) then max(sunset_at) end
    from parts
    where golden_path_id is not null
    group by golden_path_id
  ) p
),
standing as (
  select p.subject_kind, p.subject_id, p.window_kind, p.window_start,
         cast(null as varchar) as golden_path_id, a.capability_id, a.status, count(p.service_id) as services
  from placed p
  join adoptions a on a.service_id = p.service_id
    and p.at >= a.valid_from and (a.valid_to is null or p.at < a.valid_to)
  group by p.subject_kind, p.subject_id, p.window_kind, p.window_start, a.capability_id, a.status
  union all
  select p.subject_kind, p.subject_id, p.window_kind, p.window_start,
         a.golden_path_id, cast(null as varchar), a.status, count(p.service_id)
  from placed p
  join path_periods a on a.service_id = p.service_id
    and p.at >= a.valid_from and (a.valid_to is null or p.at < a.valid_to)
  group by p.subject_kind, p.subject_id, p.window_kind, p.window_start, a.golden_path_id, a.status
),
counted as (
  select subject_kind, subject_id, window_kind, window_start, golden_path_id, capability_id,
         coalesce(sum(case when status in ('adopted', 'golden') then services end), 0) as adopted,
         coalesce(sum(case when status = 'partial' then services end), 0) as begun,
         coalesce(sum(case when status = 'exempt' then services end), 0) as exempt
  from standing
  group by subject_kind, subject_id, window_kind, window_start, golden_path_id, capability_id
),
eligible as (
  select subject_kind, subject_id, window_kind, window_start, count(service_id) as services
  from placed
  group by subject_kind, subject_id, window_kind, window_start
),
told as (
  select c.subject_kind, c.subject_id, c.window_kind, c.window_start, c.window_end, c.golden_path_id, c.capability_id,
         case when c.reason is not null then c.reason when e.services is null then 'no_eligible_services' end as reason,
         coalesce(e.services, 0) as services, coalesce(n.adopted, 0) as adopted,
         coalesce(n.begun, 0) as begun, coalesce(n.exempt, 0) as exempt,
         cast(coalesce(n.adopted, 0) as double) / nullif(case when c.reason is null then e.services end, 0) as ratio,
         cast(e.services as double) as n
  from cells c
  left join eligible e on e.subject_kind = c.subject_kind and e.subject_id = c.subject_id
    and e.window_kind = c.window_kind and e.window_start = c.window_start
  left join counted n on n.subject_kind = c.subject_kind and n.subject_id = c.subject_id
    and n.window_kind = c.window_kind and n.window_start = c.window_start
    and (n.capability_id = c.capability_id
         or (c.capability_id is null and n.capability_id is null and n.golden_path_id = c.golden_path_id))
)
select subject_kind, subject_id, window_kind, window_start, window_end, golden_path_id, capability_id,
       services as services_count, adopted as adopted_count, begun as partial_count, exempt as exempt_count,
       services - adopted - begun - exempt as off_road_count, ratio as adoption_ratio,
       case when ratio is not null then greatest((ratio + 1.9207294103470627 / n) / (1 + 3.8414588206941254 / n)
         - 1.959963984540054 / (1 + 3.8414588206941254 / n) * sqrt(ratio * (1 - ratio) / n + 0.9603647051735313 / (n * n)), 0.0) end as ci_low,
       case when ratio is not null then least((ratio + 1.9207294103470627 / n) / (1 + 3.8414588206941254 / n)
         + 1.959963984540054 / (1 + 3.8414588206941254 / n) * sqrt(ratio * (1 - ratio) / n + 0.9603647051735313 / (n * n)), 1.0) end as ci_high,
       case when ratio is null then reason end as reason
from told
