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
exposed as (
  select s.subject_kind, s.subject_id,
         greatest(e.from_on, cast(cast(s.valid_from as timestamp(6) with time zone) as date)) as from_on,
         least(e.until_on, cast(cast(s.valid_to as timestamp(6) with time zone) as date)) as until_on
  from service_exposures e
  join subjects s on s.service_id = e.service_id
),
live as (
  select s.subject_kind, s.subject_id, w.window_kind, w.window_start,
         max(least(w.end_on, s.until_on)) - min(greatest(w.start_on, s.from_on)) as days
  from exposed s
  join windows w on s.from_on < w.end_on and s.until_on > w.start_on and s.from_on < s.until_on
  group by s.subject_kind, s.subject_id, w.window_kind, w.window_start
)
select l.subject_kind, l.subject_id, l.window_kind, l.window_start,
       cast(coalesce(c.deployments, 0) as double) / nullif(l.days, 0) as value,
       coalesce(c.deployments, 0) as sample_size
from live l
left join counted c on c.subject_kind = l.subject_kind and c.subject_id = l.subject_id
  and c.window_kind = l.window_kind and c.window_start = l.window_start
