//! Deployments through the REST API, for servers without GraphQL: the states of each one take a
//! request of their own.

use serde_json::{Value, json};

use crate::github::client::{Client, Failed};
use crate::github::descent::Listed;
use crate::github::lists::{all, page_of};
use crate::network::fields::Fields;

/// Shape of the records, as kept pages name it.
pub(super) const FORM: &str = "rest";

/// One page of the list.
///
/// # Errors
/// Where it can't be had.
pub(super) fn list(client: &Client, full_name: &str, page: Option<&str>) -> Result<Listed, Failed> {
    let first = format!("/repos/{full_name}/deployments?per_page=100");
    page_of(client, page.unwrap_or(&first))
}

/// Makes each record whole with its states.
///
/// # Errors
/// Where they can't be had.
pub(super) fn complete(
    client: &Client,
    full_name: &str,
    records: &mut [Value],
) -> Result<(), Failed> {
    for record in records {
        let deployment = record.take();
        let statuses = match Fields(&deployment).needed("id") {
            Ok(id) => statuses(client, full_name, &id)?,
            Err(_) => Vec::new(),
        };
        *record = json!({ "deployment": deployment, "statuses": statuses });
    }
    Ok(())
}

/// Asks for deployments by their ids; those that are gone are left out.
///
/// # Errors
/// Where they can't be had.
pub(super) fn again(
    client: &Client,
    full_name: &str,
    ids: &[String],
) -> Result<Vec<Value>, Failed> {
    let mut records = Vec::new();
    for id in ids {
        match client.json(&format!("/repos/{full_name}/deployments/{id}")) {
            Ok(deployment) => records.push(deployment),
            Err(Failed::Missing) => {}
            Err(failed) => return Err(failed),
        }
    }
    complete(client, full_name, &mut records)?;
    Ok(records)
}

fn statuses(client: &Client, full_name: &str, id: &str) -> Result<Vec<Value>, Failed> {
    all(client, &format!("/repos/{full_name}/deployments/{id}/statuses?per_page=100"), None)
}
