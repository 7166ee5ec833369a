-- Facts of all kinds, for what must hold of every metric: counted ones, and left out for every
-- reason that there is. Statements are divided by empty lines.

insert into services (service_id, created_at, production_since, retired_at, source, observed_at, basis) values
  ('shop', '2025-11-01T08:00:00Z', null, null, 'files', '2026-01-01T00:00:00Z', 'recorded'),
  ('till', '2025-12-30T08:00:00Z', null, null, 'files', '2026-01-01T00:00:00Z', 'recorded'),
  ('kiosk', null, null, '2026-01-20T00:00:00Z', 'files', '2026-01-01T00:00:00Z', 'recorded'),
  ('old', '2025-12-01T00:00:00Z', '2025-12-02T00:00:00Z', null, 'files', '2026-01-01T00:00:00Z', 'recorded'),
  ('late', '2026-01-10T00:00:00Z', null, null, 'files', '2026-01-01T00:00:00Z', 'recorded'),
  ('bought', '2026-01-02T00:00:00Z', null, null, 'files', '2026-01-01T00:00:00Z', 'recorded'),
  ('ghost', '2025-12-01T00:00:00Z', null, null, 'files', '2026-01-01T00:00:00Z', 'recorded')

insert into service_owners (service_id, team_id, valid_from, valid_to, source, observed_at, basis) values
  ('shop', 'red', '2025-01-01T00:00:00Z', '2026-01-12T00:00:00Z', 'files', '2026-01-01T00:00:00Z', 'recorded'),
  ('shop', 'blue', '2026-01-12T00:00:00Z', null, 'files', '2026-01-01T00:00:00Z', 'recorded'),
  ('till', 'blue', '2025-01-01T00:00:00Z', null, 'files', '2026-01-01T00:00:00Z', 'recorded')

insert into service_repositories (service_id, repository_id, include_globs, source, observed_at, basis) values
  ('kiosk', 'k', null, 'files', '2026-01-01T00:00:00Z', 'recorded'),
  ('bought', 'b', null, 'files', '2026-01-01T00:00:00Z', 'recorded')

insert into commits (repository_id, sha, authored_at, committed_at, source, observed_at, basis) values
  ('k', 'k1', '2025-12-20T00:00:00Z', '2025-12-20T00:00:00Z', 'git', '2026-01-01T00:00:00Z', 'recorded'),
  ('b', 'b1', '2020-01-01T00:00:00Z', '2020-01-01T00:00:00Z', 'git', '2026-01-01T00:00:00Z', 'recorded')

insert into classified_deployments (deployment_id, service_id, repository_id, rollout_id, finished_at, outcome, kind, is_counted, is_change_to_production, is_rework, exclusion_reason, basis) values
  ('s0', 'shop', 'r', null, '2026-01-01T10:00:00Z', 'succeeded', 'baseline', true, false, false, null, 'recorded'),
  ('s1', 'shop', 'r', null, '2026-01-05T10:00:00Z', 'succeeded', 'change', true, true, false, null, 'recorded'),
  ('s1', 'shop', 'r2', null, '2026-01-05T10:00:00Z', 'succeeded', 'no_change', false, false, false, 'no_change', 'recorded'),
  ('s2', 'shop', 'r', null, '2026-01-06T10:00:00Z', 'failed', null, false, false, false, 'failed', 'recorded'),
  ('s3', 'shop', 'r', null, '2026-01-06T11:00:00Z', 'cancelled', null, false, false, false, null, 'recorded'),
  ('s4', 'shop', 'r', null, '2026-01-06T12:00:00Z', 'succeeded', 'redeploy', false, false, false, null, 'recorded'),
  ('s5', 'shop', 'r', null, '2026-01-07T12:00:00Z', 'succeeded', 'rollback', true, false, true, null, 'recorded'),
  ('s6', 'shop', 'r', null, '2026-01-08T12:00:00Z', 'succeeded', null, false, false, false, 'not_production', 'recorded'),
  ('s7', 'shop', 'r', null, '2026-01-09T12:00:00Z', 'partial', 'change', true, true, true, null, 'recorded'),
  ('s8', 'shop', 'r', null, '2026-01-13T12:00:00Z', 'succeeded', 'change', true, true, false, null, 'inferred'),
  ('s9', 'shop', 'r', null, '2026-01-13T13:00:00Z', 'succeeded', 'change', false, false, false, 'superseded_by_recorded', 'inferred'),
  ('r1', 'shop', 'r', 'all-at-once', '2026-01-31T23:30:00Z', 'succeeded', 'config_change', true, true, false, null, 'recorded'),
  ('r2', 'till', 't', 'all-at-once', '2026-02-01T00:30:00Z', 'succeeded', 'unresolved', true, true, false, null, 'recorded'),
  ('r3', 'till', 't', 'all-at-once', '2026-02-01T00:10:00Z', 'succeeded', 'unresolved', false, false, false, 'part_of_rollout', 'recorded'),
  ('both', 'shop', 'r', null, '2026-02-03T10:00:00Z', 'succeeded', 'change', true, true, false, null, 'recorded'),
  ('both', 'till', 't', null, '2026-02-03T10:00:00Z', 'succeeded', 'change', true, true, false, null, 'recorded'),
  ('t0', 'till', 't', null, '2026-01-02T10:00:00Z', 'succeeded', 'baseline', true, false, false, null, 'recorded'),
  ('t1', 'till', 't', null, '2026-01-20T10:00:00Z', 'succeeded', 'roll_forward', true, true, false, null, 'recorded'),
  ('k0', 'kiosk', 'k', null, '2026-01-03T10:00:00Z', 'succeeded', 'baseline', true, false, false, null, 'recorded'),
  ('k1', 'kiosk', 'k', null, '2026-01-25T10:00:00Z', 'succeeded', 'change', true, true, false, null, 'recorded'),
  ('o0', 'old', 'o', null, '2026-01-08T10:00:00Z', 'succeeded', 'baseline', true, false, false, null, 'recorded'),
  ('l0', 'late', 'l', null, '2026-01-04T10:00:00Z', 'succeeded', 'baseline', true, false, false, null, 'recorded'),
  ('b0', 'bought', 'b', null, '2026-01-04T10:00:00Z', 'succeeded', 'baseline', true, false, false, null, 'recorded'),
  ('w0', 'wild', 'w', null, '2026-01-04T10:00:00Z', 'succeeded', 'baseline', true, false, false, null, 'recorded')

