//! Asking GitHub: octocrab signs and sends a request, everything that may go wrong is decided
//! here.

use std::sync::Arc;

use http::{Method, Request, Uri, header};
use octocrab::Octocrab;
use octocrab::models::{AppId, InstallationId};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tokio::runtime::Handle;

use crate::network::address::{base, is_loopback, origin};
use crate::network::ask::Asker;
pub(crate) use crate::network::ask::Failed;
use crate::network::receive::{CONNECT, READ, deepest, in_time, receive, unreachable};
use crate::network::reply::Reply;
use crate::network::verdict::{Verdict, pause, until_reset, verdict};
use crate::network::{Listener, Patience};

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

/// One GitHub: github.com or a company's own.
pub(crate) struct Client {
    rest: Octocrab,
    /// Sends what is signed here: octocrab would put the path of the REST API before the other's.
    graphql: Octocrab,
    auth: GithubAuth,
    asker: Asker,
    base_path: String,
    runtime: Handle,
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
        let example = "https://api.github.com or https://HOST/api/v3";
        let base = base("GitHub", example, url, !matches!(auth, GithubAuth::Anonymous))?;
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
            asker: Asker::new(server.clone(), host_of(&server), patience, listener),
            runtime,
        })
    }

    /// The name that repositories have as their host: without `api.` and port.
    pub(crate) fn host(&self) -> String {
        self.asker.host().to_owned()
    }

    /// The server alone, without a path.
    pub(crate) fn server(&self) -> &Uri {
        self.asker.server()
    }

    /// True where a secret for this GitHub may be sent to that address.
    pub(crate) fn owns(&self, address: &Uri) -> bool {
        let is_safe = address.scheme_str() == Some("https") || is_loopback(address);
        let host = address.host().unwrap_or_default().to_lowercase();
        is_safe && (host == self.host() || Some(host.as_str()) == self.asker.server().host())
    }

    /// Tells how much of something is done, and how many requests are left.
    pub(crate) fn progress(&self, doing: &str, done: u64, total: Option<u64>) {
        self.asker.progress(doing, done, total);
    }

    pub(crate) fn requests(&self) -> u64 {
        self.asker.requests()
    }

    /// Requests left in the hour, of how many; `None` where the server keeps no count.
    pub(crate) fn left(&self) -> Option<(i64, i64)> {
        self.asker.left()
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
        let send = async |asked: &Asked| {
            let reply = in_time(self.send(asked)).await?;
            match self.verdict(asked, &reply) {
                Verdict::Good => Ok(reply),
                other => Err(other),
            }
        };
        self.asker.ask(asked, slow_tries, Asked::Get, send).await
    }

    fn verdict(&self, asked: &Asked, reply: &Reply) -> Verdict {
        self.asker.count(reply);
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
        receive(response.map_err(|error| Verdict::Failing(unreachable(&error)))?).await
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

    /// The path of the page that a reply names as the next one.
    pub(crate) fn next(&self, reply: &Reply) -> Result<Option<String>, Failed> {
        self.asker.next(reply)
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

/// The name that repositories of a server have as their host.
fn host_of(server: &Uri) -> String {
    let host = server.host().unwrap_or_default().to_lowercase();
    host.strip_prefix("api.").map_or(host.clone(), str::to_owned)
}
