//! Deployments through GraphQL: their states come along.

use serde_json::{Value, json};

use crate::github::client::{Client, Failed};
use crate::github::descent::Listed;
use crate::github::graphql::{self, Answer, Connection, Pace, answer};
use crate::network::Patience;

/// Shape of the records, as kept pages name it.
pub(super) const FORM: &str = "graphql";

const SIZE: u32 = 50;
const STATES: &str = "totalCount pageInfo{hasNextPage endCursor} \
    nodes{state createdAt environment logUrl}";
const DEPLOYMENT: &str = "id databaseId commitOid ref{name} task environment originalEnvironment \
    payload createdAt creator{__typename login}";

/// One page of the list; `None` where the server answers no such question.
///
/// # Errors
/// Where it can't be had.
pub(super) fn list(
    client: &Client,
    full_name: &str,
    page: Option<&str>,
    pace: &mut Pace,
) -> Result<Option<Listed>, Failed> {
    let of_it = format!("{DEPLOYMENT} statuses(first:50){{{STATES}}}");
    let connection =
        Connection { name: "deployments", order: "CREATED_AT", of_it: &of_it, usual_size: SIZE };
    graphql::list(client, full_name, &connection, page, pace)
}

/// Asks for the states that did not fit into the list.
///
/// # Errors
/// Where they can't be had.
pub(super) fn complete(client: &Client, records: &mut [Value]) -> Result<(), Failed> {
    for record in records {
        graphql::rest_of(client, record, "Deployment", "statuses", STATES)?;
    }
    Ok(())
}

/// Asks for deployments by their ids; those that are gone are left out.
///
/// # Errors
/// Where they can't be had.
pub(super) fn again(client: &Client, ids: &[String]) -> Result<Vec<Value>, Failed> {
    let query = format!(
        "query($ids:[ID!]!){{nodes(ids:$ids){{... on Deployment{{{DEPLOYMENT} statuses(first:50){{{STATES}}}}}}}}}"
    );
    let found = client.graphql(&query, &json!({ "ids": ids }), Patience::TRIES)?;
    // Those that are gone come as errors beside the others; any other error says nothing of them.
    let errors = found["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
    if errors.iter().any(|error| error["type"] != "NOT_FOUND") {
        answer(&found, "nodes")?;
    }
    let mut records = match found["data"]["nodes"].as_array() {
        Some(nodes) => nodes.iter().filter(|node| !node.is_null()).cloned().collect::<Vec<_>>(),
        None => match answer(&found, "nodes")? {
            Answer::TooMuch(why) => return Err(Failed::Failing(why)),
            _ => Vec::new(),
        },
    };
    complete(client, &mut records)?;
    Ok(records)
}
