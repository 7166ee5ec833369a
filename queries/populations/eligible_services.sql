-- Services at a window's end: 1 where one is on a golden path, 0 where not. One that is exempt
-- counts as 0; one younger than 30 days counts and has `is_young`.
select subject_kind, subject_id, window_kind, window_start, 'service' as fact_kind,
       service_id as fact_id, service_id, cast(null as varchar) as repository_id, at,
       cast(case when path_status = 'golden' then 1 else 0 end as double) as value,
       case when exclusion_reason is not null then exclusion_reason
            when path_status is null then 'no_golden_path' end as exclusion_reason,
       path_status, is_young, is_told, is_inferred
from windowed.services
