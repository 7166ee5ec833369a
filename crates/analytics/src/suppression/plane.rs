//! From rows of the engine to the groups, windows and people that [`cells`](super::cells) judges, and
//! from what it hides back to rows.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray, TimestampMicrosecondArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use datafusion::arrow::error::ArrowError;

use super::cells::{Joined, Plane, Presence};
use crate::columns::{Counts, Instants, Texts};
use crate::{Window, WindowKind};

/// The groups, each with the one next above it.
pub(crate) const GROUPS: &str = "select distinct subject_kind, subject_id, parent_id from groups";
const ORGANIZATION: &str = "organization";
/// Word for the kind of an asked span, beside `all`, the window over everything.
const SPAN: &str = "span";

/// The windows that are judged.
#[derive(Debug, Clone)]
pub(crate) struct Judged {
    /// Those of the calendar up to the as-of, and the one over everything; fine ones first.
    calendar: Vec<Window>,
    /// The asked one over a span of whole months.
    span: Option<Window>,
}

impl Judged {
    /// Judges windows of the calendar, and the one over an asked span.
    pub(crate) fn of(mut calendar: Vec<Window>, span: Option<Window>) -> Judged {
        calendar.sort_by_key(|window| (window.kind, window.start));
        Judged { calendar, span }
    }

    /// The windows by place, with a word that tells a span from everything.
    pub(crate) fn named(&self) -> Vec<(&'static str, Window)> {
        let calendar = self.calendar.iter().map(|window| (window.kind.name(), window.clone()));
        calendar.chain(self.span.iter().map(|window| (SPAN, window.clone()))).collect()
    }

    /// The windows of a kind within another.
    fn within(&self, kind: WindowKind, whole: &Window) -> impl Iterator<Item = usize> {
        self.calendar.iter().enumerate().filter_map(move |(place, window)| {
            let overlaps = window.start_on < whole.end_on && whole.start_on < window.end_on;
            (window.kind == kind && overlaps).then_some(place)
        })
    }

    /// The ways in which each window is cut into others.
    fn parts(&self) -> Vec<Vec<Vec<usize>>> {
        let mut parts: Vec<Vec<Vec<usize>>> = Vec::new();
        for window in &self.calendar {
            let kinds: &[WindowKind] = match window.kind {
                WindowKind::Week | WindowKind::Month => &[],
                WindowKind::Quarter => &[WindowKind::Month],
                WindowKind::Year => &[WindowKind::Quarter],
                WindowKind::All => &[WindowKind::Year, WindowKind::Week],
            };
            parts.push(kinds.iter().map(|kind| self.within(*kind, window).collect()).collect());
        }
        parts.extend(self.span.iter().map(|_| Vec::new()));
        parts
    }

    fn joined(&self, parts: &[Vec<Vec<usize>>]) -> Option<Joined> {
        let span = self.span.as_ref()?;
        let held: BTreeSet<usize> = parts.iter().flatten().flatten().copied().collect();
        let is_root =
            |place: &usize| self.calendar[*place].kind != WindowKind::Week && !held.contains(place);
        Some(Joined {
            window: self.calendar.len(),
            of: self.within(WindowKind::Month, span).collect(),
            roots: (0..self.calendar.len()).filter(is_root).collect(),
        })
    }

    /// The kind of a window as the session that asks names it; `None` where it has no such window.
    fn asked_kind(&self, window: &(&'static str, Window)) -> Option<&'static str> {
        match window.0 {
            SPAN => Some(WindowKind::All.name()),
            _ if window.1.kind == WindowKind::All && self.span.is_some() => None,
            kind => Some(kind),
        }
    }
}

/// Columns of a table of hidden cells.
pub(crate) fn schema() -> SchemaRef {
    let text = |name| Field::new(name, DataType::Utf8, false);
    let instant = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    Arc::new(Schema::new(vec![
        text("subject_kind"),
        text("subject_id"),
        text("window_kind"),
        Field::new("window_start", instant, false),
    ]))
}

/// The hidden cells, from the rows of [`GROUPS`] and of [`presences`](super::presences).
///
/// # Errors
/// Where columns are missing or of other types.
pub(crate) fn hidden(
    judged: &Judged,
    groups: &[RecordBatch],
    presences: &[RecordBatch],
) -> Result<RecordBatch, ArrowError> {
    let groups = Groups::read(groups)?;
    let windows = judged.named();
    let parts = judged.parts();
    let mut plane =
        Plane { above: groups.above(), joined: judged.joined(&parts), parts, ..Plane::default() };
    read(presences, &groups, &windows, &mut plane)?;
    let cells = plane.hidden();
    let rows = cells.iter().filter_map(|(group, window)| {
        let (kind, id) = groups.names.get(*group)?;
        let window = windows.get(*window)?;
        Some((kind, id, judged.asked_kind(window)?, window.1.start.timestamp_micros()))
    });
    let rows: Vec<_> = rows.collect();
    let starts = TimestampMicrosecondArray::from_iter_values(rows.iter().map(|row| row.3));
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from_iter_values(rows.iter().map(|row| row.0))),
        Arc::new(StringArray::from_iter_values(rows.iter().map(|row| row.1))),
        Arc::new(StringArray::from_iter_values(rows.iter().map(|row| row.2))),
        Arc::new(starts.with_timezone("UTC")),
    ];
    RecordBatch::try_new(schema(), columns)
}

