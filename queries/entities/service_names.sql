-- A name that other tools have for a service and that is no listed service's own. Where two of them
-- mean different services by it, it leads to none.
select alias as name, min(service_id) as service_id
from service_aliases
where deleted_at is null
  and alias not in (select service_id from services where deleted_at is null and basis = 'recorded')
group by alias
having count(distinct service_id) = 1
