//! Which facts attribution reads: a change of any other must leave the derived tables as they
//! are, so that the lake keeps them.

#![expect(clippy::expect_used, reason = "a test says so by panicking")]

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use datafusion::catalog::{SchemaProvider, TableProvider};
use datafusion::datasource::MemTable;
use datafusion::error::Result;
use milepost_analytics::{Definition, DeploymentRule, derive, facts_session};
use milepost_events::{DERIVED_FROM, table, tables_by_contract};

/// Empty tables that remember who was asked for.
#[derive(Debug, Default)]
struct Watched(Mutex<BTreeSet<String>>);

#[async_trait]
impl SchemaProvider for Watched {
    fn table_names(&self) -> Vec<String> {
        tables_by_contract().iter().map(|table| table.name.to_owned()).collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        self.0.lock().expect("a lock").insert(name.to_owned());
        let Some(table) = table(name) else { return Ok(None) };
        let rows = match name {
            // One bug makes attribution ask for the work items that commits name.
            "work_items" => bug(),
            _ => MemTable::try_new(table.schema.clone(), vec![vec![]])?,
        };
        Ok(Some(Arc::new(rows)))
    }

    fn table_exist(&self, name: &str) -> bool {
        table(name).is_some()
    }
}

fn bug() -> MemTable {
    use datafusion::arrow::array::{RecordBatch, StringArray, new_null_array};
    let schema = table("work_items").expect("a table").schema.clone();
    let columns = schema.fields().iter().map(|field| match field.name().as_str() {
        "work_item_id" | "key" => Arc::new(StringArray::from(vec!["BUG-1"])) as _,
        "kind" => Arc::new(StringArray::from(vec!["bug"])) as _,
        _ => new_null_array(field.data_type(), 1),
    });
    let rows = RecordBatch::try_new(schema.clone(), columns.collect()).expect("a row");
    MemTable::try_new(schema, vec![vec![rows]]).expect("a table")
}

#[tokio::test]
async fn attribution_reads_the_tables_it_says_it_follows_from() {
    let watched = Arc::new(Watched::default());
    let rule = DeploymentRule {
        workflow: Some("deploy".to_owned()),
        environment: "production".to_owned(),
        ..DeploymentRule::default()
    };
    let definition = Definition { deployment_rules: vec![rule], ..Definition::default() };
    let facts = facts_session(watched.clone()).expect("a session");
    derive(&facts, &definition, chrono::DateTime::UNIX_EPOCH).await.expect("derived tables");
    let read = watched.0.lock().expect("a lock").clone();
    // Paths are read only where a service has globs.
    let expected = DERIVED_FROM.iter().filter(|name| **name != "commit_files");
    assert_eq!(read, expected.map(|name| (*name).to_owned()).collect());
}
