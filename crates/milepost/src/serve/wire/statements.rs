//! What a statement is, and which ones are answered: those that read, and those that clients send by
//! habit, without effect.

use async_trait::async_trait;
use datafusion::common::{DFSchema, ParamValues};
use datafusion::execution::context::SQLOptions;
use datafusion::logical_expr::{EmptyRelation, LogicalPlan, LogicalPlanBuilder};
use datafusion::prelude::{DataFrame, SessionContext, col, lit};
use datafusion::sql::parser::Statement as Parsed;
use datafusion::sql::sqlparser::ast::{Ident, Set, Statement};
use datafusion_postgres::QueryHook;
use datafusion_postgres::arrow_pg::datatypes::df::encode_dataframe;
use datafusion_postgres::hooks::HookClient;
use datafusion_postgres::pgwire::api::portal::{Format, Portal};
use datafusion_postgres::pgwire::api::results::{
    DataRowEncoder, FieldFormat, FieldInfo, QueryResponse, Response, Tag,
};
use datafusion_postgres::pgwire::api::stmt::StoredStatement;
use datafusion_postgres::pgwire::api::store::PortalStore as _;
use datafusion_postgres::pgwire::api::{ClientInfo, Type};
use datafusion_postgres::pgwire::error::PgWireResult;
use datafusion_postgres::pgwire::messages::response::TransactionStatus;
use datafusion_postgres::pgwire::types::format::FormatOptions;
use futures::stream;
use std::borrow::Cow;
use std::sync::Arc;

use super::failure::{error, of_engine, refused};

/// The version of Postgres whose habits are kept, as drivers read it.
pub(super) const SERVER_VERSION: &str = "16.6";

/// Where a client's own longest time is kept.
pub(super) const TIMEOUT: &str = "statement_timeout_ms";

/// A time as settings of Postgres say it: milliseconds where no unit is given.
pub(super) fn milliseconds(text: &str) -> Option<u64> {
    let end = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text[..end].parse().ok()?;
    let factor = match text[end..].trim() {
        "" | "ms" => 1,
        "s" => 1_000,
        "min" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    number.checked_mul(factor)
}

/// What clients ask for that the engine can't plan, and what comes to the same for tables like ours.
const HABITS: [(&str, &str); 1] = [
    // psql, \d+ of a table.
    (
        "pg_catalog.array_to_string(c.reloptions || array(select 'toast.' || x from pg_catalog.unnest(tc.reloptions) x), ', ')",
        "''",
    ),
];

/// The query in words that the engine knows.
pub(super) fn in_our_words(query: &str) -> Cow<'_, str> {
    let mut query = Cow::Borrowed(query);
    for (theirs, ours) in HABITS {
        if query.contains(theirs) {
            query = Cow::Owned(query.replace(theirs, ours));
        }
    }
    query
}

