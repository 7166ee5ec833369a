-- metric: ai_active_share
-- title: Developers active with AI
-- question: What share of the developers used an AI tool in the window?
-- unit: ratio
-- better: higher
-- statistic: ratio
-- population: ai_developers
-- about: people
-- people: fact_id
-- by: team, organization
-- interval: wilson
-- coverage: own
-- empty: no_developers
-- reasons: no_ai_usage
-- excludes: windows in which no use of AI by anyone is known; people who are no known developers; weeks give the weekly active share, months the monthly one; use, never output; coverage is the share of the window's days between the first and the last known use; the basis is that of who is a developer
-- reference: utilization, the first layer of the usual frameworks for measuring AI
with counted as (
  select subject_kind, subject_id, window_kind, window_start,
         count(case when exclusion_reason is null then 1 end) as developers,
         sum(case when exclusion_reason is null then value end) as active,
         min(case when exclusion_reason = 'no_ai_usage' then exclusion_reason end) as why, min(basis) as basis
  from populations.ai_developers
  group by subject_kind, subject_id, window_kind, window_start
),
told as (
  select min(used_on) as from_on, max(used_on) + interval '1 day' as until_on
  from ai_days
),
covered as (
  select w.window_kind, w.window_start,
         cast(least(w.end_on, t.until_on) - greatest(w.start_on, t.from_on) as double)
           / nullif(least(w.end_on, c.until_on) - w.start_on, 0) as coverage_ratio
  from windows w
  cross join told t
  cross join clock c
)
select n.subject_kind, n.subject_id, n.window_kind, n.window_start,
       n.active / nullif(n.developers, 0) as value, n.developers as sample_size,
       case when n.developers > 0 then v.coverage_ratio end as coverage_ratio,
       case when n.developers > 0 then n.basis end as basis,
       case when n.developers = 0 then n.why end as reason
from counted n
left join covered v on v.window_kind = n.window_kind and v.window_start = n.window_start
