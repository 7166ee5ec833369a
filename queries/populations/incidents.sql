-- Incidents: seconds from their beginning until service was restored everywhere.
select subject_kind, subject_id, window_kind, window_start, 'incident' as fact_kind,
       incident_id as fact_id, min(service_id) as service_id,
       cast(null as varchar) as repository_id, min(began_at) as at,
       cast(max(case when is_counted then time_to_restore_seconds end) as double) as value,
       case when not bool_or(is_counted) then coalesce(min(exclusion_reason), 'not_counted')
            when bool_or(is_counted and resolved_at is null) then 'open'
            when bool_or(is_counted and time_to_restore_seconds is null) then 'resolved_before_opened'
            end as exclusion_reason
from windowed.incidents
group by subject_kind, subject_id, window_kind, window_start, incident_id
