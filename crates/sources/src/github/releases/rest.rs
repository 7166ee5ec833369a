//! Releases through the REST API, for servers without GraphQL: the commits of tags are a list of
//! their own.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::github::client::{Client, Failed};
use crate::github::lists;
use crate::network::fields::Fields;

/// Shape of the records, as kept pages name it.
pub(super) const FORM: &str = "rest";

/// All releases, each with the commit of its tag.
///
/// # Errors
/// Where they can't be had.
pub(super) fn all(client: &Client, full_name: &str) -> Result<Vec<Value>, Failed> {
    let releases = lists::all(client, &format!("/repos/{full_name}/releases?per_page=100"), None)?;
    if releases.is_empty() {
        return Ok(releases);
    }
    let tags = lists::all(client, &format!("/repos/{full_name}/tags?per_page=100"), None)?;
    let commits: HashMap<String, String> = tags
        .iter()
        .filter_map(|tag| Some((text(tag, "name")?, text(tag, "commit.sha")?)))
        .collect();
    let with_commit = |mut release: Value| {
        let sha = text(&release, "tag_name").and_then(|tag| commits.get(&tag));
        // Notes and files are large and say nothing of the deployment.
        if let Value::Object(fields) = &mut release {
            ["body", "assets"].iter().for_each(|field| _ = fields.remove(*field));
        }
        json!({ "release": release, "sha": sha })
    };
    Ok(releases.into_iter().map(with_commit).collect())
}

fn text(record: &Value, path: &str) -> Option<String> {
    Fields(record).text(path).ok().flatten()
}
