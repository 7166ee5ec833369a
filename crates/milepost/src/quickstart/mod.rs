//! What `quickstart` shows: gathered once, then written as text and as a page.

mod overview;
pub(crate) mod page;
pub(crate) mod text;

pub(crate) use overview::{Measurement, Overview};
