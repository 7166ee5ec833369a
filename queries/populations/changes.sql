-- Deployed changes: those that lead times leave out.
select subject_kind, subject_id, window_kind, window_start,
       count(change_id) as excluded_count
from windowed.changes
where is_excluded or lead_time_seconds is null
group by subject_kind, subject_id, window_kind, window_start
