//! What is hidden of metrics about people: worked out when a metric is first read, once for all that
//! a session is asked.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::datasource::MemTable;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;
use tokio::sync::OnceCell;

use super::{Engine, open};
use crate::suppression::plane::{self, Judged};
use crate::suppression::presences;
use crate::windows::midnight;
use crate::{Analytics, Metric, Named, Span, WindowKind, Windows};

impl Engine {
    async fn hidden(&self, metric: &Metric, named: &Named) -> Result<Arc<MemTable>> {
        let work_out = || async {
            let judged = self.judged().await?;
            let windows = OnceCell::new_with(Some(judged.named()));
            let (kept, runtime) = (self.kept.clone(), self.runtime.clone());
            let session = open(self.analytics.clone(), self.zone, kept, windows, runtime)?;
            let groups = session.sql(plane::GROUPS).await?.collect().await?;
            let present = session.sql(&presences(metric, named)).await?.collect().await?;
            let hidden = plane::hidden(&judged, &groups, &present)?;
            let table = MemTable::try_new(plane::schema(), vec![vec![hidden]])?;
            Ok::<_, DataFusionError>(Arc::new(table))
        };
        match self.hidden.get(&metric.name) {
            Some(kept) => kept.get_or_try_init(work_out).await.cloned(),
            None => work_out().await,
        }
    }

    /// All windows of the calendar over the whole history, whatever the span offers: two answers must
    /// not tell together what neither tells alone.
    async fn judged(&self) -> Result<Judged> {
        let Analytics { span, definition, as_of, .. } = &self.analytics;
        let (event, from) =
            (self.first_event().await?, span.from.map(|from| midnight(from, self.zone)));
        let cut = |kinds: &[WindowKind], first| {
            let span = Span { kinds: kinds.to_vec(), from: None, to: None };
            Windows::cut(&span, first, *as_of, definition, self.zone).0
        };
        let kinds = WindowKind::ALL.into_iter().filter(|kind| *kind != WindowKind::All);
        let kinds: Vec<WindowKind> = kinds.collect();
        let mut calendar = cut(&kinds, event.into_iter().chain(from).min());
        calendar.extend(cut(&[WindowKind::All], event.or(from)));
        let is_span = span.from.is_some() || span.to.is_some();
        let asked = self.windows().await?.iter().map(|(_, window)| window);
        let mut asked =
            asked.filter(|window| window.kind == WindowKind::All && !window.is_cut && is_span);
        Ok(Judged::of(calendar, asked.next().cloned()))
    }
}

/// The hidden cells of a metric, not looked for before they are read.
pub(super) struct HiddenCells {
    pub(super) engine: Arc<Engine>,
    pub(super) metric: Metric,
    pub(super) named: Named,
}

impl fmt::Debug for HiddenCells {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HiddenCells").field("metric", &self.metric.name).finish_non_exhaustive()
    }
}

#[async_trait]
impl TableProvider for HiddenCells {
    fn schema(&self) -> SchemaRef {
        plane::schema()
    }

    fn table_type(&self) -> TableType {
        TableType::Temporary
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let cells = self.engine.hidden(&self.metric, &self.named).await?;
        cells.scan(state, projection, filters, limit).await
    }
}
