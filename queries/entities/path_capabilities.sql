-- A capability of a golden path, and from when until when the path asks for it: from the day of its
-- release until that of its sunset, at midnight in the reporting zone; 1970 and NULL where it has none.
select golden_path_id, capability_id, asked_from, asked_to
from (
  select unnest(golden_path_ids) as golden_path_id, capability_id,
         coalesce(
           cast(cast(released_on as timestamp(6)) as timestamp(6) with time zone),
           arrow_cast('1970-01-01T00:00:00Z', 'Timestamp(Microsecond, Some("UTC"))')
         ) as asked_from,
         cast(cast(sunset_on as timestamp(6)) as timestamp(6) with time zone) as asked_to
  from capabilities
  where deleted_at is null
)
cross join clock c
where golden_path_id is not null and (asked_to is null or asked_to > asked_from) and asked_from <= c.as_of
group by golden_path_id, capability_id, asked_from, asked_to
