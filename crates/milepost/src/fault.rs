//! Faults of the program: said in one sentence, and beside an error that tells more not at all.

use std::panic::{PanicHookInfo, set_hook};
use std::sync::Mutex;

static FIRST: Mutex<Option<String>> = Mutex::new(None);

/// Keeps what a panic says instead of printing a trace. Libraries panic on threads of their own
/// where a disk gives up under them, and the command then has the disk's error to tell.
pub(crate) fn keep_panics() {
    set_hook(Box::new(|panic| {
        let mut first = FIRST.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        first.get_or_insert_with(|| told(panic));
    }));
}

/// The first panic since the start, as a sentence; `None` where there was none.
pub(crate) fn first() -> Option<String> {
    FIRST.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
}

fn told(panic: &PanicHookInfo<'_>) -> String {
    let payload = panic.payload();
    let said = payload
        .downcast_ref::<&str>()
        .map(|said| (*said).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no more is known".to_owned());
    let place = panic.location().map(|at| format!(" ({}:{})", at.file(), at.line()));
    let place = place.unwrap_or_default();
    format!(
        "a fault of the program stopped the command: {said}{place}; nothing that was committed is lost, please report it"
    )
}
