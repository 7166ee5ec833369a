//! The server: a file for each thing that it offers.

mod api;
mod desk;
mod exposed;
mod http;
mod intake;
mod pages;
mod veil;
mod web;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use milepost_analytics::TableEntry;

pub(crate) use desk::{Desk, Limits};
pub(crate) use http::Http;
pub(crate) use intake::Intake;
pub(crate) use wire::{Access, Wire, acceptor};

use crate::exit::Failure;

/// How long requests under way may take once the program is to end.
const LAST_REQUESTS: Duration = Duration::from_secs(10);

/// Answers until somebody ends the program.
///
/// # Errors
/// Where a listener breaks.
pub(crate) async fn run(http: Http, wire: Wire) -> Result<(), Failure> {
    let (tell, told) = tokio::sync::oneshot::channel::<()>();
    tokio::select! {
        answered = http.run(async { drop(told.await) }) => answered,
        () = wire.run() => Ok(()),
        () = async {
            ended().await;
            // Nobody listens where the server has ended by itself.
            drop(tell);
            tokio::time::sleep(LAST_REQUESTS).await;
        } => Ok(()),
    }
}

/// The columns of an entry of the dictionary.
fn columns(entry: &TableEntry) -> SchemaRef {
    let field = |column: &milepost_analytics::ColumnEntry| {
        Field::new(&column.name, column.data_type.clone(), true)
    };
    Arc::new(Schema::new(entry.columns.iter().map(field).collect::<Vec<_>>()))
}

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
