//! Shared by the benches: a seeded generator of repositories, and timing of whole commands.
//!
//! Machines are noisy, so peers run in turn with Milepost and only ratios are quoted.

mod command;
mod generator;
mod history;

pub use command::{Run, alternate, find_milepost};
pub use generator::generate;
pub use history::{History, long_history};
