-- A use of a self-service action up to the as-of, with the team behind it: the one it names, else
-- the person's then, else the owner of its service. `outcome` is `succeeded`, `cancelled`, `failed`
-- or NULL while open; `exclusion_reason` is why it is no person's real use.
with placed as (
  select r.run_id, r.action_id, r.target, r.capability_id, r.person_id, r.team_id,
         coalesce(n.service_id, r.service_id) as service_id, r.requested_at, r.ticket_id,
         coalesce(r.is_human_assisted, false) as is_human_assisted,
         case when r.finished_at <= c.as_of then r.finished_at end as finished_at,
         case when r.finished_at > c.as_of then null else lower(r.outcome) end as outcome
  from self_service_runs r
  left join service_names n on n.name = r.service_id
  cross join clock c
  where r.deleted_at is null and r.requested_at <= c.as_of
),
members as (
  select p.run_id, min(m.team_id) as team_id
  from placed p
  join team_members m on m.person_id = p.person_id and m.deleted_at is null
    and p.requested_at >= m.valid_from and (m.valid_to is null or p.requested_at < m.valid_to)
  group by p.run_id
),
owning as (
  select p.run_id, min(o.team_id) as team_id
  from placed p
  join owners o on o.service_id = p.service_id
    and p.requested_at >= o.valid_from and (o.valid_to is null or p.requested_at < o.valid_to)
  group by p.run_id
)
select p.run_id, p.action_id, p.target, p.capability_id, p.person_id,
       coalesce(p.team_id, m.team_id, o.team_id) as team_id, p.service_id, p.requested_at,
       p.finished_at, p.ticket_id, p.is_human_assisted,
       case when p.outcome in ('succeeded', 'success', 'successful', 'completed', 'complete', 'done', 'ok', 'passed') then 'succeeded'
            when p.outcome in ('cancelled', 'canceled', 'aborted', 'withdrawn') then 'cancelled'
            when p.finished_at is not null or p.outcome in ('failed', 'failure', 'error', 'rejected', 'timed_out', 'timeout') then 'failed' end as outcome,
       case when k.kind in ('bot', 'ai_agent') then 'robot'
            when p.outcome in ('dry_run', 'dry-run', 'dryrun') then 'dry_run' end as exclusion_reason
from placed p
left join members m on m.run_id = p.run_id
left join owning o on o.run_id = p.run_id
left join people k on k.person_id = p.person_id and k.deleted_at is null
