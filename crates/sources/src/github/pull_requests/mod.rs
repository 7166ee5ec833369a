//! Pull requests with their commits and reviews, by their last update.

mod graphql;
mod rest;
mod told;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::client::{Client, Failed};
use super::descent::{Descent, Listed, Span};
use super::rows::Rows;
use super::unit::{About, Portion, Stream, cursor_text};
use crate::network::fields::Fields;

/// Clocks of several servers may differ by this much.
const OVERLAP: TimeDelta = TimeDelta::minutes(10);

/// The pull requests of a repository.
pub(crate) struct PullRequests {
    /// `owner/name` as it is now.
    full_name: String,
    /// Nothing that was last updated before is read.
    span: Span,
    descent: Descent,
    done: u64,
    /// Numbers of pull requests of which GitHub lists not all commits.
    cut: Vec<i64>,
}

impl PullRequests {
    pub(crate) fn new(full_name: &str, span: Span, cursor: Option<&str>) -> PullRequests {
        let descent = cursor.and_then(|cursor| serde_json::from_str(cursor).ok());
        PullRequests {
            full_name: full_name.to_owned(),
            span,
            descent: descent.unwrap_or_default(),
            done: 0,
            cut: Vec::new(),
        }
    }

    fn list(&mut self, client: &Client) -> Result<Listed, Failed> {
        let page = self.descent.page()?;
        if !self.descent.rest {
            let pace = &mut self.descent.pace;
            match graphql::list(client, &self.full_name, page.as_deref(), pace)? {
                Some(listed) => return Ok(listed),
                None => self.descent.rest = true,
            }
        }
        // What was noted down may be a page of GraphQL.
        let page = page.filter(|page| page.starts_with('/'));
        rest::list(client, &self.full_name, page.as_deref())
    }
}

impl Stream for PullRequests {
    fn name(&self) -> &'static str {
        "pull_requests"
    }

    fn table(&self) -> &'static str {
        "pull_requests"
    }

    fn next(&mut self, client: &Client) -> Result<Option<Portion>, Failed> {
        if self.descent.is_done {
            return Ok(None);
        }
        let mut listed = self.list(client)?;
        self.descent.descend(&mut listed, updated_at, OVERLAP, self.span);
        let mut records = listed.records;
        if self.descent.rest {
            rest::complete(client, &self.full_name, &mut records)?;
        } else {
            self.cut.extend(graphql::complete(client, &mut records)?);
        }
        self.done += records.len() as u64;
        client.progress("pull requests", self.done, listed.total);
        let form = if self.descent.rest { rest::FORM } else { graphql::FORM };
        Ok(Some(Portion { form, records, cursor: cursor_text(&self.descent)? }))
    }

    fn read(
        &self,
        form: &str,
        record: Fields<'_>,
        about: &About,
        rows: &mut Rows,
    ) -> Result<(), String> {
        let told = if form == rest::FORM { rest::told(record)? } else { graphql::told(record)? };
        told.add(about, rows);
        Ok(())
    }

    fn remarks(&self) -> Vec<String> {
        if self.cut.is_empty() {
            return Vec::new();
        }
        let numbers: Vec<String> = self.cut.iter().take(10).map(|n| format!("#{n}")).collect();
        vec![format!(
            "GitHub lists not all commits of {} with very many, such as {}; merges of them are found in the git history",
            self.cut.len(),
            numbers.join(", ")
        )]
    }
}

/// When a record was last updated; both forms agree but for the name.
fn updated_at(record: &Value) -> Option<DateTime<Utc>> {
    let at = |name| Fields(record).instant(name).ok().flatten();
    at("updatedAt").or_else(|| at("updated_at"))
}
