//! The tables as others see them: those of a session, with veils over what names or tells of
//! persons.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{CatalogProvider, SchemaProvider, Session, TableProvider};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::SessionContext;
use milepost_analytics::{Dictionary, TableEntry};
use parking_lot::Mutex;

use super::veil::Veil;

/// What a refusal begins with, so that it is told from other errors.
pub(super) const DENIED: &str = "permission denied";

/// A catalog over that of a session, which lives as long as this does.
pub(super) struct Exposed {
    shared: Arc<Shared>,
    catalog: Arc<dyn CatalogProvider>,
    /// Schemas that are there besides, by name.
    others: Mutex<Vec<(String, Arc<dyn SchemaProvider>)>>,
}

struct Shared {
    _session: SessionContext,
    dictionary: Arc<Dictionary>,
    veil: Option<Veil>,
}

impl fmt::Debug for Exposed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.catalog.fmt(f)
    }
}

impl Exposed {
    pub(super) fn new(
        session: SessionContext,
        catalog: Arc<dyn CatalogProvider>,
        dictionary: Arc<Dictionary>,
        veil: Option<Veil>,
    ) -> Exposed {
        let shared = Arc::new(Shared { _session: session, dictionary, veil });
        Exposed { shared, catalog, others: Mutex::default() }
    }
}

impl CatalogProvider for Exposed {
    fn schema_names(&self) -> Vec<String> {
        let mut names = self.catalog.schema_names();
        // Listed by nobody: what is hidden is nobody's business.
        names.retain(|name| name != "hidden");
        names.extend(self.others.lock().iter().map(|(name, _)| name.clone()));
        names
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        if let Some((_, other)) = self.others.lock().iter().find(|(other, _)| other == name) {
            return Some(other.clone());
        }
        if name == "hidden" {
            return None;
        }
        let tables = self.catalog.schema(name)?;
        let shared = self.shared.clone();
        Some(Arc::new(ExposedSchema { name: name.to_owned(), tables, shared }))
    }

    fn register_schema(
        &self,
        name: &str,
        schema: Arc<dyn SchemaProvider>,
    ) -> Result<Option<Arc<dyn SchemaProvider>>> {
        let mut others = self.others.lock();
        others.retain(|(other, _)| other != name);
        others.push((name.to_owned(), schema));
        Ok(None)
    }
}

struct ExposedSchema {
    name: String,
    tables: Arc<dyn SchemaProvider>,
    shared: Arc<Shared>,
}

impl fmt::Debug for ExposedSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.tables.fmt(f)
    }
}

impl ExposedSchema {
    fn entry(&self, name: &str) -> Option<&TableEntry> {
        self.shared
            .dictionary
            .tables
            .iter()
            .find(|entry| entry.schema == self.name && entry.name == name)
    }
}

#[async_trait]
impl SchemaProvider for ExposedSchema {
    fn table_names(&self) -> Vec<String> {
        self.tables.table_names()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        let entry = self.entry(name);
        let Some(veil) = &self.shared.veil else { return self.tables.table(name).await };
        if let Some(entry) = entry.filter(|entry| entry.is_about_people) {
            return Ok(Some(Arc::new(Denied::of(entry))));
        }
        let Some(table) = self.tables.table(name).await? else { return Ok(None) };
        match entry.filter(|entry| entry.columns.iter().any(|column| column.is_personal)) {
            Some(entry) => veil.over(table, entry).map(Some),
            None => Ok(Some(table)),
        }
    }

    async fn table_type(&self, name: &str) -> Result<Option<TableType>> {
        self.tables.table_type(name).await
    }

    fn table_exist(&self, name: &str) -> bool {
        self.tables.table_exist(name)
    }
}

/// A table that may be looked up, and not read.
#[derive(Debug)]
struct Denied {
    name: String,
    columns: SchemaRef,
}

impl Denied {
    fn of(entry: &TableEntry) -> Denied {
        Denied { name: entry.full_name(), columns: super::columns(entry) }
    }
}

#[async_trait]
impl TableProvider for Denied {
    fn schema(&self) -> SchemaRef {
        self.columns.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        _: &dyn Session,
        _: Option<&Vec<usize>>,
        _: &[Expr],
        _: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Err(DataFusionError::Plan(format!(
            "{DENIED} for table {}: figures of few people could be got from it; metrics give those of groups of five or more, and a role with `people = true` may read it",
            self.name
        )))
    }
}
