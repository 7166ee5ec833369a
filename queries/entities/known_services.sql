-- A service that the catalogue knows or that was deployed to production.
select service_id from services where deleted_at is null
union
select service_id from classified_deployments where kind is not null
