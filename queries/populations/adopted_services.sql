-- Services that were on a golden path when the window began: 1 where one still is at its end, 0 where
-- not. One that is not eligible any more counts on neither side.
select w.subject_kind, w.subject_id, w.window_kind, w.window_start, 'service' as fact_kind,
       w.service_id as fact_id, w.service_id, cast(null as varchar) as repository_id, w.at,
       cast(case when w.path_status = 'golden' then 1 else 0 end as double) as value,
       case when coalesce(b.status, 'off_road') <> 'golden' then 'not_golden_before'
            else w.exclusion_reason end as exclusion_reason
from windowed.services w
left join service_path_status b on b.service_id = w.service_id
  and b.valid_from < w.window_start and (b.valid_to is null or b.valid_to >= w.window_start)
