//! The clock of the machine. What a number says never depends on it but through the as-of, which
//! is read once; the other readings are for logs and deadlines.

use chrono::{DateTime, Utc};

/// This instant.
#[expect(clippy::disallowed_methods, reason = "the clock enters here and nowhere else")]
pub(crate) fn now() -> DateTime<Utc> {
    Utc::now()
}
