-- Deployments and attempts of a subject in a window: how many are not counted, the share of
-- counted ones whose commit is known, and whether any of those was inferred.
select subject_kind, subject_id, window_kind, window_start,
       count(distinct case when not is_counted then deployment_id end) as excluded_count,
       cast(count(distinct case when is_counted and kind <> 'unresolved' then deployment_id end) as double)
         / nullif(count(distinct case when is_counted then deployment_id end), 0) as coverage_ratio,
       case when bool_or(is_counted and basis = 'inferred') then 'inferred'
            when bool_or(is_counted) then 'recorded' end as basis
from windowed.deployments
group by subject_kind, subject_id, window_kind, window_start
