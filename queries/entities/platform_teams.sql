-- A team that offers a capability: it is not counted among those that use the platform.
select distinct owner_team_id as team_id
from capabilities
where deleted_at is null and owner_team_id is not null
