-- Tickets for the platform team, each worth 1, by when they were opened; left out where no developers
-- of the group are known, whose number they are divided by.
select g.subject_kind, g.subject_id, w.window_kind, w.window_start, 'ticket' as fact_kind,
       t.ticket_id as fact_id, cast(null as varchar) as service_id, cast(null as varchar) as repository_id,
       t.created_at as at, cast(1 as double) as value,
       case when d.developers_count is null then 'no_developers' end as exclusion_reason,
       t.category, t.complexity
from support_tickets t
join groups g on g.team_id = coalesce(t.team_id, '')
join windows w on t.created_at >= w.window_start and t.created_at < w.window_end
cross join clock c
left join windowed.developers d on d.subject_kind = g.subject_kind and d.subject_id = g.subject_id
  and d.window_kind = w.window_kind and d.window_start = w.window_start
where t.deleted_at is null and t.created_at <= c.as_of
