//! Taking an answer in: bounded in size and time, whoever sends it.

use std::error::Error;
use std::time::Duration;

use http::header;
use http_body_util::{BodyExt, LengthLimitError, Limited};

use super::reply::Reply;
use super::verdict::Verdict;

/// No answer that is one of ours is larger.
const LARGEST_BODY: usize = 64 << 20;
pub(crate) const CONNECT: Duration = Duration::from_secs(10);
pub(crate) const READ: Duration = Duration::from_secs(60);
/// An answer that trickles in may not take longer as a whole.
const WHOLE: Duration = Duration::from_secs(300);

/// The answer with its body.
///
/// # Errors
/// What to do where it does not come whole, is too large or compressed.
pub(crate) async fn receive<B>(response: http::Response<B>) -> Result<Reply, Verdict>
where
    B: BodyExt,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let (head, body) = response.into_parts();
    if head.headers.contains_key(header::CONTENT_ENCODING) {
        return Err(Verdict::Refused("sent compressed data that was not asked for".to_owned()));
    }
    let body = Limited::new(body, LARGEST_BODY).collect().await;
    let body = body.map_err(|error| match error.is::<LengthLimitError>() {
        true => {
            let most = LARGEST_BODY >> 20;
            Verdict::Refused(format!("sent more than {most} MiB in one answer"))
        }
        false => Verdict::Failing(unreachable(error.as_ref())),
    })?;
    Ok(Reply {
        status: head.status.as_u16(),
        headers: head.headers,
        body: body.to_bytes().to_vec(),
    })
}

/// Ends a request that takes too long as a whole.
pub(crate) async fn in_time(
    sending: impl Future<Output = Result<Reply, Verdict>>,
) -> Result<Reply, Verdict> {
    tokio::time::timeout(WHOLE, sending).await.unwrap_or_else(|_| {
        Err(Verdict::Failing(format!("gave no whole answer within {} s", WHOLE.as_secs())))
    })
}

/// Why a request got no answer: what lies deepest says it best.
pub(crate) fn unreachable(error: &(dyn Error + 'static)) -> String {
    format!("gives no answer: {}", deepest(error))
}

pub(crate) fn deepest(error: &(dyn Error + 'static)) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string().lines().next().unwrap_or_default().to_owned()
}
