-- metric: ai_cost_per_active_developer
-- title: Cost of AI per active developer
-- question: What do AI tools cost in a month for each person who is active with one?
-- unit: cost
-- better: lower
-- statistic: mean
-- population: ai_costs
-- about: people
-- people: person_id
-- by: team, organization
-- coverage: own
-- empty: no_ai_costs
-- reasons: several_currencies
-- excludes: people without an active day or a cost in a month; costs that the vendor does not tell, or without a currency; seats that nobody used; windows of a week; coverage is the share of the active people's months whose cost is known; the currency is that of `populations.ai_costs`, without a value where there are several
-- reference: cost, the third layer of the usual frameworks for measuring AI
with spent as (
  select subject_kind, subject_id, window_kind, window_start,
         avg(case when exclusion_reason is null then value end) as value,
         count(case when exclusion_reason is null then 1 end) as costs,
         count(distinct case when exclusion_reason is null then currency end) as currencies,
         count(distinct case when exclusion_reason is null then concat(person_id, '/', month_on) end) as known_months,
         count(distinct concat(person_id, '/', month_on)) as months
  from populations.ai_costs
  where exclusion_reason is null or exclusion_reason <> 'not_active'
  group by subject_kind, subject_id, window_kind, window_start
)
select subject_kind, subject_id, window_kind, window_start,
       case when currencies = 1 then value end as value, costs as sample_size,
       cast(known_months as double) / nullif(months, 0) as coverage_ratio, 'recorded' as basis,
       case when currencies > 1 then 'several_currencies' end as reason
from spent
where costs > 0
