-- What people say beside what is measured, for every team, the organization and window: satisfaction with
-- the platform and the net promoter score, lead time of changes and recovery time of failed deployments, each
-- with its n and the reason where it is NULL. They are of the same group, never of the same people: answers
-- are joined with nobody's work. It shows what `metrics.satisfaction` and `metrics.nps` show, so that groups
-- of fewer than five are hidden.
select s.subject_kind, s.subject_id, s.window_kind, s.window_start, s.window_end,
       s.value as satisfaction, s.ci_low as satisfaction_ci_low, s.ci_high as satisfaction_ci_high,
       s.sample_size as answers_count, s.coverage_ratio as response_ratio, s.reason as satisfaction_reason,
       n.value as nps, n.sample_size as nps_answers_count, n.reason as nps_reason,
       l.value as lead_time_p50_seconds, l.sample_size as changes_count, case when l.subject_id is null then 'no_services' else l.reason end as lead_time_reason,
       r.value as recovery_time_p50_seconds, r.sample_size as recoveries_count, case when r.subject_id is null then 'no_services' else r.reason end as recovery_time_reason
from metrics.satisfaction s
left join metrics.nps n on n.subject_kind = s.subject_kind and n.subject_id = s.subject_id
  and n.window_kind = s.window_kind and n.window_start = s.window_start
left join metrics.change_lead_time l on l.subject_kind = s.subject_kind and l.subject_id = s.subject_id
  and l.window_kind = s.window_kind and l.window_start = s.window_start and l.statistic = 'p50'
left join metrics.failed_deployment_recovery_time r on r.subject_kind = s.subject_kind and r.subject_id = s.subject_id
  and r.window_kind = s.window_kind and r.window_start = s.window_start and r.statistic = 'p50'
where s.statistic = 'mean' and s.subject_kind <> 'service'
