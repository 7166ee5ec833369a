//! Months of full-time people in wide form: a row for each person or project, a column for each of
//! the other, and what they add up to.

use std::collections::{BTreeMap, BTreeSet};

use milepost_analytics::capitalization::Capitalization;
use milepost_analytics::effort::{FTE_DIGITS, Fixed};
use milepost_report::sheet::{Field, Sheet};

use super::Pivot;

/// What stands where time went to no project.
const NO_PROJECT: &str = "~NONE";

pub(super) fn sheet(done: &Capitalization, by: Pivot) -> Sheet {
    let mut cells: BTreeMap<(&str, &str), i128> = BTreeMap::new();
    let mut across: BTreeSet<&str> = BTreeSet::new();
    for row in &done.detail {
        let project = row.project_id.as_deref().unwrap_or(NO_PROJECT);
        let (down, right) = match by {
            Pivot::Person => (row.person_id.as_str(), project),
            Pivot::Project => (project, row.person_id.as_str()),
        };
        across.insert(right);
        *cells.entry((down, right)).or_default() += row.fte.units;
    }
    let down: BTreeSet<&str> = cells.keys().map(|(down, _)| *down).collect();
    let fte = |units: i128| Field::Plain(Fixed::new(units, FTE_DIGITS).to_string());
    let rows = down.iter().map(|down| {
        let units = |right: &&str| cells.get(&(*down, *right)).copied().unwrap_or_default();
        let total: i128 = across.iter().map(units).sum();
        let own = across.iter().map(|right| fte(units(right)));
        [Field::Text((*down).to_owned()), fte(total)].into_iter().chain(own).collect()
    });
    let first = match by {
        Pivot::Person => "person_id",
        Pivot::Project => "project_id",
    };
    let columns = [first, "fte"].into_iter().chain(across.iter().copied());
    Sheet { columns: columns.map(str::to_owned).collect(), rows: rows.collect() }
}
