//! One kind of record of one repository or organization, read page after page.
//!
//! Each page that was read is safe with its cursor: what follows may fail without loss. Records
//! are kept as they came, so that they can be read again without asking for them again.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;

use super::client::{Client, Failed};
use super::rows::Rows;
use crate::network::fields::Fields;
use crate::{Page, RawPage, Refused, Remark, Source, SourceError, TablePart};

/// What records are about and where they go.
#[derive(Debug, Clone)]
pub(crate) struct About {
    /// GitHub's host, such as `github.com`.
    pub(crate) host: String,
    /// The repository in all tables; the organization's name for what belongs to one.
    pub(crate) repository_id: String,
    /// Service that the repository is for where a record names none.
    pub(crate) service_id: String,
    /// As-of instant of the read; UTC.
    pub(crate) observed_at: DateTime<Utc>,
}

/// Records that came with one page.
#[derive(Debug)]
pub(crate) struct Portion {
    /// Which shape they have.
    pub(crate) form: &'static str,
    pub(crate) records: Vec<Value>,
    /// How far everything is read once these are kept.
    pub(crate) cursor: String,
}

/// A cursor as the lake keeps it.
pub(crate) fn cursor_text(cursor: &impl Serialize) -> Result<String, Failed> {
    serde_json::to_string(cursor)
        .map_err(|error| Failed::Refused(format!("gave a place that can't be kept: {error}")))
}

/// Asks for one kind of record, and knows what it means.
pub(crate) trait Stream: Send {
    /// Its name within the unit's, and what it is called in sentences.
    fn name(&self) -> &'static str;
    /// Table that its records are meant for.
    fn table(&self) -> &'static str;
    /// The next records, or `None` once there are no more.
    fn next(&mut self, client: &Client) -> Result<Option<Portion>, Failed>;
    /// Adds what a record says. An error is its reason to be refused.
    fn read(
        &self,
        form: &str,
        record: Fields<'_>,
        about: &About,
        rows: &mut Rows,
    ) -> Result<(), String>;
    /// Where a portion is all there is: the part of the table that it fills.
    fn whole(&self, _about: &About) -> Option<TablePart> {
        None
    }
    /// What the user should know in the end.
    fn remarks(&self) -> Vec<String> {
        Vec::new()
    }
}

/// A stream being read.
pub struct Unit {
    name: String,
    title: String,
    stream: Box<dyn Stream>,
    client: Arc<Client>,
    about: About,
}

impl Unit {
    pub(crate) fn new(
        title: &str,
        about: About,
        client: &Arc<Client>,
        stream: impl Stream + 'static,
    ) -> Unit {
        Unit {
            name: Unit::name_of(&about.repository_id, stream.name()),
            title: format!("{} of {title}", stream.name().replace('_', " ")),
            stream: Box::new(stream),
            client: client.clone(),
            about,
        }
    }

    /// The name under which the cursor of one kind of record of a repository is kept.
    pub fn name_of(repository_id: &str, kind: &str) -> String {
        format!("github:{repository_id}/{kind}")
    }

    /// What it reads, for sentences: `pull requests of acme/shop`.
    pub fn title(&self) -> &str {
        &self.title
    }

    fn page(&self, form: &str, records: &[Value], about: &About) -> Result<Page, SourceError> {
        let mut rows = Rows::default();
        let mut refused = Vec::new();
        for record in records {
            let mut own = Rows::default();
            match self.stream.read(form, Fields(record), about, &mut own) {
                Ok(()) => rows.add(own),
                Err(reason) => refused.push(Refused {
                    table: self.stream.table(),
                    reason: format!("{}: {reason}", self.title),
                    record: record.to_string(),
                }),
            }
        }
        // A record that can't be read is not gone.
        let whole = self.stream.whole(about).filter(|_| refused.is_empty());
        let whole = whole.map(|part| (self.stream.table(), part));
        Ok(Page { writes: rows.writes(whole)?, refused, ..Page::default() })
    }
}

impl Source for Unit {
    fn name(&self) -> &str {
        &self.name
    }

    fn next_page(&mut self) -> Result<Option<Page>, SourceError> {
        let portion = self.stream.next(&self.client).map_err(|failed| {
            let host = self.client.host();
            SourceError::Upstream(format!("{}: {host} {}", self.title, failed.words()))
        })?;
        let Some(Portion { form, records, cursor }) = portion else { return Ok(None) };
        let page = self.page(form, &records, &self.about)?;
        let body = Value::Array(records).to_string();
        Ok(Some(Page {
            cursor: Some(cursor),
            raw: Some(RawPage { form: form.to_owned(), body }),
            ..page
        }))
    }

    fn read_again(
        &self,
        form: &str,
        body: &str,
        observed_at: DateTime<Utc>,
    ) -> Result<Page, SourceError> {
        let records: Vec<Value> = serde_json::from_str(body).map_err(|error| {
            SourceError::Upstream(format!(
                "{}: a page that was kept is damaged: {error}",
                self.title
            ))
        })?;
        let about = About { observed_at, ..self.about.clone() };
        let page = self.page(form, &records, &about)?;
        let raw = RawPage { form: form.to_owned(), body: body.to_owned() };
        Ok(Page { raw: Some(raw), ..page })
    }

    fn remarks(&self) -> Vec<Remark> {
        let remark = |text| Remark { text: format!("{}: {text}", self.title), is_gap: true };
        self.stream.remarks().into_iter().map(remark).collect()
    }
}
