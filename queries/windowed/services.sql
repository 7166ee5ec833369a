-- A service in every window of every subject that it belongs to at the window's last instant (the
-- as-of where that comes first), with how it stands to the golden paths then: `path_status` is NULL
-- while none asks for anything. `exclusion_reason` says why it is not eligible: retired, of another
-- lifecycle than production, or not live, without a deployment for 180 days and without
-- `production_since`. `is_young` is true for its first 30 days.
with moments as (
  select w.window_kind, w.window_start, least(w.window_end - interval '1 microsecond', c.as_of) as at
  from windows w
  cross join clock c
),
deployed as (
  select service_id, finished_at
  from classified_deployments
  where kind is not null
),
firsts as (
  select service_id, min(finished_at) as at
  from deployed
  group by service_id
),
lately as (
  select distinct d.service_id, m.window_kind, m.window_start
  from deployed d
  join moments m on d.finished_at <= m.at and d.finished_at > m.at - interval '180 days'
),
told as (
  select a.service_id, m.window_kind, m.window_start, bool_or(a.basis = 'inferred') as is_inferred
  from adoptions a
  join moments m on a.valid_from <= m.at and (a.valid_to is null or m.at < a.valid_to)
  group by a.service_id, m.window_kind, m.window_start
),
standing as (
  select k.service_id, m.window_kind, m.window_start, m.at, p.status as path_status,
         t.service_id is not null as is_told, coalesce(t.is_inferred, false) as is_inferred,
         coalesce(coalesce(s.created_at, b.started_at, s.production_since, f.at) > m.at - interval '30 days', false) as is_young,
         case when s.retired_at <= m.at then 'retired'
              when s.lifecycle is not null and lower(s.lifecycle) <> 'production' then 'not_in_production'
              when l.service_id is null and not coalesce(s.production_since <= m.at, false) then 'not_live' end as exclusion_reason
  from known_services k
  cross join moments m
  left join services s on s.service_id = k.service_id and s.deleted_at is null
  left join service_starts b on b.service_id = k.service_id
  left join firsts f on f.service_id = k.service_id
  left join lately l on l.service_id = k.service_id and l.window_kind = m.window_kind and l.window_start = m.window_start
  left join told t on t.service_id = k.service_id and t.window_kind = m.window_kind and t.window_start = m.window_start
  left join service_path_status p on p.service_id = k.service_id
    and m.at >= p.valid_from and (p.valid_to is null or m.at < p.valid_to)
  where coalesce(least(s.created_at, s.production_since, f.at), m.at) <= m.at
    and (s.retired_at is null or s.retired_at > m.window_start)
)
select s.subject_kind, s.subject_id, f.window_kind, f.window_start, f.service_id, f.at, f.path_status,
       f.is_told, f.is_inferred, f.is_young, f.exclusion_reason
from standing f
join subjects s on s.service_id = f.service_id
  and (s.valid_from is null or f.at >= s.valid_from)
  and (s.valid_to is null or f.at < s.valid_to)
