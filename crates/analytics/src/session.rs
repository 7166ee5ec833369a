//! The SQL session: facts, derived tables, entities and metrics, opened when a query names them.

pub(crate) mod every_metric;
mod hidden;
mod schemas;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, OnceLock, Weak};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{CatalogProvider, MemoryCatalogProvider, SchemaProvider, TableProvider};
use datafusion::common::ScalarValue;
use datafusion::datasource::{MemTable, ViewTable};
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::SessionState;
use datafusion::execution::context::SQLOptions;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use datafusion::prelude::{DataFrame, SessionConfig, SessionContext, col, lit};
use parking_lot::RwLock;
use schemas::{HiddenSchema, MetricsSchema, PublicSchema, ViewsSchema};
use tokio::sync::OnceCell;

use crate::columns::Instants;
use crate::{AnalyticsError, Catalogue, Definition, Derived, Span, Window, Windows, derive};

const CATALOG: &str = "milepost";
const PUBLIC: &str = "public";
const METRICS: &str = "metrics";
const POPULATIONS: &str = "populations";
const WINDOWED: &str = "windowed";
const SEEDS: &str = "seeds";
/// What is hidden of metrics about people; not listed.
const HIDDEN: &str = "hidden";
/// Tables of one row or of windows, made by the engine.
const ENGINE_TABLES: [&str; 3] = ["clock", "definition", "windows"];
/// The clock enters as the as-of alone, and chance never does.
const REMOVED_FUNCTIONS: [&str; 8] =
    ["now", "current_timestamp", "current_date", "today", "current_time", "random", "uuid", "rand"];

/// Everything needed to answer questions over facts.
#[derive(Clone)]
pub struct Analytics {
    /// Fact tables, and the derived ones where they are stored for this definition and as-of.
    pub facts: Arc<dyn SchemaProvider>,
    /// Which facts count.
    pub definition: Definition,
    /// Events after it are hidden; UTC.
    pub as_of: DateTime<Utc>,
    /// Windows that the session offers.
    pub span: Span,
    /// Set that levels are taken from, one of the catalogue's.
    pub level_set: String,
    /// Queries.
    pub catalogue: Arc<Catalogue>,
}

impl fmt::Debug for Analytics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Analytics")
            .field("definition", &self.definition)
            .field("as_of", &self.as_of)
            .field("span", &self.span)
            .field("level_set", &self.level_set)
            .finish_non_exhaustive()
    }
}

impl Analytics {
    /// Opens a session. Nothing is read before a query asks for it.
    ///
    /// # Errors
    /// Where the definition's zone or the level set is none.
    pub fn session(self) -> std::result::Result<SessionContext, AnalyticsError> {
        self.session_on(Arc::default())
    }

    /// The same with limits: what a query may take of memory and disk.
    ///
    /// # Errors
    /// As [`session`](Self::session).
    pub fn session_on(
        self,
        runtime: Arc<RuntimeEnv>,
    ) -> std::result::Result<SessionContext, AnalyticsError> {
        let zone = self.definition.zone()?;
        self.catalogue.levels.check(&self.level_set)?;
        let names = self.catalogue.entities.keys();
        let entities = names.map(|name| (name.clone(), OnceCell::new())).collect();
        let kept = Arc::new(Kept { derived: OnceCell::new(), entities });
        Ok(open(self, zone, kept, OnceCell::new(), runtime)?)
    }
}

/// Opens a session over windows, those of the span where none are given.
fn open(
    analytics: Analytics,
    zone: Tz,
    kept: Arc<Kept>,
    windows: OnceCell<NamedWindows>,
    runtime: Arc<RuntimeEnv>,
) -> Result<SessionContext> {
    let context = bare_session(zone, runtime);
    let metrics = analytics.catalogue.metrics.keys();
    let engine = Arc::new(Engine {
        state: OnceLock::from(context.state_weak_ref()),
        zone,
        runtime: context.runtime_env(),
        kept,
        windows,
        hidden: metrics.map(|name| (name.clone(), OnceCell::new())).collect(),
        analytics,
    });
    let catalog = MemoryCatalogProvider::new();
    catalog.register_schema(PUBLIC, Arc::new(PublicSchema(engine.clone())))?;
    catalog.register_schema(METRICS, Arc::new(MetricsSchema(engine.clone())))?;
    catalog.register_schema(HIDDEN, Arc::new(HiddenSchema(engine.clone())))?;
    let views = |queries| Arc::new(ViewsSchema { engine: engine.clone(), queries });
    let Catalogue { populations, windowed, seeds, .. } = engine.analytics.catalogue.as_ref();
    catalog.register_schema(POPULATIONS, views(populations.clone()))?;
    catalog.register_schema(WINDOWED, views(windowed.clone()))?;
    catalog.register_schema(SEEDS, views(seeds.clone()))?;
    context.register_catalog(CATALOG, Arc::new(catalog));
    Ok(context)
}