insert into failed_deployments (deployment_id, service_id, failed_at, recovered_at, recovery_seconds, link_method) values
  ('s1', 'shop', '2026-01-05T10:00:00Z', '2026-01-05T11:00:00Z', 3600, 'explicit'),
  ('s7', 'shop', '2026-01-09T12:00:00Z', null, null, 'outcome'),
  ('s8', 'shop', '2026-01-13T12:00:00Z', '2026-01-13T11:00:00Z', null, 'explicit'),
  ('t1', 'till', '2026-01-20T10:00:00Z', '2026-01-20T09:00:00Z', -3600, 'explicit'),
  ('both', 'shop', '2026-02-03T10:00:00Z', '2026-02-03T11:00:00Z', 3600, 'explicit'),
  ('both', 'till', '2026-02-03T10:00:00Z', '2026-02-03T12:00:00Z', 7200, 'explicit')

insert into classified_incidents (incident_id, service_id, began_at, resolved_at, time_to_restore_seconds, is_counted, exclusion_reason, basis) values
  ('i1', 'shop', '2026-01-05T10:30:00Z', '2026-01-05T11:00:00Z', 1800, true, null, 'recorded'),
  ('i1', 'till', '2026-01-05T10:30:00Z', '2026-01-05T12:30:00Z', 7200, true, null, 'recorded'),
  ('i2', 'shop', '2026-01-06T10:30:00Z', null, null, true, null, 'recorded'),
  ('i3', 'shop', '2026-01-07T10:30:00Z', '2026-01-07T11:00:00Z', 1800, false, 'not_production', 'recorded'),
  ('i4', 'till', '2026-01-08T10:30:00Z', '2026-01-08T10:00:00Z', null, false, null, 'recorded'),
  ('i5', 'ghost', '2026-01-09T10:30:00Z', '2026-01-09T12:00:00Z', 5400, true, null, 'recorded')

insert into incidents (incident_id, service_id, created_at, source, observed_at, basis) values
  ('i1', 'shop', '2026-01-05T10:30:00Z', 'files', '2026-01-01T00:00:00Z', 'recorded')

