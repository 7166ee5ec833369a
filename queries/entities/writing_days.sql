-- A day on which a human wrote a commit, where nobody's day of hiring is known: without any, those who
-- write are taken for the developers.
select distinct coalesce(p.person_id, lower(c.author_email)) as person_id, date_trunc('day', c.authored_at) as at
from commits c
left join person_names p on p.name = lower(c.author_email)
left join people k on k.person_id = coalesce(p.person_id, lower(c.author_email)) and k.deleted_at is null
where c.deleted_at is null and c.author_email is not null
  and coalesce(k.kind, 'human') = 'human' and c.author_name not like '%[bot]%'
  and (select count(*) from employed_developers) = 0
