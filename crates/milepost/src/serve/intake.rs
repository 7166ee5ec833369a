//! Events that tools push: `POST /v1/events`.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{ALLOW, AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::Response;
use axum::routing::post;
use milepost_sources::cloudevents::{Refusal, pushed};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// A request is at most that large.
const LARGEST_BYTES: usize = 8 << 20;
/// A request must be here within that time.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where pushed events go, and who may push.
pub(crate) struct Intake {
    waiting: milepost_lake::Intake,
    /// Digest of the token: two of them are compared in the same time wherever they differ, and
    /// whatever their length is.
    token: [u8; 32],
}

impl Intake {
    pub(crate) fn new(waiting: milepost_lake::Intake, token: SecretString) -> Intake {
        Intake { waiting, token: digest(token.expose_secret()) }
    }

    fn admits(&self, headers: &HeaderMap) -> bool {
        let given = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = given
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        token.is_some_and(|(_, token)| digest(token.trim()).ct_eq(&self.token).into())
    }
}

fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// Paths of the intake.
pub(super) fn routes(intake: Arc<Intake>) -> Router {
    let events = post(take).fallback(|| async { not_allowed() });
    Router::new().route("/v1/events", events).with_state(intake)
}

async fn take(State(intake): State<Arc<Intake>>, request: Request) -> Response {
    match taken(&intake, request).await {
        Ok(events) => answer(StatusCode::ACCEPTED, &json!({ "accepted": events }), None),
        Err(refused) => refused,
    }
}

/// Keeps the events of a request and says how many there are. They are on the disk when this
/// returns.
///
/// # Errors
/// What to answer where they are not taken.
async fn taken(intake: &Arc<Intake>, request: Request) -> Result<usize, Response> {
    if !intake.admits(request.headers()) {
        return Err(unknown());
    }
    let headers = named(request.headers());
    let body = body(request.into_body()).await?;
    let lines = pushed(&headers, &body).map_err(|refusal| match refusal {
        Refusal::Type(reason) => problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, &reason),
        Refusal::Content(reason) => problem(StatusCode::BAD_REQUEST, &reason),
    })?;
    if lines.is_empty() {
        return Ok(0);
    }
    let text = lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    let intake = intake.clone();
    // A disk may take its time to say that it has it.
    let kept = tokio::task::spawn_blocking(move || intake.waiting.keep(&text)).await;
    match kept {
        Ok(Ok(())) => Ok(lines.len()),
        // The reason has paths of this machine in it, which are nobody else's business.
        _ => Err(unkept()),
    }
}

fn named(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value.as_bytes()))).collect()
}

async fn body(body: Body) -> Result<Vec<u8>, Response> {
    let whole = axum::body::to_bytes(body, LARGEST_BYTES);
    match tokio::time::timeout(PATIENCE, whole).await {
        Ok(Ok(bytes)) => Ok(bytes.into()),
        Ok(Err(error)) if is_too_large(&error) => {
            let reason =
                format!("a request holds at most {} MiB; send fewer events", LARGEST_BYTES >> 20);
            Err(problem(StatusCode::PAYLOAD_TOO_LARGE, &reason))
        }
        Ok(Err(_)) => Err(problem(StatusCode::BAD_REQUEST, "the request broke off")),
        Err(_) => Err(problem(StatusCode::REQUEST_TIMEOUT, "the request did not come to its end")),
    }
}

fn is_too_large(error: &axum::Error) -> bool {
    let source = std::error::Error::source(error);
    source.is_some_and(|source| source.is::<http_body_util::LengthLimitError>())
}

fn unknown() -> Response {
    let reason = "show the token of this intake as `Authorization: Bearer …`";
    let body = json!({ "error": reason });
    answer(StatusCode::UNAUTHORIZED, &body, Some((WWW_AUTHENTICATE, "Bearer")))
}

fn not_allowed() -> Response {
    let body = json!({ "error": "events are sent with POST" });
    answer(StatusCode::METHOD_NOT_ALLOWED, &body, Some((ALLOW, "POST")))
}

fn unkept() -> Response {
    let body = json!({ "error": "the events could not be kept; send them again later" });
    answer(StatusCode::SERVICE_UNAVAILABLE, &body, Some((RETRY_AFTER, "60")))
}

fn problem(status: StatusCode, reason: &str) -> Response {
    answer(status, &json!({ "error": reason }), None)
}

fn answer(
    status: StatusCode,
    body: &serde_json::Value,
    header: Option<(HeaderName, &'static str)>,
) -> Response {
    let mut response = Response::new(Body::from(format!("{body}\n")));
    *response.status_mut() = status;
    let json = axum::http::HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    if let Some((name, value)) = header {
        response.headers_mut().insert(name, axum::http::HeaderValue::from_static(value));
    }
    response
}