/// What a statement is.
enum Kind {
    /// It reads.
    Reads,
    /// It sets or shows something of the client's own, or is about transactions and cursors: told
    /// elsewhere, without effect on others.
    Habit,
    /// Like those, and told here: its tag.
    Acknowledged(&'static str),
    /// A failed transaction goes on from a savepoint, of which there is nothing to undo.
    BackToSavepoint,
    /// A setting of the server, and what it is.
    Shown(&'static str, &'static str),
    /// The longest time that the client wants to wait, in milliseconds; 0 for as long as it takes.
    Timeout(u64),
    /// A cursor over a query.
    Cursor,
    /// Anything else, in a word.
    Refused(String),
}

fn kind(statement: &Statement) -> Kind {
    match statement {
        Statement::Query(_)
        | Statement::Explain { .. }
        | Statement::ExplainTable { .. }
        | Statement::ShowTables { .. }
        | Statement::ShowColumns { .. }
        | Statement::ShowFunctions { .. } => Kind::Reads,
        Statement::Set(set) => setting(set),
        Statement::ShowVariable { variable } => shown(variable),
        Statement::ShowStatus { .. }
        | Statement::ShowCatalogs { .. }
        | Statement::StartTransaction { .. }
        | Statement::Commit { .. }
        | Statement::Rollback { savepoint: None, .. }
        | Statement::Fetch { .. }
        | Statement::Close { .. } => Kind::Habit,
        Statement::Rollback { .. } => Kind::BackToSavepoint,
        Statement::Savepoint { .. } => Kind::Acknowledged("SAVEPOINT"),
        Statement::ReleaseSavepoint { .. } => Kind::Acknowledged("RELEASE"),
        Statement::Declare { .. } => Kind::Cursor,
        Statement::Discard { .. } => Kind::Acknowledged("DISCARD ALL"),
        Statement::Deallocate { .. } => Kind::Acknowledged("DEALLOCATE"),
        Statement::Reset(_) => Kind::Acknowledged("RESET"),
        Statement::LISTEN { .. } => Kind::Acknowledged("LISTEN"),
        Statement::UNLISTEN { .. } => Kind::Acknowledged("UNLISTEN"),
        other => {
            let text = other.to_string();
            Kind::Refused(text.split(' ').next().unwrap_or_default().to_uppercase())
        }
    }
}

/// Settings of a client's own are kept; those of the engine are nobody's to change; all others are
/// acknowledged, as drivers send them unasked.
fn setting(set: &Set) -> Kind {
    match set {
        Set::SetTimeZone { .. } => Kind::Habit,
        Set::SingleAssignment { variable, values, .. } => {
            let value = values.first().map(ToString::to_string).unwrap_or_default();
            match variable.to_string().to_lowercase().as_str() {
                "statement_timeout" => {
                    Kind::Timeout(milliseconds(value.trim_matches('\'')).unwrap_or_default())
                }
                "datestyle" | "bytea_output" | "intervalstyle" | "application_name"
                | "extra_float_digits" | "search_path" => Kind::Habit,
                name if name.starts_with("datafusion.") => Kind::Refused("SET".to_owned()),
                _ => Kind::Acknowledged("SET"),
            }
        }
        _ => Kind::Acknowledged("SET"),
    }
}

/// Settings that are the server's own; a client's own are told elsewhere.
fn shown(variable: &[Ident]) -> Kind {
    match variable.first().map(|word| word.value.to_lowercase()).as_deref() {
        Some("server_version") => Kind::Shown("server_version", SERVER_VERSION),
        Some("transaction_read_only") => Kind::Shown("transaction_read_only", "on"),
        Some("default_transaction_read_only") => Kind::Shown("default_transaction_read_only", "on"),
        Some("is_superuser") => Kind::Shown("is_superuser", "off"),
        Some("standard_conforming_strings") => Kind::Shown("standard_conforming_strings", "on"),
        _ => Kind::Habit,
    }
}

fn setting_row(name: &str, value: &'static str) -> PgWireResult<Response> {
    let field = FieldInfo::new(name.to_owned(), None, None, Type::VARCHAR, FieldFormat::Text);
    let fields = Arc::new(vec![field]);
    let mut row = DataRowEncoder::new(fields.clone());
    row.encode_field(&Some(value))?;
    let row = Ok(row.take_row());
    Ok(Response::Query(QueryResponse::new(fields, stream::once(async { row }))))
}

/// Plans a statement that may only read.
pub(super) async fn plan(
    session: &SessionContext,
    statement: &Statement,
) -> PgWireResult<LogicalPlan> {
    let state = session.state();
    let parsed = Parsed::Statement(Box::new(statement.clone()));
    let plan = state.statement_to_plan(parsed).await.map_err(|failure| of_engine(&failure))?;
    let reading =
        SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
    reading.verify_plan(&plan).map_err(|failure| of_engine(&failure))?;
    Ok(plan)
}

/// Stands before all other hooks: nothing gets past it but what is known to do no harm.
#[derive(Debug)]
pub(super) struct Guard;

#[async_trait]
impl QueryHook for Guard {
    async fn handle_simple_query(
        &self,
        statement: &Statement,
        session: &SessionContext,
        client: &mut dyn HookClient,
    ) -> Option<PgWireResult<Response>> {
        match kind(statement) {
            Kind::Habit => None,
            Kind::Acknowledged(tag) => Some(Ok(Response::Execution(Tag::new(tag)))),
            Kind::Timeout(milliseconds) => {
                client.metadata_mut().insert(TIMEOUT.to_owned(), milliseconds.to_string());
                Some(Ok(Response::Execution(Tag::new("SET"))))
            }
            Kind::BackToSavepoint => Some(Ok(Response::TransactionStart(Tag::new("ROLLBACK")))),
            Kind::Shown(name, value) => Some(setting_row(name, value)),
            Kind::Refused(what) => Some(Err(refused(&what))),
            // The hook for transactions says so.
            _ if client.transaction_status() == TransactionStatus::Error => None,
            Kind::Cursor => Some(cursor(session, statement, None, client).await),
            Kind::Reads => Some(rows(session, statement, client).await),
        }
    }

