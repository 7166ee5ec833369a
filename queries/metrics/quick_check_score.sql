-- metric: quick_check_score
-- title: Quick Check score
-- question: How many points of 10 would DORA's Quick Check give?
-- unit: score
-- better: higher
-- statistic: overall, throughput, stability
-- population: quick_check_answers
-- empty: no_answers
-- excludes: questions without an answer; a sample size is a number of answers, of throughput up to 3 (lead time, frequency, recovery), of stability up to 2 (fail rate, rework)
-- reference: DORA, Quick Check (dora.dev/quickcheck, 2025); more often than hourly is on demand
with scores as (
  select subject_kind, subject_id, window_kind, window_start,
         avg(value) as overall, count(value) as answers,
         avg(case when fact_id not in ('change_fail_rate', 'deployment_rework_rate') then value end) as throughput,
         count(case when fact_id not in ('change_fail_rate', 'deployment_rework_rate') then value end) as throughput_answers,
         avg(case when fact_id in ('change_fail_rate', 'deployment_rework_rate') then value end) as stability,
         count(case when fact_id in ('change_fail_rate', 'deployment_rework_rate') then value end) as stability_answers
  from populations.quick_check_answers
  where exclusion_reason is null
  group by subject_kind, subject_id, window_kind, window_start
)
select s.subject_kind, s.subject_id, s.window_kind, s.window_start, t.statistic,
       case t.statistic when 'overall' then s.overall when 'throughput' then s.throughput
         when 'stability' then s.stability end as value,
       case t.statistic when 'overall' then s.answers when 'throughput' then s.throughput_answers
         when 'stability' then s.stability_answers end as sample_size
from scores s
cross join (values ('overall'), ('throughput'), ('stability')) as t(statistic)
