-- From when until when a service was live, as instants and as civil days of the reporting zone.
-- A service without a counted deployment and without `production_since` has no row.
with first_counted as (
  select service_id, min(finished_at) as at
  from classified_deployments
  where is_counted
  group by service_id
),
exposed as (
  select k.service_id,
         coalesce(s.production_since, f.at) as live_from,
         s.retired_at as live_until
  from known_services k
  left join services s on s.service_id = k.service_id and s.deleted_at is null
  left join first_counted f on f.service_id = k.service_id
)
select service_id, live_from, live_until, from_on, until_on
from (
select e.service_id, e.live_from, e.live_until,
       cast(cast(e.live_from as timestamp(6) with time zone) as date) as from_on,
       least(
         coalesce(
           cast(cast(e.live_until - interval '1 microsecond' as timestamp(6) with time zone) as date) + interval '1 day',
           c.until_on
         ),
         c.until_on
       ) as until_on
from exposed e
cross join clock c
where e.live_from is not null and e.live_from <= c.as_of
)
where from_on < until_on
