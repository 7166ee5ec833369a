-- An answer to a survey's question in every window of every group that the respondent was in, by when
-- it was given.
select g.subject_kind, g.subject_id, w.window_kind, w.window_start,
       concat(f.survey_id, '/', f.wave, '/', f.respondent_hash, '/', f.question_id) as answer_id,
       f.survey_id, f.wave, concat(f.survey_id, '/', f.respondent_hash) as respondent_id,
       f.question_id, lower(f.scale) as scale, f.score, f.answered_at
from survey_responses f
join groups g on g.team_id = coalesce(f.team_id, '')
join windows w on f.answered_at >= w.window_start and f.answered_at < w.window_end
cross join clock c
where f.deleted_at is null and f.answered_at <= c.as_of
