//! Asking in GraphQL, and what answers mean: errors come with status 200, beside data or instead
//! of it.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::client::{Client, Failed};
use super::descent::Listed;
use crate::network::Patience;
use crate::network::fields::Fields;
use crate::network::walk::Walk;

/// A list within a repository.
pub(crate) struct Connection<'a> {
    pub(crate) name: &'static str,
    /// Field by which it is sorted, the newest first.
    pub(crate) order: &'static str,
    /// What to ask of each element.
    pub(crate) of_it: &'a str,
    /// How many to ask for at first: GitHub gives up on a question after ten seconds.
    pub(crate) usual_size: u32,
}

/// How many records questions ask for, as far as it differs from the usual.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Pace {
    /// Records of one question; 0 for as many as usual.
    size: u32,
    /// Pages in a row that went well with fewer than usual.
    went_well: u32,
}

impl Pace {
    /// So many pages must go well before more is asked of a server that was too slow once: asking for
    /// too much costs it and us ten seconds.
    const ENOUGH: u32 = 10;

    fn begin(&mut self, usual: u32) {
        if self.size == 0 || self.size > usual {
            self.size = usual;
        }
    }

    fn halve(&mut self) {
        self.size = (self.size / 2).max(1);
        self.went_well = 0;
    }

    fn go_on(&mut self, usual: u32) {
        if self.size == usual {
            return;
        }
        self.went_well += 1;
        if self.went_well == Pace::ENOUGH {
            *self = Pace { size: (self.size * 2).min(usual), went_well: 0 };
        }
    }
}

/// One page of a list; `None` where the server answers no such question. Asks for half as many
/// where the server can't answer, remembers what it could, and asks for more again once that went
/// well for a while.
///
/// # Errors
/// Where it can't be had.
pub(crate) fn list(
    client: &Client,
    full_name: &str,
    connection: &Connection<'_>,
    page: Option<&str>,
    pace: &mut Pace,
) -> Result<Option<Listed>, Failed> {
    let Connection { name, order, of_it, usual_size } = connection;
    let (owner, repository) = full_name.split_once('/').unwrap_or((full_name, ""));
    let query = format!(
        "query($owner:String!,$name:String!,$first:Int!,$after:String){{\
         repository(owner:$owner,name:$name){{\
         {name}(first:$first,after:$after,orderBy:{{field:{order},direction:DESC}}){{\
         totalCount pageInfo{{hasNextPage endCursor}} nodes{{{of_it}}}}}}}}}"
    );
    pace.begin(*usual_size);
    loop {
        let variables =
            json!({"owner": owner, "name": repository, "first": pace.size, "after": page});
        // Waiting for the same again pays only where it can't be made smaller.
        let tries = if pace.size > 1 { 1 } else { Patience::TRIES };
        let asked = client.graphql(&query, &variables, tries);
        let looked_at = asked.and_then(|found| Ok((answer(&found, "repository")?, found)));
        let why = match looked_at {
            Ok((Answer::Data, found)) => {
                let list = Fields(&found).at("data.repository").at(name);
                let records = list.0["nodes"].as_array().cloned().unwrap_or_default();
                pace.go_on(*usual_size);
                let total = list.integer("totalCount").ok().flatten().map(|total| total as u64);
                return Ok(Some(Listed { records, next: next(list), total }));
            }
            Ok((Answer::NotSpoken, _)) | Err(Failed::Missing) => return Ok(None),
            Ok((Answer::TooMuch(why), _)) | Err(Failed::Slow(why)) => why,
            Err(failed) => return Err(failed),
        };
        if pace.size == 1 {
            return Err(Failed::Failing(why));
        }
        pace.halve();
    }
}

