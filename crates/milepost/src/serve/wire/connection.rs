//! One connection: who comes in, and who answers.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion_postgres::pgwire::api::auth::noop::NoopStartupHandler;
use datafusion_postgres::pgwire::api::auth::sasl::SASLAuthStartupHandler;
use datafusion_postgres::pgwire::api::auth::sasl::scram::ScramAuth;
use datafusion_postgres::pgwire::api::auth::{DefaultServerParameterProvider, StartupHandler};
use datafusion_postgres::pgwire::api::cancel::{CancelHandler, DefaultCancelHandler};
use datafusion_postgres::pgwire::api::query::{ExtendedQueryHandler, SimpleQueryHandler};
use datafusion_postgres::pgwire::api::{ClientInfo, ConnectionManager, PgWireServerHandlers};
use datafusion_postgres::pgwire::error::{PgWireError, PgWireResult};
use datafusion_postgres::pgwire::messages::{PgWireBackendMessage, PgWireFrontendMessage};
use futures::Sink;

use super::access::Access;
use super::catalogue::PgCatalog;
use super::failure::fatal;
use super::queries::Queries;
use crate::serve::desk::Desk;

/// What all connections share.
pub(super) struct Lobby {
    desk: Arc<Desk>,
    access: Arc<Access>,
    connections: Arc<ConnectionManager>,
    pg_catalog: Arc<PgCatalog>,
    /// True where passwords and answers must be encrypted.
    needs_tls: bool,
}

impl Lobby {
    pub(super) fn new(desk: Arc<Desk>, access: Access, needs_tls: bool) -> Lobby {
        let connections = Arc::new(ConnectionManager::new());
        let pg_catalog = Arc::default();
        Lobby { desk, access: Arc::new(access), connections, pg_catalog, needs_tls }
    }

    /// Handlers of a new connection. `is_full`: it is told that there is no room.
    pub(super) fn connection(&self, is_full: bool) -> Connection {
        let door = Door {
            is_full,
            needs_tls: self.needs_tls,
            entry: match self.access.is_open() {
                true => Entry::Open(Open(self.connections.clone())),
                false => Entry::Login(Box::new(
                    SASLAuthStartupHandler::new(Arc::new(parameters()))
                        .with_scram(ScramAuth::new(self.access.clone()))
                        .with_connection_manager(self.connections.clone()),
                )),
            },
        };
        let queries = Queries::new(self.desk.clone(), self.access.clone(), self.pg_catalog.clone());
        Connection {
            door: Arc::new(door),
            queries: Arc::new(queries),
            cancel: Arc::new(DefaultCancelHandler::new(self.connections.clone())),
        }
    }
}

fn parameters() -> DefaultServerParameterProvider {
    let mut parameters = DefaultServerParameterProvider::default();
    parameters.server_version = super::statements::SERVER_VERSION.to_owned();
    parameters.is_superuser = false;
    parameters.default_transaction_read_only = true;
    parameters.time_zone = "UTC".to_owned();
    parameters
}

/// Handlers of one connection.
pub(super) struct Connection {
    door: Arc<Door>,
    queries: Arc<Queries>,
    cancel: Arc<DefaultCancelHandler>,
}

impl PgWireServerHandlers for Connection {
    fn simple_query_handler(&self) -> Arc<impl SimpleQueryHandler> {
        self.queries.clone()
    }

    fn extended_query_handler(&self) -> Arc<impl ExtendedQueryHandler> {
        self.queries.clone()
    }

    fn startup_handler(&self) -> Arc<impl StartupHandler> {
        self.door.clone()
    }

    fn cancel_handler(&self) -> Arc<impl CancelHandler> {
        self.cancel.clone()
    }
}

/// Who comes in.
pub(super) struct Door {
    is_full: bool,
    needs_tls: bool,
    entry: Entry,
}

enum Entry {
    /// Whoever reaches this machine's own address.
    Open(Open),
    Login(Box<SASLAuthStartupHandler<DefaultServerParameterProvider>>),
}

struct Open(Arc<ConnectionManager>);

impl NoopStartupHandler for Open {
    fn connection_manager(&self) -> Option<Arc<ConnectionManager>> {
        Some(self.0.clone())
    }
}

#[async_trait]
impl StartupHandler for Door {
    async fn on_startup<C>(
        &self,
        client: &mut C,
        message: PgWireFrontendMessage,
    ) -> PgWireResult<()>
    where
        C: ClientInfo + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        if matches!(message, PgWireFrontendMessage::Startup(_)) {
            if self.is_full {
                return Err(fatal("53300", "sorry, too many clients already; try again later"));
            }
            if self.needs_tls && !client.is_secure() {
                let what =
                    "this server takes encrypted connections only; use sslmode=require or stricter";
                return Err(fatal("28000", what));
            }
        }
        match &self.entry {
            Entry::Open(open) => open.on_startup(client, message).await,
            Entry::Login(login) => login.on_startup(client, message).await,
        }
    }
}
