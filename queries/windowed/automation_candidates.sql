-- What is done by hand again and again: categories of support tickets and actions of self-service that need
-- help, where four or more came within 28 days, which is once a week. Of those in the window:
-- `pieces_count`, how many a week up to the as-of, from how many teams, the median time until done (waiting
-- included, of `handled_count`), and that times the count. What is worth most comes first by `cost_seconds`.
with counted as (
  select w.window_kind, w.window_start, w.window_end, t.fact_kind, t.template,
         count(*) as pieces, count(distinct t.team_id) as teams,
         least(w.end_on, c.until_on) - w.start_on as days,
         percentile_cont(0.5) within group (order by t.handling_seconds) as handling,
         count(t.handling_seconds) as handled
  from toil t
  join windows w on t.at >= w.window_start and t.at < w.window_end
  cross join clock c
  where t.is_repeated
  group by w.window_kind, w.window_start, w.window_end, w.start_on, w.end_on, c.until_on, t.fact_kind, t.template
)
select window_kind, window_start, window_end, fact_kind, template, pieces as pieces_count,
       pieces / (days / 7.0) as per_week, teams as teams_count, handled as handled_count,
       handling as handling_p50_seconds, pieces * handling as cost_seconds
from counted
