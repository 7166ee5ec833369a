-- Developers: 1 where they were active with an AI tool on a day of the window, 0 where not. Left out where
-- no use of AI by anyone is known in the window, and those who used one and are no known developers.
with known as (
  select distinct w.window_kind, w.window_start
  from ai_days d
  join windows w on d.used_on >= w.start_on and d.used_on < w.end_on
),
active as (
  select d.person_id, w.window_kind, w.window_start, w.start_on, w.end_on
  from ai_days d
  join windows w on d.used_on >= w.start_on and d.used_on < w.end_on
  where d.is_active
  group by d.person_id, w.window_kind, w.window_start, w.start_on, w.end_on
),
places as (
  select 'organization' as subject_kind, 'organization' as subject_id, window_kind, window_start, person_id
  from active
  union
  select g.subject_kind, g.subject_id, a.window_kind, a.window_start, a.person_id
  from active a
  join team_members t on t.person_id = a.person_id and t.deleted_at is null
    and cast(cast(t.valid_from as timestamp(6) with time zone) as date) < a.end_on
    and (t.valid_to is null or cast(cast(t.valid_to as timestamp(6) with time zone) as date) > a.start_on)
  join groups g on g.team_id = t.team_id and g.subject_kind = 'team'
)
select coalesce(d.subject_kind, p.subject_kind) as subject_kind, coalesce(d.subject_id, p.subject_id) as subject_id,
       coalesce(d.window_kind, p.window_kind) as window_kind, coalesce(d.window_start, p.window_start) as window_start,
       'person' as fact_kind, coalesce(d.person_id, p.person_id) as fact_id,
       cast(null as varchar) as service_id, cast(null as varchar) as repository_id,
       coalesce(d.window_start, p.window_start) as at,
       cast(case when a.person_id is not null or d.person_id is null then 1 else 0 end as double) as value,
       case when d.person_id is null then 'no_developer'
            when k.window_start is null then 'no_ai_usage' end as exclusion_reason,
       d.basis
from windowed.developer_days d
full outer join places p on p.subject_kind = d.subject_kind and p.subject_id = d.subject_id
  and p.window_kind = d.window_kind and p.window_start = d.window_start and p.person_id = d.person_id
left join known k on k.window_kind = d.window_kind and k.window_start = d.window_start
left join active a on a.window_kind = d.window_kind and a.window_start = d.window_start and a.person_id = d.person_id