    async fn handle_extended_parse_query(
        &self,
        statement: &Statement,
        session: &SessionContext,
        _: &(dyn ClientInfo + Send + Sync),
    ) -> Option<PgWireResult<LogicalPlan>> {
        match kind(statement) {
            Kind::Habit => None,
            Kind::Acknowledged(_) | Kind::BackToSavepoint | Kind::Timeout(_) => Some(Ok(nothing())),
            Kind::Shown(name, value) => Some(setting_plan(name, value)),
            Kind::Refused(what) => Some(Err(refused(&what))),
            // Its parameters are those of its query.
            Kind::Cursor => Some(declared(session, statement).await.map(|(.., plan)| plan)),
            Kind::Reads => Some(plan(session, statement).await),
        }
    }

    async fn handle_extended_query(
        &self,
        statement: &Statement,
        _: &LogicalPlan,
        parameters: &ParamValues,
        session: &SessionContext,
        client: &mut dyn HookClient,
    ) -> Option<PgWireResult<Response>> {
        match kind(statement) {
            Kind::Reads | Kind::Shown(..) => None,
            Kind::Cursor if client.transaction_status() != TransactionStatus::Error => {
                Some(cursor(session, statement, Some(parameters), client).await)
            }
            _ => self.handle_simple_query(statement, session, client).await,
        }
    }
}

/// The name and the query of a cursor, and how it is planned.
async fn declared(
    session: &SessionContext,
    statement: &Statement,
) -> PgWireResult<(String, Statement, LogicalPlan)> {
    let wrong = || error("42601", "a cursor is declared as NAME CURSOR FOR QUERY");
    let Statement::Declare { stmts } = statement else { return Err(wrong()) };
    let [declared] = stmts.as_slice() else { return Err(wrong()) };
    if declared.scroll == Some(true) {
        return Err(error("0A000", "a cursor goes forward only"));
    }
    let name = declared.names.first().ok_or_else(wrong)?.value.clone();
    let query = Statement::Query(declared.for_query.clone().ok_or_else(wrong)?);
    let plan = plan(session, &query).await?;
    Ok((name, query, plan))
}

/// Opens a cursor: its rows wait for whoever fetches them.
async fn cursor(
    session: &SessionContext,
    statement: &Statement,
    parameters: Option<&ParamValues>,
    client: &mut dyn HookClient,
) -> PgWireResult<Response> {
    let (name, query, mut plan) = declared(session, statement).await?;
    if let Some(parameters) = parameters {
        let bound = plan.clone().replace_params_with_values(parameters);
        plan = bound.map_err(|failure| of_engine(&failure))?;
    }
    let options = Arc::new(FormatOptions::from_client_metadata(client.metadata()));
    let frame = DataFrame::new(session.state(), plan.clone());
    let rows = encode_dataframe(frame, &Format::UnifiedText, Some(options)).await?;
    let prepared = (query.to_string(), Some((query, plan)));
    let stored = Arc::new(StoredStatement::new(name.clone(), prepared, Vec::new()));
    let portal = Portal::new_cursor(name, stored);
    portal.start(rows).await;
    client.portal_store().put_portal(Arc::new(portal));
    Ok(Response::Execution(Tag::new("DECLARE CURSOR")))
}

fn setting_plan(name: &str, value: &str) -> PgWireResult<LogicalPlan> {
    LogicalPlanBuilder::values(vec![vec![lit(value)]])
        .and_then(|rows| rows.project(vec![col("column1").alias(name)])?.build())
        .map_err(|failure| of_engine(&failure))
}

async fn rows(
    session: &SessionContext,
    statement: &Statement,
    client: &mut dyn HookClient,
) -> PgWireResult<Response> {
    let plan = plan(session, statement).await?;
    let options = Arc::new(FormatOptions::from_client_metadata(client.metadata()));
    let frame = DataFrame::new(session.state(), plan);
    let rows = encode_dataframe(frame, &Format::UnifiedText, Some(options)).await?;
    Ok(Response::Query(rows))
}

fn nothing() -> LogicalPlan {
    let schema = Arc::new(DFSchema::empty());
    LogicalPlan::EmptyRelation(EmptyRelation { produce_one_row: false, schema })
}
