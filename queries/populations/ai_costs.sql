-- What AI tools cost for a person in a calendar month, or in that part of it that is in the window, by
-- currency; windows of a week have none. `person_id`, `month_on` and `currency` stand at the end.
with spent as (
  select d.person_id, w.window_kind, w.window_start, w.start_on, w.end_on,
         cast(date_trunc('month', cast(d.used_on as timestamp)) as date) as month_on,
         case when d.cost is not null then d.currency end as currency,
         sum(d.cost) as cost, bool_or(coalesce(d.is_active, false)) as is_active, min(d.used_on) as first_on
  from ai_days d
  join windows w on w.window_kind <> 'week' and d.used_on >= w.start_on and d.used_on < w.end_on
  group by d.person_id, w.window_kind, w.window_start, w.start_on, w.end_on,
           cast(date_trunc('month', cast(d.used_on as timestamp)) as date),
           case when d.cost is not null then d.currency end
),
judged as (
  select person_id, window_kind, window_start, start_on, end_on, month_on, currency, cost, first_on,
         bool_or(is_active or cost > 0) over of_one as is_active, count(cost) over of_one as costs
  from spent
  window of_one as (partition by person_id, window_kind, window_start, month_on)
),
places as (
  select distinct 'organization' as subject_kind, 'organization' as subject_id, window_kind, window_start, person_id
  from judged
  union
  select g.subject_kind, g.subject_id, j.window_kind, j.window_start, j.person_id
  from judged j
  join team_members t on t.person_id = j.person_id and t.deleted_at is null
    and cast(cast(t.valid_from as timestamp(6) with time zone) as date) <= j.first_on
    and (t.valid_to is null or cast(cast(t.valid_to as timestamp(6) with time zone) as date) > j.first_on)
  join groups g on g.team_id = t.team_id and g.subject_kind = 'team'
)
select p.subject_kind, p.subject_id, j.window_kind, j.window_start, 'person_month' as fact_kind,
       concat(j.person_id, '/', cast(j.month_on as varchar), '/', coalesce(j.currency, '')) as fact_id,
       cast(null as varchar) as service_id, cast(null as varchar) as repository_id,
       cast(cast(j.month_on as timestamp(6)) as timestamp(6) with time zone) as at, j.cost as value,
       case when not coalesce(j.is_active, false) then 'not_active'
            when j.cost is null and j.costs > 0 then 'cost_partly_known'
            when j.cost is null then 'cost_unknown'
            when j.currency is null then 'currency_unknown' end as exclusion_reason,
       j.person_id, j.month_on, j.currency
from judged j
join places p on p.window_kind = j.window_kind and p.window_start = j.window_start and p.person_id = j.person_id
