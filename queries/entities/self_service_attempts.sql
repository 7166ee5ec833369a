-- An attempt at something by self-service: uses of the same action by the same person (of the same
-- team where nobody is named) on the same target, each within 60 minutes of the one before.
-- `is_helped` is true where someone had to help or a ticket was opened within 24 hours.
with linked as (
  select a.run_id, a.action_id, a.target, a.capability_id, a.person_id, a.team_id, a.service_id,
         a.requested_at, a.finished_at, a.outcome, a.exclusion_reason,
         case when a.person_id is null then a.team_id end as acting_team_id,
         a.is_human_assisted
           or (a.ticket_id is not null and coalesce(t.created_at <= a.requested_at + interval '24 hours', true)) as is_helped
  from platform_actions a
  left join support_tickets t on t.ticket_id = a.ticket_id and t.deleted_at is null
),
begun as (
  select run_id, action_id, target, capability_id, person_id, acting_team_id, team_id, service_id,
         requested_at, finished_at, outcome, exclusion_reason, is_helped,
         case when requested_at - lag(requested_at) over same <= interval '60 minutes' then 0 else 1 end as is_first
  from linked
  window same as (
    partition by person_id, acting_team_id, action_id, target, exclusion_reason order by requested_at, run_id
  )
),
numbered as (
  select run_id, action_id, target, capability_id, person_id, acting_team_id, team_id, service_id,
         requested_at, finished_at, outcome, exclusion_reason, is_helped,
         sum(is_first) over (
           partition by person_id, acting_team_id, action_id, target, exclusion_reason
           order by requested_at, run_id rows between unbounded preceding and current row
         ) as attempt
  from begun
)
select first_value(run_id order by requested_at, run_id) as attempt_id, action_id, target, person_id,
       first_value(team_id order by requested_at, run_id) as team_id,
       first_value(capability_id order by requested_at, run_id) as capability_id,
       first_value(service_id order by requested_at, run_id) as service_id,
       min(requested_at) as started_at,
       min(case when outcome = 'succeeded' then coalesce(finished_at, requested_at) end) as succeeded_at,
       bool_or(outcome is null) as is_open,
       last_value(coalesce(outcome, 'open') order by requested_at, run_id) = 'cancelled' as is_cancelled,
       bool_or(is_helped) as is_helped, exclusion_reason
from numbered
group by person_id, acting_team_id, action_id, target, exclusion_reason, attempt
