-- How every service that is not retired stands to every capability at a window's end. `versions_behind`
-- is how many newer versions are in use somewhere then; versions are ordered as numbers, and one that
-- does not begin with a number has none. `since` is NULL where nothing is known, which is off road.
with held as (
  select s.window_kind, s.window_start, s.at, s.service_id, s.exclusion_reason, a.capability_id, a.status,
         a.valid_from, a.version, a.reason, a.evidence, a.basis,
         string_to_array(regexp_replace(a.version, '^[vV]', ''), '.') as parts
  from windowed.services s
  join adoptions a on a.service_id = s.service_id
    and s.at >= a.valid_from and (a.valid_to is null or s.at < a.valid_to)
  where s.subject_kind = 'organization'
),
numbered as (
  select window_kind, window_start, at, service_id, exclusion_reason, capability_id, status, valid_from, version, reason,
         evidence, basis, try_cast(regexp_replace(parts[1], '[^0-9].*$', '') as bigint) as major,
         coalesce(try_cast(regexp_replace(parts[2], '[^0-9].*$', '') as bigint), 0) as minor,
         coalesce(try_cast(regexp_replace(parts[3], '[^0-9].*$', '') as bigint), 0) as patch,
         coalesce(try_cast(regexp_replace(parts[4], '[^0-9].*$', '') as bigint), 0) as build,
         case when version like '%-%' then 0 else 1 end as is_release
  from held
),
ranked as (
  select window_kind, window_start, service_id, capability_id, version,
         dense_rank() over newest as newness,
         first_value(version) over newest as newest_version
  from numbered
  where major is not null
  window newest as (
    partition by window_kind, window_start, capability_id
    order by major desc, minor desc, patch desc, build desc, is_release desc
  )
),
newest as (
  select window_kind, window_start, capability_id, min(newest_version) as newest_version
  from ranked
  where newness = 1
  group by window_kind, window_start, capability_id
)
select s.window_kind, s.window_start, w.window_end, s.service_id, c.capability_id, c.golden_path_ids,
       coalesce(h.status, 'off_road') as status, h.valid_from as since, h.version, n.newest_version,
       case when r.newness is not null then r.newness - 1 end as versions_behind,
       c.deprecated_on, c.sunset_on,
       h.status in ('adopted', 'partial')
         and cast(cast(s.at as timestamp(6) with time zone) as date) >= c.deprecated_on as is_past_deprecation,
       case when h.status = 'exempt' then h.reason end as exemption_reason, h.evidence, h.basis,
       s.exclusion_reason
from windowed.services s
join windows w on w.window_kind = s.window_kind and w.window_start = s.window_start
cross join (
  select capability_id, golden_path_ids, deprecated_on, sunset_on from capabilities where deleted_at is null
) c
left join held h on h.window_kind = s.window_kind and h.window_start = s.window_start
  and h.service_id = s.service_id and h.capability_id = c.capability_id
left join ranked r on r.window_kind = s.window_kind and r.window_start = s.window_start
  and r.service_id = s.service_id and r.capability_id = c.capability_id
left join newest n on n.window_kind = s.window_kind and n.window_start = s.window_start and n.capability_id = c.capability_id
where s.subject_kind = 'organization' and coalesce(s.exclusion_reason, '') <> 'retired'
