//! From deployments found to deployments whose commit is known.

use std::collections::BTreeMap;

use datafusion::prelude::SessionContext;
use serde::Deserialize;

use super::ask::ask;
use super::finding::{Finding, Severity, counted, listed};
use super::{Seen, near};
use crate::AnalyticsError;

/// Environments named in a sentence.
const NAMED: usize = 6;

/// The step at which all deployments are lost, as the sentence that every metric of deployments
/// gives for having no value; `None` where some get through.
pub(super) async fn chain(
    session: &SessionContext,
    seen: &Seen,
) -> Result<Option<Finding>, AnalyticsError> {
    if seen.deployments == 0 {
        return Ok(Some(none_found(seen)));
    }
    if seen.in_production == 0 {
        return Ok(Some(none_in_production(seen)));
    }
    let found = format!(
        "{} found, {} in production",
        counted(seen.deployments, "deployments"),
        seen.in_production
    );
    let problem =
        |check, message| Finding::new(check, Severity::Problem, seen.deployments, message);
    if seen.deployed == 0 {
        let outcomes = outcomes(session).await?;
        let message = format!("{found}, 0 of them finished there; 0 because of {outcomes}");
        let finding = problem("no_finished_deployments", message);
        return Ok(Some(finding.suggest(
            "a deployment that arrived has the outcome `succeeded`, or `partial` where only some targets got it",
        )));
    }
    if seen.matched == 0 {
        let why = unresolved(session, seen).await?;
        let reasons: Vec<String> = why.iter().map(|finding| finding.message.clone()).collect();
        let message =
            format!("{found}, 0 matched a commit; 0 because {}", reasons.join(", and because "));
        let mut finding = problem("no_matched_deployments", message);
        finding.suggestion = why.into_iter().find_map(|finding| finding.suggestion);
        return Ok(Some(finding));
    }
    Ok(None)
}

fn none_found(seen: &Seen) -> Finding {
    let problem =
        |message| Finding::new("no_deployments", Severity::Problem, seen.out_of_sight, message);
    if seen.out_of_sight > 0 {
        return problem(format!(
            "0 deployments in sight; {} known, but each is after the as-of or has no time at all",
            seen.out_of_sight
        ))
        .suggest("`--as-of` with a later instant shows them, or give `finished_at`");
    }
    if !seen.pipeline_runs.is_empty() {
        return no_rule_matches(seen);
    }
    if seen.repositories.is_empty() {
        return problem("0 deployments found; no repository and no deployments were read".to_owned())
            .suggest(
                "`milepost ingest git PATH` takes release tags for deployments, `milepost ingest files deployments.csv` takes recorded ones",
            );
    }
    let (commits, repositories) =
        (counted(seen.commits, "commits"), counted(seen.repositories.len() as i64, "repositories"));
    problem(format!(
        "0 deployments found; {commits} of {repositories} were read, and no tag there looks like a release such as v1.2.3"
    ))
    .suggest(
        "`milepost ingest git PATH --deployments-from-tags GLOB` where other tags mark releases, `--deployments-from-branch` where every merge is deployed, `milepost ingest files deployments.csv` where a tool records them",
    )
}

/// Runs of pipelines, none of which is taken for a deployment.
fn no_rule_matches(seen: &Seen) -> Finding {
    let runs: i64 = seen.pipeline_runs.values().sum();
    let message = format!(
        "0 deployments found; 0 because no `[[deployment_rule]]` matched any of {}: {}",
        counted(runs, "pipeline runs"),
        most_frequent(&seen.pipeline_runs)
    );
    let names: Vec<&str> = seen.pipeline_runs.keys().map(String::as_str).collect();
    let names = near::deploying(&names);
    let workflow = match names.is_empty() {
        true => "an expression that matches the ones that deploy".to_owned(),
        false => format!("'{}'", near::pattern(&names)),
    };
    Finding::new("no_deployments", Severity::Problem, runs, message).suggest(format!(
        "a `[[deployment_rule]]` with `workflow = {workflow}` and `environment = 'production'` takes runs for deployments"
    ))
}

/// "build (7), release (5)", the most frequent first.
fn most_frequent(counts: &BTreeMap<String, i64>) -> String {
    let mut all: Vec<(&String, &i64)> = counts.iter().collect();
    all.sort_by_key(|(name, count)| (-**count, *name));
    let mut names: Vec<String> = all
        .iter()
        .take(NAMED)
        .map(|(name, count)| match name.as_str() {
            "" => format!("no environment at all ({count})"),
            name => format!("{name} ({count})"),
        })
        .collect();
    if all.len() > NAMED {
        names.push(format!("{} more", all.len() - NAMED));
    }
    names.join(", ")
}

fn none_in_production(seen: &Seen) -> Finding {
    let message = format!(
        "{} found, 0 in production; 0 because the pattern `{}` matched none of: {}",
        counted(seen.deployments, "deployments"),
        seen.pattern,
        most_frequent(&seen.other_environments)
    );
    let finding =
        Finding::new("no_production_deployments", Severity::Problem, seen.deployments, message);
    let all: Vec<&str> = seen.other_environments.keys().map(String::as_str).collect();
    finding.suggest(production_setting(seen, &near::production_like(&all)))
}

/// What to write into the definition so that these environments are production too.
fn production_setting(seen: &Seen, names: &[&str]) -> String {
    if names.is_empty() {
        return "in `[definition]`, `production_environments` takes a regular expression that matches the ones that are production"
            .to_owned();
    }
    let pattern = if seen.in_production > 0 {
        format!("{}|{}", seen.pattern, near::pattern(names))
    } else {
        near::pattern(names)
    };
    let would: i64 = names.iter().filter_map(|name| seen.other_environments.get(*name)).sum();
    format!(
        "`production_environments = '{pattern}'` in `[definition]` would match {would} of them more"
    )
    .replace(" of them more", if seen.in_production > 0 { " more" } else { " of them" })
}

