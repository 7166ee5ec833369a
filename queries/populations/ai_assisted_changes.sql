-- Deployed changes: 1 where any of its commits has the mark of an AI tool, 0 where none is seen.
select c.subject_kind, c.subject_id, c.window_kind, c.window_start, 'change' as fact_kind,
       c.change_id as fact_id, c.service_id, c.repository_id, c.deployed_at as at,
       cast(case when a.is_assisted then 1 else 0 end as double) as value,
       case when c.is_excluded then
              coalesce(c.exclusion_reason, case when c.is_bot then 'bot' when c.is_revert then 'revert' else 'duplicate' end)
            when a.change_id is null then 'commit_unknown' end as exclusion_reason
from windowed.changes c
left join assisted_changes a on a.service_id = c.service_id and a.repository_id = c.repository_id
  and a.change_id = c.change_id
