-- metric: ai_assisted_change_share
-- title: AI-assisted changes
-- question: What share of the deployed changes was made with AI at least?
-- unit: ratio
-- better: higher
-- statistic: ratio
-- population: ai_assisted_changes
-- interval: none
-- empty: no_changes
-- excludes: changes of bots and reverts unless the definition includes them, changes of which no commit is known; a floor, to be read as ">=": it counts marks in commits, which can be missing or taken off, so 0 means that none is seen; no interval, because changes of one service are not independent
-- reference: what assistants write into authors and trailers of commits
select subject_kind, subject_id, window_kind, window_start,
       avg(value) as value, count(value) as sample_size
from populations.ai_assisted_changes
where exclusion_reason is null
group by subject_kind, subject_id, window_kind, window_start
