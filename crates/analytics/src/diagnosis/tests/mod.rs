//! Findings and stories over facts made for the purpose, with sentences worked out by hand.

mod contradictions;
mod facts;
mod missing_data;
mod names;
mod stories;
