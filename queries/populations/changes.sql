-- Deployed changes of a subject in a window: how many lead times leave out, the share of counted
-- deployments whose commit is known, and whether any of those was inferred.
with left_out as (
  select subject_kind, subject_id, window_kind, window_start,
         count(change_id) as excluded_count
  from windowed.changes
  where is_excluded or lead_time_seconds is null
  group by subject_kind, subject_id, window_kind, window_start
)
select d.subject_kind, d.subject_id, d.window_kind, d.window_start,
       coalesce(o.excluded_count, 0) as excluded_count, d.coverage_ratio, d.basis
from populations.deployments d
left join left_out o on o.subject_kind = d.subject_kind and o.subject_id = d.subject_id
  and o.window_kind = d.window_kind and o.window_start = d.window_start
