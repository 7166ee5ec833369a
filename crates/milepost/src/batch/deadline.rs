//! Until when a batch may work.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::clock;

/// The end of a batch; `None` for one that takes what it takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline(Option<DateTime<Utc>>);

impl Deadline {
    /// So long from now.
    pub(crate) fn after(length: Option<chrono::Duration>) -> Deadline {
        Deadline(length.map(|length| clock::now() + length))
    }

    /// True once it has come.
    pub(super) fn is_over(self) -> bool {
        self.0.is_some_and(|end| clock::now() >= end)
    }

    /// What the work gives; `None` where the deadline came first. What is given up there is as
    /// after an interruption: what was committed stays.
    pub(super) async fn within<T>(self, work: impl Future<Output = T>) -> Option<T> {
        let Some(end) = self.0 else { return Some(work.await) };
        let left = (end - clock::now()).to_std().unwrap_or(Duration::ZERO);
        tokio::time::timeout(left, work).await.ok()
    }
}
