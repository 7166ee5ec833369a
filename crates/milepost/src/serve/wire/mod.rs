//! The Postgres wire protocol: a listener, and a connection a client.

mod access;
mod catalogue;
mod connection;
mod failure;
mod queries;
mod statements;
mod tls;

use std::net::SocketAddr;
use std::sync::Arc;

use datafusion_postgres::pgwire::tokio::process_socket;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;

pub(crate) use access::Access;
use connection::Lobby;
pub(crate) use tls::acceptor;

use super::desk::Desk;
use crate::exit::Failure;

/// Clients that are told that there is no room, at once; more are just cut off.
const TURNED_AWAY: usize = 64;

/// A listener for clients of Postgres.
pub(crate) struct Wire {
    listener: TcpListener,
    lobby: Arc<Lobby>,
    tls: Option<TlsAcceptor>,
    room: Arc<Semaphore>,
    porch: Arc<Semaphore>,
}

impl Wire {
    /// Listens.
    ///
    /// # Errors
    /// Where the address can't be had.
    pub(crate) async fn listen(
        address: SocketAddr,
        desk: Arc<Desk>,
        access: Access,
        tls: Option<TlsAcceptor>,
        connections: usize,
    ) -> Result<Wire, Failure> {
        let listener = TcpListener::bind(address).await.map_err(|error| {
            Failure::Failed(format!(
                "failed to listen at {address}: {error}; name another with --postgres"
            ))
        })?;
        let lobby = Lobby::new(desk, access, tls.is_some());
        Ok(Wire {
            listener,
            lobby: Arc::new(lobby),
            tls,
            room: Arc::new(Semaphore::new(connections)),
            porch: Arc::new(Semaphore::new(TURNED_AWAY)),
        })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// Where the system does not tell.
    pub(crate) fn address(&self) -> Result<SocketAddr, Failure> {
        self.listener.local_addr().map_err(|error| Failure::failed("failed to listen", error))
    }

    /// Takes clients in for as long as it is asked to.
    pub(crate) async fn run(self) {
        loop {
            let Ok((socket, _)) = self.listener.accept().await else {
                // Such as too many open files: it passes when somebody leaves.
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                continue;
            };
            let (is_full, place) = match self.room.clone().try_acquire_owned() {
                Ok(place) => (false, Ok(place)),
                Err(_) => (true, self.porch.clone().try_acquire_owned()),
            };
            let Ok(place) = place else { continue };
            let handlers = self.lobby.connection(is_full);
            let tls = self.tls.clone();
            tokio::spawn(async move {
                // A client that breaks off is its own business.
                drop(process_socket(socket, tls, handlers).await);
                drop(place);
            });
        }
    }
}
