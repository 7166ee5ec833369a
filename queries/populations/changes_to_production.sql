-- Deployments of a subject in a window as change fail rate sees them: how many counted ones are
-- no change to production.
with left_out as (
  select subject_kind, subject_id, window_kind, window_start,
         count(distinct deployment_id) as excluded_count
  from windowed.deployments
  where not is_change_to_production
  group by subject_kind, subject_id, window_kind, window_start
)
select d.subject_kind, d.subject_id, d.window_kind, d.window_start,
       coalesce(o.excluded_count, 0) as excluded_count, d.coverage_ratio, d.basis
from populations.deployments d
left join left_out o on o.subject_kind = d.subject_kind and o.subject_id = d.subject_id
  and o.window_kind = d.window_kind and o.window_start = d.window_start
