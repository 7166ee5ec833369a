-- From when until when a service of a subject was live, as civil days of the reporting zone: of a
-- team while it owned the service.
select subject_kind, subject_id, service_id, from_on, until_on
from (
  select s.subject_kind, s.subject_id, s.service_id,
         greatest(e.from_on, cast(cast(s.valid_from as timestamp(6) with time zone) as date)) as from_on,
         least(e.until_on, cast(cast(s.valid_to as timestamp(6) with time zone) as date)) as until_on
  from service_exposures e
  join subjects s on s.service_id = e.service_id
)
where from_on < until_on
