-- metric: support_tickets_per_100_developers
-- title: Support tickets per 100 developers
-- question: How many tickets for the platform team do 100 developers open in a month?
-- unit: count
-- better: lower
-- statistic: rate
-- population: support_requests
-- about: people
-- people: person_id of windowed.developer_days
-- by: team, organization
-- interval: none
-- coverage: own
-- empty: no_support_tickets
-- excludes: tickets of groups without a known developer; the basis is recorded where people's days of hiring are known, else inferred from the authors of commits within 90 days
-- reference: the platform engineering guide, part 5: drops over time
with tickets as (
  select subject_kind, subject_id, window_kind, window_start, count(fact_id) as tickets
  from populations.support_requests
  where exclusion_reason is null
  group by subject_kind, subject_id, window_kind, window_start
)
select d.subject_kind, d.subject_id, d.window_kind, d.window_start,
       100.0 * t.tickets / nullif(d.months, 0) as value, coalesce(t.tickets, 0) as sample_size,
       cast(null as double) as coverage_ratio, d.basis
from windowed.developers d
left join tickets t on t.subject_kind = d.subject_kind and t.subject_id = d.subject_id
  and t.window_kind = d.window_kind and t.window_start = d.window_start
