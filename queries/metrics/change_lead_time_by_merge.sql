-- metric: change_lead_time_by_merge
-- title: Change lead time by merge
-- question: How long do the changes that landed together take to production, those that still wait included?
-- unit: seconds
-- better: lower
-- statistic: p50, p75, p90
-- population: landed_lead_times
-- empty: no_changes
-- reasons: not_reached
-- excludes: changes of bots and reverts unless the definition includes them; starts that are unknown, not credible or after the deployment; what a first deployment shipped; changes of services that were never deployed
-- reference: Kaplan and Meier, 1958: a change that still waits counts as one that takes at least as long
with steps as (
  select subject_kind, subject_id, window_kind, window_start, value as seconds,
         count(fact_id) as changes, count(case when is_observed then 1 end) as deployed
  from populations.landed_lead_times
  where exclusion_reason is null
  group by subject_kind, subject_id, window_kind, window_start, value
),
at_risk as (
  select subject_kind, subject_id, window_kind, window_start, seconds, changes, deployed,
         sum(changes) over (
           partition by subject_kind, subject_id, window_kind, window_start order by seconds desc
           rows between unbounded preceding and current row
         ) as waiting
  from steps
),
survival as (
  select subject_kind, subject_id, window_kind, window_start, seconds, changes,
         case when deployed = waiting then 0.0 else
           exp(sum(case when deployed < waiting then ln(1 - cast(deployed as double) / waiting) end) over (
             partition by subject_kind, subject_id, window_kind, window_start order by seconds
             rows between unbounded preceding and current row
           )) end as ratio
  from at_risk
),
quantiles as (
  select subject_kind, subject_id, window_kind, window_start, sum(changes) as changes,
         min(case when ratio <= 0.5 + 1e-9 then seconds end) as p50,
         min(case when ratio <= 0.25 + 1e-9 then seconds end) as p75,
         min(case when ratio <= 0.1 + 1e-9 then seconds end) as p90
  from survival
  group by subject_kind, subject_id, window_kind, window_start
)
select subject_kind, subject_id, window_kind, window_start, 'p50' as statistic,
       p50 as value, changes as sample_size, case when p50 is null then 'not_reached' end as reason
from quantiles
union all
select subject_kind, subject_id, window_kind, window_start, 'p75' as statistic,
       p75 as value, changes as sample_size, case when p75 is null then 'not_reached' end as reason
from quantiles
union all
select subject_kind, subject_id, window_kind, window_start, 'p90' as statistic,
       p90 as value, changes as sample_size, case when p90 is null then 'not_reached' end as reason
from quantiles
