-- metric: active_use
-- title: Active use
-- question: What share of the teams uses the platform in most weeks?
-- unit: ratio
-- better: higher
-- statistic: ratio
-- population: acting_teams
-- about: teams
-- by: organization
-- interval: wilson
-- empty: no_teams
-- reasons: no_platform_actions, history_too_short
-- excludes: teams that offer a capability; uses by robots and rehearsals; windows whose 13 weeks begin before the first known use
-- reference: the platform engineering guide, part 5: adoption without use is shelfware
with standing as (
  select subject_kind, subject_id, window_kind, window_start,
         sum(case when exclusion_reason is null then value end) as active,
         count(case when exclusion_reason is null then 1 end) as teams,
         min(case when exclusion_reason <> 'platform_team' then exclusion_reason end) as why
  from populations.acting_teams
  group by subject_kind, subject_id, window_kind, window_start
)
select subject_kind, subject_id, window_kind, window_start, active / nullif(teams, 0) as value,
       teams as sample_size, case when teams = 0 then why end as reason
from standing
