//! Effort against hand-worked months, and what holds for any company.

pub(crate) mod companies;
mod days;
pub(crate) mod facts;
mod missing;
mod properties;
mod worked;
