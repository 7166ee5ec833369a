//! Work on all cores of the machine.

use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;

/// What `work` makes of each item, in the order of the items: how many cores there are decides
/// nothing but the time.
pub(crate) fn on_all_cores<T: Send, R: Send>(
    items: Vec<T>,
    work: impl Fn(T) -> R + Sync,
) -> Vec<R> {
    let items: Vec<Mutex<Option<T>>> =
        items.into_iter().map(|item| Mutex::new(Some(item))).collect();
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(at) else { return done };
            let item = item.lock().take();
            done.extend(item.map(|item| (at, work(item))));
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut done = std::thread::scope(|scope| {
        let others: Vec<_> = (1..cores.min(items.len())).map(|_| scope.spawn(worker)).collect();
        let mut all = worker();
        for other in others {
            match other.join() {
                Ok(mut done) => all.append(&mut done),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        all
    });
    done.sort_unstable_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_items() {
        let squares = on_all_cores((0..1_000_u64).collect(), |number| number * number);
        assert!(squares.into_iter().eq((0..1_000).map(|number| number * number)));
        assert!(on_all_cores(Vec::<u8>::new(), |byte| byte).is_empty());
    }
}
