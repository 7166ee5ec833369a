-- metric: team_adoption
-- title: Team adoption
-- question: What share of the teams has at least half of its services on a golden path?
-- unit: ratio
-- better: higher
-- statistic: ratio, any_use
-- population: adopting_teams
-- about: teams
-- by: organization
-- interval: wilson
-- empty: no_owning_teams
-- reasons: no_golden_path
-- excludes: teams without an eligible service at the end of the window, and those that offer a capability; any use is one service or more
-- reference: the platform engineering guide, part 5: 80 % is mature
with standing as (
  select subject_kind, subject_id, window_kind, window_start,
         count(case when exclusion_reason is null then 1 end) as teams,
         sum(case when exclusion_reason is null then value end) as adopting,
         count(case when exclusion_reason is null and is_using then 1 end) as using_any,
         count(case when exclusion_reason = 'no_golden_path' then 1 end) as without_path
  from populations.adopting_teams
  group by subject_kind, subject_id, window_kind, window_start
)
select s.subject_kind, s.subject_id, s.window_kind, s.window_start, t.statistic,
       case t.statistic when 'ratio' then s.adopting else cast(s.using_any as double) end / nullif(s.teams, 0) as value,
       s.teams as sample_size,
       case when s.teams = 0 and s.without_path > 0 then 'no_golden_path' end as reason
from standing s
cross join (values ('ratio'), ('any_use')) as t(statistic)
