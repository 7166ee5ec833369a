//! Names of services that other systems use and that lead to no service.

use datafusion::prelude::SessionContext;
use milepost_events::{Kind, Table, tables_by_contract};
use serde::Deserialize;

use super::ask::ask;
use super::near;
use crate::AnalyticsError;

/// A name in facts that is that of no service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnmatchedName {
    /// The name, as the other system writes it.
    pub name: String,
    /// Source of the rows that use it.
    pub source: String,
    /// Table of those rows.
    pub table_name: String,
    /// How many rows use it.
    pub rows_count: i64,
    /// The service that was probably meant; `None` where none is near.
    pub likely_service_id: Option<String>,
}

/// Names by the number of rows that use them, most first.
///
/// A name is known that the catalogue lists as a service, as an alias, or as what is built from a
/// repository. Without a catalogue it is what deployments name.
///
/// # Errors
/// Where a table can't be read.
pub async fn unmatched(session: &SessionContext) -> Result<Vec<UnmatchedName>, AnalyticsError> {
    #[derive(Deserialize)]
    struct Known {
        name: String,
        service_id: String,
    }
    #[derive(Deserialize)]
    struct Used {
        name: String,
        source: String,
        table_name: String,
        rows_count: i64,
    }
    let known: Vec<Known> = ask(session, KNOWN).await?;
    let used: Vec<String> = naming_services().map(|table| uses(table.name)).collect();
    let sql = format!(
        "select * from ({}) order by rows_count desc, name, source, table_name",
        used.join(" union all ")
    );
    let likely = |name: &str| {
        let near = near::nearest(name, known.iter().map(|known| known.name.as_str()));
        let meant = |near: &&str| known.iter().find(|known| known.name == **near);
        near.first().and_then(meant).map(|known| known.service_id.clone())
    };
    Ok(ask::<Used>(session, &sql)
        .await?
        .into_iter()
        .filter(|used| known.iter().all(|known| known.name != used.name))
        .map(|used| UnmatchedName {
            likely_service_id: likely(&used.name),
            name: used.name,
            source: used.source,
            table_name: used.table_name,
            rows_count: used.rows_count,
        })
        .collect())
}

/// Names that lead to a service, each with it.
const KNOWN: &str = "select service_id as name, service_id from services where deleted_at is null \
    union select service_id as name, service_id from service_repositories where deleted_at is null \
    union select alias as name, service_id from service_aliases where deleted_at is null \
    union select service_id as name, service_id from deployments where deleted_at is null \
        and (basis = 'inferred' or 0 = (\
            select count(*) from services where basis = 'recorded' and deleted_at is null)) \
    order by name, service_id";

/// Tables of facts whose rows name a service that another table must know.
fn naming_services() -> impl Iterator<Item = &'static Table> {
    let facts = tables_by_contract().iter().filter(|table| table.kind == Kind::Fact);
    facts.filter(|table| {
        table.column("service_id").is_some()
            && !["services", "service_aliases", "service_repositories"].contains(&table.name)
    })
}

fn uses(table: &str) -> String {
    format!(
        "select service_id as name, source, '{table}' as table_name, count(*) as rows_count \
         from {table} where service_id is not null and deleted_at is null \
         group by service_id, source"
    )
}
