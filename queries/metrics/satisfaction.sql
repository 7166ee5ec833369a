-- metric: satisfaction
-- title: Satisfaction
-- question: How satisfied are people with the platform, from 1 to 5?
-- unit: score
-- better: higher
-- statistic: mean, top_two in ratio
-- population: satisfaction_answers
-- about: people
-- people: respondent_id within wave_id
-- by: team, organization
-- interval: own
-- coverage: own
-- empty: no_satisfaction_answers
-- excludes: answers of "not applicable" or off the scale, and statements that tell of something else; the top two are 4 and 5; both intervals take the answers of one person as belonging together; coverage is the response rate
-- reference: the platform engineering guide, part 5: above 4 of 5
with respondents as (
  select subject_kind, subject_id, window_kind, window_start, respondent_id,
         count(value) as answers, sum(value) as total,
         count(case when value >= 4 then 1 end) as satisfied
  from populations.satisfaction_answers
  where exclusion_reason is null
  group by subject_kind, subject_id, window_kind, window_start, respondent_id
),
totals as (
  select subject_kind, subject_id, window_kind, window_start, count(respondent_id) as people_count,
         sum(answers) as answers, sum(total) as total, sum(satisfied) as satisfied,
         sum(total * total) as total_squared, sum(total * answers) as crossed,
         sum(answers * answers) as answers_squared,
         cast(sum(satisfied * satisfied) as double) as satisfied_squared, cast(sum(satisfied * answers) as double) as satisfied_crossed
  from respondents
  group by subject_kind, subject_id, window_kind, window_start
),
means as (
  select subject_kind, subject_id, window_kind, window_start, people_count, answers,
         cast(people_count as double) as m, cast(answers as double) as n, total / answers as mean,
         cast(satisfied as double) / answers as share,
         total_squared - 2 * total / answers * crossed
           + total / answers * total / answers * answers_squared as residue,
         satisfied_squared - 2 * cast(satisfied as double) / answers * satisfied_crossed
           + cast(satisfied as double) / answers * satisfied / answers * answers_squared as share_residue
  from totals
),
spread as (
  select x.subject_kind, x.subject_id, x.window_kind, x.window_start, x.people_count, x.answers, x.mean, x.share,
         q.t * sqrt(greatest(x.residue, 0) * x.m / (x.m - 1)) / x.n as half,
         case when x.share_residue >= 1e-9
              then q.t * sqrt(x.share_residue * x.m / (x.m - 1)) / x.n end as share_half
  from means x
  left join seeds.student_t q on q.degrees_of_freedom = least(x.people_count - 1, 200)
)
select s.subject_kind, s.subject_id, s.window_kind, s.window_start, t.statistic,
       case t.statistic when 'mean' then s.mean else s.share end as value,
       s.answers as sample_size,
       case t.statistic when 'mean' then greatest(s.mean - s.half, 1.0)
                        else greatest(s.share - s.share_half, 0.0) end as ci_low,
       case t.statistic when 'mean' then least(s.mean + s.half, 5.0)
                        else least(s.share + s.share_half, 1.0) end as ci_high,
       r.response_ratio as coverage_ratio, cast(null as varchar) as basis
from spread s
cross join (values ('mean'), ('top_two')) as t(statistic)
left join windowed.response_rates r on r.subject_kind = s.subject_kind and r.subject_id = s.subject_id
  and r.window_kind = s.window_kind and r.window_start = s.window_start
