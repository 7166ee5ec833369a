-- metric: self_service_completion_rate
-- title: Self-service completion rate
-- question: What share of the attempts by self-service succeeds without help?
-- unit: ratio
-- better: higher
-- statistic: ratio, cancelled
-- population: self_service_uses
-- about: people
-- people: person_id
-- by: team, organization
-- interval: own
-- empty: no_self_service_attempts
-- excludes: attempts that are open and younger than 7 days, rehearsals, and those of robots; the interval takes the attempts of one person as belonging together
-- reference: the platform engineering guide, part 5: 90 % of what is common
with acting as (
  select subject_kind, subject_id, window_kind, window_start, acting_id,
         count(fact_id) as attempts, sum(value) as completed,
         sum(case when is_cancelled then 1.0 else 0.0 end) as cancelled
  from populations.self_service_uses
  where exclusion_reason is null
  group by subject_kind, subject_id, window_kind, window_start, acting_id
),
people as (
  select subject_kind, subject_id, window_kind, window_start,
         nullif(count(distinct person_id), 0) as people_count
  from populations.self_service_uses
  where exclusion_reason is null
  group by subject_kind, subject_id, window_kind, window_start
),
shares as (
  select a.subject_kind, a.subject_id, a.window_kind, a.window_start, t.statistic, a.attempts,
         case t.statistic when 'ratio' then a.completed else a.cancelled end as hits
  from acting a
  cross join (values ('ratio'), ('cancelled')) as t(statistic)
),
totals as (
  select subject_kind, subject_id, window_kind, window_start, statistic,
         sum(hits) as hits, sum(attempts) as attempts, count(attempts) as clusters,
         sum(hits * hits) as hits_squared, sum(hits * attempts) as crossed,
         sum(attempts * attempts) as attempts_squared
  from shares
  group by subject_kind, subject_id, window_kind, window_start, statistic
),
rates as (
  select subject_kind, subject_id, window_kind, window_start, statistic, attempts, clusters,
         cast(clusters as double) as m, hits / attempts as value,
         hits_squared - 2 * hits / attempts * crossed
           + hits / attempts * hits / attempts * attempts_squared as residue
  from totals
),
spread as (
  select r.subject_kind, r.subject_id, r.window_kind, r.window_start, r.statistic, r.attempts, r.m, r.value,
         q.t * sqrt(greatest(r.residue, 0) * r.m / (r.m - 1)) / r.attempts as half,
         greatest(r.residue, 0) < 1e-9 as is_flat
  from rates r
  left join seeds.student_t q on q.degrees_of_freedom = least(r.clusters - 1, 200)
)
select s.subject_kind, s.subject_id, s.window_kind, s.window_start, s.statistic, s.value,
       s.attempts as sample_size, p.people_count,
       case when s.m > 1 and not s.is_flat then greatest(s.value - s.half, 0.0) end as ci_low,
       case when s.m > 1 and not s.is_flat then least(s.value + s.half, 1.0) end as ci_high
from spread s
left join people p on p.subject_kind = s.subject_kind and p.subject_id = s.subject_id
  and p.window_kind = s.window_kind and p.window_start = s.window_start
