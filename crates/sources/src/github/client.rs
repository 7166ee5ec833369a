//! Asking GitHub: octocrab signs and sends a request, everything that may go wrong is decided
//! here.

use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{Method, Request, Uri, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use octocrab::Octocrab;
use octocrab::models::{AppId, InstallationId};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tokio::runtime::Handle;

use crate::network::reply::Reply;
use crate::network::verdict::{Verdict, pause, until_reset, verdict};
use crate::network::walk::on_server;
use crate::network::{Listener, Patience};

/// No answer that is one of ours is larger.
const LARGEST_BODY: usize = 64 << 20;
const CONNECT: Duration = Duration::from_secs(10);
const READ: Duration = Duration::from_secs(60);
/// An answer that trickles in may not take longer as a whole.
const WHOLE: Duration = Duration::from_secs(300);
/// Where the server does not say how long its limit holds: doubled with every further time.
const LIMITED: u64 = 60;
const REDIRECTS: u32 = 5;

/// How to prove who asks.
#[derive(Debug, Clone)]
pub enum GithubAuth {
    /// Not at all: public repositories, sixty requests an hour.
    Anonymous,
    /// A personal token, or one that a workflow was given.
    Token(SecretString),
    /// An installation of a GitHub App.
    App {
        /// The app's number.
        app_id: u64,
        /// The installation's number.
        installation_id: u64,
        /// The app's private key, as a PEM file holds it.
        private_key: SecretString,
    },
}

/// Why something could not be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failed {
    /// There is no such thing, or the token may not know of it.
    Missing,
    /// The server fails again and again.
    Failing(String),
    /// The server took too long: less at once may do.
    Slow(String),
    /// It won't be given; in words that follow the server's name.
    Refused(String),
}

impl Failed {
    /// The reason, in words that follow the server's name.
    pub(crate) fn words(&self) -> &str {
        match self {
            Failed::Missing => "knows no such thing, or does not show it to this token",
            Failed::Failing(words) | Failed::Slow(words) | Failed::Refused(words) => words,
        }
    }
}

/// One GitHub: github.com or a company's own.
pub(crate) struct Client {
    rest: Octocrab,
    /// Sends what is signed here: octocrab would put the path of the REST API before the other's.
    graphql: Octocrab,
    auth: GithubAuth,
    server: Uri,
    base_path: String,
    runtime: Handle,
    patience: Patience,
    listener: Arc<dyn Listener>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Why no further request is worth sending.
    locked: Option<String>,
    requests: u64,
    /// Requests left in the hour, of how many.
    left: Option<(i64, i64)>,
}

/// What is asked for.
#[derive(Debug, Clone)]
enum Asked {
    Get(String),
    Graphql(Value),
}

impl Client {
    /// Prepares to ask the GitHub at `url`, the base of its REST API. Nothing is sent yet.
    ///
    /// # Errors
    /// Where the address or the key can't be used, in one sentence.
    pub(crate) fn new(
        url: &str,
        auth: GithubAuth,
        patience: Patience,
        listener: Arc<dyn Listener>,
    ) -> Result<Client, String> {
        let base = base(url, &auth)?;
        if let GithubAuth::Token(token) = &auth
            && http::HeaderValue::from_str(token.expose_secret()).is_err()
        {
            let why = "the token has characters that none has, such as a line break; is it another secret?";
            return Err(why.to_owned());
        }
        let server = origin(&base);
        let prepare = |base: &Uri, auth: &GithubAuth| {
            octocrab(base, auth).map_err(|error| {
                format!("failed to prepare requests to {url}: {}", deepest(&error))
            })
        };
        let (rest, graphql) = (prepare(&base, &auth)?, prepare(&server, &GithubAuth::Anonymous)?);
        let runtime = Handle::try_current()
            .map_err(|_| "failed to ask a server: there is no runtime".to_owned())?;
        Ok(Client {
            rest,
            graphql,
            auth,
            base_path: base.path().trim_end_matches('/').to_owned(),
            server,
            runtime,
            patience,
            listener,
            state: Mutex::default(),
        })
    }

    /// The name that repositories have as their host: without `api.` and port.
    pub(crate) fn host(&self) -> String {
        let host = self.server.host().unwrap_or_default().to_lowercase();
        host.strip_prefix("api.").map_or(host.clone(), str::to_owned)
    }

