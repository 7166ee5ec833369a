-- Deployed changes of a subject in a window: how many lead times leave out, the share of counted
-- deployments whose commit is known, and whether any of those was inferred.
with changes as (
  select s.subject_kind, s.subject_id, w.window_kind, w.window_start,
         count(case when c.is_excluded or c.lead_time_seconds is null then 1 end) as excluded_count
  from deployed_changes c
  join subjects s on s.service_id = c.service_id
    and (s.valid_from is null or c.deployed_at >= s.valid_from)
    and (s.valid_to is null or c.deployed_at < s.valid_to)
  join windows w on c.deployed_at >= w.window_start and c.deployed_at < w.window_end
  group by s.subject_kind, s.subject_id, w.window_kind, w.window_start
)
select d.subject_kind, d.subject_id, d.window_kind, d.window_start,
       coalesce(c.excluded_count, 0) as excluded_count, d.coverage_ratio, d.basis
from populations.deployments d
left join changes c on c.subject_kind = d.subject_kind and c.subject_id = d.subject_id
  and c.window_kind = d.window_kind and c.window_start = d.window_start
