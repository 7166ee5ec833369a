-- metric: complex_ticket_share
-- title: Complex tickets
-- question: What share of the tickets for the platform team is about something complex?
-- unit: ratio
-- better: higher
-- statistic: ratio
-- population: rated_tickets
-- about: teams
-- by: team, organization
-- interval: none
-- empty: no_support_tickets
-- excludes: tickets that nobody rated `simple` or `complex`; no interval, because tickets come in bunches
-- reference: the platform engineering guide, part 5: what is simple goes to self-service, the mix shifts to complex
select subject_kind, subject_id, window_kind, window_start,
       avg(value) as value, count(value) as sample_size
from populations.rated_tickets
where exclusion_reason is null
group by subject_kind, subject_id, window_kind, window_start
