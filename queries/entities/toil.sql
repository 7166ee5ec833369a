-- A piece of work by hand that a machine might have done, up to the as-of: a support ticket, or a use of
-- self-service that somebody had to help with (one whose ticket is known counts as the ticket). `template`
-- is the ticket's category or the action. `handling_seconds` is how long it took until done, waiting
-- included. `is_repeated` is true where four or more of the template, itself one, came within 28 days.
with pieces as (
  select 'ticket' as fact_kind, t.ticket_id as fact_id, lower(trim(t.category)) as template, t.team_id,
         cast(null as varchar) as service_id, t.created_at as at,
         case when t.resolved_at <= c.as_of and t.resolved_at >= t.created_at then t.resolved_at end as done_at,
         cast(null as varchar) as exclusion_reason
  from support_tickets t
  cross join clock c
  where t.deleted_at is null and t.created_at <= c.as_of
  union all
  select 'self_service_run', a.run_id, a.action_id, a.team_id, a.service_id, a.requested_at,
         case when a.finished_at >= a.requested_at then a.finished_at end, a.exclusion_reason
  from platform_actions a
  left join support_tickets t on t.ticket_id = a.ticket_id and t.deleted_at is null
  where (a.is_human_assisted or a.ticket_id is not null) and t.ticket_id is null
),
counted as (
  select fact_kind, fact_id, template, team_id, service_id, at, done_at, exclusion_reason,
         case when template is not null and exclusion_reason is null then
           count(*) over (
             partition by fact_kind, template, exclusion_reason order by at
             range between interval '28 days' preceding and current row
           ) end as within_28_days
  from pieces
)
select fact_kind, fact_id, template, team_id, service_id, at,
       floor(date_part('epoch', done_at) - date_part('epoch', at)) as handling_seconds, exclusion_reason,
       coalesce(max(within_28_days) over (
         partition by fact_kind, template, exclusion_reason order by at
         range between current row and interval '28 days' following
       ) >= 4, false) as is_repeated
from counted
