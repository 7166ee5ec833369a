-- metric: adoption_retention
-- title: Adoption retention
-- question: What share of the services that were on a golden path when the window began still is at its end?
-- unit: ratio
-- better: higher
-- statistic: ratio
-- population: adopted_services
-- interval: wilson
-- coverage: none
-- reasons: no_golden_services
-- excludes: services that were on no golden path before, and those that were retired or stopped being live meanwhile
-- reference: the platform engineering guide, part 5
with standing as (
  select subject_kind, subject_id, window_kind, window_start,
         sum(case when exclusion_reason is null then value end) as kept,
         count(case when exclusion_reason is null then 1 end) as services,
         count(case when exclusion_reason <> 'not_golden_before' then 1 end) as gone
  from populations.adopted_services
  group by subject_kind, subject_id, window_kind, window_start
)
select subject_kind, subject_id, window_kind, window_start,
       kept / nullif(services, 0) as value, services as sample_size,
       case when services = 0 and gone = 0 then 'no_golden_services' end as reason
from standing