insert into deployed_changes (service_id, repository_id, change_id, deployment_id, change_started_at, landed_at, merged_at, deployed_at, lead_time_seconds, merge_to_deploy_seconds, is_bot, is_revert, is_excluded, exclusion_reason, quality_flags) values
  ('shop', 'r', 'r#1', 's1', '2026-01-02T10:00:00Z', '2026-01-05T09:00:00Z', '2026-01-05T09:00:00Z', '2026-01-05T10:00:00Z', 259200, 3600, false, false, false, null, []),
  ('shop', 'r', 'r#2', 's1', '2026-01-04T10:00:00Z', '2026-01-05T08:00:00Z', '2026-01-05T08:00:00Z', '2026-01-05T10:00:00Z', 86400, 7200, false, false, false, null, []),
  ('shop', 'r', 'c1', 's1', '2026-01-05T09:30:00Z', '2026-01-05T09:30:00Z', null, '2026-01-05T10:00:00Z', 1800, null, false, false, false, null, []),
  ('shop', 'r', 'bot', 's7', '2026-01-08T09:30:00Z', '2026-01-08T09:30:00Z', null, '2026-01-09T12:00:00Z', 95400, null, true, false, true, 'bot', []),
  ('shop', 'r', 'revert', 's7', '2026-01-08T09:30:00Z', '2026-01-08T09:30:00Z', null, '2026-01-09T12:00:00Z', 95400, null, false, true, true, null, []),
  ('shop', 'r', 'copy', 's7', '2026-01-08T09:30:00Z', '2026-01-08T09:30:00Z', null, '2026-01-09T12:00:00Z', 95400, null, false, false, true, 'duplicate', []),
  ('shop', 'r', 'r#3', 's8', '2027-01-08T09:30:00Z', '2026-01-14T09:30:00Z', '2026-01-14T09:30:00Z', '2026-01-13T12:00:00Z', null, null, false, false, false, null, ['negative_lead_time', 'negative_merge_to_deploy']),
  ('shop', 'r', 'absurd', 's8', '1970-01-01T00:00:00Z', '2026-01-12T09:30:00Z', null, '2026-01-13T12:00:00Z', null, null, false, false, false, null, ['clock_suspect']),
  ('shop', 'r', 'unknown', 's8', null, null, null, '2026-01-13T12:00:00Z', null, null, false, false, false, null, null),
  ('shop', 'r', 'r#4', 'both', '2026-02-01T09:00:00Z', '2026-02-02T09:00:00Z', '2026-02-02T09:00:00Z', '2026-02-03T10:00:00Z', 176400, 90000, false, false, false, null, []),
  ('till', 't', 't#1', 'both', '2026-02-01T09:00:00Z', '2026-02-02T09:00:00Z', '2026-02-02T09:00:00Z', '2026-02-03T10:00:00Z', 176400, 90000, false, false, false, null, [])

insert into undeployed_changes (service_id, repository_id, change_id, change_started_at, landed_at, is_bot, is_revert, is_excluded, exclusion_reason, quality_flags) values
  ('shop', 'r', 'u1', '2026-02-04T09:00:00Z', '2026-02-05T09:00:00Z', false, false, false, null, []),
  ('shop', 'r', 'u2', '2026-02-04T09:00:00Z', '2026-02-05T09:00:00Z', true, false, true, null, []),
  ('shop', 'r', 'u3', null, '2026-02-06T09:00:00Z', false, false, false, null, ['start_unknown']),
  ('till', 't', 'u4', '1970-01-01T00:00:00Z', '2026-01-25T09:00:00Z', false, false, false, null, [])

insert into pull_requests (pull_request_id, repository_id, created_at, ready_at, first_commit_at, first_review_at, merged_at, source, observed_at, basis) values
  ('r#1', 'r', '2026-01-03T10:00:00Z', '2026-01-03T12:00:00Z', '2026-01-02T10:00:00Z', '2026-01-04T12:00:00Z', '2026-01-05T09:00:00Z', 'files', '2026-01-05T09:00:00Z', 'recorded'),
  ('r#2', 'r', '2026-01-03T10:00:00Z', null, '2026-01-04T10:00:00Z', '2026-01-03T09:00:00Z', '2026-01-05T08:00:00Z', 'files', '2026-01-05T09:00:00Z', 'recorded'),
  ('r#4', 'r', null, null, null, null, '2026-02-02T09:00:00Z', 'git', '2026-01-05T09:00:00Z', 'inferred'),
  ('t#1', 't', '2026-02-01T12:00:00Z', null, '2026-02-01T09:00:00Z', '2026-02-02T10:00:00Z', '2026-02-02T09:00:00Z', 'files', '2026-01-05T09:00:00Z', 'recorded')

insert into capabilities (capability_id, golden_path_ids, released_on, owner_team_id, source, observed_at, basis) values
  ('ci', ['web'], '2026-01-06', 'platform', 'files', '2026-01-01T00:00:00Z', 'recorded')

insert into capability_adoptions (service_id, capability_id, valid_from, status, source, observed_at, basis) values
  ('shop', 'ci', '2026-01-02T00:00:00Z', 'adopted', 'files', '2026-01-01T00:00:00Z', 'recorded'),
  ('till', 'ci', '2026-01-02T00:00:00Z', 'partial', 'files', '2026-01-01T00:00:00Z', 'recorded'),
  ('kiosk', 'ci', '2026-01-02T00:00:00Z', 'adopted', 'files', '2026-01-01T00:00:00Z', 'recorded')

insert into service_owners (service_id, team_id, valid_from, source, observed_at, basis) values
  ('old', 'platform', '2025-01-01T00:00:00Z', 'files', '2026-01-01T00:00:00Z', 'recorded')

