-- Since when a subject is live, until when, and whether anything could have shown a failure of
-- it: an incident anywhere, or a rollback, fix or deployed revert of its own.
with sources as (
  select k.service_id,
         (select count(*) from incidents cross join clock
          where deleted_at is null
            and coalesce(impact_started_at, detected_at, created_at) <= as_of) > 0
           or r.service_id is not null or d.service_id is not null as has_failure_source
  from known_services k
  left join (
    select distinct service_id from deployed_changes where is_revert
  ) r on r.service_id = k.service_id
  left join (
    select distinct service_id from classified_deployments
    where kind = 'rollback' or is_rework or outcome = 'partial'
  ) d on d.service_id = k.service_id
)
select s.subject_kind, s.subject_id,
       min(case when e.service_id is not null then greatest(e.live_from, s.valid_from) end) as live_from,
       case when count(case when e.service_id is not null then coalesce(e.live_until, s.valid_to) end)
                 = count(e.service_id)
            then max(case when e.service_id is not null then least(e.live_until, s.valid_to) end)
            end as live_until,
       bool_or(f.has_failure_source) as has_failure_source
from subjects s
-- Services that were live while the subject had them: others say nothing of when it was.
left join service_exposures e on e.service_id = s.service_id
     and (s.valid_to is null or e.live_from < s.valid_to)
     and (e.live_until is null or s.valid_from is null or e.live_until > s.valid_from)
left join sources f on f.service_id = s.service_id
group by s.subject_kind, s.subject_id
