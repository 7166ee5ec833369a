-- A name that a tool has for somebody, in lower case, and the person it is by `identities`: an address or
-- login, and a login with its provider before it, such as `github:ann`.
select name, min(person_id) as person_id
from (
  select lower(identifier) as name, person_id from identities where deleted_at is null
  union
  select lower(concat(provider, ':', identifier)), person_id from identities where deleted_at is null
)
group by name
