-- Failed deployments of a subject in a window: how many have not recovered yet.
with open_failures as (
  select s.subject_kind, s.subject_id, w.window_kind, w.window_start,
         count(distinct f.deployment_id) as excluded_count
  from failed_deployments f
  join subjects s on s.service_id = f.service_id
    and (s.valid_from is null or f.failed_at >= s.valid_from)
    and (s.valid_to is null or f.failed_at < s.valid_to)
  join windows w on f.failed_at >= w.window_start and f.failed_at < w.window_end
  where f.recovery_seconds is null
  group by s.subject_kind, s.subject_id, w.window_kind, w.window_start
)
select d.subject_kind, d.subject_id, d.window_kind, d.window_start,
       coalesce(o.excluded_count, 0) as excluded_count, d.coverage_ratio, d.basis
from populations.deployments d
left join open_failures o on o.subject_kind = d.subject_kind and o.subject_id = d.subject_id
  and o.window_kind = d.window_kind and o.window_start = d.window_start
