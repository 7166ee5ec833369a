-- Pieces of toil, each worth 1: those of `toil` by the team that they came from, and incidents by their
-- services; left out where no developers of the group are known, whose number they are divided by:
-- `developers_count` and their `months`.
with pieces as (
  select g.subject_kind, g.subject_id, w.window_kind, w.window_start, t.fact_kind, t.fact_id,
         t.service_id, t.at, t.exclusion_reason, t.template, t.is_repeated
  from toil t
  join groups g on g.team_id = coalesce(t.team_id, '')
  join windows w on t.at >= w.window_start and t.at < w.window_end
  union all
  select subject_kind, subject_id, window_kind, window_start, 'incident', incident_id,
         min(service_id), min(began_at),
         case when not bool_or(is_counted) then coalesce(min(exclusion_reason), 'not_counted') end,
         cast(null as varchar), false
  from windowed.incidents
  where subject_kind <> 'service'
  group by subject_kind, subject_id, window_kind, window_start, incident_id
)
select p.subject_kind, p.subject_id, p.window_kind, p.window_start, p.fact_kind, p.fact_id,
       p.service_id, cast(null as varchar) as repository_id, p.at, cast(1 as double) as value,
       coalesce(p.exclusion_reason, case when d.developers_count is null then 'no_developers' end) as exclusion_reason,
       p.template, p.is_repeated, d.developers_count, d.months, d.basis
from pieces p
left join windowed.developers d on d.subject_kind = p.subject_kind and d.subject_id = p.subject_id
  and d.window_kind = p.window_kind and d.window_start = p.window_start
