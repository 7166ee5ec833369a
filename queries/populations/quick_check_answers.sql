-- The five questions of DORA's Quick Check for a subject that was live, each answered with 0 to 10
-- points; left out where there is no answer.
with questions as (
  select e.subject_kind, e.subject_id, e.window_kind, e.window_start, e.days, e.working_days, q.question,
         case when q.needs_failures and not coalesce(s.has_failure_source, false) then 'no_failure_source'
              else q.reason end as reason
  from windowed.exposures e
  left join subject_status s on s.subject_kind = e.subject_kind and s.subject_id = e.subject_id
  cross join (values
    ('change_lead_time', false, 'no_changes'),
    ('deployment_frequency', false, 'no_deployments'),
    ('failed_deployment_recovery_time', true, 'no_recovered_failures'),
    ('change_fail_rate', true, 'no_changes_to_production'),
    ('deployment_rework_rate', true, 'no_deployments')
  ) as q(question, needs_failures, reason)
),
measured as (
  select subject_kind, subject_id, window_kind, window_start, 'change_lead_time' as question,
         percentile_cont(0.5) within group (order by value) as value
  from populations.changes
  where exclusion_reason is null
  group by subject_kind, subject_id, window_kind, window_start
  union all
  select subject_kind, subject_id, window_kind, window_start, 'deployment_frequency' as question,
         sum(value) as value
  from populations.deployments
  where exclusion_reason is null
  group by subject_kind, subject_id, window_kind, window_start
  union all
  select subject_kind, subject_id, window_kind, window_start, 'failed_deployment_recovery_time' as question,
         percentile_cont(0.5) within group (order by value) as value
  from populations.recovered_failures
  where exclusion_reason is null
  group by subject_kind, subject_id, window_kind, window_start
  union all
  select subject_kind, subject_id, window_kind, window_start, 'change_fail_rate' as question,
         avg(value) as value
  from populations.changes_to_production
  where exclusion_reason is null
  group by subject_kind, subject_id, window_kind, window_start
  union all
  select subject_kind, subject_id, window_kind, window_start, 'deployment_rework_rate' as question,
         avg(value) as value
  from populations.reworks
  where exclusion_reason is null
  group by subject_kind, subject_id, window_kind, window_start
),
answers as (
  select q.subject_kind, q.subject_id, q.window_kind, q.window_start, q.question, q.reason,
         case
           when q.question = 'deployment_frequency' then
             case when m.value > 24 * q.working_days then 10
                  when m.value >= q.working_days and m.value > 0 then 8
                  when m.value >= q.days / 7.0 then 6
                  when m.value >= q.days / 30.4375 then 4
                  when m.value >= q.days / 182.625 then 2
                  else 0 end
           when m.value is null or q.reason = 'no_failure_source' then null
           when q.question in ('change_fail_rate', 'deployment_rework_rate') then 10 - 10 * m.value
           when m.value < 3600 then 10
           when m.value < 86400 then 8
           when m.value < 604800 then 6
           when m.value < 2629800 then 4
           when m.value < 15778800 then 2
           else 0 end as points
  from questions q
  left join measured m on m.subject_kind = q.subject_kind and m.subject_id = q.subject_id
    and m.window_kind = q.window_kind and m.window_start = q.window_start and m.question = q.question
)
select subject_kind, subject_id, window_kind, window_start, 'question' as fact_kind, question as fact_id,
       case when subject_kind = 'service' then subject_id end as service_id,
       cast(null as varchar) as repository_id, window_start as at, cast(points as double) as value,
       case when points is null then reason end as exclusion_reason
from answers
