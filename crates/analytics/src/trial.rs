//! Tests of queries: scripts in the form of sqllogictest, on tables of their own.
//!
//! A script first fills tables (`statement ok` with `insert into`), derived ones too, then asks. The
//! clock stands at 2026-02-15T00:00:00Z, the zone is UTC, and windows of all kinds run from the first
//! deployment on.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::catalog::{MemorySchemaProvider, SchemaProvider};
use datafusion::datasource::MemTable;
use datafusion::error::DataFusionError;
use datafusion::prelude::SessionContext;
use milepost_events::tables_by_contract;
use sqllogictest::{AsyncDB, DBOutput, DefaultColumnType, Runner};

use crate::{Analytics, Catalogue, Definition, Span, facts_session};

/// 2026-02-15T00:00:00Z.
const AS_OF: i64 = 1_771_113_600;

/// Runs a script; in a runtime, and on a thread that may wait.
///
/// # Errors
/// What does not hold, with its line.
pub fn trial_script(name: &str, script: &str, catalogue: &Arc<Catalogue>) -> Result<(), String> {
    let mut runner = Runner::new(|| async { Trial::new(catalogue.clone()) });
    runner.run_script_with_name(script, name).map_err(|error| error.display(false).to_string())
}

/// Tables in memory, empty to begin with, and the queries over them.
pub struct Trial {
    /// The tables of the contract.
    pub facts: Arc<MemorySchemaProvider>,
    /// The queries.
    pub catalogue: Arc<Catalogue>,
    /// Session since the last change of the facts: what it keeps of them holds.
    kept: Option<SessionContext>,
}

impl std::fmt::Debug for Trial {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Trial").field("facts", &self.facts).finish_non_exhaustive()
    }
}

impl Trial {
    /// Empty tables.
    ///
    /// # Errors
    /// Never for the tables of the contract.
    pub fn new(catalogue: Arc<Catalogue>) -> Result<Trial, DataFusionError> {
        let facts = MemorySchemaProvider::new();
        for table in tables_by_contract() {
            let rows = MemTable::try_new(table.schema.clone(), vec![vec![]])?;
            facts.register_table(table.name.to_owned(), Arc::new(rows))?;
        }
        Ok(Trial { facts: Arc::new(facts), catalogue, kept: None })
    }

    /// The session that a statement is for: `insert into` fills tables, everything else asks.
    ///
    /// # Errors
    /// Where the queries can't be used.
    pub fn session(&mut self, sql: &str) -> Result<SessionContext, DataFusionError> {
        if fills(sql) {
            self.kept = None;
            return facts_session(self.facts.clone());
        }
        if let Some(session) = &self.kept {
            return Ok(session.clone());
        }
        let analytics = Analytics {
            facts: self.facts.clone(),
            definition: Definition::default(),
            as_of: DateTime::<Utc>::from_timestamp(AS_OF, 0).unwrap_or_default(),
            span: Span::everything(),
            level_set: Catalogue::DEFAULT_LEVEL_SET.to_owned(),
            catalogue: self.catalogue.clone(),
        };
        let session =
            analytics.session().map_err(|error| DataFusionError::External(error.into()))?;
        self.kept = Some(session.clone());
        Ok(session)
    }
}

fn fills(sql: &str) -> bool {
    sql.trim_start().to_lowercase().starts_with("insert")
}

#[async_trait]
impl AsyncDB for Trial {
    type Error = DataFusionError;
    type ColumnType = DefaultColumnType;

    async fn run(&mut self, sql: &str) -> Result<DBOutput<DefaultColumnType>, DataFusionError> {
        let session = self.session(sql)?;
        let frame = session.sql(sql).await?;
        let columns = frame.schema().fields().len();
        let batches = frame.collect().await?;
        if fills(sql) {
            return Ok(DBOutput::StatementComplete(0));
        }
        let mut rows = Vec::new();
        for batch in &batches {
            rows.append(&mut trial_texts(batch)?);
        }
        Ok(DBOutput::Rows { types: vec![DefaultColumnType::Any; columns], rows })
    }

    async fn shutdown(&mut self) {}
}

/// Values of a batch as scripts write them, row by row; NULL reads `NULL`.
///
/// # Errors
/// Where a type has no text.
pub fn trial_texts(batch: &RecordBatch) -> Result<Vec<Vec<String>>, DataFusionError> {
    let options = FormatOptions::default().with_null("NULL");
    let columns = batch
        .columns()
        .iter()
        .map(|column| ArrayFormatter::try_new(column, &options))
        .collect::<Result<Vec<_>, _>>()?;
    let row = |row| columns.iter().map(|column| column.value(row).to_string()).collect();
    Ok((0..batch.num_rows()).map(row).collect())
}
