//! What pages and the JSON interface have in common: who is answered, for how long, and how.

use std::future::Future;
use std::sync::Arc;

use axum::extract::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_TYPE, HOST, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use serde_json::json;
use tokio::sync::Semaphore;

use super::desk::Desk;
use crate::exit::Failure;

/// Pages that are worked out at a time: each takes all cores it can get.
const AT_A_TIME: usize = 2;

/// What requests are answered from.
pub(super) struct Site {
    pub(super) desk: Arc<Desk>,
    room: Semaphore,
}

/// Why there is no answer.
pub(super) enum Refused {
    Late,
    Failed(Failure),
}

impl Site {
    pub(super) fn new(desk: Arc<Desk>) -> Site {
        Site { desk, room: Semaphore::new(AT_A_TIME) }
    }

    /// Works something out, in its turn and within the deadline.
    pub(super) async fn in_time<T>(
        &self,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Refused> {
        let turn = async {
            let _place = self.room.acquire().await;
            work.await
        };
        match tokio::time::timeout(self.desk.deadline, turn).await {
            Ok(done) => done.map_err(Refused::Failed),
            Err(_) => Err(Refused::Late),
        }
    }
}

/// Answers those only who asked for this machine by a name of its own: a page elsewhere that leads
/// its name here must not read what is for this machine.
pub(super) async fn local(request: Request, next: Next) -> Response {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, port)| {
        if port.bytes().all(|byte| byte.is_ascii_digit()) { name } else { host }
    });
    match matches!(name, "localhost" | "127.0.0.1" | "[::1]") {
        true => next.run(request).await,
        false => problem(StatusCode::MISDIRECTED_REQUEST, "ask for 127.0.0.1 or localhost"),
    }
}

/// A page, or why there is none.
pub(super) fn html(made: Result<String, Refused>) -> Response {
    match made {
        Ok(page) => answer(StatusCode::OK, "text/html; charset=utf-8", page),
        Err(refused) => told(refused),
    }
}

/// JSON, or why there is none.
pub(super) fn json(made: Result<String, Refused>) -> Response {
    match made {
        Ok(text) => answer(StatusCode::OK, "application/json", text),
        Err(refused) => told(refused),
    }
}

fn told(refused: Refused) -> Response {
    match refused {
        Refused::Late => problem(StatusCode::SERVICE_UNAVAILABLE, "it took too long; try again"),
        Refused::Failed(Failure::Usage(what)) => problem(StatusCode::BAD_REQUEST, &what),
        // The reason may have paths of this machine in it, which are nobody else's business.
        Refused::Failed(_) => problem(
            StatusCode::INTERNAL_SERVER_ERROR,
            "it can't be worked out; `milepost doctor` tells more",
        ),
    }
}

/// What is wrong, as JSON.
pub(super) fn problem(status: StatusCode, what: &str) -> Response {
    answer(status, "application/json", json!({ "error": what }).to_string())
}

fn answer(status: StatusCode, kind: &'static str, text: String) -> Response {
    let mut response = Response::new(text.into());
    *response.status_mut() = status;
    for (name, value) in [
        (CONTENT_TYPE, kind),
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