/// A session without tables, for queries like those of a session over some: without a clock and
/// chance.
pub fn bare_session(zone: Tz, runtime: Arc<RuntimeEnv>) -> SessionContext {
    let mut config = SessionConfig::new()
        .with_default_catalog_and_schema(CATALOG, PUBLIC)
        .with_create_default_catalog_and_schema(false)
        .with_information_schema(true);
    // `cast(x as timestamptz)` gives local time of the reporting zone, and so its civil days.
    config.options_mut().execution.time_zone = Some(zone.name().to_owned());
    let context = SessionContext::new_with_config_rt(config, runtime);
    for name in REMOVED_FUNCTIONS {
        context.deregister_udf(name);
    }
    context
}

/// Plans a query that may only read: no definition, change or setting of anything.
///
/// # Errors
/// Where the query is wrong or does more than read.
pub async fn read_only(context: &SessionContext, sql: &str) -> Result<DataFrame> {
    let options =
        SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
    context.sql_with_options(sql, options).await
}

/// What does not depend on windows, and so is shared with a session over others.
struct Kept {
    derived: OnceCell<Derived>,
    /// Entities by name, computed when first asked for: a metric names them many times over.
    entities: HashMap<String, OnceCell<Arc<dyn TableProvider>>>,
}

/// Windows, each with the word for its kind.
type NamedWindows = Vec<(&'static str, Window)>;

/// What the schemas share.
struct Engine {
    analytics: Analytics,
    /// Weak, because the session owns the catalog that owns this.
    state: OnceLock<Weak<RwLock<SessionState>>>,
    zone: Tz,
    /// Limits that hold for what is computed on the way, too.
    runtime: Arc<RuntimeEnv>,
    kept: Arc<Kept>,
    windows: OnceCell<NamedWindows>,
    /// What is hidden of metrics about people, by name.
    hidden: HashMap<String, OnceCell<Arc<MemTable>>>,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.analytics.fmt(f)
    }
}

impl Engine {
    async fn view(&self, sql: String) -> Result<Arc<dyn TableProvider>> {
        let plan = self.plan(&sql).await?;
        Ok(Arc::new(ViewTable::new(plan, Some(sql))))
    }

    async fn plan(&self, sql: &str) -> Result<LogicalPlan> {
        let state = self
            .state
            .get()
            .and_then(Weak::upgrade)
            .ok_or_else(|| DataFusionError::Internal("the session is closed".to_owned()))?;
        let state = state.read().clone();
        state.create_logical_plan(sql).await
    }

    async fn rows(&self, sql: String) -> Result<(SchemaRef, Vec<RecordBatch>)> {
        let plan = self.view(sql).await?;
        let context =
            SessionContext::new_with_config_rt(SessionConfig::new(), self.runtime.clone());
        let frame = context.read_table(plan)?;
        let schema = Arc::new(frame.schema().as_arrow().clone());
        let rows = frame.collect().await?;
        // What a plan says of NULLs may be looser than what its rows say.
        let schema = rows.first().map_or(schema, RecordBatch::schema);
        Ok((schema, rows))
    }

    async fn entity(
        &self,
        sql: &str,
        kept: &OnceCell<Arc<dyn TableProvider>>,
    ) -> Result<Arc<dyn TableProvider>> {
        let table = kept.get_or_try_init(|| async {
            let (schema, rows) = self.rows(sql.to_owned()).await?;
            Ok::<_, DataFusionError>(Arc::new(MemTable::try_new(schema, vec![rows])?) as _)
        });
        table.await.cloned()
    }

    async fn derived(&self, name: &str) -> Result<Arc<dyn TableProvider>> {
        let derived = self
            .kept
            .derived
            .get_or_try_init(|| async {
                let facts = facts_session(self.analytics.facts.clone())?;
                derive(&facts, &self.analytics.definition, self.analytics.as_of).await
            })
            .await
            .map_err(|error: AnalyticsError| match error {
                AnalyticsError::Engine(error) => error,
                error => DataFusionError::External(error.into()),
            })?;
        match derived.tables.iter().find(|(table, _)| *table == name) {
            Some((_, rows)) => {
                Ok(Arc::new(MemTable::try_new(rows.schema(), vec![vec![rows.clone()]])?))
            }
            None => Err(DataFusionError::Internal(format!("`{name}` is not derived"))),
        }
    }

    /// The span's windows, from the first event where the span does not say from when.
    async fn windows(&self) -> Result<&NamedWindows> {
        self.windows
            .get_or_try_init(|| async {
                let Analytics { span, definition, as_of, .. } = &self.analytics;
                let first = if span.from.is_some() { None } else { self.first_event().await? };
                let windows = Windows::cut(span, first, *as_of, definition, self.zone).0;
                Ok(windows.into_iter().map(|window| (window.kind.name(), window)).collect())
            })
            .await
    }

