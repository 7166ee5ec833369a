-- Teams that own a service at a window's end: 1 where half or more of their eligible services are on
-- a golden path, 0 where not. `is_using` is true where any is. Teams that offer a capability are
-- left out.
with standing as (
  select w.window_kind, w.window_start, o.team_id, max(w.at) as at,
         count(distinct case when w.exclusion_reason is null then w.service_id end) as eligible,
         count(distinct case when w.exclusion_reason is null and w.path_status is not null then w.service_id end) as asked,
         count(distinct case when w.exclusion_reason is null and w.path_status = 'golden' then w.service_id end) as golden
  from windowed.services w
  join owners o on o.service_id = w.service_id
    and w.at >= o.valid_from and (o.valid_to is null or w.at < o.valid_to)
  where w.subject_kind = 'organization'
  group by w.window_kind, w.window_start, o.team_id
)
select 'organization' as subject_kind, 'organization' as subject_id, s.window_kind, s.window_start,
       'team' as fact_kind, s.team_id as fact_id, cast(null as varchar) as service_id,
       cast(null as varchar) as repository_id, s.at,
       cast(case when s.golden * 2 >= s.eligible then 1 else 0 end as double) as value,
       case when p.team_id is not null then 'platform_team'
            when s.eligible = 0 then 'no_eligible_service'
            when s.asked = 0 then 'no_golden_path' end as exclusion_reason,
       s.golden > 0 as is_using
from standing s
left join platform_teams p on p.team_id = s.team_id
