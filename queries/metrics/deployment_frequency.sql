-- metric: deployment_frequency
-- title: Deployment frequency
-- question: How often does a service reach production?
-- unit: count_per_day
-- better: higher
-- statistic: rate
-- population: deployments
-- excludes: attempts that failed before production, redeploys and deployments without anything new unless the definition counts them; days on which the service was not live
-- reference: DORA, deployment frequency (dora.dev/guides/dora-metrics, 2026)
with counted as (
  select subject_kind, subject_id, window_kind, window_start,
         count(distinct coalesce(rollout_id, deployment_id)) as deployments
  from windowed.deployments
  where is_counted
  group by subject_kind, subject_id, window_kind, window_start
),
live as (
  select s.subject_kind, s.subject_id, w.window_kind, w.window_start,
         max(least(w.end_on, e.until_on)) - min(greatest(w.start_on, e.from_on)) as days
  from service_exposures e
  join subjects s on s.service_id = e.service_id
  join windows w on e.from_on < w.end_on and e.until_on > w.start_on
  group by s.subject_kind, s.subject_id, w.window_kind, w.window_start
)
select l.subject_kind, l.subject_id, l.window_kind, l.window_start,
       cast(coalesce(c.deployments, 0) as double) / nullif(l.days, 0) as value,
       coalesce(c.deployments, 0) as sample_size
from live l
left join counted c on c.subject_kind = l.subject_kind and c.subject_id = l.subject_id
  and c.window_kind = l.window_kind and c.window_start = l.window_start
