-- A deployment or attempt once in every window of every subject it counts for, however many
-- repositories and services it has: it is counted where any of its rows is.
select d.subject_kind, d.subject_id, d.window_kind, d.window_start, d.deployment_id,
       min(d.service_id) as service_id, min(d.repository_id) as repository_id,
       min(d.finished_at) as finished_at, min(d.kind) as kind, min(d.outcome) as outcome,
       min(d.basis) as basis,
       bool_or(d.is_counted) as is_counted,
       bool_or(d.is_change_to_production) as is_change_to_production,
       bool_or(d.is_rework) as is_rework,
       bool_or(f.deployment_id is not null) as is_failed,
       bool_or(r.deployment_id is not null) as is_rollout_repeat,
       bool_or(d.finished_at >= e.live_from and (e.live_until is null or d.finished_at < e.live_until)) as is_live,
       case when not bool_or(d.is_counted) then
         coalesce(
           min(d.exclusion_reason),
           min(case when d.kind in ('redeploy', 'no_change') then d.kind end),
           min(case when d.outcome in ('failed', 'cancelled') then d.outcome end),
           'not_counted'
         ) end as exclusion_reason
from windowed.deployments d
left join failed_deployments f
  on f.deployment_id = d.deployment_id and f.service_id = d.service_id
left join rollout_repeats r
  on r.subject_kind = d.subject_kind and r.subject_id = d.subject_id and r.deployment_id = d.deployment_id
left join service_exposures e on e.service_id = d.service_id
group by d.subject_kind, d.subject_id, d.window_kind, d.window_start, d.deployment_id
