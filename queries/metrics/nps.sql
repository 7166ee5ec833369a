-- metric: nps
-- title: Net promoter score
-- question: Do more people recommend the platform than warn of it, from -100 to 100?
-- unit: score
-- better: higher
-- statistic: score
-- population: nps_answers
-- about: people
-- people: respondent_id within wave_id
-- by: team, organization
-- interval: own
-- coverage: own
-- empty: no_nps_answers
-- excludes: answers of "not applicable" or off the scale; 9 and 10 recommend, 0 to 6 warn; coverage is the response rate; where all who were asked are known, both ends of the interval come nearer by the factor of a finite population, sqrt((N - n) / (N - 1))
-- reference: the platform engineering guide, part 5: above 30; its interval is the adjusted one of Wald (Sauro and Lewis)
with counted as (
  select subject_kind, subject_id, window_kind, window_start,
         count(value) as answers, count(distinct respondent_id) as people_count,
         cast(count(case when value >= 9 then 1 end) as double) as promoters,
         cast(count(case when value < 7 then 1 end) as double) as detractors
  from populations.nps_answers
  where exclusion_reason is null
  group by subject_kind, subject_id, window_kind, window_start
),
adjusted as (
  select subject_kind, subject_id, window_kind, window_start, answers, people_count,
         100 * (promoters - detractors) / answers as value, answers + 3.0 as n,
         (promoters - detractors) / (answers + 3.0) as balance,
         (promoters + detractors + 1.5) / (answers + 3.0) as decided
  from counted
),
bounded as (
  select a.subject_kind, a.subject_id, a.window_kind, a.window_start, a.value, a.answers, a.people_count,
         100 * (a.balance - 1.959963984540054 * sqrt((a.decided - a.balance * a.balance) / a.n)) as low,
         100 * (a.balance + 1.959963984540054 * sqrt((a.decided - a.balance * a.balance) / a.n)) as high,
         r.response_ratio,
         case when r.invited_count >= a.answers and r.invited_count > 1 and r.respondents_count >= a.people_count
              then sqrt(cast(r.invited_count - a.answers as double) / (r.invited_count - 1)) else 1.0 end as factor
  from adjusted a
  left join windowed.response_rates r on r.subject_kind = a.subject_kind and r.subject_id = a.subject_id
    and r.window_kind = a.window_kind and r.window_start = a.window_start
)
select subject_kind, subject_id, window_kind, window_start, value, answers as sample_size,
       greatest(value - factor * (value - low), -100.0) as ci_low,
       least(value + factor * (high - value), 100.0) as ci_high,
       response_ratio as coverage_ratio, cast(null as varchar) as basis
from bounded
