-- Answers on whether people would recommend the platform, 0 to 10 (scale `nps_0_10`).
select subject_kind, subject_id, window_kind, window_start, 'answer' as fact_kind,
       answer_id as fact_id, cast(null as varchar) as service_id, cast(null as varchar) as repository_id,
       answered_at as at, score as value,
       case when score is null then 'not_applicable'
            when score < 0 or score > 10 then 'off_scale' end as exclusion_reason,
       respondent_id, concat(survey_id, '/', wave) as wave_id
from windowed.answers
where scale = 'nps_0_10'
