-- A human with a known day of hiring and with a role that names an engineer or developer or with none:
-- from when until when they were employed, as civil days.
select person_id, hired_on, left_on + interval '1 day' as until_on
from people
where deleted_at is null and basis = 'recorded' and hired_on is not null
  and coalesce(kind, 'human') = 'human'
  and (role is null or lower(role) like '%engineer%' or lower(role) like '%developer%')
