-- Deployed changes: 1 where the service was on a golden path when it was deployed, 0 where not.
select c.subject_kind, c.subject_id, c.window_kind, c.window_start, 'change' as fact_kind,
       c.change_id as fact_id, c.service_id, c.repository_id, c.deployed_at as at,
       cast(case when p.status = 'golden' then 1 else 0 end as double) as value,
       case when c.is_excluded then
              coalesce(c.exclusion_reason, case when c.is_bot then 'bot' when c.is_revert then 'revert' else 'duplicate' end)
            when p.status is null then 'no_golden_path' end as exclusion_reason
from windowed.changes c
left join service_path_status p on p.service_id = c.service_id
  and c.deployed_at >= p.valid_from and (p.valid_to is null or c.deployed_at < p.valid_to)
