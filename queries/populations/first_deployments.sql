-- First deployments of services: seconds since the service came to be. One that the catalogue met
-- 30 days after its first commit, or that was live before its first known deployment, began elsewhere.
select s.subject_kind, s.subject_id, w.window_kind, w.window_start, 'deployment' as fact_kind,
       f.deployment_id as fact_id, f.service_id, f.repository_id, f.finished_at as at,
       floor(date_part('epoch', f.finished_at) - date_part('epoch', f.started_at)) as value,
       case when f.started_at is null then 'start_unknown'
            when f.first_commit_at < f.created_at - interval '30 days' then 'imported'
            when f.production_since < f.finished_at - interval '1 day' then 'live_before'
            when f.finished_at < f.started_at then 'deployed_before_creation' end as exclusion_reason
from service_starts f
join subjects s on s.service_id = f.service_id
  and (s.valid_from is null or f.finished_at >= s.valid_from)
  and (s.valid_to is null or f.finished_at < s.valid_to)
join windows w on f.finished_at >= w.window_start and f.finished_at < w.window_end
