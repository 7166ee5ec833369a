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
use crate::{Page, RawPage, ReadAgain, Refused, Remark, Source, SourceError, TablePart};

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

/// What the records of one kind of one repository mean. Asks nobody.
pub struct Reader {
    title: String,
    stream: Box<dyn Stream>,
    about: About,
}

impl Reader {
    pub(crate) fn new(title: &str, about: About, stream: impl Stream + 'static) -> Reader {
        Reader {
            title: format!("{} of {title}", stream.name().replace('_', " ")),
            stream: Box::new(stream),
            about,
        }
    }

    fn page(&self, form: &str, records: &[Value], about: &About) -> Result<Page, SourceError> {
        let mut rows = Rows::default();
        let mut refused = Vec::new();
        for record in records {
            let mut own = Rows::default();
            match self.stream.read(form, Fields(record), about, &mut own) {
                Ok(()) => rows.add(own),
                Err(reason) => refused.push(Refused {
                    table: self.stream.table().to_owned(),
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

impl ReadAgain for Reader {
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
        self.page(form, &records, &About { observed_at, ..self.about.clone() })
    }
}

/// A stream being read.
pub struct Unit {
    name: String,
    reader: Reader,
    client: Arc<Client>,
}

impl Unit {
    pub(crate) fn new(reader: Reader, client: &Arc<Client>) -> Unit {
        let name = Unit::name_of(&reader.about.repository_id, reader.stream.name());
        Unit { name, reader, client: client.clone() }
    }

    /// The name under which the cursor of one kind of record of a repository is kept.
    pub fn name_of(repository_id: &str, kind: &str) -> String {
        format!("github:{repository_id}/{kind}")
    }

    /// The repository and the kind of record that such a name tells.
    pub fn parts_of(name: &str) -> Option<(&str, &str)> {
        name.strip_prefix("github:")?.rsplit_once('/')
    }
}

impl Source for Unit {
    fn name(&self) -> &str {
        &self.name
    }

    fn next_page(&mut self) -> Result<Option<Page>, SourceError> {
        let reader = &mut self.reader;
        let portion = reader.stream.next(&self.client).map_err(|failed| {
            let host = self.client.host();
            SourceError::Upstream(format!("{}: {host} {}", reader.title, failed.words()))
        })?;
        let Some(Portion { form, records, cursor }) = portion else { return Ok(None) };
        let page = reader.page(form, &records, &reader.about)?;
        let body = Value::Array(records).to_string();
        let raw = RawPage { form: form.to_owned(), body };
        Ok(Some(Page { cursor: Some(cursor), raw: Some(raw), ..page }))
    }

    fn read_again(
        &self,
        form: &str,
        body: &str,
        observed_at: DateTime<Utc>,
    ) -> Result<Page, SourceError> {
        let page = self.reader.read_again(form, body, observed_at)?;
        let raw = RawPage { form: form.to_owned(), body: body.to_owned() };
        Ok(Page { raw: Some(raw), ..page })
    }

    fn remarks(&self) -> Vec<Remark> {
        let remark = |text| Remark { text: format!("{}: {text}", self.reader.title), is_gap: true };
        self.reader.stream.remarks().into_iter().map(remark).collect()
    }
}
