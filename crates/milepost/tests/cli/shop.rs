//! One small shop, worked by hand: what was done when, and what its metrics are.
//!
//! All instants UTC; one service, the repository's own.
//!
//! | commit | what | author time |
//! |---|---|---|
//! | begin | root | 01-05 09:00 |
//! | early | direct push | 01-06 09:00 |
//! | door 1, door 2 | branch of #1, merged 01-12 09:00 | 01-08 10:00, 01-09 10:00 |
//! | push 1, push 2 | direct pushes | 01-13 08:00, 01-13 22:00 |
//! | bump | a bot's direct push | 01-13 09:00 |
//! | window | squash of #2, committed 02-02 11:00 | 02-02 09:00 |
//! | undo | revert of the window | 02-03 09:00 |
//! | late | direct push, never deployed | 03-02 09:00 |
//!
//! | tag | made | at | kind | lead times |
//! |---|---|---|---|---|
//! | v1.0.0 | 01-07 12:00 | early | baseline | none |
//! | v1.1.0 | 01-14 10:00 | push 2 | change | #1 6 d, push 1 26 h, push 2 12 h; the bot's left out |
//! | v1.2.0 | 02-02 15:00 | window | change, failed | #2 6 h, from the squash's author time |
//! | v1.2.1 | 02-03 10:00 | undo | change, rework | the revert's left out |

use crate::repository::{ANN, BO, BOT, Draft, Repository};
use crate::world::World;

/// April has begun and is not over.
pub(crate) const AS_OF: &str = "2026-04-15T00:00:00Z";

pub(crate) fn shop(world: &World) -> Repository {
    let mut git = world.repository("shop");
    git.push("main", "begin.txt", "2026-01-05 09:00");
    git.push("main", "early.txt", "2026-01-06 09:00");
    git.release("v1.0.0", "main", "2026-01-07 12:00");
    git.branch("door", "main");
    git.push("door", "door.txt", "2026-01-08 10:00");
    git.push("door", "handle.txt", "2026-01-09 10:00");
    let merge = Draft::new("Merge pull request #1 from ann/door\n\nAdd a door", "2026-01-12 09:00");
    git.merge("main", &["door"], merge.by(ANN));
    git.push("main", "push1.txt", "2026-01-13 08:00");
    let bump = Draft::new("Bump a lock from 1 to 2", "2026-01-13 09:00").by(BOT);
    git.commit("main", bump.file("lock.txt", "2\n"));
    git.push("main", "push2.txt", "2026-01-13 22:00");
    git.release("v1.1.0", "main", "2026-01-14 10:00");
    let squash = Draft::new("Add a window (#2)", "2026-02-02 11:00").authored("2026-02-02 09:00");
    let squash = git.commit("main", squash.by(BO).file("window.txt", "glass\n"));
    git.release("v1.2.0", "main", "2026-02-02 15:00");
    let undo = format!("Revert \"Add a window (#2)\"\n\nThis reverts commit {squash}.");
    git.commit("main", Draft::new(undo, "2026-02-03 09:00").by(BO).gone("window.txt"));
    git.release("v1.2.1", "main", "2026-02-03 10:00");
    git.push("main", "late.txt", "2026-03-02 09:00");
    git
}

/// The shop read into the lake `lake`.
pub(crate) fn shop_lake() -> World {
    let world = World::as_of(AS_OF);
    let git = shop(&world);
    world.ingest(&git, "lake", &[]);
    world
}
