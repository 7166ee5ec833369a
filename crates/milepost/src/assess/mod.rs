//! The assessment: by the configuration, and for people.

mod gather;
mod grid;
pub(crate) mod text;

pub(crate) use gather::{assessed, quarter, targets_of};
pub(crate) use grid::grid;
