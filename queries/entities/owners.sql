-- Which team owned a service, and when, by the source that counts most: files, then the catalogue
-- tool, the host, code owners, and last what was inferred. For the time that one source tells of,
-- from its first owner to the end of its last, those below it do not count.
with ranked as (
  select service_id, team_id, valid_from, valid_to,
         case
           when basis <> 'recorded' then 6
           when split_part(source, ':', 1) in ('git', 'gitops') then 5
           when split_part(source, ':', 1) = 'codeowners' then 4
           when split_part(source, ':', 1) = 'github' then 3
           when split_part(source, ':', 1) = 'backstage' then 2
           else 1
         end as source_rank
  from service_owners
  where deleted_at is null
),
told as (
  select service_id, source_rank, min(valid_from) as told_from,
         case when count(valid_to) = count(*) then max(valid_to) end as told_to
  from ranked
  group by service_id, source_rank
),
above as (
  select r.service_id, r.source_rank, min(t.told_from) as told_from,
         case when count(t.told_to) = count(*) then max(t.told_to) end as told_to
  from told r
  join told t on t.service_id = r.service_id and t.source_rank < r.source_rank
  group by r.service_id, r.source_rank
),
placed as (
  select r.service_id, r.team_id, r.valid_from, r.valid_to, a.told_from, a.told_to
  from ranked r
  left join above a on a.service_id = r.service_id and a.source_rank = r.source_rank
)
select service_id, team_id, valid_from, valid_to
from placed
where told_from is null
union all
select service_id, team_id, valid_from, case when valid_to < told_from then valid_to else told_from end
from placed
where valid_from < told_from
union all
select service_id, team_id, case when valid_from > told_to then valid_from else told_to end, valid_to
from placed
where told_to is not null and (valid_to is null or valid_to > told_to)
