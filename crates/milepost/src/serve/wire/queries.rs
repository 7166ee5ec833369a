//! Answers to the queries of one connection, each from the lake's state when it is asked.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use datafusion::catalog::CatalogProvider as _;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::SessionContext;
use datafusion::sql::sqlparser::ast::Statement;
use datafusion_postgres::DfSessionService;
use datafusion_postgres::hooks::cursor::CursorStatementHook;
use datafusion_postgres::hooks::set_show::SetShowHook;
use datafusion_postgres::hooks::transactions::TransactionStatementHook;
use datafusion_postgres::pgwire::api::portal::{Format, Portal};
use datafusion_postgres::pgwire::api::query::{ExtendedQueryHandler, SimpleQueryHandler};
use datafusion_postgres::pgwire::api::results::{FieldInfo, Response};
use datafusion_postgres::pgwire::api::stmt::{QueryParser, StoredStatement};
use datafusion_postgres::pgwire::api::store::PortalStore;
use datafusion_postgres::pgwire::api::{
    ClientInfo, ClientPortalStore, ConnectionHandle, METADATA_USER, Type,
};
use datafusion_postgres::pgwire::error::{PgWireError, PgWireResult};
use datafusion_postgres::pgwire::messages::PgWireBackendMessage;
use futures::channel::oneshot::Receiver;
use futures::future::Shared;
use futures::{FutureExt as _, Sink, StreamExt as _, stream};
use parking_lot::Mutex;
use tokio::sync::OnceCell;
use tokio::time::{Instant, timeout_at};

use super::access::Access;
use super::catalogue::{Listed, PgCatalog, functions};
use super::failure::{error, late, of_others};
use super::statements::{Guard, TIMEOUT, in_our_words, milliseconds};
use crate::serve::desk::{CATALOG, Desk};
use crate::serve::exposed::Exposed;
use crate::statements::split;

/// A statement as the hooks of datafusion-postgres know it: its text, and what it is.
type Prepared = (String, Option<(Statement, LogicalPlan)>);

/// The queries of a connection.
pub(super) struct Queries(Arc<Reader>);

/// What reads statements, with the session that they are read in.
pub(super) struct Reader {
    desk: Arc<Desk>,
    access: Arc<Access>,
    pg_catalog: Arc<PgCatalog>,
    opened: OnceCell<Opened>,
    /// Text of the statement that was planned last and not run yet: it need not be planned again.
    planned: Mutex<Option<String>>,
}

struct Opened {
    session: Arc<SessionContext>,
    service: DfSessionService,
}

impl Queries {
    pub(super) fn new(desk: Arc<Desk>, access: Arc<Access>, pg_catalog: Arc<PgCatalog>) -> Queries {
        let (opened, planned) = (OnceCell::new(), Mutex::default());
        Queries(Arc::new(Reader { desk, access, pg_catalog, opened, planned }))
    }
}

impl Reader {
    /// The connection's session over the lake as it is now.
    async fn now<C: ClientInfo>(&self, client: &C) -> PgWireResult<&DfSessionService> {
        let fail = |failure: &dyn std::fmt::Display| error("58000", &failure.to_string());
        let user = client.metadata().get(METADATA_USER).map(String::as_str);
        let catalog = self.desk.catalog(self.access.sees_people(user)).await;
        let catalog = catalog.map_err(|failure| fail(&failure))?;
        let listed = self.pg_catalog.listed(&self.desk).await.map_err(|failure| fail(&failure))?;
        let opened = self
            .opened
            .get_or_try_init(|| async { self.open(&catalog, listed, user.unwrap_or_default()) })
            .await;
        let opened = opened.map_err(|failure| fail(&failure))?;
        catalog
            .register_schema("pg_catalog", listed.schema.clone())
            .map_err(|failure| fail(&failure))?;
        opened.session.register_catalog(CATALOG, catalog);
        Ok(&opened.service)
    }

