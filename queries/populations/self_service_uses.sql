-- Attempts at something by self-service: 1 where it succeeded within 7 days and nobody had to help, 0
-- where not. One that is open and younger than 7 days is left out.
select g.subject_kind, g.subject_id, w.window_kind, w.window_start, 'self_service_attempt' as fact_kind,
       a.attempt_id as fact_id, a.service_id, cast(null as varchar) as repository_id, a.started_at as at,
       cast(case when a.succeeded_at <= a.started_at + interval '7 days' and not a.is_helped then 1 else 0 end as double) as value,
       case when a.exclusion_reason is not null then a.exclusion_reason
            when a.succeeded_at is null and a.is_open and a.started_at > c.as_of - interval '7 days' then 'pending' end as exclusion_reason,
       a.succeeded_at is null and a.is_cancelled as is_cancelled, a.person_id,
       case when a.person_id is not null then concat('person ', a.person_id) else concat('team ', a.team_id) end as acting_id,
       a.action_id
from self_service_attempts a
join groups g on g.team_id = coalesce(a.team_id, '')
join windows w on a.started_at >= w.window_start and a.started_at < w.window_end
cross join clock c
