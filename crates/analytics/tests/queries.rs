//! Runs the tests beside the metrics, and the example of CONTRIBUTING.md.
//!
//! A `.slt` file first fills tables (`statement ok` with `insert into`), derived ones too, then
//! asks `metrics.NAME`. The clock stands at 2026-02-15T00:00:00Z, the zone is UTC, and windows
//! of all kinds run from the first deployment on. Every query opens a session of its own.

#![expect(clippy::expect_used, clippy::panic, reason = "a test says so by panicking")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::catalog::{MemorySchemaProvider, SchemaProvider};
use datafusion::datasource::MemTable;
use datafusion::error::DataFusionError;
use datafusion::prelude::SessionContext;
use milepost_analytics::{Analytics, Catalogue, Definition, Span, facts_session};
use milepost_events::tables_by_contract;
use sqllogictest::{AsyncDB, DBOutput, DefaultColumnType, Runner};

const AS_OF: &str = "2026-02-15T00:00:00Z";

struct Engine {
    facts: Arc<MemorySchemaProvider>,
    catalogue: Arc<Catalogue>,
}

impl Engine {
    fn new(catalogue: Catalogue) -> Engine {
        let facts = MemorySchemaProvider::new();
        for table in tables_by_contract() {
            let rows = MemTable::try_new(table.schema.clone(), vec![vec![]]).expect("a table");
            facts.register_table(table.name.to_owned(), Arc::new(rows)).expect("a free name");
        }
        Engine { facts: Arc::new(facts), catalogue: Arc::new(catalogue) }
    }

    fn session(&self, sql: &str) -> Result<SessionContext, DataFusionError> {
        if sql.trim_start().to_lowercase().starts_with("insert") {
            return facts_session(self.facts.clone());
        }
        let analytics = Analytics {
            facts: self.facts.clone(),
            definition: Definition::default(),
            as_of: AS_OF.parse().expect("an instant"),
            span: Span::everything(),
            catalogue: self.catalogue.clone(),
        };
        analytics.session().map_err(|error| DataFusionError::External(error.into()))
    }
}

#[async_trait]
impl AsyncDB for Engine {
    type Error = DataFusionError;
    type ColumnType = DefaultColumnType;

    async fn run(&mut self, sql: &str) -> Result<DBOutput<DefaultColumnType>, DataFusionError> {
        let session = self.session(sql)?;
        let frame = session.sql(sql).await?;
        let columns = frame.schema().fields().len();
        let batches = frame.collect().await?;
        if sql.trim_start().to_lowercase().starts_with("insert") {
            return Ok(DBOutput::StatementComplete(0));
        }
        let mut rows = Vec::new();
        for batch in &batches {
            rows.append(&mut texts(batch)?);
        }
        Ok(DBOutput::Rows { types: vec![DefaultColumnType::Any; columns], rows })
    }

    async fn shutdown(&mut self) {}
}

fn texts(batch: &RecordBatch) -> Result<Vec<Vec<String>>, DataFusionError> {
    let options = FormatOptions::default().with_null("NULL");
    let columns = batch
        .columns()
        .iter()
        .map(|column| ArrayFormatter::try_new(column, &options))
        .collect::<Result<Vec<_>, _>>()?;
    let row = |row| columns.iter().map(|column| column.value(row).to_string()).collect();
    Ok((0..batch.num_rows()).map(row).collect())
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn run(name: &str, script: &str, catalogue: &Catalogue) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let _entered = runtime.enter();
    let mut runner = Runner::new(|| async { Ok(Engine::new(catalogue.clone())) });
    if let Err(error) = runner.run_script_with_name(script, name) {
        panic!("{}", error.display(false));
    }
}

#[test]
fn every_metric_has_a_test_beside_it_that_holds() {
    let catalogue = Catalogue::load(&[]).expect("a catalogue");
    assert!(!catalogue.metrics.is_empty());
    for name in catalogue.metrics.keys() {
        let path = root().join(format!("queries/metrics/{name}.slt"));
        let script =
            std::fs::read_to_string(&path).unwrap_or_else(|_| panic!("{name} has no .slt"));
        assert!(script.contains("NULL"), "{name}.slt shows no empty window");
        run(name, &script, &catalogue);
    }
}

#[test]
fn the_metric_of_the_contributing_guide_works_as_written() {
    let guide = std::fs::read_to_string(root().join("CONTRIBUTING.md")).expect("the guide");
    let block = |language: &str| -> String {
        let start = format!("```{language}\n");
        let (_, rest) = guide.split_once(&start).unwrap_or_else(|| panic!("no {language} block"));
        rest.split_once("```").expect("the block's end").0.to_owned()
    };
    let (sql, script) = (block("sql"), block("slt"));
    let name =
        sql.lines().next().and_then(|line| line.strip_prefix("-- metric: ")).expect("a name");
    let catalogue = Catalogue::load(&[(name.to_owned(), sql.clone())]).expect("a valid metric");
    run("CONTRIBUTING.md", &script, &catalogue);
}
