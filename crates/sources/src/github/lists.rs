//! Lists of the REST API that are read as a whole.

use serde_json::Value;

use super::client::{Client, Failed};
use super::descent::Listed;
use crate::network::walk::Walk;

/// All elements of a list, over all its pages; `within` names the list where an object holds it.
/// A page without elements ends nothing: only a missing link to the next one does.
///
/// # Errors
/// Where a page can't be had or holds no list.
pub(crate) fn all(client: &Client, path: &str, within: Option<&str>) -> Result<Vec<Value>, Failed> {
    let mut walk = Walk::default();
    let mut elements = Vec::new();
    let mut next = Some(path.to_owned());
    while let Some(page) = next {
        walk.step(&page).map_err(Failed::Refused)?;
        let reply = client.get(&page)?;
        next = client.next(&reply)?;
        let mut json = reply.json().unwrap_or_default();
        let list = match within {
            Some(name) => json[name].take(),
            None => json,
        };
        let Value::Array(list) = list else {
            return Err(Failed::Refused("sent no list where one was asked for".to_owned()));
        };
        elements.extend(list);
    }
    Ok(elements)
}

/// One page of a list.
///
/// # Errors
/// Where it can't be had or holds no list.
pub(crate) fn page_of(client: &Client, page: &str) -> Result<Listed, Failed> {
    let reply = client.get(page)?;
    let next = client.next(&reply)?;
    match reply.json() {
        Some(Value::Array(records)) => Ok(Listed { records, next, total: None }),
        _ => Err(Failed::Refused("sent no list where one was asked for".to_owned())),
    }
}

/// How many elements a list has, told by the number of its last page: the path asks for pages of
/// one element.
///
/// # Errors
/// Where it can't be had.
pub(crate) fn count_of(client: &Client, path: &str) -> Result<u64, Failed> {
    let reply = client.get(path)?;
    if let Some(last) = reply.link("last") {
        let page = last.split(['?', '&']).find_map(|pair| pair.strip_prefix("page="));
        if let Some(count) = page.and_then(|page| page.parse().ok()) {
            return Ok(count);
        }
    }
    let list = reply.json().unwrap_or_default();
    Ok(list.as_array().map_or(0, Vec::len) as u64)
}
