//! The server: one listener, a file for each thing that it offers.

mod intake;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use milepost_lake::Lake;
use secrecy::SecretString;
use tokio::net::TcpListener;

use crate::exit::Failure;

/// A server that listens and does not answer yet.
pub(crate) struct Server {
    listener: TcpListener,
    router: Router,
}

impl Server {
    /// Listens at an address for events that whoever shows the token pushes into the lake.
    ///
    /// # Errors
    /// Where events have no place to wait, or the address can't be had.
    pub(crate) async fn listen(
        address: SocketAddr,
        lake: &Lake,
        token: SecretString,
    ) -> Result<Server, Failure> {
        let listener = TcpListener::bind(address).await.map_err(|error| {
            Failure::Failed(format!(
                "failed to listen at {address}: {error}; name another with --http"
            ))
        })?;
        let intake = Arc::new(intake::Intake::new(lake.intake()?, token));
        Ok(Server { listener, router: Router::new().merge(intake::routes(intake)) })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// Where the system does not tell.
    pub(crate) fn address(&self) -> Result<SocketAddr, Failure> {
        self.listener.local_addr().map_err(|error| Failure::failed("failed to listen", error))
    }

    /// Answers until somebody ends the program; requests under way are answered first, unless that
    /// takes too long.
    ///
    /// # Errors
    /// Where the listener breaks.
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let (tell, told) = tokio::sync::oneshot::channel::<()>();
        let served = axum::serve(self.listener, self.router)
            .with_graceful_shutdown(async { drop(told.await) });
        tokio::select! {
            ended = served => ended.map_err(|error| Failure::failed("the server ended", error)),
            () = async {
                ended().await;
                // Nobody listens where the server has ended by itself.
                drop(tell);
                tokio::time::sleep(LAST_REQUESTS).await;
            } => Ok(()),
        }
    }
}

/// How long requests under way may take once the program is to end.
const LAST_REQUESTS: Duration = Duration::from_secs(10);

/// Waits for Ctrl-C, or for the signal that service managers send.
async fn ended() {
    use tokio::signal::unix::{SignalKind, signal};
    let interrupted = tokio::signal::ctrl_c();
    match signal(SignalKind::terminate()) {
        Ok(mut terminated) => {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            }
        }
        // Where signals can't be listened to, they end the process as they always did.
        Err(_) => drop(interrupted.await),
    }
}
