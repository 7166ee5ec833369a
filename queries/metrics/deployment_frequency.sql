-- metric: deployment_frequency
-- title: Deployment frequency
-- question: How often does a service reach production?
-- unit: count_per_day
-- better: higher
-- statistic: rate, per_working_day, weekly_median in count, monthly_median in count
-- population: deployments
-- reasons: no_working_day, no_complete_week, no_complete_month
-- excludes: attempts that failed before production, redeploys and deployments without anything new unless the definition counts them; days on which the service was not live
-- reference: DORA, deployment frequency (dora.dev/guides/dora-metrics, 2026)
with counted as (
  select subject_kind, subject_id, window_kind, window_start, count(fact_id) as deployments
  from populations.deployments
  where exclusion_reason is null
  group by subject_kind, subject_id, window_kind, window_start
),
periods as (
  select distinct w.window_kind, w.window_start, d.period_kind, d.start_on, d.end_on
  from calendar_days d
  join windows w on d.start_on >= w.start_on and d.end_on <= w.end_on
),
complete as (
  select l.subject_kind, l.subject_id, l.window_kind, l.window_start, p.period_kind, p.start_on
  from windowed.exposures l
  join periods p on p.window_kind = l.window_kind and p.window_start = l.window_start
    and p.start_on >= l.from_on and p.end_on <= l.until_on
  join clock c on p.end_on <= cast(cast(c.as_of as timestamp(6) with time zone) as date)
),
placed as (
  select d.subject_kind, d.subject_id, d.window_kind, d.window_start, p.period_kind, p.start_on,
         count(d.fact_id) as deployments
  from populations.deployments d
  join calendar_days p on p.day_on = cast(cast(d.at as timestamp(6) with time zone) as date)
  where d.exclusion_reason is null
  group by d.subject_kind, d.subject_id, d.window_kind, d.window_start, p.period_kind, p.start_on
),
medians as (
  select c.subject_kind, c.subject_id, c.window_kind, c.window_start,
         percentile_cont(0.5) within group (
           order by case when c.period_kind = 'week' then cast(coalesce(p.deployments, 0) as double) end
         ) as weekly,
         percentile_cont(0.5) within group (
           order by case when c.period_kind = 'month' then cast(coalesce(p.deployments, 0) as double) end
         ) as monthly
  from complete c
  left join placed p on p.subject_kind = c.subject_kind and p.subject_id = c.subject_id
    and p.window_kind = c.window_kind and p.window_start = c.window_start
    and p.period_kind = c.period_kind and p.start_on = c.start_on
  group by c.subject_kind, c.subject_id, c.window_kind, c.window_start
),
frequencies as (
  select e.subject_kind, e.subject_id, e.window_kind, e.window_start,
         coalesce(c.deployments, 0) as deployments, e.days, e.working_days, m.weekly, m.monthly
  from windowed.exposures e
  left join counted c on c.subject_kind = e.subject_kind and c.subject_id = e.subject_id
    and c.window_kind = e.window_kind and c.window_start = e.window_start
  left join medians m on m.subject_kind = e.subject_kind and m.subject_id = e.subject_id
    and m.window_kind = e.window_kind and m.window_start = e.window_start
)
select f.subject_kind, f.subject_id, f.window_kind, f.window_start, t.statistic,
       case t.statistic
         when 'rate' then cast(f.deployments as double) / nullif(f.days, 0)
         when 'per_working_day' then cast(f.deployments as double) / nullif(f.working_days, 0)
         when 'weekly_median' then f.weekly
         when 'monthly_median' then f.monthly end as value,
       f.deployments as sample_size,
       case t.statistic
         when 'per_working_day' then 'no_working_day'
         when 'weekly_median' then 'no_complete_week'
         when 'monthly_median' then 'no_complete_month' end as reason
from frequencies f
cross join (values ('rate'), ('per_working_day'), ('weekly_median'), ('monthly_median')) as t(statistic)