    async fn first_event(&self) -> Result<Option<DateTime<Utc>>> {
        let sql = "select min(at) as at from ( \
                     select min(finished_at) as at from classified_deployments \
                     union all \
                     select min(coalesce(impact_started_at, detected_at, created_at)) as at from incidents \
                     where deleted_at is null \
                     union all \
                     select min(requested_at) as at from self_service_runs where deleted_at is null \
                     union all \
                     select min(created_at) as at from support_tickets where deleted_at is null \
                     union all \
                     select min(answered_at) as at from survey_responses where deleted_at is null \
                     union all \
                     select min(cast(cast(used_on as timestamp(6)) as timestamp(6) with time zone)) as at \
                     from ai_usage where deleted_at is null)";
        let (_, rows) = self.rows(sql.to_owned()).await?;
        let Some(rows) = rows.first().filter(|rows| rows.num_rows() > 0) else {
            return Ok(None);
        };
        Ok(Instants::of(rows, "at")?.get(0).and_then(DateTime::from_timestamp_micros))
    }

    async fn engine_table(&self, name: &str) -> Result<Arc<dyn TableProvider>> {
        let plan = match name {
            "clock" => self.clock()?,
            "definition" => self.definition()?,
            _ => window_rows(self.windows().await?)?,
        };
        Ok(Arc::new(ViewTable::new(plan, None)))
    }

    fn clock(&self) -> Result<LogicalPlan> {
        let as_of = self.analytics.as_of;
        let last = as_of - chrono::Duration::microseconds(1);
        let until = last.with_timezone(&self.zone).date_naive() + chrono::Duration::days(1);
        named(vec![vec![lit(instant(as_of)), lit(date(until))]], &["as_of", "until_on"])
    }

    fn definition(&self) -> Result<LogicalPlan> {
        let definition = &self.analytics.definition;
        let options = definition.options();
        let names: Vec<&str> = std::iter::once("definition_id")
            .chain(options.iter().map(|(name, _)| name.as_str()))
            .collect();
        let values = std::iter::once(lit(definition.id()))
            .chain(options.iter().map(|(_, value)| lit(value.clone())))
            .collect();
        named(vec![values], &names)
    }
}

/// A session over fact tables alone, for [`derive()`].
///
/// # Errors
/// Never for a schema that answers.
pub fn facts_session(facts: Arc<dyn SchemaProvider>) -> Result<SessionContext> {
    let config = SessionConfig::new()
        .with_default_catalog_and_schema(CATALOG, PUBLIC)
        .with_create_default_catalog_and_schema(false);
    let context = SessionContext::new_with_config(config);
    let catalog = MemoryCatalogProvider::new();
    catalog.register_schema(PUBLIC, facts)?;
    context.register_catalog(CATALOG, Arc::new(catalog));
    Ok(context)
}

/// The windows as literal rows: unlike a table in memory they travel to a cluster.
fn window_rows(windows: &NamedWindows) -> Result<LogicalPlan> {
    let names = [
        "window_kind",
        "window_start",
        "window_end",
        "start_on",
        "end_on",
        "is_provisional",
        "is_cut",
    ];
    let rows: Vec<Vec<Expr>> = windows
        .iter()
        .map(|(kind, window)| {
            vec![
                lit(*kind),
                lit(instant(window.start)),
                lit(instant(window.end)),
                lit(date(window.start_on)),
                lit(date(window.end_on)),
                lit(window.is_provisional),
                lit(window.is_cut),
            ]
        })
        .collect();
    if !rows.is_empty() {
        return named(rows, &names);
    }
    let nothing = vec![
        lit(""),
        lit(ScalarValue::TimestampMicrosecond(None, Some("UTC".into()))),
        lit(ScalarValue::TimestampMicrosecond(None, Some("UTC".into()))),
        lit(ScalarValue::Date32(None)),
        lit(ScalarValue::Date32(None)),
        lit(false),
        lit(false),
    ];
    LogicalPlanBuilder::from(named(vec![nothing], &names)?).filter(lit(false))?.build()
}

fn named(rows: Vec<Vec<Expr>>, names: &[&str]) -> Result<LogicalPlan> {
    let columns =
        names.iter().enumerate().map(|(at, name)| col(format!("column{}", at + 1)).alias(*name));
    LogicalPlanBuilder::values(rows)?.project(columns)?.build()
}

fn instant(at: DateTime<Utc>) -> ScalarValue {
    ScalarValue::TimestampMicrosecond(Some(at.timestamp_micros()), Some("UTC".into()))
}

fn date(day: chrono::NaiveDate) -> ScalarValue {
    let epoch = chrono::NaiveDate::default();
    ScalarValue::Date32(i32::try_from((day - epoch).num_days()).ok())
}
