//! Capitalization against hand-worked months, and what holds for any company.

mod breaches;
mod classification;
mod costs;
mod facts;
mod gates;
mod properties;
mod worked;
