-- A human's day with an AI tool, up to the as-of, by the person that `identities` says is behind it.
-- `is_active` is what the source says, else whether anything was counted; NULL where neither is known.
select coalesce(n.person_id, u.person_id) as person_id, u.used_on, u.tool,
       bool_or(coalesce(
         u.is_active,
         greatest(u.interactions_count, u.acceptances_count, u.lines_added_count) > 0
       )) as is_active,
       sum(u.cost) as cost, upper(u.currency) as currency
from ai_usage u
cross join clock c
left join person_names n on n.name = lower(u.person_id)
left join people p on p.person_id = coalesce(n.person_id, u.person_id) and p.deleted_at is null
where u.deleted_at is null and u.used_on < c.until_on and coalesce(p.kind, 'human') = 'human'
group by coalesce(n.person_id, u.person_id), u.used_on, u.tool, upper(u.currency)
