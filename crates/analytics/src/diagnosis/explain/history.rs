//! Which commits contain a commit.

use std::collections::{HashMap, HashSet};

use datafusion::prelude::SessionContext;
use serde::Deserialize;

use super::ask::{ask, literal};
use crate::AnalyticsError;

#[derive(Deserialize)]
struct Parents {
    sha: String,
    parent_shas: Option<Vec<Option<String>>>,
}

/// The commit and all that descend from it.
pub(super) async fn containing(
    session: &SessionContext,
    repository_id: &str,
    sha: &str,
) -> Result<HashSet<String>, AnalyticsError> {
    let sql = format!(
        "select sha, parent_shas from commits where deleted_at is null and repository_id = {}",
        literal(repository_id)
    );
    let rows: Vec<Parents> = ask(session, &sql).await?;
    let mut children: HashMap<&str, Vec<&str>> = HashMap::new();
    for row in &rows {
        for parent in row.parent_shas.iter().flatten().flatten() {
            children.entry(parent).or_default().push(&row.sha);
        }
    }
    let mut found = HashSet::new();
    let mut open = vec![sha];
    while let Some(sha) = open.pop() {
        if found.insert(sha.to_owned()) {
            open.extend(children.get(sha).into_iter().flatten());
        }
    }
    Ok(found)
}
