-- metric: golden_path_adoption
-- title: Golden path adoption
-- question: What share of the services is on a golden path at the end of the window?
-- unit: ratio
-- better: higher
-- statistic: golden, exempt, partial, off_road
-- population: eligible_services
-- interval: wilson
-- coverage: own
-- reasons: no_golden_path
-- excludes: services that are retired, of another lifecycle than production, or neither deployed within 180 days nor in production by the catalogue; exempt services count as not on one; coverage is the share of services of which anything is known
-- reference: the platform engineering guide, part 5
with standing as (
  select subject_kind, subject_id, window_kind, window_start,
         count(case when exclusion_reason is null then 1 end) as services,
         count(case when exclusion_reason is null and path_status = 'golden' then 1 end) as golden,
         count(case when exclusion_reason is null and path_status = 'exempt' then 1 end) as exempt,
         count(case when exclusion_reason is null and path_status = 'partial' then 1 end) as partial_ones,
         count(case when exclusion_reason is null and path_status = 'off_road' then 1 end) as off_road,
         count(case when exclusion_reason is null and is_told then 1 end) as told,
         count(case when exclusion_reason is null and is_inferred then 1 end) as inferred,
         count(case when exclusion_reason = 'no_golden_path' then 1 end) as without_path
  from populations.eligible_services
  group by subject_kind, subject_id, window_kind, window_start
)
select s.subject_kind, s.subject_id, s.window_kind, s.window_start, t.statistic,
       cast(case t.statistic
              when 'golden' then s.golden
              when 'exempt' then s.exempt
              when 'partial' then s.partial_ones
              when 'off_road' then s.off_road end as double) / nullif(s.services, 0) as value,
       s.services as sample_size,
       case when s.services = 0 and s.without_path > 0 then 'no_golden_path' end as reason,
       cast(s.told as double) / nullif(s.services, 0) as coverage_ratio,
       case when s.told = 0 then null when s.inferred > 0 then 'inferred' else 'recorded' end as basis
from standing s
cross join (values ('golden'), ('exempt'), ('partial'), ('off_road')) as t(statistic)
