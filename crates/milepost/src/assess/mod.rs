//! The assessment for people.

mod grid;
pub(crate) mod text;
