//! What every source has in common that asks a server: what an answer means, how long to wait,
//! and when a walk over pages must end. Nothing here knows a vendor. Only [`rest`] and [`download`]
//! send anything, so all else can be tested without a server.

pub(crate) mod address;
pub(crate) mod ask;
pub(crate) mod download;
pub(crate) mod fields;
pub(crate) mod receive;
pub(crate) mod reply;
pub(crate) mod rest;
pub(crate) mod verdict;
pub(crate) mod walk;

use std::time::Duration;

/// Told of what happens while a server is asked.
pub trait Listener: Send + Sync {
    /// One sentence that the user should read now, such as why nothing happens for a while.
    fn notice(&self, sentence: &str);
    /// What is being read, how much of it is done, and of how much where that is known.
    fn progress(&self, doing: &str, done: u64, total: Option<u64>);
}

/// How long a server is waited for.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// No single wait is longer; what asks for more is given up, with a sentence.
    pub longest_wait: Duration,
}

impl Patience {
    /// How often one request is sent at most where the server fails.
    pub(crate) const TRIES: u32 = 5;
    /// How often one request waits at most because of a limit on their number.
    pub(crate) const LIMITED: u32 = 20;

    /// The wait before the next try after `failed` ones: doubled each time from one second, and
    /// up to half as much again, so that many clients do not come back at once.
    pub(crate) fn backoff(self, failed: u32) -> Duration {
        let whole = Duration::from_secs(1 << failed.saturating_sub(1).min(6));
        (whole + whole.mul_f64(chance() / 2.0)).min(self.longest_wait)
    }
}

/// A number from 0 to 1 by chance. It decides about waits only, never about a row.
fn chance() -> f64 {
    use std::hash::{BuildHasher, RandomState};
    f64::from(RandomState::new().hash_one(()) as u32) / f64::from(u32::MAX)
}