/// Asks for what of a part of a record did not fit into the list, and adds it there.
///
/// # Errors
/// Where it can't be had.
pub(crate) fn rest_of(
    client: &Client,
    record: &mut Value,
    kind: &str,
    part: &str,
    of_it: &str,
) -> Result<(), Failed> {
    let query = format!(
        "query($id:ID!,$after:String){{node(id:$id){{... on {kind}{{\
         {part}(first:100,after:$after){{{of_it}}}}}}}}}"
    );
    let mut walk = Walk::default();
    while let Some(after) = next(Fields(record).at(part)) {
        walk.step(&after).map_err(Failed::Refused)?;
        let variables = json!({"id": record["id"], "after": after});
        let mut found = client.graphql(&query, &variables, Patience::TRIES)?;
        match answer(&found, "node")? {
            Answer::Data => {}
            Answer::TooMuch(why) => return Err(Failed::Failing(why)),
            Answer::NotSpoken => {
                return Err(Failed::Refused("answers GraphQL only in part".to_owned()));
            }
        }
        let mut more = found["data"]["node"][part].take();
        record[part]["pageInfo"] = more["pageInfo"].take();
        if let (Value::Array(known), Value::Array(more)) =
            (&mut record[part]["nodes"], more["nodes"].take())
        {
            known.extend(more);
        }
    }
    Ok(())
}

/// Where a list goes on, or `None` at its end.
fn next(list: Fields<'_>) -> Option<String> {
    let has_next = list.truth("pageInfo.hasNextPage").ok().flatten()?;
    if has_next { list.text("pageInfo.endCursor").ok().flatten() } else { None }
}

/// An answer, looked at.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// What was asked for, whole.
    Data,
    /// The question was too large.
    TooMuch(String),
    /// The server does not know the question.
    NotSpoken,
}

/// Looks at an answer whose data lies under `part`. One with errors counts as failed even where
/// some data came along: a part that is missing would look like one that is empty.
///
/// # Errors
/// Where the thing is missing or refused.
pub(crate) fn answer(found: &Value, part: &str) -> Result<Answer, Failed> {
    let errors = found["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
    let Some(error) = errors.first() else {
        return match (&found["data"], &found["data"][part]) {
            (Value::Null, _) => Ok(Answer::NotSpoken),
            (_, Value::Null) => Err(Failed::Missing),
            _ => Ok(Answer::Data),
        };
    };
    let kinds = || errors.iter().flat_map(|error| [&error["type"], &error["extensions"]["code"]]);
    let is = |words: &[&str]| {
        kinds().any(|kind| kind.as_str().is_some_and(|kind| words.contains(&kind)))
    };
    let message: String =
        error["message"].as_str().unwrap_or("an error without words").chars().take(300).collect();
    let lower = message.to_lowercase();
    if is(&["MAX_NODE_LIMIT_EXCEEDED", "RESOURCE_LIMITS_EXCEEDED", "TIMEOUT"])
        || lower.contains("something went wrong while executing your query")
        || lower.contains("timeout")
    {
        return Ok(Answer::TooMuch(format!("can't answer in time: {message}")));
    }
    if is(&["undefinedField", "argumentNotAccepted", "parseError"])
        || lower.contains("doesn't exist on type")
    {
        return Ok(Answer::NotSpoken);
    }
    if is(&["NOT_FOUND"]) {
        return Err(Failed::Missing);
    }
    Err(Failed::Refused(format!("answers with an error: {message}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn errors_beside_data_are_no_answer() {
        let partial = json!({
            "data": {"repository": {"pullRequests": {"nodes": []}}},
            "errors": [{"type": "FORBIDDEN", "message": "Resource not accessible"}],
        });
        assert_eq!(
            answer(&partial, "repository"),
            Err(Failed::Refused("answers with an error: Resource not accessible".to_owned()))
        );
    }

    #[test]
    fn what_is_missing_is_told_from_what_is_too_much() {
        let missing = json!({"data": {"repository": null},
            "errors": [{"type": "NOT_FOUND", "message": "Could not resolve to a Repository"}]});
        assert_eq!(answer(&missing, "repository"), Err(Failed::Missing));
        let slow = json!({"data": null, "errors": [{"message":
            "Something went wrong while executing your query. This may be the result of a timeout"}]});
        assert!(matches!(answer(&slow, "repository"), Ok(Answer::TooMuch(_))));
        let old = json!({"errors": [{"extensions": {"code": "undefinedField"},
            "message": "Field 'databaseId' doesn't exist on type 'X'"}]});
        assert_eq!(answer(&old, "repository"), Ok(Answer::NotSpoken));
        assert_eq!(answer(&json!({"data": {"repository": {}}}), "repository"), Ok(Answer::Data));
    }
}
