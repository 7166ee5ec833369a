//! Asking one server until it answers: when to wait, to try again, to go on elsewhere on it, and
//! when to give up. What is sent, and how, each source says itself.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::Uri;

use super::reply::Reply;
use super::verdict::Verdict;
use super::walk::on_server;
use super::{Listener, Patience};

/// Where the server does not say how long its limit holds: doubled with every further time.
const LIMITED: u64 = 60;
const REDIRECTS: u32 = 5;

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

/// One server, and how it has been so far.
pub(crate) struct Asker {
    server: Uri,
    /// What it is called in sentences.
    host: String,
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

impl Asker {
    pub(crate) fn new(
        server: Uri,
        host: String,
        patience: Patience,
        listener: Arc<dyn Listener>,
    ) -> Asker {
        Asker { server, host, patience, listener, state: Mutex::default() }
    }

    pub(crate) fn server(&self) -> &Uri {
        &self.server
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    pub(crate) fn requests(&self) -> u64 {
        self.state().requests
    }

    /// Requests left in the hour, of how many; `None` where the server keeps no count.
    pub(crate) fn left(&self) -> Option<(i64, i64)> {
        self.state().left
    }

    /// Tells how much of something is done, and how many requests are left.
    pub(crate) fn progress(&self, doing: &str, done: u64, total: Option<u64>) {
        let left = self.left().map(|(left, limit)| format!(", {left} of {limit} requests left"));
        let doing = format!("reading {doing}{}", left.unwrap_or_default());
        self.listener.progress(&doing, done, total);
    }

    /// Counts an answer, and notes what it says of limits.
    pub(crate) fn count(&self, reply: &Reply) {
        let mut state = self.state();
        state.requests += 1;
        let limit = reply.number("x-ratelimit-limit").filter(|limit| *limit > 0);
        if let (Some(limit), Some(left)) = (limit, reply.number("x-ratelimit-remaining")) {
            state.left = Some((left, limit));
        }
    }

    /// Asks until there is an answer. `send` gives one only where it is good; `moved` says what to
    /// ask instead for what is at another path of the server. A server that takes too long is asked
    /// `slow_tries` times.
    pub(crate) async fn ask<A>(
        &self,
        mut asked: A,
        slow_tries: u32,
        moved: impl Fn(String) -> A,
        send: impl AsyncFn(&A) -> Result<Reply, Verdict>,
    ) -> Result<Reply, Failed> {
        let (mut failed, mut limited, mut redirects) = (0, 0, 0);
        loop {
            if let Some(locked) = &self.state().locked {
                return Err(Failed::Refused(locked.clone()));
            }
            let verdict = match send(&asked).await {
                Ok(reply) => return Ok(reply),
                Err(verdict) => verdict,
            };
            match verdict {
                Verdict::Good => {}
                Verdict::Moved(address) => {
                    redirects += 1;
                    if redirects > REDIRECTS {
                        return Err(Failed::Refused("redirects in circles".to_owned()));
                    }
                    asked = moved(on_server(&self.server, &address).map_err(Failed::Refused)?);
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
            self.listener.notice(&format!("{} {why}; waiting {seconds} s", self.host));
        }
        tokio::time::sleep(wait).await;
        Ok(())
    }

    /// Nothing else is asked from now on.
    fn lock(&self, why: String) -> Failed {
        self.state().locked = Some(why.clone());
        Failed::Refused(why)
    }

    /// The path of the page that a reply names as the next one.
    pub(crate) fn next(&self, reply: &Reply) -> Result<Option<String>, Failed> {
        let next = reply.next().map(|address| on_server(&self.server, address));
        next.transpose().map_err(Failed::Refused)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
