-- How many people of a group were invited and how many answered, of the waves of surveys that
-- anyone answered in the window. No row where no invitation of the group is known.
-- `is_indicative` is true below 30 %, where answers are an indication only: who answers and who
-- does not may differ.
with waves as (
  select distinct window_kind, window_start, survey_id, wave
  from windowed.answers
  where subject_kind = 'organization'
),
invited as (
  select g.subject_kind, g.subject_id, v.window_kind, v.window_start, sum(i.invited_count) as invited_count
  from waves v
  join survey_invitations i on i.survey_id = v.survey_id and i.wave = v.wave and i.deleted_at is null
  join groups g on g.team_id = i.team_id
  group by g.subject_kind, g.subject_id, v.window_kind, v.window_start
),
answered as (
  select a.subject_kind, a.subject_id, a.window_kind, a.window_start,
         count(distinct concat(a.respondent_id, '/', a.wave)) as respondents_count
  from windowed.answers a
  join (
    select distinct survey_id, wave from survey_invitations where deleted_at is null
  ) i on i.survey_id = a.survey_id and i.wave = a.wave
  group by a.subject_kind, a.subject_id, a.window_kind, a.window_start
)
select i.subject_kind, i.subject_id, i.window_kind, i.window_start, i.invited_count,
       coalesce(a.respondents_count, 0) as respondents_count,
       least(cast(coalesce(a.respondents_count, 0) as double) / nullif(i.invited_count, 0), 1.0) as response_ratio,
       cast(coalesce(a.respondents_count, 0) as double) < 0.3 * i.invited_count as is_indicative
from invited i
left join answered a on a.subject_kind = i.subject_kind and a.subject_id = i.subject_id
  and a.window_kind = i.window_kind and a.window_start = i.window_start
