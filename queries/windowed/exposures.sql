-- The days of a window on which a subject was live, from the first day of any of its services
-- until the last: civil days, and those from Monday to Friday. No row where it never was.
with live as (
  select s.subject_kind, s.subject_id, w.window_kind, w.window_start,
         min(greatest(w.start_on, s.from_on)) as from_on,
         max(least(w.end_on, s.until_on)) as until_on
  from subject_exposures s
  join windows w on s.from_on < w.end_on and s.until_on > w.start_on
  group by s.subject_kind, s.subject_id, w.window_kind, w.window_start
),
numbered as (
  select subject_kind, subject_id, window_kind, window_start, from_on, until_on,
         from_on - date '1900-01-01' as from_day, until_on - date '1900-01-01' as until_day
  from live
)
select subject_kind, subject_id, window_kind, window_start, from_on, until_on,
       until_day - from_day as days,
       5 * floor(until_day / 7) + least(until_day % 7, 5)
         - 5 * floor(from_day / 7) - least(from_day % 7, 5) as working_days
from numbered
