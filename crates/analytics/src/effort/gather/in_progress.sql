-- When a ticket was in progress and assigned to a human, as far as it overlaps $from until $until. A status
-- is one of work in progress where the tracker says so of most tickets that are in it, or, of a status that
-- none is in, where its name says so. A ticket whose changes of status are unknown is left out; one whose
-- changes of assignee are unknown has been its assignee's from the first.
with words as (
  select lower(status) as status, count(case when status_category = 'in_progress' then 1 end) * 2 > count(*) as is_progress
  from work_items
  where deleted_at is null and status is not null and status_category is not null
  group by lower(status)
),
changes as (
  select t.work_item_id, t.field, t.transitioned_at, t.from_value, t.to_value, t.source, t.source_url,
         lead(t.transitioned_at) over (partition by t.work_item_id, t.field order by t.transitioned_at) as until_at,
         row_number() over (partition by t.work_item_id, t.field order by t.transitioned_at) as turn
  from work_item_transitions t
  cross join clock c
  where t.deleted_at is null and t.field in ('status', 'assignee') and t.transitioned_at <= c.as_of
),
stints as (
  select h.work_item_id, h.transitioned_at as from_at,
         least(h.until_at, case when i.resolved_at >= h.transitioned_at then i.resolved_at end) as until_at,
         h.source, coalesce(h.source_url, i.source_url) as url
  from changes h
  join work_items i on i.work_item_id = h.work_item_id and i.deleted_at is null
  left join words w on w.status = lower(h.to_value)
  where h.field = 'status'
    and coalesce(w.is_progress, regexp_like(lower(h.to_value), '^(in[ _-]?(progress|development|review|testing|test)|doing|started|active|wip|reviewing|testing)$'))
),
assigned as (
  select work_item_id, to_value as name, transitioned_at as from_at, until_at
  from changes
  where field = 'assignee'
  union all
  select work_item_id, from_value, null, transitioned_at
  from changes
  where field = 'assignee' and turn = 1
  union all
  select i.work_item_id, i.assignee_id, null, null
  from work_items i
  left join changes h on h.work_item_id = i.work_item_id and h.field = 'assignee' and h.turn = 1
  where i.deleted_at is null and h.work_item_id is null
),
held as (
  select coalesce(n.person_id, a.name) as person_id, s.work_item_id,
         greatest(s.from_at, a.from_at) as from_at, least(s.until_at, a.until_at) as until_at, s.source, s.url
  from stints s
  join assigned a on a.work_item_id = s.work_item_id
  left join person_names n on n.name = lower(a.name)
  where a.name is not null
)
select h.person_id, k.person_id is not null as is_known, h.work_item_id, h.source, h.url,
       cast(cast(h.from_at as timestamp(6) with time zone) as date) as first_on,
       cast(cast(h.until_at - interval '1 microsecond' as timestamp(6) with time zone) as date) as last_on,
       h.from_at
from held h
cross join clock c
left join people k on k.person_id = h.person_id and k.deleted_at is null
where coalesce(k.kind, 'human') = 'human'
  and (h.until_at is null or h.until_at > h.from_at)
  and h.from_at <= c.as_of and h.from_at < $until and (h.until_at is null or h.until_at > $from)
