//! The listener for browsers and tools that push events.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use tokio::net::TcpListener;

use super::desk::Desk;
use super::intake::{self, Intake};
use super::web::{self, Site};
use super::{api, pages};
use crate::exit::Failure;

/// A server that listens and does not answer yet.
pub(crate) struct Http {
    listener: TcpListener,
    router: Router,
}

impl Http {
    /// Listens at an address for browsers; for events too where there is an intake.
    ///
    /// # Errors
    /// Where the address can't be had.
    pub(crate) async fn listen(
        address: SocketAddr,
        desk: Arc<Desk>,
        intake: Option<Intake>,
    ) -> Result<Http, Failure> {
        let listener = TcpListener::bind(address).await.map_err(|error| {
            Failure::Failed(format!(
                "failed to listen at {address}: {error}; name another with --http"
            ))
        })?;
        let site = Arc::new(Site::new(desk));
        let mut router = pages::routes(site.clone())
            .merge(api::routes(site))
            .layer(axum::middleware::from_fn(web::local));
        if let Some(intake) = intake {
            router = router.merge(intake::routes(Arc::new(intake)));
        }
        Ok(Http { listener, router })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// Where the system does not tell.
    pub(crate) fn address(&self) -> Result<SocketAddr, Failure> {
        self.listener.local_addr().map_err(|error| Failure::failed("failed to listen", error))
    }

    /// Answers until it is told to end; requests under way are answered first.
    ///
    /// # Errors
    /// Where the listener breaks.
    pub(crate) async fn run(
        self,
        told: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), Failure> {
        axum::serve(self.listener, self.router)
            .with_graceful_shutdown(told)
            .await
            .map_err(|error| Failure::failed("the server ended", error))
    }
}
