-- metric: golden_path_coverage
-- title: Golden path coverage
-- question: What share of the changes reached production by a golden path?
-- unit: ratio
-- better: higher
-- statistic: ratio
-- population: path_changes
-- interval: none
-- empty: no_changes
-- reasons: no_golden_path
-- excludes: changes of bots and reverts unless the definition includes them; changes deployed before there was a golden path; no interval, because changes of one service are not independent
-- reference: the platform engineering guide, part 5: a golden path covers 80 % of what is common
with standing as (
  select subject_kind, subject_id, window_kind, window_start,
         sum(case when exclusion_reason is null then value end) as covered,
         count(case when exclusion_reason is null then 1 end) as changes,
         count(case when exclusion_reason = 'no_golden_path' then 1 end) as without_path
  from populations.path_changes
  group by subject_kind, subject_id, window_kind, window_start
)
select subject_kind, subject_id, window_kind, window_start,
       covered / nullif(changes, 0) as value, changes as sample_size,
       case when changes = 0 and without_path > 0 then 'no_golden_path' end as reason
from standing
