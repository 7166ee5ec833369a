//! Records of a server that a mapping knows, read page after page.
//!
//! A [`Stream`] asks, and says with each portion how far everything is read; a reader makes rows of
//! it, the same one that reads portions again that were kept. What the rows depend on beside the
//! records stands in the form under which a portion is kept.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::files::{FileContext, FilesError, Record, TableFile, of_records};
use crate::json::Mapping;
use crate::network::ask::Failed;
use crate::{Page, RawPage, ReadAgain, Refused, Remark, Source, SourceError, Write};

/// Records that came together.
pub(crate) struct Portion {
    pub(crate) records: Vec<Value>,
    /// How far everything is read once these are kept.
    pub(crate) cursor: String,
}

/// A cursor as the lake keeps it.
pub(crate) fn cursor_text(cursor: &impl Serialize) -> Result<String, Failed> {
    serde_json::to_string(cursor)
        .map_err(|error| Failed::Refused(format!("gave a place that can't be kept: {error}")))
}

/// Asks for the records of one server.
pub(crate) trait Stream: Send {
    /// The next records, or `None` once there are no more.
    fn next(&mut self) -> Result<Option<Portion>, Failed>;
    /// What the user should know in the end.
    fn remarks(&self) -> Vec<Remark>;
}

/// The records of one server, being read.
pub struct Records {
    pub(crate) name: String,
    /// What they are in sentences, and the server's name.
    pub(crate) title: String,
    pub(crate) host: String,
    pub(crate) form: String,
    pub(crate) observed_at: DateTime<Utc>,
    pub(crate) stream: Box<dyn Stream>,
    pub(crate) reader: Box<dyn ReadAgain>,
}

impl Source for Records {
    fn name(&self) -> &str {
        &self.name
    }

    fn next_page(&mut self) -> Result<Option<Page>, SourceError> {
        let portion = self.stream.next().map_err(|failed| {
            SourceError::Upstream(format!("{}: {} {}", self.title, self.host, failed.words()))
        })?;
        let Some(Portion { records, cursor }) = portion else { return Ok(None) };
        let body = Value::Array(records).to_string();
        let page = self.read_again(&self.form, &body, self.observed_at)?;
        Ok(Some(Page { cursor: Some(cursor), ..page }))
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
        self.stream
            .remarks()
            .into_iter()
            .map(|remark| Remark { text: format!("{}: {}", self.name, remark.text), ..remark })
            .collect()
    }
}

/// The records of a portion that was kept, and the options that stand in its form.
///
/// # Errors
/// Where it is damaged.
pub(crate) fn of_kept<O: serde::de::DeserializeOwned>(
    title: &str,
    form: &str,
    body: &str,
) -> Result<(O, Vec<Value>), SourceError> {
    let damaged = |error: serde_json::Error| {
        SourceError::Upstream(format!("{title}: a page that was kept is damaged: {error}"))
    };
    Ok((serde_json::from_str(form).map_err(damaged)?, serde_json::from_str(body).map_err(damaged)?))
}

/// A row of `incidents` that is no incident any more, as it stands among the records of a portion.
pub(crate) fn gone(incident_id: &str, service_id: &str) -> Value {
    json!({ "gone": { "incident_id": incident_id, "service_id": service_id } })
}

/// Records that became rows of tables, on their way into a page.
pub(crate) struct Rows {
    title: &'static str,
    source: &'static str,
    context: FileContext,
    page: Page,
}

impl Rows {
    pub(crate) fn new(
        title: &'static str,
        source: &'static str,
        observed_at: DateTime<Utc>,
    ) -> Rows {
        let context = FileContext { observed_at, only_repository: Default::default() };
        Rows { title, source, context, page: Page::default() }
    }

    /// Keeps apart a record that can't be read.
    pub(crate) fn refuse(&mut self, table: &str, reason: &str, record: &Value) {
        self.page.refused.push(Refused {
            table: table.to_owned(),
            reason: format!("{}: {reason}", self.title),
            record: record.to_string(),
        });
    }

    /// Adds what a mapping makes of documents.
    ///
    /// # Errors
    /// Where the mapping does not fit the tables: a fault of the program.
    pub(crate) fn map(
        &mut self,
        mapping: &Mapping,
        documents: &[Value],
    ) -> Result<(), SourceError> {
        for file in mapping.rows(documents, &self.context).map_err(fault)? {
            self.take(file);
        }
        Ok(())
    }

    /// Marks rows of `incidents` that are none any more: what else they hold stays.
    ///
    /// # Errors
    /// Never for rows that fit their table.
    pub(crate) fn bury(&mut self, gone: &[&Value]) -> Result<(), SourceError> {
        let Some(table) = milepost_events::table("incidents").filter(|_| !gone.is_empty()) else {
            return Ok(());
        };
        let columns = ["incident_id", "service_id", "source", "deleted_at"];
        let at = self.context.observed_at.to_rfc3339();
        let records = gone.iter().zip(1..).map(|(gone, number)| {
            let mut row = Map::new();
            for key in ["incident_id", "service_id"] {
                row.insert(key.to_owned(), gone["gone"][key].clone());
            }
            row.insert("source".to_owned(), self.source.into());
            row.insert("deleted_at".to_owned(), at.clone().into());
            Record { number, row: Ok(row), raw: gone.to_string() }
        });
        let file =
            of_records(self.title.as_ref(), table, &columns, records.collect(), &self.context);
        self.take(file.map_err(fault)?);
        Ok(())
    }

    pub(crate) fn write(&mut self, write: Write) {
        self.page.writes.push(write);
    }

    pub(crate) fn page(self) -> Page {
        self.page
    }

    fn take(&mut self, file: TableFile) {
        for one in file.rejected {
            self.page.refused.push(Refused {
                table: one.table_name,
                reason: format!("{}: {}", self.title, one.reason),
                record: one.record,
            });
        }
        if file.rows.num_rows() > 0 {
            self.page.writes.push(Write::Upsert(file.table.name, file.rows));
        }
    }
}

fn fault(error: FilesError) -> SourceError {
    SourceError::Upstream(error.to_string())
}