/// Groups by kind and id, and the id of the one next above.
struct Groups {
    names: Vec<(String, String)>,
    parents: Vec<Option<String>>,
    places: HashMap<(String, String), usize>,
}

impl Groups {
    fn read(rows: &[RecordBatch]) -> Result<Groups, ArrowError> {
        let mut groups = BTreeMap::new();
        for rows in rows {
            let column = |name| Texts::of(rows, name);
            let (kinds, ids) = (column("subject_kind")?, column("subject_id")?);
            let parents = column("parent_id")?;
            for row in 0..rows.num_rows() {
                if let (Some(kind), Some(id)) = (kinds.get(row), ids.get(row)) {
                    let parent = parents.get(row).map(str::to_owned);
                    groups.insert((kind.to_owned(), id.to_owned()), parent);
                }
            }
        }
        let places = groups.keys().enumerate().map(|(place, name)| (name.clone(), place)).collect();
        let (names, parents) = groups.into_iter().unzip();
        Ok(Groups { names, parents, places })
    }

    fn above(&self) -> Vec<Option<usize>> {
        let place = |parent: &Option<String>| {
            let parent = parent.clone()?;
            let kind = if parent == ORGANIZATION { ORGANIZATION } else { "team" };
            self.places.get(&(kind.to_owned(), parent)).copied()
        };
        self.parents.iter().map(place).collect()
    }
}

/// Reads who is where into the plane.
fn read(
    rows: &[RecordBatch],
    groups: &Groups,
    windows: &[(&'static str, Window)],
    plane: &mut Plane,
) -> Result<(), ArrowError> {
    let starts = windows.iter().enumerate();
    let places: HashMap<(&str, i64), usize> = starts
        .map(|(place, (kind, window))| ((*kind, window.start.timestamp_micros()), place))
        .collect();
    let mut people = Places::default();
    let mut waves = Places::default();
    for rows in rows {
        let column = |name| Texts::of(rows, name);
        let (kinds, ids, window_kinds) =
            (column("subject_kind")?, column("subject_id")?, column("window_kind")?);
        let (persons, withins) = (column("person")?, column("within")?);
        let starts = Instants::of(rows, "window_start")?;
        let (counted, known) = (Counts::of(rows, "counted")?, Counts::of(rows, "known")?);
        for row in 0..rows.num_rows() {
            let text = |column: &Texts| column.get(row).unwrap_or_default().to_owned();
            let group = groups.places.get(&(text(&kinds), text(&ids)));
            let start = starts.get(row).unwrap_or_default();
            let window = places.get(&(window_kinds.get(row).unwrap_or_default(), start));
            let (Some(group), Some(window)) = (group, window) else { continue };
            let within = waves.of(text(&withins));
            let person = people.of((within, text(&persons)));
            if person == plane.within.len() {
                plane.within.push(within);
            }
            let count = |counts: &Counts| counts.get(row).unwrap_or_default().unsigned_abs();
            plane.presences.push(Presence {
                group: *group,
                window: *window,
                person,
                counted: count(&counted),
                known: count(&known),
            });
        }
    }
    Ok(())
}

/// Places of values in the order in which they came.
struct Places<T>(HashMap<T, usize>);

impl<T> Default for Places<T> {
    fn default() -> Places<T> {
        Places(HashMap::new())
    }
}

impl<T: Eq + std::hash::Hash> Places<T> {
    fn of(&mut self, value: T) -> usize {
        let next = self.0.len();
        *self.0.entry(value).or_insert(next)
    }
}
