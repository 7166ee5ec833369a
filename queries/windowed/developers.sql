-- The developers of a group in a window by `windowed.developer_days`, and how many months of work they
-- were there together (30.4375 days to a month).
select subject_kind, subject_id, window_kind, window_start, count(person_id) as developers_count,
       sum(days) / 30.4375 as months, basis
from windowed.developer_days
group by subject_kind, subject_id, window_kind, window_start, basis