    fn open(
        &self,
        catalog: &Arc<Exposed>,
        listed: &Listed,
        user: &str,
    ) -> datafusion::error::Result<Opened> {
        let session = self.desk.bare();
        session.register_catalog(CATALOG, catalog.clone());
        functions(&session, listed, user)?;
        let session = Arc::new(session);
        let service = DfSessionService::new_with_hooks(
            session.clone(),
            vec![
                Arc::new(Guard),
                Arc::new(SetShowHook),
                Arc::new(TransactionStatementHook),
                Arc::new(CursorStatementHook),
            ],
        );
        Ok(Opened { session, service })
    }

    fn deadline<C: ClientInfo>(&self, client: &C) -> Duration {
        let metadata = client.metadata();
        let own = metadata.get(TIMEOUT).and_then(|text| text.parse().ok());
        // A client may also say it when it comes in.
        let first = || metadata.get("options")?.split("statement_timeout=").nth(1);
        let first = || milliseconds(first()?.split([' ', '\\']).next().unwrap_or_default());
        let own = own.or_else(first).filter(|own| *own > 0).map(Duration::from_millis);
        own.map_or(self.desk.deadline, |own| own.min(self.desk.deadline))
    }

    /// The same portal over the statement as it is planned now.
    async fn renewed<C>(
        &self,
        client: &C,
        portal: &Portal<Prepared>,
    ) -> PgWireResult<Option<Portal<Prepared>>>
    where
        C: ClientInfo + Unpin + Send + Sync,
    {
        let text = &portal.statement.statement.0;
        if self.planned.lock().take().as_ref() == Some(text) {
            return Ok(None);
        }
        let parser = self.now(client).await?.query_parser();
        let types = &portal.statement.parameter_types;
        let Some(statement) = parser.parse_sql(client, text, types).await.map_err(of_others)?
        else {
            return Ok(None);
        };
        let statement = StoredStatement::new(portal.statement.id.clone(), statement, types.clone());
        let mut renewed = Portal::new_cursor(portal.name.clone(), Arc::new(statement));
        renewed.parameter_format = portal.parameter_format.clone();
        renewed.parameters = portal.parameters.clone();
        renewed.result_column_format = portal.result_column_format.clone();
        renewed.state = portal.state.clone();
        Ok(Some(renewed))
    }
}

/// What ends the rows of an answer before their time.
#[derive(Clone)]
struct Ends {
    deadline: Duration,
    until: Instant,
    /// Resolves when the client asks for it, or wants something else.
    cancelled: Option<Shared<Receiver<()>>>,
}

impl Ends {
    /// To be called with nothing awaited behind it: whoever waited for the answer is told by the
    /// same word that a client has cancelled.
    async fn of<C: ClientInfo>(client: &C, deadline: Duration, until: Instant) -> Ends {
        let connection = client.session_extensions().get::<Arc<ConnectionHandle>>();
        let cancelled = match connection {
            Some(connection) => Some(connection.start_query().await.shared()),
            None => None,
        };
        Ends { deadline, until, cancelled }
    }

    async fn cancelled(self) {
        let is_asked = match self.cancelled {
            Some(cancelled) => cancelled.await.is_ok(),
            None => false,
        };
        // Dropped rather than sent: the client has gone on to something else.
        if !is_asked {
            std::future::pending::<()>().await;
        }
    }

    /// The response with rows that end with an error where they are not all there in time, or the
    /// client does not want them any more.
    fn of_rows(&self, response: Response) -> Response {
        let Response::Query(mut answer) = response else { return response };
        let rows = std::mem::replace(&mut answer.data_rows, Box::pin(stream::empty()));
        let ends = self.clone();
        let timed = stream::unfold(Some(rows), move |rows| {
            let ends = ends.clone();
            async move {
                let mut rows = rows?;
                let (deadline, until) = (ends.deadline, ends.until);
                tokio::select! {
                    next = timeout_at(until, rows.next()) => match next {
                        Ok(Some(row)) => Some((row.map_err(of_others), Some(rows))),
                        Ok(None) => None,
                        Err(_) => Some((Err(late(deadline)), None)),
                    },
                    () = ends.cancelled() => Some((Err(PgWireError::QueryCanceled), None)),
                }
            }
        });
        answer.data_rows = Box::pin(timed);
        Response::Query(answer)
    }
}

