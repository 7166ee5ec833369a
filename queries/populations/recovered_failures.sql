-- Failed deployments: those that have not recovered yet.
select subject_kind, subject_id, window_kind, window_start,
       count(distinct deployment_id) as excluded_count
from windowed.failures
where recovery_seconds is null
group by subject_kind, subject_id, window_kind, window_start
