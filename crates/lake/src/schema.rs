//! Reading: a schema whose tables open when a query names them.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use datafusion::catalog::{SchemaProvider, TableProvider};
use datafusion::common::exec_err;
use datafusion::datasource::MemTable;
use datafusion::error::{DataFusionError, Result};
use milepost_events::{Kind, Table, table, tables_by_contract};
use tokio::sync::Mutex;

use crate::state::LakeState;
use crate::{Lake, LakeError};

/// The lake's tables as DataFusion sees them, all in the state that the lake had when the first
/// one was asked for.
#[derive(Debug)]
pub struct FactSchema {
    lake: Lake,
    /// Definition and as-of that derived tables must answer for.
    question: (String, DateTime<Utc>),
    state: OnceLock<LakeState>,
    opened: Mutex<HashMap<&'static str, Arc<dyn TableProvider>>>,
}

impl Lake {
    /// All tables of the contract; facts not written yet are empty. Derived tables are there
    /// where they answer for this definition and as-of.
    pub fn facts(&self, definition_id: &str, as_of: DateTime<Utc>) -> Arc<FactSchema> {
        Arc::new(FactSchema {
            lake: self.clone(),
            question: (definition_id.to_owned(), as_of),
            state: OnceLock::new(),
            opened: Mutex::default(),
        })
    }

    async fn provider(
        &self,
        table: &'static Table,
        state: &LakeState,
    ) -> Result<Arc<dyn TableProvider>> {
        let on_disk = self
            .open(table, state)
            .await
            .map_err(|error| DataFusionError::External(error.into()))?;
        match on_disk {
            Some(on_disk) => on_disk.delta.table_provider().await,
            None => Ok(Arc::new(MemTable::try_new(table.schema.clone(), vec![vec![]])?)),
        }
    }
}

impl FactSchema {
    fn state(&self) -> Result<&LakeState> {
        if let Some(state) = self.state.get() {
            return Ok(state);
        }
        let state = self
            .lake
            .state()
            .map_err(|error: LakeError| DataFusionError::External(error.into()))?;
        Ok(self.state.get_or_init(|| state.unwrap_or_default()))
    }

    fn answers(&self, state: &LakeState) -> bool {
        let (definition_id, as_of) = &self.question;
        state.derived.as_ref().is_some_and(|from| from.answers(definition_id, *as_of))
    }
}

#[async_trait]
impl SchemaProvider for FactSchema {
    fn table_names(&self) -> Vec<String> {
        tables_by_contract().iter().map(|table| table.name.to_owned()).collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        let Some(table) = table(name) else {
            return Ok(None);
        };
        let state = self.state()?;
        if table.kind == Kind::Derived && !self.answers(state) {
            return Ok(None);
        }
        let mut opened = self.opened.lock().await;
        if let Some(provider) = opened.get(table.name) {
            return Ok(Some(provider.clone()));
        }
        let provider = self.lake.provider(table, state).await?;
        opened.insert(table.name, provider.clone());
        Ok(Some(provider))
    }

    fn table_exist(&self, name: &str) -> bool {
        table(name).is_some()
    }

    fn register_table(
        &self,
        name: String,
        _: Arc<dyn TableProvider>,
    ) -> Result<Option<Arc<dyn TableProvider>>> {
        exec_err!("the lake is read-only for queries: `{name}` can't be made")
    }
}
