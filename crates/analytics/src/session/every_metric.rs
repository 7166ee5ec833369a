//! The view `metrics.all`: planned when it is read, and then only the metrics that a query wants.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{Column, ScalarValue};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{
    BinaryExpr, Expr, LogicalPlan, LogicalPlanBuilder, Operator, TableProviderFilterPushDown,
    TableType, cast,
};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use milepost_events::tables::MetricValue;
use milepost_events::{Row as _, table};

use super::Engine;

/// Values of all metrics.
pub(super) struct EveryMetric {
    pub(super) engine: Arc<Engine>,
    columns: SchemaRef,
}

impl fmt::Debug for EveryMetric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.engine.fmt(f)
    }
}

impl EveryMetric {
    pub(super) fn of(engine: Arc<Engine>) -> EveryMetric {
        EveryMetric { engine, columns: columns() }
    }

    /// The metrics that rows may be of, by what the filters say of the column `metric`.
    fn wanted(&self, filters: &[Expr]) -> BTreeSet<String> {
        let all = self.engine.analytics.catalogue.metrics.keys();
        let fits = |name: &&String| filters.iter().all(|filter| may_hold(filter, name));
        all.filter(fits).cloned().collect()
    }

    async fn plan(&self, names: &BTreeSet<String>, filters: &[Expr]) -> Result<LogicalPlan> {
        let mut whole: Option<LogicalPlanBuilder> = None;
        for name in names {
            let plan = self.engine.plan(&format!("select * from metrics.{name}")).await?;
            let typed = |field: &Arc<Field>| {
                let own = Expr::Column(Column::from_name(field.name()));
                cast(own, field.data_type().clone()).alias(field.name())
            };
            let typed: Vec<Expr> = self.columns.fields().iter().map(typed).collect();
            let mut part = LogicalPlanBuilder::from(plan).project(typed)?;
            if let Some(filter) = conjunction(filters.iter().map(unqualified)) {
                part = part.filter(filter)?;
            }
            let part = part.build()?;
            whole = Some(match whole {
                None => LogicalPlanBuilder::from(part),
                Some(whole) => whole.union(part)?,
            });
        }
        whole.map_or_else(
            || Err(DataFusionError::Internal("no metric was planned".to_owned())),
            LogicalPlanBuilder::build,
        )
    }
}

/// The columns that every metric has, with the types of the table `metric_values`.
pub(crate) fn columns() -> SchemaRef {
    let order = [
        "metric",
        "statistic",
        "unit",
        "subject_kind",
        "subject_id",
        "window_kind",
        "window_start",
        "window_end",
        "value",
        "sample_size",
        "excluded_count",
        "coverage_ratio",
        "basis",
        "reason",
        "is_provisional",
        "level",
        "level_set",
        "definition_id",
        "ci_low",
        "ci_high",
    ];
    let known = table(MetricValue::TABLE);
    let field = |name: &str| {
        let column = known.and_then(|known| known.column(name));
        Field::new(name, column.map_or(DataType::Utf8, |column| column.data_type().clone()), true)
    };
    Arc::new(Schema::new(order.map(field).to_vec()))
}

/// False where a filter leaves no row of the metric; true where that can't be told.
fn may_hold(filter: &Expr, name: &str) -> bool {
    let is_metric = |expr: &Expr| matches!(expr, Expr::Column(column) if column.name == "metric");
    let is_name = |expr: &Expr| match expr {
        Expr::Literal(
            ScalarValue::Utf8(Some(text))
            | ScalarValue::Utf8View(Some(text))
            | ScalarValue::LargeUtf8(Some(text)),
            _,
        ) => Some(text == name),
        _ => None,
    };
    match filter {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::And, right }) => {
            may_hold(left, name) && may_hold(right, name)
        }
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, right }) => {
            may_hold(left, name) || may_hold(right, name)
        }
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) if is_metric(left) => {
            is_name(right).unwrap_or(true)
        }
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) if is_metric(right) => {
            is_name(left).unwrap_or(true)
        }
        Expr::InList(list) if is_metric(&list.expr) && !list.negated => {
            list.list.iter().any(|one| is_name(one).unwrap_or(true))
        }
        _ => true,
    }
}

/// The filter with the columns' bare names.
fn unqualified(filter: &Expr) -> Expr {
    use datafusion::common::tree_node::{Transformed, TreeNode};
    let bare = |expr: Expr| {
        Ok(match expr {
            Expr::Column(column) => Transformed::yes(Expr::Column(Column::from_name(column.name))),
            other => Transformed::no(other),
        })
    };
    filter.clone().transform(bare).map_or_else(|_| filter.clone(), |done| done.data)
}

#[async_trait]
impl TableProvider for EveryMetric {
    fn schema(&self) -> SchemaRef {
        self.columns.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Exact; filters.len()])
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let names = self.wanted(filters);
        let kept: Vec<usize> =
            projection.cloned().unwrap_or_else(|| (0..self.columns.fields().len()).collect());
        if names.is_empty() {
            return Ok(Arc::new(EmptyExec::new(Arc::new(self.columns.project(&kept)?))));
        }
        let plan = self.plan(&names, filters).await?;
        let shown =
            kept.iter().map(|at| Expr::Column(Column::from_name(self.columns.field(*at).name())));
        let plan = LogicalPlanBuilder::from(plan).project(shown)?.limit(0, limit)?.build()?;
        session.create_physical_plan(&plan).await
    }
}

#[cfg(test)]
mod tests {
    use datafusion::prelude::{col, lit};

    use super::may_hold;

    #[test]
    fn a_filter_leaves_out_a_metric_only_where_that_is_sure() {
        let is_nps = col("metric").eq(lit("nps"));
        assert!(may_hold(&is_nps, "nps") && !may_hold(&is_nps, "toil_proxy"));
        let either = is_nps.clone().or(col("metric").eq(lit("toil_proxy")));
        assert!(may_hold(&either, "toil_proxy") && !may_hold(&either, "satisfaction"));
        let none = is_nps.clone().and(col("metric").eq(lit("toil_proxy")));
        assert!(!may_hold(&none, "nps"));
        let listed = col("metric").in_list(vec![lit("nps"), lit("satisfaction")], false);
        assert!(may_hold(&listed, "nps") && !may_hold(&listed, "toil_proxy"));
        let others = col("metric").in_list(vec![lit("nps")], true);
        assert!(may_hold(&others, "nps") && may_hold(&others, "toil_proxy"));
        assert!(may_hold(&col("subject_id").eq(lit("nps")), "toil_proxy"));
        assert!(may_hold(&is_nps.or(col("value").gt(lit(1.0))), "toil_proxy"));
    }
}