    /// True where a secret for this GitHub may be sent to that address.
    pub(crate) fn owns(&self, address: &Uri) -> bool {
        let is_safe = address.scheme_str() == Some("https") || is_loopback(address);
        let host = address.host().unwrap_or_default().to_lowercase();
        is_safe && (host == self.host() || Some(host.as_str()) == self.server.host())
    }

    /// Tells how much of something is done, and how many requests are left.
    pub(crate) fn progress(&self, doing: &str, done: u64, total: Option<u64>) {
        let left = self.left().map(|(left, limit)| format!(", {left} of {limit} requests left"));
        let doing = format!("reading {doing}{}", left.unwrap_or_default());
        self.listener.progress(&doing, done, total);
    }

    pub(crate) fn requests(&self) -> u64 {
        self.state().requests
    }

    /// Requests left in the hour, of how many; `None` where the server keeps no count.
    pub(crate) fn left(&self) -> Option<(i64, i64)> {
        self.state().left
    }

    /// Asks for a path of the REST API.
    pub(crate) fn get(&self, path: &str) -> Result<Reply, Failed> {
        self.runtime.block_on(self.ask(Asked::Get(path.to_owned()), Patience::TRIES))
    }

    /// Asks for a path of the REST API whose answer is JSON.
    pub(crate) fn json(&self, path: &str) -> Result<Value, Failed> {
        let reply = self.get(path)?;
        reply.json().ok_or_else(|| Failed::Failing("sent no JSON".to_owned()))
    }

    /// Asks in GraphQL and gives the answer whole, `errors` included. Where the question can be made
    /// smaller it is not worth asking the same again of a server that takes too long: then
    /// `slow_tries` is 1.
    pub(crate) fn graphql(
        &self,
        query: &str,
        variables: &Value,
        slow_tries: u32,
    ) -> Result<Value, Failed> {
        // GitHub answers nobody in GraphQL who does not say who asks.
        if matches!(self.auth, GithubAuth::Anonymous) {
            return Err(Failed::Missing);
        }
        let question = json!({ "query": query, "variables": variables });
        let reply = self.runtime.block_on(self.ask(Asked::Graphql(question), slow_tries))?;
        reply.json().ok_or_else(|| Failed::Failing("sent no JSON".to_owned()))
    }

    /// The token to fetch repositories with.
    pub(crate) fn token(&self) -> Result<Option<SecretString>, Failed> {
        match &self.auth {
            GithubAuth::Anonymous => Ok(None),
            GithubAuth::Token(token) => Ok(Some(token.clone())),
            GithubAuth::App { .. } => {
                let spare = chrono::TimeDelta::minutes(5);
                let token = self.rest.installation_token_with_buffer(spare);
                let token = self.runtime.block_on(token);
                token.map(Some).map_err(|error| {
                    Failed::Refused(format!("gives no token to the app: {}", deepest(&error)))
                })
            }
        }
    }

    /// Asks until there is an answer. A server that takes too long is asked `slow_tries` times.
    async fn ask(&self, asked: Asked, slow_tries: u32) -> Result<Reply, Failed> {
        let (mut asked, mut failed, mut limited, mut redirects) = (asked, 0, 0, 0);
        loop {
            if let Some(locked) = &self.state().locked {
                return Err(Failed::Refused(locked.clone()));
            }
            let verdict = match self.send(&asked).await {
                Ok(reply) => match self.verdict(&asked, &reply) {
                    Verdict::Good => return Ok(reply),
                    verdict => verdict,
                },
                Err(verdict) => verdict,
            };
            match verdict {
                Verdict::Good => {}
                Verdict::Moved(address) => {
                    redirects += 1;
                    if redirects > REDIRECTS {
                        return Err(Failed::Refused("redirects in circles".to_owned()));
                    }
                    let path = on_server(&self.server, &address).map_err(Failed::Refused)?;
                    asked = Asked::Get(path);
                }
                Verdict::Limited { seconds, why } => {
                    limited += 1;
                    let seconds = seconds.unwrap_or(LIMITED << (limited - 1).min(6));
                    self.sit_out(Duration::from_secs(seconds), limited, &why).await?;
                }
                Verdict::Slow(why) if failed + 1 >= slow_tries => return Err(Failed::Slow(why)),
                Verdict::Failing(why) | Verdict::Slow(why) => {
                    failed += 1;
                    if failed >= Patience::TRIES {
                        return Err(Failed::Failing(why));
                    }
                    tokio::time::sleep(self.patience.backoff(failed)).await;
                }
                Verdict::Missing => return Err(Failed::Missing),
                Verdict::Locked(why) => return Err(self.lock(why)),
                Verdict::Refused(why) => return Err(Failed::Refused(why)),
            }
        }
    }

