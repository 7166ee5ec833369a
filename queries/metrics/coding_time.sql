-- metric: coding_time
-- title: Coding time
-- question: How long is a change worked on before its pull request is opened?
-- unit: seconds
-- better: lower
-- statistic: p50, p75, p90, mean
-- population: coded_changes
-- empty: no_changes
-- excludes: changes of bots and reverts unless the definition includes them; direct pushes; pull requests opened before their first commit
-- reference: the first of the four parts of change lead time, as Apache DevLake splits it
select subject_kind, subject_id, window_kind, window_start, 'p50' as statistic,
       percentile_cont(0.5) within group (order by value) as value, count(value) as sample_size
from populations.coded_changes
where exclusion_reason is null
group by subject_kind, subject_id, window_kind, window_start
union all
select subject_kind, subject_id, window_kind, window_start, 'p75' as statistic,
       percentile_cont(0.75) within group (order by value) as value, count(value) as sample_size
from populations.coded_changes
where exclusion_reason is null
group by subject_kind, subject_id, window_kind, window_start
union all
select subject_kind, subject_id, window_kind, window_start, 'p90' as statistic,
       percentile_cont(0.9) within group (order by value) as value, count(value) as sample_size
from populations.coded_changes
where exclusion_reason is null
group by subject_kind, subject_id, window_kind, window_start
union all
select subject_kind, subject_id, window_kind, window_start, 'mean' as statistic,
       avg(value) as value, count(value) as sample_size
from populations.coded_changes
where exclusion_reason is null
group by subject_kind, subject_id, window_kind, window_start
