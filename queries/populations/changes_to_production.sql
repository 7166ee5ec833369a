-- Deployments and attempts: those that are no change to production.
select subject_kind, subject_id, window_kind, window_start,
       count(distinct deployment_id) as excluded_count
from windowed.deployments
where not is_change_to_production
group by subject_kind, subject_id, window_kind, window_start
