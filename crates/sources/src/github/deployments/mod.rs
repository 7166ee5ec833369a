//! Deployments with the history of their states, by their creation.
//!
//! A deployment that has not ended yet is asked for again until it has, or for a month.

mod graphql;
mod rest;
mod told;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::client::{Client, Failed};
use super::descent::{Descent, Listed, Span};
use super::rows::Rows;
use super::unit::{About, Portion, Stream, cursor_text};
use crate::network::fields::Fields;

/// A state may follow so much later: a retry, or an approval that took its time.
const OVERLAP: TimeDelta = TimeDelta::days(3);
/// What has not ended after this time never will.
const PATIENCE: TimeDelta = TimeDelta::days(30);

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
struct Cursor {
    descent: Descent,
    /// Deployments that had not ended, and when they were created.
    open: BTreeMap<String, DateTime<Utc>>,
}

/// The deployments of a repository.
pub(crate) struct Deployments {
    full_name: String,
    /// Nothing that was created before is read.
    span: Span,
    cursor: Cursor,
    /// What was open before and is asked for once the walk is done.
    to_ask: Vec<String>,
    done: u64,
}

impl Deployments {
    pub(crate) fn new(full_name: &str, span: Span, cursor: Option<&str>) -> Deployments {
        let mut cursor: Cursor =
            cursor.and_then(|cursor| serde_json::from_str(cursor).ok()).unwrap_or_default();
        cursor.open.retain(|_, created| *created > span.now - PATIENCE);
        let to_ask = cursor.open.keys().cloned().collect();
        Deployments { full_name: full_name.to_owned(), span, cursor, to_ask, done: 0 }
    }

    fn list(&mut self, client: &Client) -> Result<Listed, Failed> {
        let descent = &mut self.cursor.descent;
        let page = descent.page()?;
        if !descent.rest {
            match graphql::list(client, &self.full_name, page.as_deref(), &mut descent.pace)? {
                Some(listed) => return Ok(listed),
                None => descent.rest = true,
            }
        }
        let page = page.filter(|page| page.starts_with('/'));
        rest::list(client, &self.full_name, page.as_deref())
    }

    fn listed(&mut self, client: &Client) -> Result<(Vec<Value>, Option<u64>), Failed> {
        let mut listed = self.list(client)?;
        self.cursor.descent.descend(&mut listed, created_at, OVERLAP, self.span);
        let mut records = listed.records;
        match self.cursor.descent.rest {
            true => rest::complete(client, &self.full_name, &mut records)?,
            false => graphql::complete(client, &mut records)?,
        }
        Ok((records, listed.total))
    }

    /// Up to a hundred of those that were open before.
    fn asked(&mut self, client: &Client) -> Result<Vec<Value>, Failed> {
        let open = &self.cursor.open;
        // The REST API knows them by their numbers only; those of GraphQL wait for it to come back.
        let is_rest = self.cursor.descent.rest;
        let is_number = |id: &str| id.bytes().all(|byte| byte.is_ascii_digit());
        self.to_ask.retain(|id| open.contains_key(id) && is_number(id) == is_rest);
        let ids: Vec<String> = self.to_ask.drain(..self.to_ask.len().min(100)).collect();
        let records = match self.cursor.descent.rest {
            true => rest::again(client, &self.full_name, &ids)?,
            false => graphql::again(client, &ids)?,
        };
        // What is gone will not end either.
        ids.iter().for_each(|id| _ = self.cursor.open.remove(id));
        Ok(records)
    }

    /// Remembers which of them have not ended.
    fn watch(&mut self, records: &[Value]) {
        for record in records {
            let Ok(id) = Fields(record).needed(id_field(record)) else { continue };
            match created_at(record).filter(|_| !told::has_ended(record)) {
                Some(created) => _ = self.cursor.open.insert(id, created),
                None => _ = self.cursor.open.remove(&id),
            }
        }
    }
}

impl Stream for Deployments {
    fn name(&self) -> &'static str {
        "deployments"
    }

    fn table(&self) -> &'static str {
        "deployments"
    }

    fn next(&mut self, client: &Client) -> Result<Option<Portion>, Failed> {
        let (records, total) = if !self.cursor.descent.is_done {
            self.listed(client)?
        } else if !self.to_ask.is_empty() {
            (self.asked(client)?, None)
        } else {
            return Ok(None);
        };
        self.watch(&records);
        self.done += records.len() as u64;
        client.progress("deployments", self.done, total);
        let form = if self.cursor.descent.rest { rest::FORM } else { graphql::FORM };
        Ok(Some(Portion { form, records, cursor: cursor_text(&self.cursor)? }))
    }

    fn read(
        &self,
        _form: &str,
        record: Fields<'_>,
        about: &About,
        rows: &mut Rows,
    ) -> Result<(), String> {
        rows.deployments.extend(told::deployments(record, about)?);
        Ok(())
    }
}

/// GraphQL asks for what it knows by another id than the REST API.
fn id_field(record: &Value) -> &'static str {
    if record.get("commitOid").is_some() { "id" } else { "deployment.id" }
}

fn created_at(record: &Value) -> Option<DateTime<Utc>> {
    let at = |name| Fields(record).instant(name).ok().flatten();
    at("createdAt").or_else(|| at("created_at")).or_else(|| at("deployment.created_at"))
}
