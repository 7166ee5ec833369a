-- Answers on how satisfied people are, 1 to 5: all on the scale `csat_1_5`, and on `likert_1_5` those
-- whose `question_id` tells of satisfaction (`satisf` or `csat` in it), since other statements are
-- agreed with on the same scale.
select subject_kind, subject_id, window_kind, window_start, 'answer' as fact_kind,
       answer_id as fact_id, cast(null as varchar) as service_id, cast(null as varchar) as repository_id,
       answered_at as at, score as value,
       case when scale = 'likert_1_5' and lower(question_id) not like '%satisf%' and lower(question_id) not like '%csat%'
              then 'other_question'
            when score is null then 'not_applicable'
            when score < 1 or score > 5 then 'off_scale' end as exclusion_reason,
       respondent_id, concat(survey_id, '/', wave) as wave_id
from windowed.answers
where scale in ('csat_1_5', 'likert_1_5')