/// "2 failed, 1 cancelled" of the attempts to production.
async fn outcomes(session: &SessionContext) -> Result<String, AnalyticsError> {
    #[derive(Deserialize)]
    struct Row {
        outcome: String,
        attempts: i64,
    }
    let sql = "select coalesce(outcome, 'without an outcome') as outcome, count(*) as attempts
               from classified_deployments group by 1 order by 2 desc, 1";
    let rows: Vec<Row> = ask(session, sql).await?;
    let words = rows.iter().map(|row| format!("{} {}", row.attempts, row.outcome));
    Ok(words.collect::<Vec<_>>().join(", "))
}

/// What is odd about deployments although some get through.
pub(super) async fn findings(
    session: &SessionContext,
    seen: &Seen,
) -> Result<Vec<Finding>, AnalyticsError> {
    let mut findings = Vec::new();
    if seen.matched > 0 {
        findings.extend(unresolved(session, seen).await?);
    }
    if seen.in_production > 0 {
        findings.extend(missed_production(seen));
    }
    Ok(findings)
}

/// Environments that look like production and are not taken for it.
fn missed_production(seen: &Seen) -> Option<Finding> {
    let names: Vec<&str> = seen.other_environments.keys().map(String::as_str).collect();
    // An only environment beside production is none: what it is called must say so.
    let names = if names.len() == 1 {
        near::production_like(&[names.as_slice(), &["other"]].concat())
    } else {
        near::production_like(&names)
    };
    let count: i64 = names.iter().filter_map(|name| seen.other_environments.get(*name)).sum();
    if names.is_empty() || count == 0 {
        return None;
    }
    let message = format!(
        "{} to {} left out: the pattern `{}` does not match, though the name looks like production",
        counted(count, "deployments"),
        listed(names.iter().copied()),
        seen.pattern
    );
    let finding = Finding::new(
        "production_environment_missed",
        Severity::of_share(count, seen.deployments),
        count,
        message,
    );
    Some(finding.suggest(production_setting(seen, &names)))
}

#[derive(Deserialize)]
struct Unresolved {
    repository_id: String,
    unresolved: i64,
    deployed: i64,
    unnamed: i64,
    examples: Vec<Option<String>>,
}

const UNRESOLVED: &str = "select repository_id, count(kind) as deployed,
       count(case when kind = 'unresolved' then 1 end) as unresolved,
       count(case when kind = 'unresolved' and sha is null and artifact_digest is null and ref is null then 1 end) as unnamed,
       array_slice(array_agg(case when kind = 'unresolved' then deployment_id end
                             order by case when kind = 'unresolved' then 0 else 1 end, deployment_id), 1, 3) as examples
from classified_deployments
where kind is not null
group by repository_id
having count(case when kind = 'unresolved' then 1 end) > 0
order by unresolved desc, repository_id";

/// Deployments whose commit is not known, a finding a repository and cause.
async fn unresolved(session: &SessionContext, seen: &Seen) -> Result<Vec<Finding>, AnalyticsError> {
    let mut findings = Vec::new();
    for row in ask::<Unresolved>(session, UNRESOLVED).await? {
        findings.extend(of_repository(&row, seen));
    }
    Ok(findings)
}

fn of_repository(row: &Unresolved, seen: &Seen) -> Vec<Finding> {
    let repository = &row.repository_id;
    let finding = |check, count, message| {
        Finding::new(check, Severity::of_share(count, row.deployed), count, message)
            .about(repository)
            .with_examples(row.examples.iter().flatten().cloned())
    };
    let Some(commits) = seen.repositories.get(repository) else {
        let message = format!(
            "{} of the repository `{repository}`, of which no commit was read",
            are(row.unresolved, "production deployments")
        );
        return vec![
            finding("repository_not_read", row.unresolved, message)
                .suggest(how_to_read(repository, seen)),
        ];
    };
    let mut findings = Vec::new();
    let named = row.unresolved - row.unnamed;
    if named > 0 {
        let message = format!(
            "{named} of {} of `{repository}` name a commit, tag or artifact that leads to none of its {commits} commits",
            counted(row.deployed, "production deployments")
        );
        findings.push(finding("unresolved_commits", named, message).suggest(
            "read the whole repository (a shallow clone lacks older commits, `git fetch --unshallow` brings them; `--all-branches` reads other branches), or give `artifacts.csv` with the commit of each digest",
        ));
    }
    if row.unnamed > 0 {
        let message = format!(
            "{} of {} of `{repository}` name neither commit, tag nor artifact",
            row.unnamed,
            counted(row.deployed, "production deployments")
        );
        findings.push(finding("unresolved_commits", row.unnamed, message).suggest(
            "fill the column `sha` of the deployments, or `artifact_digest` and give `artifacts.csv`",
        ));
    }
    findings
}

fn are(count: i64, things: &str) -> String {
    format!("{} {}", counted(count, things), if count == 1 { "is" } else { "are" })
}

fn how_to_read(repository: &str, seen: &Seen) -> String {
    let read = format!("`milepost ingest git PATH --repository {repository}` reads it");
    let near = near::nearest(repository, seen.repositories.keys().map(String::as_str));
    match near.first() {
        Some(_) => format!(
            "{read}; or the deployments mean {}, which was read under that name",
            listed(near.iter().copied().take(1))
        ),
        None => read,
    }
}
