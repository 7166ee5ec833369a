-- People who were hired, in the teams they were in within their first 30 days: seconds from their first
-- day until a commit of theirs reached production, or so far where none did (`is_observed` is false).
with placed as (
  select 'organization' as subject_kind, 'organization' as subject_id, person_id
  from joiners
  union
  select g.subject_kind, g.subject_id, j.person_id
  from joiners j
  join team_members t on t.person_id = j.person_id and t.deleted_at is null
    and t.valid_from < j.hired_at + interval '30 days' and (t.valid_to is null or t.valid_to > j.hired_at)
  join groups g on g.team_id = t.team_id and g.subject_kind = 'team'
)
select p.subject_kind, p.subject_id, w.window_kind, w.window_start, 'person' as fact_kind,
       j.person_id as fact_id, cast(null as varchar) as service_id, cast(null as varchar) as repository_id,
       j.hired_at as at,
       floor(date_part('epoch', coalesce(j.shipped_at, j.until_at)) - date_part('epoch', j.hired_at)) as value,
       j.exclusion_reason, j.shipped_at is not null as is_observed
from joiners j
join placed p on p.person_id = j.person_id
join windows w on j.hired_at >= w.window_start and j.hired_at < w.window_end
