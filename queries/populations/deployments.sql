-- Deployments and attempts: those that are not counted.
select subject_kind, subject_id, window_kind, window_start,
       count(distinct deployment_id) as excluded_count
from windowed.deployments
where not is_counted
group by subject_kind, subject_id, window_kind, window_start