    /// Waits for a limit to pass, unless that takes longer than anyone would wait.
    async fn sit_out(&self, wait: Duration, times: u32, why: &str) -> Result<(), Failed> {
        let seconds = wait.as_secs();
        let longest = self.patience.longest_wait.as_secs();
        if times > Patience::LIMITED {
            let times = Patience::LIMITED;
            return Err(
                self.lock(format!("{why}, and that {times} times in a row; run it again later"))
            );
        }
        if seconds > longest {
            let why = format!(
                "{why}: it asks to wait {seconds} s, and {longest} s is the longest wait allowed; \
                 what was read is kept, run it again later"
            );
            return Err(self.lock(why));
        }
        if seconds > 0 {
            let host = self.host();
            self.listener.notice(&format!("{host} {why}; waiting {seconds} s"));
        }
        tokio::time::sleep(wait).await;
        Ok(())
    }

    /// Nothing else is asked from now on.
    fn lock(&self, why: String) -> Failed {
        self.state().locked = Some(why.clone());
        Failed::Refused(why)
    }

    fn verdict(&self, asked: &Asked, reply: &Reply) -> Verdict {
        let mut state = self.state();
        state.requests += 1;
        let limit = reply.number("x-ratelimit-limit").filter(|limit| *limit > 0);
        if let (Some(limit), Some(left)) = (limit, reply.number("x-ratelimit-remaining")) {
            state.left = Some((left, limit));
        }
        drop(state);
        match (verdict(reply), asked) {
            // Half a body, or what a proxy made of it.
            (Verdict::Good, _) if !reply.body.is_empty() && reply.json().is_none() => {
                Verdict::Failing("sent data that breaks off or is no JSON".to_owned())
            }
            (Verdict::Good, Asked::Graphql(_)) => limited_within(reply),
            (Verdict::Moved(_), Asked::Graphql(_)) => Verdict::Missing,
            // A server that knows the REST API only says so in many ways.
            (_, Asked::Graphql(_)) if matches!(reply.status, 400 | 405 | 406 | 415 | 422 | 501) => {
                Verdict::Missing
            }
            (Verdict::Locked(_), _) if matches!(self.auth, GithubAuth::Anonymous) => {
                Verdict::Locked(
                    "answers only with a token (401): name one with --token-env or --token-file"
                        .to_owned(),
                )
            }
            (verdict, _) => verdict,
        }
    }

    async fn send(&self, asked: &Asked) -> Result<Reply, Verdict> {
        let sending = async {
            let response = match asked {
                Asked::Get(path) => {
                    let request = Request::get(path)
                        .header(header::ACCEPT, "application/vnd.github+json")
                        .header("x-github-api-version", "2022-11-28")
                        .body(String::new())
                        .map_err(|error| Verdict::Refused(error.to_string()))?;
                    self.rest.execute(request).await
                }
                Asked::Graphql(question) => {
                    let request = self.question(question).await.map_err(Verdict::Failing)?;
                    self.graphql.execute(request).await
                }
            };
            let (head, body) =
                response.map_err(|error| Verdict::Failing(unreachable(&error)))?.into_parts();
            if head.headers.contains_key(header::CONTENT_ENCODING) {
                let why = "sent compressed data that was not asked for";
                return Err(Verdict::Refused(why.to_owned()));
            }
            let body = Limited::new(body, LARGEST_BODY).collect().await;
            let body = body.map_err(|error| match error.is::<LengthLimitError>() {
                true => {
                    let most = LARGEST_BODY >> 20;
                    Verdict::Refused(format!("sent more than {most} MiB in one answer"))
                }
                false => Verdict::Failing(unreachable(error.as_ref())),
            })?;
            let body = body.to_bytes().to_vec();
            Ok(Reply { status: head.status.as_u16(), headers: head.headers, body })
        };
        let reply = tokio::time::timeout(WHOLE, sending).await;
        reply.unwrap_or_else(|_| {
            Err(Verdict::Failing(format!("gave no whole answer within {} s", WHOLE.as_secs())))
        })
    }

