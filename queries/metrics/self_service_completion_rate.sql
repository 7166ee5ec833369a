-- metric: self_service_completion_rate
-- title: Self-service completion rate
-- question: What share of the attempts by self-service succeeds without help?
-- unit: ratio
-- better: higher
-- statistic: ratio, cancelled, common_tasks
-- population: self_service_uses
-- about: people
-- people: person_id
-- by: team, organization
-- interval: own
-- empty: no_self_service_attempts
-- reasons: no_common_tasks, group_too_small
-- excludes: attempts that are open and younger than 7 days, rehearsals, and those of robots; the interval takes the attempts of one person as belonging together; common tasks are the actions used most that make up 80 % of the organization's attempts in the window, each with 20 attempts and more; their share is hidden where they or the others are of fewer than five people
-- reference: the platform engineering guide, part 5: 90 % of what is common
with uses as (
  select u.subject_kind, u.subject_id, u.window_kind, u.window_start, u.fact_id, u.value, u.is_cancelled,
         u.person_id, u.acting_id, c.action_id is not null as is_common
  from populations.self_service_uses u
  left join (
    select window_kind, window_start, action_id
    from (
      select window_kind, window_start, action_id, attempts,
             sum(attempts) over (
               partition by window_kind, window_start order by attempts desc, action_id
               rows between unbounded preceding and current row
             ) - attempts as before,
             sum(attempts) over (partition by window_kind, window_start) as total
      from (
        select window_kind, window_start, action_id, count(fact_id) as attempts
        from populations.self_service_uses
        where exclusion_reason is null and subject_kind = 'organization'
        group by window_kind, window_start, action_id
      )
    )
    where action_id is not null and attempts >= 20 and before < 0.8 * total
  ) c on c.window_kind = u.window_kind and c.window_start = u.window_start and c.action_id = u.action_id
  where u.exclusion_reason is null
),
acting as (
  select subject_kind, subject_id, window_kind, window_start, acting_id,
         count(fact_id) as attempts, sum(value) as completed,
         sum(case when is_cancelled then 1.0 else 0.0 end) as cancelled,
         count(case when is_common then 1 end) as common_attempts,
         sum(case when is_common then value end) as common_completed
  from uses
  group by subject_kind, subject_id, window_kind, window_start, acting_id
),
people as (
  select subject_kind, subject_id, window_kind, window_start,
         count(distinct case when is_common then person_id end) as common_people,
         count(distinct case when not is_common then person_id end) as other_people
  from uses
  group by subject_kind, subject_id, window_kind, window_start
),
shares as (
  select a.subject_kind, a.subject_id, a.window_kind, a.window_start, t.statistic,
         case t.statistic when 'common_tasks' then a.common_attempts else a.attempts end as attempts,
         case t.statistic when 'ratio' then a.completed when 'cancelled' then a.cancelled else a.common_completed end as hits
  from acting a
  cross join (values ('ratio'), ('cancelled'), ('common_tasks')) as t(statistic)
),
totals as (
  select subject_kind, subject_id, window_kind, window_start, statistic,
         sum(hits) as hits, sum(attempts) as attempts, count(attempts) as clusters,
         sum(hits * hits) as hits_squared, sum(hits * attempts) as crossed,
         sum(attempts * attempts) as attempts_squared
  from shares
  where attempts > 0
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
),
judged as (
  select p.subject_kind, p.subject_id, p.window_kind, p.window_start, t.statistic,
         s.value, s.attempts, s.half, s.m > 1 and not s.is_flat as is_spread,
         case when t.statistic <> 'common_tasks' then null
              when s.attempts is null then 'no_common_tasks'
              when p.common_people between 1 and 4 or p.other_people between 1 and 4 then 'group_too_small' end as reason
  from people p
  cross join (values ('ratio'), ('cancelled'), ('common_tasks')) as t(statistic)
  left join spread s on s.subject_kind = p.subject_kind and s.subject_id = p.subject_id
    and s.window_kind = p.window_kind and s.window_start = p.window_start and s.statistic = t.statistic
)
select subject_kind, subject_id, window_kind, window_start, statistic,
       case when reason is null then value end as value,
       case when reason is null then attempts else 0 end as sample_size,
       case when reason is null and is_spread then greatest(value - half, 0.0) end as ci_low,
       case when reason is null and is_spread then least(value + half, 1.0) end as ci_high, reason
from judged
