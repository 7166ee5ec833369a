//! Pages of a server that were kept as they came, read again without it.

use chrono::{DateTime, Utc};

use crate::{Page, Source, SourceError, Write};

/// Knows what records mean that came from a server. Asks nobody.
pub trait ReadAgain: Send {
    /// Reads records that were kept as they came, with the as-of instant at which they came.
    ///
    /// # Errors
    /// Where they are no list of records, or rows do not fit their table.
    fn read_again(
        &self,
        form: &str,
        body: &str,
        observed_at: DateTime<Utc>,
    ) -> Result<Page, SourceError>;
}

/// A page that was kept: its form, as-of instant and body.
pub type KeptPage = (String, DateTime<Utc>, String);

/// Pages of a source that were kept, read again.
pub struct Kept {
    name: String,
    reader: Box<dyn ReadAgain>,
    pages: std::vec::IntoIter<KeptPage>,
    cursor: Option<String>,
}

impl Kept {
    /// The pages of a run. What is read of the source stays what it is: `cursor`.
    pub fn new(
        name: &str,
        reader: impl ReadAgain + 'static,
        pages: Vec<KeptPage>,
        cursor: Option<String>,
    ) -> Kept {
        let reader = Box::new(reader);
        Kept { name: name.to_owned(), reader, pages: pages.into_iter(), cursor }
    }
}

impl Source for Kept {
    fn name(&self) -> &str {
        &self.name
    }

    fn asks_upstream(&self) -> bool {
        false
    }

    fn next_page(&mut self) -> Result<Option<Page>, SourceError> {
        let Some((form, observed_at, body)) = self.pages.next() else { return Ok(None) };
        let mut page = self.reader.read_again(&form, &body, observed_at)?;
        // What was all there was then need not be all there is now.
        for write in &mut page.writes {
            if let Write::Complete { table, rows, .. } = write {
                *write = Write::Upsert(table, rows.clone());
            }
        }
        let is_last = self.pages.len() == 0;
        Ok(Some(Page { cursor: self.cursor.clone().filter(|_| is_last), ..page }))
    }
}
