-- Deployments and attempts of a subject in a window: how many are not counted, the share of
-- counted ones whose commit is known, and whether any of those was inferred.
select s.subject_kind, s.subject_id, w.window_kind, w.window_start,
       count(distinct case when not d.is_counted then d.deployment_id end) as excluded_count,
       cast(count(distinct case when d.is_counted and d.kind <> 'unresolved' then d.deployment_id end) as double)
         / nullif(count(distinct case when d.is_counted then d.deployment_id end), 0) as coverage_ratio,
       case when bool_or(d.is_counted and d.basis = 'inferred') then 'inferred'
            when bool_or(d.is_counted) then 'recorded' end as basis
from classified_deployments d
join subjects s on s.service_id = d.service_id
  and (s.valid_from is null or d.finished_at >= s.valid_from)
  and (s.valid_to is null or d.finished_at < s.valid_to)
join windows w on d.finished_at >= w.window_start and d.finished_at < w.window_end
group by s.subject_kind, s.subject_id, w.window_kind, w.window_start
