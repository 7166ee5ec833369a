//! Releases as deployments, for teams that record no others.
//!
//! They are listed as a whole each time: they are few, their order is that of the commits they
//! tag rather than of their publication, and one that is gone or was taken back is then found.

mod graphql;
mod rest;
mod told;

use serde_json::Value;

use super::client::{Client, Failed};
use super::repository::FoundRepository;
use super::rows::Rows;
use super::unit::{About, Portion, Stream};
use crate::TablePart;
use crate::network::fields::Fields;

/// The releases of a repository.
pub(crate) struct Releases {
    full_name: String,
    /// What the pages that show them begin with now; `None` where only kept ones are read.
    pages: Option<String>,
    /// Prefixes of tags and the services they mean.
    tag_prefixes: Vec<(String, String)>,
    is_done: bool,
}

impl Releases {
    pub(crate) fn new(
        host: &str,
        repository: &FoundRepository,
        tag_prefixes: &[(String, String)],
    ) -> Releases {
        let shown = repository.url.as_deref().map(|url| url.trim_end_matches('/').to_owned());
        let shown = shown.unwrap_or_else(|| format!("https://{host}/{}", repository.full_name));
        Releases {
            full_name: repository.full_name.clone(),
            pages: Some(format!("{shown}/releases/")),
            tag_prefixes: tag_prefixes.to_vec(),
            is_done: false,
        }
    }

    /// To read kept ones only.
    pub(crate) fn again(tag_prefixes: &[(String, String)]) -> Releases {
        Releases {
            full_name: String::new(),
            pages: None,
            tag_prefixes: tag_prefixes.to_vec(),
            is_done: true,
        }
    }
}

impl Stream for Releases {
    fn name(&self) -> &'static str {
        "releases"
    }

    fn table(&self) -> &'static str {
        "deployments"
    }

    fn next(&mut self, client: &Client) -> Result<Option<Portion>, Failed> {
        if std::mem::replace(&mut self.is_done, true) {
            return Ok(None);
        }
        let (form, records): (_, Vec<Value>) = match graphql::all(client, &self.full_name)? {
            Some(records) => (graphql::FORM, records),
            None => (rest::FORM, rest::all(client, &self.full_name)?),
        };
        client.progress("releases", records.len() as u64, None);
        Ok(Some(Portion { form, records, cursor: String::new() }))
    }

    fn read(
        &self,
        _form: &str,
        record: Fields<'_>,
        about: &About,
        rows: &mut Rows,
    ) -> Result<(), String> {
        rows.deployments.extend(told::deployment(
            record,
            about,
            self.pages.as_deref(),
            &self.tag_prefixes,
        )?);
        Ok(())
    }

    /// Deployments that GitHub recorded as such have other pages.
    fn whole(&self, _about: &About) -> Option<TablePart> {
        Some(TablePart::Begins("source_url", self.pages.clone()?))
    }
}
