-- How far the counted deployments of a subject in a window can be trusted: the share of them whose
-- commit is known, and whether any of them was inferred.
select subject_kind, subject_id, window_kind, window_start,
       cast(count(distinct case when kind <> 'unresolved' then deployment_id end) as double)
         / nullif(count(distinct deployment_id), 0) as coverage_ratio,
       case when bool_or(basis = 'inferred') then 'inferred' else 'recorded' end as basis
from windowed.deployments
where is_counted
group by subject_kind, subject_id, window_kind, window_start
