//! The lake against what happens to machines: writes that fail, lie or stop half-way, power that
//! goes, files that rot.

#![expect(clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

mod crashes;
mod damage;
mod faults;
mod faulty;
mod maintenance;
mod model;
mod upstream;
