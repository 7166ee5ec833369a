-- An incident in every window of every subject it counts for, by when it began.
select s.subject_kind, s.subject_id, w.window_kind, w.window_start, f.*
from classified_incidents f
join subjects s on s.service_id = f.service_id
  and (s.valid_from is null or f.began_at >= s.valid_from)
  and (s.valid_to is null or f.began_at < s.valid_to)
join windows w on f.began_at >= w.window_start and f.began_at < w.window_end
