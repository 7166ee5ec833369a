//! The values of metrics that a page shows, each with what it is of, so that two pages can be
//! compared whatever stands where on them.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{Page, Table};

/// A value of a metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Its metric.
    pub metric: String,
    /// What the metric is of: `service`, `team` or `organization`.
    pub subject_kind: String,
    /// Which one.
    pub subject_id: String,
    /// How time is cut, such as `month`.
    pub window_kind: String,
    /// First civil day of its window, in the reporting time zone.
    pub window_start_on: NaiveDate,
    /// Unit of the value.
    pub unit: String,
    /// The value; `None` where there is none.
    pub value: Option<f64>,
    /// How many facts it rests on; `None` where that is hidden.
    pub sample_size: Option<i64>,
    /// True where the window is not over yet, or was cut.
    pub is_provisional: bool,
}

impl Measured {
    /// True for a value of the same metric, subject and window.
    pub fn is_of_same(&self, other: &Measured) -> bool {
        let window = self.window_start_on == other.window_start_on;
        window
            && self.metric == other.metric
            && self.subject_id == other.subject_id
            && self.subject_kind == other.subject_kind
            && self.window_kind == other.window_kind
    }
}

/// All of them, from top to bottom; what stands twice comes once.
pub fn measured(page: &Page) -> Vec<Measured> {
    let mut found: Vec<&Measured> = of_table(&page.headline).collect();
    for section in &page.sections {
        found.extend(section.tables.iter().flat_map(of_table));
        let points = section.figures.iter().flat_map(|figure| &figure.points);
        found.extend(points.filter_map(|point| point.measured.as_ref()));
    }
    let mut all: Vec<Measured> = Vec::new();
    for one in found {
        if !all.iter().any(|other| other.is_of_same(one)) {
            all.push(one.clone());
        }
    }
    all
}

fn of_table(table: &Table) -> impl Iterator<Item = &Measured> {
    table.rows.iter().flatten().filter_map(|cell| cell.measured.as_ref())
}
