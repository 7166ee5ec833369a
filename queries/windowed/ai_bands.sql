-- A band of the organization's developers by how much they used AI, and how they worked in a window: a
-- developer's calendar months are in bands by days with an AI tool, `none`, `light` (1 to 4), `moderate`
-- (5 to 11), `heavy` (12 and more). Speed beside quality, of the pull requests that they merged in those
-- months; windows of a week have none. What differs is associated with use (`claim`), not made by it:
-- people choose how much they use, for what. n: `developers_count` (people), `pull_requests_count` (of the
-- medians), `settled_count` (merged 14 days ago and more, or reverted: of `revert_ratio`),
-- `deployed_count` (of `failed_ratio`, shipped by a deployment that failed, and `rework_ratio`, by
-- unplanned rework). Fewer than five people are hidden, and with them the smallest other band where the
-- hidden ones are fewer than five together; `reason` says so.
with bands as (
  select column1 as band, column2 as band_order
  from (values ('none', 1), ('light', 2), ('moderate', 3), ('heavy', 4))
),
placed as (
  select w.window_kind, w.window_start, w.window_end, m.person_id, m.month_on, m.band, m.days
  from ai_months m
  join windows w on w.window_kind <> 'week' and m.month_on < w.end_on
    and cast(cast(m.month_on as timestamp) + interval '1 month' as date) > w.start_on
),
people as (
  select window_kind, window_start, window_end, band, count(distinct person_id) as developers,
         count(*) as months, sum(days) as days
  from placed
  group by window_kind, window_start, window_end, band
),
work as (
  select p.window_kind, p.window_start, p.band, count(distinct r.person_id) as authors,
         count(r.pull_request_id) as pull_requests,
         percentile_cont(0.5) within group (order by r.cycle_seconds) as cycle_time,
         percentile_cont(0.5) within group (order by r.review_seconds) as review_time,
         percentile_cont(0.5) within group (order by cast(r.lines_count as double)) as lines,
         count(r.is_reverted) as settled,
         count(case when r.is_reverted then 1 end) as reverted,
         count(case when r.is_deployed then 1 end) as deployed,
         count(case when r.is_failed then 1 end) as failed,
         count(case when r.is_rework then 1 end) as rework
  from placed p
  join merged_pull_requests r on r.person_id = p.person_id and r.month_on = p.month_on
  group by p.window_kind, p.window_start, p.band
),
cells as (
  select t.window_kind, t.window_start, t.window_end, b.band, b.band_order,
         coalesce(p.developers, 0) as developers, coalesce(p.months, 0) as months, p.days,
         coalesce(k.authors, 0) as authors, coalesce(k.pull_requests, 0) as pull_requests,
         k.cycle_time, k.review_time, k.lines, k.settled, k.reverted, k.deployed, k.failed, k.rework,
         sum(coalesce(k.pull_requests, 0)) over of_one as pull_requests_of_all,
         sum(case when p.developers < 5 then p.developers else 0 end) over of_one as hidden,
         row_number() over (
           partition by t.window_kind, t.window_start
           order by coalesce(p.developers, 0) < 5, coalesce(p.developers, 0), b.band_order
         ) as place
  from (select distinct window_kind, window_start, window_end from placed) t
  cross join bands b
  left join people p on p.window_kind = t.window_kind and p.window_start = t.window_start and p.band = b.band
  left join work k on k.window_kind = t.window_kind and k.window_start = t.window_start and k.band = b.band
  window of_one as (partition by t.window_kind, t.window_start)
),
judged as (
  select window_kind, window_start, window_end, band, band_order, developers, months, days, authors, pull_requests,
         cycle_time, review_time, lines, settled, reverted, deployed, failed, rework,
         developers between 1 and 4 or (place = 1 and hidden between 1 and 4) as is_hidden,
         case when developers between 1 and 4 or (place = 1 and hidden between 1 and 4) then 'group_too_small'
              when developers = 0 then 'no_developers'
              when pull_requests_of_all = 0 then 'no_merged_pull_requests'
              when authors between 1 and 4 then 'group_too_small' end as reason
  from cells
)
select window_kind, window_start, window_end, band, band_order,
       case when reason is null then 'associated' end as claim,
       case when not is_hidden then developers end as developers_count,
       case when not is_hidden then months end as developer_months_count,
       case when reason is null then pull_requests end as pull_requests_count,
       case when reason is null then cycle_time end as cycle_time_p50_seconds,
       case when reason is null then review_time end as review_time_p50_seconds,
       case when reason is null then lines end as lines_p50_count,
       case when reason is null then cast(pull_requests as double) / nullif(days / 7.0, 0) end as merged_per_developer_week,
       case when reason is null then coalesce(settled, 0) end as settled_count,
       case when reason is null then cast(reverted as double) / nullif(settled, 0) end as revert_ratio,
       case when reason is null then coalesce(deployed, 0) end as deployed_count,
       case when reason is null then cast(failed as double) / nullif(deployed, 0) end as failed_ratio,
       case when reason is null then cast(rework as double) / nullif(deployed, 0) end as rework_ratio,
       reason
from judged
