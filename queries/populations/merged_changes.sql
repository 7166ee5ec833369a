-- Deployed changes: those that the wait from merge to deployment leaves out.
select subject_kind, subject_id, window_kind, window_start,
       count(change_id) as excluded_count
from windowed.changes
where is_excluded or merge_to_deploy_seconds is null
group by subject_kind, subject_id, window_kind, window_start
