-- Deployments of a subject in a window as change fail rate sees them: how many counted ones are
-- no change to production.
with others as (
  select s.subject_kind, s.subject_id, w.window_kind, w.window_start,
         count(distinct d.deployment_id) as excluded_count
  from classified_deployments d
  join subjects s on s.service_id = d.service_id
    and (s.valid_from is null or d.finished_at >= s.valid_from)
    and (s.valid_to is null or d.finished_at < s.valid_to)
  join windows w on d.finished_at >= w.window_start and d.finished_at < w.window_end
  where not d.is_change_to_production
  group by s.subject_kind, s.subject_id, w.window_kind, w.window_start
)
select d.subject_kind, d.subject_id, d.window_kind, d.window_start,
       coalesce(o.excluded_count, 0) as excluded_count, d.coverage_ratio, d.basis
from populations.deployments d
left join others o on o.subject_kind = d.subject_kind and o.subject_id = d.subject_id
  and o.window_kind = d.window_kind and o.window_start = d.window_start