    async fn question(&self, question: &Value) -> Result<Request<String>, String> {
        let path = match self.base_path.strip_suffix("/api/v3") {
            Some(before) => format!("{before}/api/graphql"),
            None => format!("{}/graphql", self.base_path),
        };
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(header::CONTENT_TYPE, "application/json");
        let token = match &self.auth {
            GithubAuth::Anonymous => None,
            GithubAuth::Token(token) => Some(token.clone()),
            GithubAuth::App { .. } => {
                let spare = chrono::TimeDelta::minutes(5);
                let token = self.rest.installation_token_with_buffer(spare).await;
                Some(token.map_err(|error| unreachable(&error))?)
            }
        };
        if let Some(token) = token {
            let bearer = format!("Bearer {}", token.expose_secret());
            let mut bearer = http::HeaderValue::from_str(&bearer)
                .map_err(|_| "can't be sent the token: it has characters no header may have")?;
            bearer.set_sensitive(true);
            request = request.header(header::AUTHORIZATION, bearer);
        }
        request.body(question.to_string()).map_err(|error| error.to_string())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The path of the page that a reply names as the next one.
    pub(crate) fn next(&self, reply: &Reply) -> Result<Option<String>, Failed> {
        let next = reply.next().map(|address| on_server(&self.server, address));
        next.transpose().map_err(Failed::Refused)
    }
}

/// GraphQL tells of its limits within an answer that is good.
fn limited_within(reply: &Reply) -> Verdict {
    let json = reply.json().unwrap_or_default();
    let errors = json["errors"].as_array().cloned().unwrap_or_default();
    let is_limited = errors.iter().any(|error| {
        let kinds = [&error["type"], &error["extensions"]["code"]];
        let message = error["message"].as_str().unwrap_or_default().to_lowercase();
        kinds.iter().any(|kind| **kind == "RATE_LIMITED" || **kind == "RATE_LIMIT")
            || message.contains("rate limit")
    });
    if !is_limited {
        return Verdict::Good;
    }
    let used_up = reply.number("x-ratelimit-remaining") == Some(0);
    let seconds = until_reset(reply).filter(|_| used_up);
    let why = "allows no more GraphQL questions for now".to_owned();
    Verdict::Limited { seconds: pause(reply).or(seconds), why }
}

/// Octocrab without its own retries and redirects: both are decided here.
fn octocrab(base: &Uri, auth: &GithubAuth) -> Result<Octocrab, octocrab::Error> {
    let builder = Octocrab::builder()
        .set_connect_timeout(Some(CONNECT))
        .set_read_timeout(Some(READ))
        .set_write_timeout(Some(READ))
        .base_uri(base.clone())?;
    match auth {
        GithubAuth::Anonymous => builder.build(),
        GithubAuth::Token(token) => builder.personal_token(token.clone()).build(),
        GithubAuth::App { app_id, installation_id, private_key } => builder
            .app_from_rsa_pem(AppId(*app_id), private_key.expose_secret())?
            .build()?
            .installation(InstallationId(*installation_id)),
    }
}

/// The base of the REST API, if a token may be sent there.
fn base(url: &str, auth: &GithubAuth) -> Result<Uri, String> {
    let shown = crate::git::mirror::shown(url);
    let wrong = |why: &str| format!("the GitHub address `{shown}` {why}");
    let base: Uri = url.trim_end_matches('/').parse().map_err(|_| wrong("is no web address"))?;
    if base.host().is_none() || base.query().is_some() {
        return Err(wrong("must be like https://api.github.com or https://HOST/api/v3"));
    }
    if base.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return Err(wrong("must not hold a name or password; give the token apart from it"));
    }
    let is_secret = !matches!(auth, GithubAuth::Anonymous);
    match base.scheme_str() {
        Some("https") => Ok(base),
        Some("http") if !is_secret || is_loopback(&base) => Ok(base),
        Some("http") => Err(wrong("is not encrypted, and a token must not travel like that")),
        _ => Err(wrong("must begin with https://")),
    }
}

fn origin(base: &Uri) -> Uri {
    let mut parts = base.clone().into_parts();
    parts.path_and_query = Some(http::uri::PathAndQuery::from_static("/"));
    Uri::from_parts(parts).unwrap_or_else(|_| base.clone())
}

pub(crate) fn is_loopback(address: &Uri) -> bool {
    let host = address.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Why a request got no answer: what lies deepest says it best.
fn unreachable(error: &(dyn Error + 'static)) -> String {
    format!("gives no answer: {}", deepest(error))
}

fn deepest(error: &(dyn Error + 'static)) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string().lines().next().unwrap_or_default().to_owned()
}
