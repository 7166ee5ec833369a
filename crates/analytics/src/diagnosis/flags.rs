//! Contradictions and guesses: each quality flag, counted.

use datafusion::prelude::SessionContext;
use serde::Deserialize;

use super::ask::{ask, literal, one};
use super::finding::{Finding, Severity};
use super::words;
use crate::AnalyticsError;

/// Flagged tables, what their rows are, and the column that names one.
const TABLES: [(&str, &str, &str); 4] = [
    ("deployed_changes", "deployed changes", "change_id"),
    ("classified_deployments", "deployments", "deployment_id"),
    ("classified_incidents", "incidents", "incident_id"),
    ("undeployed_changes", "undeployed changes", "change_id"),
];
/// Said elsewhere in more words, or no more than how a commit was found.
const UNSAID: [&str; 14] = [
    "linked_deployment_unknown",
    "linked_to_other_service",
    "not_production",
    "part_of_rollout",
    "repository_not_read",
    "service_not_listed",
    "service_unknown",
    "sha_abbreviated",
    "sha_from_artifact",
    "sha_from_tag",
    "sha_missing",
    "sha_unknown",
    "squash_no_pr",
    "bot_only",
];

#[derive(Deserialize)]
struct Flagged {
    flag: String,
    rows: i64,
}

#[derive(Default, Deserialize)]
struct Total {
    rows: i64,
}

#[derive(Deserialize)]
struct Example {
    id: String,
}

/// A finding a flag and table.
pub(super) async fn findings(session: &SessionContext) -> Result<Vec<Finding>, AnalyticsError> {
    let mut findings = Vec::new();
    for (table, things, id) in TABLES {
        let sql = format!(
            "select flag, count(*) as rows from (select unnest(quality_flags) as flag from {table})
             group by flag order by rows desc, flag"
        );
        let flagged: Vec<Flagged> = ask(session, &sql).await?;
        if flagged.is_empty() {
            continue;
        }
        let total: Total = one(session, &format!("select count(*) as rows from {table}")).await?;
        for row in flagged.iter().filter(|row| !UNSAID.contains(&row.flag.as_str())) {
            let examples = format!(
                "select {id} as id from {table} where array_has(quality_flags, {}) order by {id} limit 3",
                literal(&row.flag)
            );
            let examples: Vec<Example> = ask(session, &examples).await?;
            let finding = finding(row, total.rows, table, things);
            findings.push(finding.with_examples(examples.into_iter().map(|example| example.id)));
        }
    }
    Ok(findings)
}

fn finding(row: &Flagged, of: i64, table: &str, things: &str) -> Finding {
    let words = words::flag(&row.flag);
    let message = format!("{} of {of} {things} {}: {}", row.rows, words.what, words.then);
    let severity = match words.is_contradiction {
        true => Severity::of_share(row.rows, of),
        false => Severity::Remark,
    };
    Finding::new(&row.flag, severity, row.rows, message).about(table)
}
