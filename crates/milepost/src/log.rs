//! What is told beside the data: sentences for people, or a JSON object a line for machines.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::json;

use crate::clock;

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    /// It went as it should.
    Info,
    /// Something is missing.
    Warn,
    /// It could not be done.
    Error,
}

impl Level {
    fn name(self) -> &'static str {
        match self {
            Level::Info => "info",
            Level::Warn => "warn",
            Level::Error => "error",
        }
    }
}

/// Where lines go, and in what form. Clones write to the same place.
#[derive(Debug, Clone, Default)]
pub(crate) struct Log {
    /// What is being done; `None` for sentences.
    step: Option<Arc<Mutex<Step>>>,
    /// What was said of all that is said once only.
    said: Arc<Mutex<BTreeSet<String>>>,
}

#[derive(Debug)]
struct Step {
    name: &'static str,
    begun_at: DateTime<Utc>,
}

impl Log {
    /// A JSON object a line.
    pub(crate) fn json() -> Log {
        let step = Step { name: "run", begun_at: clock::now() };
        Log { step: Some(Arc::new(Mutex::new(step))), ..Log::default() }
    }

    /// The lines from now on are of this step.
    pub(crate) fn begins(&self, name: &'static str) {
        if let Some(step) = &self.step {
            *held(step) = Step { name, begun_at: clock::now() };
        }
    }

    /// True the first time that a text is asked for.
    pub(crate) fn is_new(&self, text: &str) -> bool {
        held(&self.said).insert(text.to_owned())
    }

    /// Writes a line.
    #[expect(clippy::print_stderr, reason = "the one place where remarks are printed")]
    pub(crate) fn say(&self, level: Level, text: &str) {
        let text = milepost_report::plain(text);
        match &self.step {
            None => eprintln!("{text}"),
            Some(step) => eprintln!("{}", line(&held(step), level, &text, clock::now())),
        }
    }
}

fn held<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn line(step: &Step, level: Level, text: &str, now: DateTime<Utc>) -> String {
    json!({
        "time": now.to_rfc3339_opts(SecondsFormat::Millis, true),
        "level": level.name(),
        "step": step.name,
        "message": text,
        // Since the step began; a clock that was set back makes it none.
        "ms": (now - step.begun_at).num_milliseconds().max(0),
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_object_whatever_the_text() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let step = Step { name: "ingest", begun_at: at("2026-01-05T09:00:00Z") };
        let said = line(&step, Level::Warn, "two\nlines", at("2026-01-05T09:00:01.5Z"));
        assert_eq!(said.lines().count(), 1);
        let said: serde_json::Value = serde_json::from_str(&said).unwrap();
        let expected = json!({
            "time": "2026-01-05T09:00:01.500Z", "level": "warn", "step": "ingest",
            "message": "two\nlines", "ms": 1500,
        });
        assert_eq!(said, expected);
    }
}
