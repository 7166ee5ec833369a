-- metric: time_to_first_deployment_people
-- title: Time to first deployment of people
-- question: How long does it take from somebody's first day until a commit of theirs is in production?
-- unit: seconds
-- better: lower
-- statistic: p50, p75, p90, within_8_hours in ratio, within_24_hours in ratio
-- population: joiners
-- about: people
-- people: fact_id
-- by: team, organization
-- empty: no_joiners
-- reasons: not_reached
-- excludes: robots, other roles than engineers and developers where roles are known, people who were hired before the first known deployment
-- reference: the platform engineering guide, part 5; Kaplan and Meier, 1958: who has not shipped yet counts as one who takes at least as long
with steps as (
  select subject_kind, subject_id, window_kind, window_start, value as seconds,
         count(fact_id) as joiners, count(case when is_observed then 1 end) as shipped
  from populations.joiners
  where exclusion_reason is null
  group by subject_kind, subject_id, window_kind, window_start, value
),
at_risk as (
  select subject_kind, subject_id, window_kind, window_start, seconds, joiners, shipped,
         sum(joiners) over (
           partition by subject_kind, subject_id, window_kind, window_start order by seconds desc
           rows between unbounded preceding and current row
         ) as waiting
  from steps
),
survival as (
  select subject_kind, subject_id, window_kind, window_start, seconds, joiners,
         case when shipped = waiting then 0.0 else
           exp(sum(case when shipped < waiting then ln(1 - cast(shipped as double) / waiting) end) over (
             partition by subject_kind, subject_id, window_kind, window_start order by seconds
             rows between unbounded preceding and current row
           )) end as ratio
  from at_risk
),
quantiles as (
  select subject_kind, subject_id, window_kind, window_start, sum(joiners) as joiners,
         min(case when ratio <= 0.5 + 1e-9 then seconds end) as p50,
         min(case when ratio <= 0.25 + 1e-9 then seconds end) as p75,
         min(case when ratio <= 0.1 + 1e-9 then seconds end) as p90,
         case when max(seconds) >= 28800 or min(ratio) = 0
              then 1 - coalesce(min(case when seconds <= 28800 then ratio end), 1) end as within_8,
         case when max(seconds) >= 86400 or min(ratio) = 0
              then 1 - coalesce(min(case when seconds <= 86400 then ratio end), 1) end as within_24
  from survival
  group by subject_kind, subject_id, window_kind, window_start
),
told as (
  select q.subject_kind, q.subject_id, q.window_kind, q.window_start, t.statistic, q.joiners,
         case t.statistic when 'p50' then q.p50 when 'p75' then q.p75 when 'p90' then q.p90
                          when 'within_8_hours' then q.within_8 else q.within_24 end as value
  from quantiles q
  cross join (values ('p50'), ('p75'), ('p90'), ('within_8_hours'), ('within_24_hours')) as t(statistic)
)
select subject_kind, subject_id, window_kind, window_start, statistic, value, joiners as sample_size,
       case when value is null then 'not_reached' end as reason
from told
