-- A change in every window of every subject it counts for, by when it came onto the deployed line;
-- `deployed_at` is NULL while it waits for production.
with landed as (
  select service_id, repository_id, change_id, change_started_at, landed_at, deployed_at, lead_time_seconds,
         is_bot, is_revert, is_excluded, exclusion_reason, quality_flags
  from deployed_changes
  union all
  select service_id, repository_id, change_id, change_started_at, landed_at,
         cast(null as timestamp(6) with time zone) as deployed_at, cast(null as bigint) as lead_time_seconds,
         is_bot, is_revert, is_excluded, exclusion_reason, quality_flags
  from undeployed_changes
)
select s.subject_kind, s.subject_id, w.window_kind, w.window_start, f.*
from landed f
join subjects s on s.service_id = f.service_id
  and (s.valid_from is null or f.landed_at >= s.valid_from)
  and (s.valid_to is null or f.landed_at < s.valid_to)
join windows w on f.landed_at >= w.window_start and f.landed_at < w.window_end
