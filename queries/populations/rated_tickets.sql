-- Tickets for the platform team by when they were opened: 1 where it was complex, 0 where simple.
select g.subject_kind, g.subject_id, w.window_kind, w.window_start, 'ticket' as fact_kind,
       t.ticket_id as fact_id, cast(null as varchar) as service_id, cast(null as varchar) as repository_id,
       t.created_at as at, cast(case when lower(t.complexity) = 'complex' then 1 else 0 end as double) as value,
       case when t.complexity is null or lower(t.complexity) not in ('simple', 'complex') then 'complexity_unknown' end as exclusion_reason
from support_tickets t
join groups g on g.team_id = coalesce(t.team_id, '')
join windows w on t.created_at >= w.window_start and t.created_at < w.window_end
cross join clock c
where t.deleted_at is null and t.created_at <= c.as_of