insert into people (person_id, kind, role, hired_on, source, observed_at, basis)
select concat('p', i), 'human', case when i = 6 then 'manager' else 'engineer' end, date '2026-01-05', 'files', arrow_cast('2026-01-01T00:00:00Z', 'Timestamp(Microsecond, Some("UTC"))'), 'recorded'
from (select unnest(range(1, 8)) as i)

insert into team_members (team_id, person_id, valid_from, source, observed_at, basis)
select case when i < 6 then 'blue' else 'red' end, concat('p', i), arrow_cast('1970-01-01T00:00:00Z', 'Timestamp(Microsecond, Some("UTC"))'), 'files', arrow_cast('2026-01-01T00:00:00Z', 'Timestamp(Microsecond, Some("UTC"))'), 'recorded'
from (select unnest(range(1, 8)) as i)

insert into identities (provider, identifier, person_id, source, observed_at, basis)
select 'git', concat('p', i, '@x'), concat('p', i), 'files', arrow_cast('2026-01-01T00:00:00Z', 'Timestamp(Microsecond, Some("UTC"))'), 'recorded'
from (select unnest(range(1, 8)) as i)

insert into commits (repository_id, sha, author_email, authored_at, committed_at, source, observed_at, basis)
select 'q' as repository_id, concat('q', i) as sha, concat('p', i, '@x') as email, arrow_cast('2026-01-05T09:00:00Z', 'Timestamp(Microsecond, Some("UTC"))') as authored_at, arrow_cast('2026-01-05T09:00:00Z', 'Timestamp(Microsecond, Some("UTC"))') as committed_at, 'git', arrow_cast('2026-01-01T00:00:00Z', 'Timestamp(Microsecond, Some("UTC"))'), 'recorded'
from (select unnest(range(1, 6)) as i)

insert into deployed_changes (service_id, repository_id, change_id, sha, deployment_id, deployed_at, lead_time_seconds, is_bot, is_revert, is_excluded)
select 'old', 'q', concat('q', i) as change_id, concat('q', i) as sha, 'o1', arrow_cast('2026-01-10T10:00:00Z', 'Timestamp(Microsecond, Some("UTC"))'), 435600, false as is_bot, false as is_revert, false as is_excluded
from (select unnest(range(1, 6)) as i)

insert into self_service_runs (run_id, action_id, target, person_id, team_id, requested_at, finished_at, outcome, source, observed_at, basis)
select concat('u', i, '-', at), 'database', concat('t', i), concat('p', i), case when i < 6 then 'blue' else 'platform' end, at as requested_at, at as finished_at, case when i = 2 then 'failed' else 'succeeded' end, 'files', arrow_cast('2026-01-01T00:00:00Z', 'Timestamp(Microsecond, Some("UTC"))'), 'recorded'
from (select unnest(range(1, 8)) as i)
cross join (select unnest(generate_series(timestamp '2025-10-01T12:00:00', timestamp '2026-02-10T12:00:00', interval '7 days')) as at)

insert into self_service_runs (run_id, action_id, target, person_id, team_id, requested_at, source, observed_at, basis) values
  ('open', 'database', 'z', 'p1', 'blue', '2026-02-13T12:00:00Z', 'files', '2026-01-01T00:00:00Z', 'recorded')

insert into support_tickets (ticket_id, team_id, complexity, created_at, source, observed_at, basis) values
  ('T1', 'blue', 'complex', '2026-01-12T00:00:00Z', 'files', '2026-01-01T00:00:00Z', 'recorded'),
  ('T2', 'lost', null, '2026-01-13T00:00:00Z', 'files', '2026-01-01T00:00:00Z', 'recorded'),
  ('T3', null, 'simple', '2026-01-13T00:00:00Z', 'files', '2026-01-01T00:00:00Z', 'recorded')

insert into survey_responses (survey_id, wave, respondent_hash, question_id, team_id, scale, score, answered_at, source, observed_at, basis)
select 's', '2026Q1', concat('h', i), q, case when i < 7 then 'blue' when i < 10 then 'red' end, scale, nullif(i % 6, 0), arrow_cast('2026-01-14T00:00:00Z', 'Timestamp(Microsecond, Some("UTC"))'), 'files', arrow_cast('2026-01-01T00:00:00Z', 'Timestamp(Microsecond, Some("UTC"))'), 'recorded'
from (select unnest(range(0, 12)) as i)
cross join (select 'csat' as q, 'csat_1_5' as scale union all select 'recommend', 'nps_0_10')

insert into ai_usage (person_id, used_on, tool, is_active, cost, currency, source, observed_at, basis)
select concat('p', i), date '2026-01-14', 'claude-code', i <> 3, case when i <> 4 then 2.5 end, 'USD', 'files', arrow_cast('2026-01-01T00:00:00Z', 'Timestamp(Microsecond, Some("UTC"))'), 'recorded'
from (select unnest(range(1, 8)) as i)
