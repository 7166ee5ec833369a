//! Calls into code that panics on damaged input.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    static IS_QUIET: Cell<bool> = const { Cell::new(false) };
}

/// What the call gives, or `None` where it panics. The panic is not reported anywhere: its place in
/// a library says nothing to whoever gave the file. What the call worked on must not be used again.
pub(super) fn caught<T>(call: impl FnOnce() -> T) -> Option<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let report = take_hook();
        // Other threads, and this one later, are reported as before.
        set_hook(Box::new(move |panic| {
            if !IS_QUIET.get() {
                report(panic);
            }
        }));
    });
    IS_QUIET.set(true);
    let result = catch_unwind(AssertUnwindSafe(call));
    IS_QUIET.set(false);
    result.ok()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn a_panic_is_no_value_and_says_nothing() {
        static REPORTS: AtomicUsize = AtomicUsize::new(0);
        set_hook(Box::new(|_| {
            REPORTS.fetch_add(1, Ordering::Relaxed);
        }));
        assert_eq!(caught(|| 1), Some(1));
        assert_eq!(caught(|| -> u8 { panic!("damaged") }), None);
        assert_eq!(REPORTS.load(Ordering::Relaxed), 0);
        assert!(catch_unwind(|| panic!("a fault")).is_err());
        assert_eq!(REPORTS.load(Ordering::Relaxed), 1);
    }
}
