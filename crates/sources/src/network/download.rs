//! Files at addresses that a server names, such as signed links to another host: fetched without
//! anything that proves who asks.

use std::sync::Arc;

use http::Uri;
use tokio::runtime::Handle;

use super::address::{is_loopback, origin};
use super::ask::{Asker, Failed};
use super::receive::{CONNECT, READ, deepest, in_time, receive, unreachable};
use super::reply::Reply;
use super::verdict::{Verdict, verdict};
use super::{Listener, Patience};

/// Fetches such files. It knows no token, so none can go astray.
pub(crate) struct Downloads {
    client: reqwest::Client,
    patience: Patience,
    listener: Arc<dyn Listener>,
    /// True where the server that names the files is on this machine: then they may be as well.
    is_local: bool,
    runtime: Handle,
}

impl Downloads {
    /// Prepares to fetch what `server` names. Nothing is sent yet.
    ///
    /// # Errors
    /// Where there can be no requests, in one sentence.
    pub(crate) fn new(
        server: &Uri,
        patience: Patience,
        listener: Arc<dyn Listener>,
    ) -> Result<Downloads, String> {
        // Where a redirect leads is decided by the asker.
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .user_agent("milepost")
            .connect_timeout(CONNECT)
            .read_timeout(READ)
            .build()
            .map_err(|error| format!("failed to prepare downloads: {}", deepest(&error)))?;
        let runtime = Handle::try_current()
            .map_err(|_| "failed to fetch a file: there is no runtime".to_owned())?;
        Ok(Downloads { client, patience, listener, is_local: is_loopback(server), runtime })
    }

    /// The file at an address. Whoever has a signed address has the file, so no error repeats one.
    ///
    /// # Errors
    /// Where nothing may be fetched from there, or it can't be had; in words that follow the name of
    /// the server that named it.
    pub(crate) fn fetch(&self, address: &str) -> Result<Vec<u8>, Failed> {
        let address = self.checked(address).map_err(Failed::Refused)?;
        let host = address.host().unwrap_or_default().to_lowercase();
        let path = address.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string);
        let (patience, listener) = (self.patience, self.listener.clone());
        let asker = Asker::new(origin(&address), host.clone(), patience, listener);
        let send = async |path: &String| self.send(asker.server(), path).await;
        let asking = asker.ask(path, Patience::TRIES, |path| path, send);
        match self.runtime.block_on(asking) {
            Ok(reply) => Ok(reply.body),
            Err(failed) => {
                Err(Failed::Refused(format!("names a file at {host}, which {}", failed.words())))
            }
        }
    }

    fn checked(&self, address: &str) -> Result<Uri, String> {
        let address: Uri =
            address.parse().map_err(|_| "names a file at a place that is no address".to_owned())?;
        let is_plain =
            address.authority().is_some_and(|authority| !authority.as_str().contains('@'));
        let is_safe = match address.scheme_str() {
            Some("https") => true,
            Some("http") => self.is_local && is_loopback(&address),
            _ => false,
        };
        match is_plain && is_safe {
            true => Ok(address),
            false => Err(format!(
                "names a file at {}, which is not fetched: only plain https:// addresses are",
                address.host().unwrap_or("another place")
            )),
        }
    }

    async fn send(&self, server: &Uri, path: &str) -> Result<Reply, Verdict> {
        let url = format!("{}{path}", server.to_string().trim_end_matches('/'));
        let reply = in_time(async {
            let response = self.client.get(url).send().await;
            let response =
                response.map_err(|error| Verdict::Failing(unreachable(&error.without_url())))?;
            receive(http::Response::from(response)).await
        })
        .await?;
        match verdict(&reply) {
            Verdict::Good => Ok(reply),
            // No token is missing: a signed link holds for a short time.
            Verdict::Locked(_) | Verdict::Missing | Verdict::Refused(_)
                if matches!(reply.status, 401 | 403 | 404 | 410) =>
            {
                Err(Verdict::Refused(format!(
                    "does not give it out ({}); the link may have expired: run it again",
                    reply.status
                )))
            }
            other => Err(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Nobody;

    impl Listener for Nobody {
        fn notice(&self, _: &str) {}
        fn progress(&self, _: &str, _: u64, _: Option<u64>) {}
    }

    fn checked(server: &str, address: &str) -> Result<Uri, String> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let _entered = runtime.enter();
        let patience = Patience { longest_wait: std::time::Duration::ZERO };
        let server = server.parse().expect("an address");
        let downloads = Downloads::new(&server, patience, Arc::new(Nobody)).expect("downloads");
        downloads.checked(address)
    }

    #[test]
    fn files_are_fetched_from_encrypted_addresses_only_and_no_error_repeats_one() {
        let server = "https://api.github.com";
        assert!(checked(server, "https://files.test/a?sig=canary").is_ok());
        for wrong in [
            "http://files.test/a?sig=canary",
            "http://127.0.0.1/a?sig=canary",
            "https://ann:canary@files.test/a",
            "ftp://files.test/canary",
            "/canary",
            "a b canary",
        ] {
            let error = checked(server, wrong).expect_err(wrong);
            assert!(error.starts_with("names a file at") && !error.contains("canary"), "{error}");
        }
    }

    #[test]
    fn only_a_server_of_this_machine_may_name_unencrypted_files_and_only_of_this_machine() {
        let server = "http://127.0.0.1:8080";
        assert!(checked(server, "http://127.0.0.1:9090/a").is_ok());
        assert!(checked(server, "http://files.test/a").is_err());
    }
}
