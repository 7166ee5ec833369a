//! A server with a REST API in JSON, asked with one header that proves who asks.

use std::sync::Arc;

use http::{HeaderMap, HeaderValue, Method, header};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::runtime::Handle;

use super::address::{base, origin};
use super::ask::{Asker, Failed};
use super::receive::{CONNECT, READ, deepest, in_time, receive, unreachable};
use super::reply::Reply;
use super::verdict::{Verdict, verdict};
use super::{Listener, Patience};

/// How a server is reached.
pub(crate) struct Access<'a> {
    /// The tool's name and an address that it may have, for messages.
    pub(crate) tool: &'a str,
    pub(crate) example: &'a str,
    /// Base of the API.
    pub(crate) url: &'a str,
    /// The whole value of the header `Authorization`, and what of it is secret.
    pub(crate) authorization: SecretString,
    pub(crate) secret: SecretString,
    /// Which shape of answers is wanted.
    pub(crate) accept: &'static str,
}

/// One server.
pub(crate) struct Rest {
    client: reqwest::Client,
    asker: Asker,
    base_path: String,
    secrets: [SecretString; 2],
    runtime: Handle,
}

/// What is asked for: the path on the server, and what is sent along.
struct Asked {
    path: String,
    body: Option<String>,
}

impl Rest {
    /// Prepares to ask. Nothing is sent yet.
    ///
    /// # Errors
    /// Where the address or the token can't be used, in one sentence.
    pub(crate) fn new(
        access: Access<'_>,
        patience: Patience,
        listener: Arc<dyn Listener>,
    ) -> Result<Rest, String> {
        let Access { tool, example, url, authorization, secret, accept } = access;
        let base = base(tool, example, url, true)?;
        let mut proof = HeaderValue::from_str(authorization.expose_secret()).map_err(|_| {
            "the token has characters that none has, such as a line break; is it another secret?"
        })?;
        proof.set_sensitive(true);
        let headers = HeaderMap::from_iter([
            (header::AUTHORIZATION, proof),
            (header::ACCEPT, HeaderValue::from_static(accept)),
        ]);
        // Where a redirect leads is decided by the asker.
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .default_headers(headers)
            .user_agent("milepost")
            .connect_timeout(CONNECT)
            .read_timeout(READ)
            .build()
            .map_err(|error| {
                format!("failed to prepare requests to {tool}: {}", deepest(&error))
            })?;
        let runtime = Handle::try_current()
            .map_err(|_| "failed to ask a server: there is no runtime".to_owned())?;
        let host = base.host().unwrap_or_default().to_lowercase();
        Ok(Rest {
            client,
            asker: Asker::new(origin(&base), host, patience, listener),
            base_path: base.path().trim_end_matches('/').to_owned(),
            secrets: [authorization, secret],
            runtime,
        })
    }

    pub(crate) fn asker(&self) -> &Asker {
        &self.asker
    }

    /// Asks for a path below the base.
    pub(crate) fn get(&self, path: &str) -> Result<Value, Failed> {
        self.ask(path, None)
    }

    /// Asks a question that is too long for an address. It must change nothing on the server.
    pub(crate) fn post(&self, path: &str, question: &Value) -> Result<Value, Failed> {
        self.ask(path, Some(question.to_string()))
    }

    fn ask(&self, path: &str, body: Option<String>) -> Result<Value, Failed> {
        let asked = Asked { path: format!("{}{path}", self.base_path), body: body.clone() };
        let moved = |path| Asked { path, body: body.clone() };
        let send = async |asked: &Asked| self.send(asked).await;
        let asking = self.asker.ask(asked, Patience::TRIES, moved, send);
        let reply = self.runtime.block_on(asking).map_err(|failed| self.discreet(failed))?;
        reply.json().ok_or_else(|| Failed::Failing("sent no JSON".to_owned()))
    }

    async fn send(&self, asked: &Asked) -> Result<Reply, Verdict> {
        let server = self.asker.server().to_string();
        let url = format!("{}{}", server.trim_end_matches('/'), asked.path);
        let method = if asked.body.is_some() { Method::POST } else { Method::GET };
        let mut request = self.client.request(method, url);
        if let Some(body) = &asked.body {
            request = request.header(header::CONTENT_TYPE, "application/json").body(body.clone());
        }
        let reply = in_time(async {
            let response = request.send().await;
            let response = response.map_err(|error| Verdict::Failing(unreachable(&error)))?;
            receive(http::Response::from(response)).await
        })
        .await?;
        self.asker.count(&reply);
        match verdict(&reply) {
            // Half a body, or what a proxy made of it.
            Verdict::Good if reply.json().is_none() => {
                Err(Verdict::Failing("sent data that breaks off or is no JSON".to_owned()))
            }
            Verdict::Good => Ok(reply),
            other => Err(other),
        }
    }

    /// A server that says the token back must not make it seen.
    fn discreet(&self, failed: Failed) -> Failed {
        let hidden = |words: String| {
            let secrets = self.secrets.iter().map(ExposeSecret::expose_secret);
            secrets.fold(words, |words, secret| words.replace(secret, "…"))
        };
        match failed {
            Failed::Missing => Failed::Missing,
            Failed::Failing(words) => Failed::Failing(hidden(words)),
            Failed::Slow(words) => Failed::Slow(hidden(words)),
            Failed::Refused(words) => Failed::Refused(hidden(words)),
        }
    }
}
