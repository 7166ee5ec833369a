-- metric: review_time
-- title: Review time
-- question: How long does it take from the first review to the merge?
-- unit: seconds
-- better: lower
-- statistic: p50, p75, p90, mean
-- population: reviewed_changes
-- empty: no_changes
-- excludes: changes of bots and reverts unless the definition includes them; direct pushes; pull requests without a review, or with the first one after the merge
-- reference: the third of the four parts of change lead time, as Apache DevLake splits it
select subject_kind, subject_id, window_kind, window_start, 'p50' as statistic,
       percentile_cont(0.5) within group (order by value) as value, count(value) as sample_size
from populations.reviewed_changes
where exclusion_reason is null
group by subject_kind, subject_id, window_kind, window_start
union all
select subject_kind, subject_id, window_kind, window_start, 'p75' as statistic,
       percentile_cont(0.75) within group (order by value) as value, count(value) as sample_size
from populations.reviewed_changes
where exclusion_reason is null
group by subject_kind, subject_id, window_kind, window_start
union all
select subject_kind, subject_id, window_kind, window_start, 'p90' as statistic,
       percentile_cont(0.9) within group (order by value) as value, count(value) as sample_size
from populations.reviewed_changes
where exclusion_reason is null
group by subject_kind, subject_id, window_kind, window_start
union all
select subject_kind, subject_id, window_kind, window_start, 'mean' as statistic,
       avg(value) as value, count(value) as sample_size
from populations.reviewed_changes
where exclusion_reason is null
group by subject_kind, subject_id, window_kind, window_start