#[async_trait]
impl SimpleQueryHandler for Queries {
    async fn do_query<C>(&self, client: &mut C, query: &str) -> PgWireResult<Vec<Response>>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let deadline = self.0.deadline(client);
        let until = Instant::now() + deadline;
        let answered = async {
            let service = self.0.now(client).await?;
            SimpleQueryHandler::do_query(service, client, &in_our_words(query))
                .await
                .map_err(of_others)
        };
        let responses = timeout_at(until, answered).await.map_err(|_| late(deadline))??;
        let ends = Ends::of(client, deadline, until).await;
        Ok(responses.into_iter().map(|response| ends.of_rows(response)).collect())
    }
}

#[async_trait]
impl ExtendedQueryHandler for Queries {
    type Statement = Prepared;
    type QueryParser = Reader;

    fn query_parser(&self) -> Arc<Reader> {
        self.0.clone()
    }

    async fn do_query<C>(
        &self,
        client: &mut C,
        portal: &Portal<Prepared>,
        max_rows: usize,
    ) -> PgWireResult<Response>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore<Statement = Prepared>,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let deadline = self.0.deadline(client);
        let until = Instant::now() + deadline;
        let answered = async {
            let renewed = self.0.renewed(client, portal).await?;
            let portal = renewed.as_ref().unwrap_or(portal);
            let opened = self.0.opened.get();
            let opened = opened.ok_or_else(|| error("XX000", "there is no session"))?;
            let answer =
                ExtendedQueryHandler::do_query(&opened.service, client, portal, max_rows).await;
            answer.map_err(of_others)
        };
        let response = timeout_at(until, answered).await.map_err(|_| late(deadline))??;
        Ok(Ends::of(client, deadline, until).await.of_rows(response))
    }
}

#[async_trait]
impl QueryParser for Reader {
    type Statement = Prepared;

    async fn parse_sql<C>(
        &self,
        client: &C,
        sql: &str,
        types: &[Option<Type>],
    ) -> PgWireResult<Option<Prepared>>
    where
        C: ClientInfo + Unpin + Send + Sync,
    {
        // What stands behind the first one would be neither answered nor refused.
        if split(sql).0.len() > 1 {
            return Err(error(
                "42601",
                "cannot insert multiple commands into a prepared statement",
            ));
        }
        let deadline = self.deadline(client);
        let parsed = async {
            let parser = self.now(client).await?.query_parser();
            parser.parse_sql(client, &in_our_words(sql), types).await.map_err(of_others)
        };
        let until = Instant::now() + deadline;
        let parsed = timeout_at(until, parsed).await.map_err(|_| late(deadline))??;
        *self.planned.lock() = parsed.as_ref().map(|(text, _)| text.clone());
        Ok(parsed)
    }

    fn get_parameter_types(&self, statement: &Prepared) -> PgWireResult<Vec<Type>> {
        match self.opened.get() {
            Some(opened) => opened.service.query_parser().get_parameter_types(statement),
            None => Ok(Vec::new()),
        }
    }

    fn get_result_schema(
        &self,
        statement: &Prepared,
        format: Option<&Format>,
    ) -> PgWireResult<Vec<FieldInfo>> {
        match self.opened.get() {
            // Rows come with what is fetched from a cursor, none with its declaration.
            _ if matches!(&statement.1, Some((Statement::Declare { .. }, _))) => Ok(Vec::new()),
            Some(opened) => opened.service.query_parser().get_result_schema(statement, format),
            None => Ok(Vec::new()),
        }
    }
}
