//! Releases through GraphQL: the commits of their tags come along.

use serde_json::Value;

use crate::github::client::{Client, Failed};
use crate::github::graphql::{self, Connection, Pace};
use crate::network::walk::Walk;

/// Shape of the records, as kept pages name it.
pub(super) const FORM: &str = "graphql";

const RELEASE: &str = "databaseId tagName tagCommit{oid} isDraft isPrerelease publishedAt url \
    author{__typename login}";

/// All releases, drafts included where the token may see them; `None` where the server answers no
/// such question.
///
/// # Errors
/// Where they can't be had.
pub(super) fn all(client: &Client, full_name: &str) -> Result<Option<Vec<Value>>, Failed> {
    let connection =
        Connection { name: "releases", order: "CREATED_AT", of_it: RELEASE, usual_size: 100 };
    let (mut walk, mut pace) = (Walk::default(), Pace::default());
    let (mut records, mut page) = (Vec::new(), None);
    loop {
        walk.step(page.as_deref().unwrap_or_default()).map_err(Failed::Refused)?;
        let listed = graphql::list(client, full_name, &connection, page.as_deref(), &mut pace)?;
        let Some(listed) = listed else { return Ok(None) };
        records.extend(listed.records);
        client.progress("releases", records.len() as u64, listed.total);
        match listed.next {
            Some(next) => page = Some(next),
            None => return Ok(Some(records)),
        }
    }
}
