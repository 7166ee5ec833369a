//! The schemas of a session: what names there are, and what stands behind each.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::{SchemaProvider, TableProvider};
use datafusion::error::Result;
use datafusion::logical_expr::TableType;
use milepost_events::{Kind, table};

use super::every_metric::EveryMetric;
use super::hidden::HiddenCells;
use super::{Analytics, ENGINE_TABLES, Engine};
use crate::wrapper;

#[derive(Debug)]
pub(super) struct PublicSchema(pub(super) Arc<Engine>);

#[async_trait]
impl SchemaProvider for PublicSchema {
    fn table_names(&self) -> Vec<String> {
        let mut names = self.0.analytics.facts.table_names();
        names.extend(ENGINE_TABLES.map(str::to_owned));
        names.extend(self.0.analytics.catalogue.entities.keys().cloned());
        names
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        let analytics = &self.0.analytics;
        if ENGINE_TABLES.contains(&name) {
            return self.0.engine_table(name).await.map(Some);
        }
        let entity = analytics.catalogue.entities.get(name).zip(self.0.kept.entities.get(name));
        if let Some((sql, kept)) = entity {
            return self.0.entity(sql, kept).await.map(Some);
        }
        let known = analytics.facts.table(name).await?;
        let is_derived = table(name).is_some_and(|table| table.kind == Kind::Derived);
        if known.is_none() && is_derived {
            return self.0.derived(name).await.map(Some);
        }
        Ok(known)
    }

    /// Listing tables opens none of them.
    async fn table_type(&self, name: &str) -> Result<Option<TableType>> {
        Ok(self.table_exist(name).then_some(TableType::Base))
    }

    fn table_exist(&self, name: &str) -> bool {
        self.table_names().iter().any(|known| known == name)
    }
}

#[derive(Debug)]
pub(super) struct MetricsSchema(pub(super) Arc<Engine>);

#[async_trait]
impl SchemaProvider for MetricsSchema {
    fn table_names(&self) -> Vec<String> {
        let metrics = self.0.analytics.catalogue.metrics.keys().cloned();
        metrics.chain(std::iter::once("all".to_owned())).collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        let metrics = &self.0.analytics.catalogue.metrics;
        if name == "all" {
            return Ok(Some(Arc::new(EveryMetric::of(self.0.clone()))));
        }
        let Analytics { catalogue, level_set, .. } = &self.0.analytics;
        match metrics.get(name) {
            Some(metric) => {
                let bands = catalogue.levels.of(level_set, name);
                self.0.view(wrapper::measured(metric, level_set, &bands)).await.map(Some)
            }
            None => Ok(None),
        }
    }

    async fn table_type(&self, name: &str) -> Result<Option<TableType>> {
        Ok(self.table_exist(name).then_some(TableType::View))
    }

    fn table_exist(&self, name: &str) -> bool {
        name == "all" || self.0.analytics.catalogue.metrics.contains_key(name)
    }
}

/// What is hidden of the metrics about people, by their names. Nobody has to see it listed.
#[derive(Debug)]
pub(super) struct HiddenSchema(pub(super) Arc<Engine>);

#[async_trait]
impl SchemaProvider for HiddenSchema {
    fn table_names(&self) -> Vec<String> {
        Vec::new()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        let metric = self.0.analytics.catalogue.metrics.get(name);
        let people = metric.and_then(|metric| metric.people.as_ref().map(|named| (metric, named)));
        Ok(people.map(|(metric, named)| {
            let (engine, metric, named) = (self.0.clone(), metric.clone(), named.clone());
            Arc::new(HiddenCells { engine, metric, named }) as _
        }))
    }

    fn table_exist(&self, name: &str) -> bool {
        self.0.analytics.catalogue.metrics.get(name).is_some_and(|metric| metric.people.is_some())
    }
}

/// Queries as views, by name.
#[derive(Debug)]
pub(super) struct ViewsSchema {
    pub(super) engine: Arc<Engine>,
    pub(super) queries: BTreeMap<String, String>,
}

#[async_trait]
impl SchemaProvider for ViewsSchema {
    fn table_names(&self) -> Vec<String> {
        self.queries.keys().cloned().collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        match self.queries.get(name) {
            Some(sql) => self.engine.view(sql.clone()).await.map(Some),
            None => Ok(None),
        }
    }

    async fn table_type(&self, name: &str) -> Result<Option<TableType>> {
        Ok(self.table_exist(name).then_some(TableType::View))
    }

    fn table_exist(&self, name: &str) -> bool {
        self.queries.contains_key(name)
    }
}
