-- metric: toil_proxy
-- title: Toil proxy
-- question: How many pieces of work by hand fall to each developer in a month?
-- unit: count
-- better: lower
-- statistic: rate, support_tickets, manual_steps, incidents, repeated
-- population: toil_pieces
-- about: people
-- people: person_id of windowed.developer_days
-- by: team, organization
-- interval: none
-- coverage: own
-- empty: no_toil_pieces
-- reasons: no_support_tickets, no_self_service_runs, no_incidents
-- excludes: robots' and rehearsals' uses of self-service, incidents that the definition does not count, groups without a known developer; a proxy: it counts pieces, not hours, and sees only what leaves a record; `repeated` is the part whose template came four times and more within 28 days; a team's are those it asked for and the incidents of its services; coverage is the share of the three kinds that anything is known of
-- reference: toil as Google's book on site reliability describes it, by what leaves records
with counted as (
  select subject_kind, subject_id, window_kind, window_start, count(fact_id) as pieces,
         count(case when fact_kind = 'ticket' then 1 end) as support_tickets,
         count(case when fact_kind = 'self_service_run' then 1 end) as manual_steps,
         count(case when fact_kind = 'incident' then 1 end) as incidents,
         count(case when is_repeated then 1 end) as repeated,
         min(months) as months, min(basis) as basis
  from populations.toil_pieces
  where exclusion_reason is null
  group by subject_kind, subject_id, window_kind, window_start
),
known as (
  select t.tickets, r.runs, i.incidents
  from (select least(count(t.ticket_id), 1) as tickets from support_tickets t join clock c on t.created_at <= c.as_of where t.deleted_at is null) t
  cross join (select least(count(run_id), 1) as runs from platform_actions) r
  cross join (select least(count(incident_id), 1) as incidents from classified_incidents) i
),
rates as (
  select n.subject_kind, n.subject_id, n.window_kind, n.window_start, s.statistic, n.pieces,
         n.basis, n.months, cast(k.tickets + k.runs + k.incidents as double) / 3 as coverage_ratio,
         case s.statistic
           when 'rate' then n.pieces when 'support_tickets' then n.support_tickets
           when 'manual_steps' then n.manual_steps when 'incidents' then n.incidents else n.repeated end as hits,
         case when s.statistic = 'support_tickets' and k.tickets = 0 then 'no_support_tickets'
              when s.statistic = 'manual_steps' and k.runs = 0 then 'no_self_service_runs'
              when s.statistic = 'incidents' and k.incidents = 0 then 'no_incidents' end as reason
  from counted n
  cross join known k
  cross join (values ('rate'), ('support_tickets'), ('manual_steps'), ('incidents'), ('repeated')) as s(statistic)
)
select subject_kind, subject_id, window_kind, window_start, statistic,
       case when reason is null then cast(hits as double) / nullif(months, 0) end as value,
       pieces as sample_size, coverage_ratio, basis, reason
from rates
