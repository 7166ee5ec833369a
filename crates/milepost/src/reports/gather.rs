//! Values of metrics, as reports show them.

use chrono::{DateTime, Months, NaiveDate, Utc};
use datafusion::prelude::SessionContext;
use milepost_analytics::{Span, WindowKind};
use milepost_report::page::{Cell, Figure, FigureKind, Measured, Point};
use milepost_report::units::{Scale, Unit, count};

use crate::answer;
use crate::exit::Failure;
use crate::globals::Globals;

/// A value of a metric.
#[derive(Debug, Clone)]
pub(super) struct Value {
    pub(super) metric: String,
    pub(super) subject_kind: String,
    pub(super) subject_id: String,
    pub(super) window_kind: String,
    /// First civil day of its window.
    pub(super) start_on: NaiveDate,
    pub(super) window_start: Option<DateTime<Utc>>,
    pub(super) window_end: Option<DateTime<Utc>>,
    pub(super) unit: String,
    /// `None` where there is none: `reason` says why.
    pub(super) value: Option<f64>,
    pub(super) interval: Option<(f64, f64)>,
    /// `None` where it is hidden.
    pub(super) sample_size: Option<i64>,
    pub(super) reason: String,
    pub(super) is_provisional: bool,
    pub(super) coverage: Option<f64>,
    pub(super) basis: String,
}

/// A metric as its head describes it.
#[derive(Debug, Clone)]
pub(super) struct Described {
    pub(super) title: String,
    pub(super) question: String,
    pub(super) headline: String,
}

/// What the catalogue says of a metric.
///
/// # Errors
/// Where there is no such metric.
pub(super) fn described(globals: &Globals, metric: &str) -> Result<Described, Failure> {
    let catalogue = answer::catalogue(globals)?;
    let found = catalogue.metrics.get(metric);
    let found = found.ok_or_else(|| Failure::Failed(format!("there is no metric `{metric}`")))?;
    Ok(Described {
        title: found.title.clone(),
        question: found.question.clone(),
        headline: found.statistics.first().cloned().unwrap_or_default(),
    })
}

/// Headline values of a metric for subjects of a kind, by subject and time.
///
/// # Errors
/// Where the lake can't be read.
pub(super) async fn values(
    session: &SessionContext,
    globals: &Globals,
    metric: &str,
    subject_kind: &str,
) -> Result<Vec<Value>, Failure> {
    let headline = described(globals, metric)?.headline;
    let sql = format!(
        "select m.subject_id, w.start_on, m.window_start, m.unit, m.value, m.ci_low, m.ci_high,
                m.sample_size, m.reason, m.is_provisional, m.coverage_ratio, m.basis,
                m.metric, m.subject_kind, m.window_kind, m.window_end
         from metrics.{metric} m
         join windows w on w.window_kind = m.window_kind and w.window_start = m.window_start
         where m.subject_kind = '{subject_kind}' and m.statistic = '{headline}'
         order by m.subject_id, m.window_start"
    );
    let rows = answer::told(session, &sql).await?;
    Ok(rows.into_iter().filter_map(value).collect())
}

fn value(row: Vec<String>) -> Option<Value> {
    let instant = |text: &str| DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc());
    let number = |at: usize| row[at].parse::<f64>().ok();
    Some(Value {
        metric: row[12].clone(),
        subject_kind: row[13].clone(),
        window_kind: row[14].clone(),
        subject_id: row[0].clone(),
        start_on: row[1].get(..10)?.parse().ok()?,
        window_start: instant(&row[2]),
        window_end: instant(&row[15]),
        unit: row[3].clone(),
        value: number(4),
        interval: number(5).zip(number(6)),
        sample_size: row[7].parse().ok(),
        reason: row[8].clone(),
        is_provisional: row[9] == "true",
        coverage: number(10),
        basis: row[11].clone(),
    })
}

/// The scale of values of one metric that stand beside each other. It is that of the largest, so that
/// they compare: 2 a week beside 3 a month would not.
pub(super) fn scale<'a>(values: impl IntoIterator<Item = &'a Value>) -> Scale {
    let (mut unit, mut largest) = (Unit::Count, 0.0_f64);
    for one in values {
        unit = one.unit().unwrap_or(unit);
        largest = largest.max(one.value.unwrap_or_default().abs());
    }
    unit.scale(largest)
}

impl Value {
    /// The value as a person reads it, with its sample size and interval, or why there is none.
    pub(super) fn cell(&self, scale: Scale) -> Cell {
        let Some(unit) = self.unit() else { return Cell::no_data("unknown unit") };
        let Some(value) = self.value else {
            return Cell::no_data(self.why()).of(self.measured());
        };
        let mut notes = vec![match self.sample_size {
            Some(size) => format!("n={}", count(size)),
            None => "sample size hidden".to_owned(),
        }];
        if let Some((low, high)) = self.interval {
            let (low, high) = (unit.text_on(scale, low), unit.text_on(scale, high));
            notes.push(format!("95 % interval {low} to {high}"));
        }
        if self.is_provisional {
            notes.push("not over yet".to_owned());
        }
        Cell::text(unit.text_on(scale, value)).with_note(notes.join(", ")).of(self.measured())
    }

    /// The value with what it is of.
    fn measured(&self) -> Measured {
        Measured {
            metric: self.metric.clone(),
            subject_kind: self.subject_kind.clone(),
            subject_id: self.subject_id.clone(),
            window_kind: self.window_kind.clone(),
            window_start_on: self.start_on,
            unit: self.unit.clone(),
            value: self.value,
            sample_size: self.sample_size,
            is_provisional: self.is_provisional,
        }
    }

    pub(super) fn unit(&self) -> Option<Unit> {
        self.unit.parse().ok()
    }

    pub(super) fn why(&self) -> String {
        self.reason.replace('_', " ")
    }
}

/// A metric over time: one figure of the values of one subject.
pub(super) fn figure(described: &Described, values: &[Value], kind: WindowKind) -> Option<Figure> {
    let unit = values.first()?.unit()?;
    let points: Vec<Point> = values
        .iter()
        .map(|one| Point {
            label: label(one.start_on, kind),
            value: one.value,
            sample_size: one.sample_size,
            is_provisional: one.is_provisional,
            note: (!one.reason.is_empty()).then(|| one.why()),
            measured: Some(one.measured()),
        })
        .collect();
    Some(Figure {
        title: format!("{}, by {}", described.title, kind.name()),
        question: described.question.clone(),
        unit,
        summary: summary(&points, unit, kind),
        kind: if unit == Unit::CountPerDay { FigureKind::Bars } else { FigureKind::Line },
        points,
    })
}

fn summary(points: &[Point], unit: Unit, kind: WindowKind) -> String {
    let complete = points.iter().filter(|point| !point.is_provisional);
    let known: Vec<(&Point, f64)> =
        complete.filter_map(|point| Some((point, point.value?))).collect();
    let (Some((first, begin)), Some((last, end))) = (known.first(), known.last()) else {
        let why = points.iter().rev().find_map(|point| point.note.clone()).unwrap_or_default();
        return format!("No complete {} has data: {why}.", kind.name());
    };
    let samples: i64 = points.iter().filter_map(|point| point.sample_size).sum();
    // That of the figure's own table.
    let scale =
        unit.scale(points.iter().filter_map(|one| one.value).map(f64::abs).fold(0.0, f64::max));
    format!(
        "{} in {}, {} in {} (n={} in all; {} of {} {}s have data).",
        unit.text_on(scale, *begin),
        first.label,
        unit.text_on(scale, *end),
        last.label,
        count(samples),
        points.iter().filter(|point| point.value.is_some()).count(),
        points.len(),
        kind.name()
    )
}

/// A window's name: `2026-03`, `2026 Q1`, `2026`, else its first day.
pub(super) fn label(start_on: NaiveDate, kind: WindowKind) -> String {
    use chrono::Datelike as _;
    match kind {
        WindowKind::Month => start_on.format("%Y-%m").to_string(),
        WindowKind::Quarter => format!("{} Q{}", start_on.year(), start_on.month0() / 3 + 1),
        WindowKind::Year => start_on.year().to_string(),
        WindowKind::Week | WindowKind::All => start_on.to_string(),
    }
}

/// A session over the last complete windows of a kind and the current one.
///
/// # Errors
/// Where the definition or a query file can't be used.
pub(super) fn session(globals: &Globals, kind: WindowKind) -> Result<SessionContext, Failure> {
    let span = Span::recent(kind, globals.as_of, &globals.definition, globals.zone);
    answer::session(globals, &globals.lake, span)
}

/// First civil days of the last complete quarter and of the one before.
pub(super) fn quarters(globals: &Globals) -> (NaiveDate, NaiveDate) {
    use chrono::Datelike as _;
    let last = globals.as_of - chrono::Duration::microseconds(1);
    let today = last.with_timezone(&globals.zone).date_naive();
    let month = today.month0() / 3 * 3 + 1;
    let current = NaiveDate::from_ymd_opt(today.year(), month, 1).unwrap_or(today);
    let back = |months| current.checked_sub_months(Months::new(months)).unwrap_or(current);
    (back(3), back(6))
}

/// What the page was made from: versions of tables, and how much is in them.
///
/// # Errors
/// Where the lake can't be read.
pub(super) async fn sources(globals: &Globals) -> Result<Vec<(String, String)>, Failure> {
    let mut sources = Vec::new();
    for (table, name) in [
        ("commits", "Commits"),
        ("pull_requests", "Pull requests"),
        ("deployments", "Deployments"),
        ("incidents", "Incidents"),
        ("services", "Services"),
    ] {
        let sql = format!("select count(*) from {table} where deleted_at is null");
        let rows = answer::held(globals, &globals.lake, table, &sql).await?;
        let rows = rows.first().and_then(|row| row[0].parse().ok()).unwrap_or(0);
        sources.push((name.to_owned(), count(rows)));
    }
    let sql = "select source, max(finished_at) from ingest_runs group by source order by source";
    let read = answer::held(globals, &globals.lake, "ingest_runs", sql).await?;
    sources.extend(
        read.into_iter().map(|row| (row[0].clone(), format!("last changed {}", minute(&row[1])))),
    );
    Ok(sources)
}

/// An instant as the page tells its own.
fn minute(instant: &str) -> String {
    let Ok(at) = DateTime::parse_from_rfc3339(instant) else { return instant.to_owned() };
    at.to_utc().format("%-d %B %Y, %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(value: &str) -> Value {
        let row = [
            "a",
            "2026-04-01",
            "2026-04-01T00:00:00Z",
            "count_per_day",
            value,
            "0.07",
            "0.7",
            "9",
            "no_deployments",
            "false",
            "1",
            "recorded",
            "deployment_frequency",
            "team",
            "quarter",
            "2026-07-01T00:00:00Z",
        ];
        super::value(row.map(str::to_owned).to_vec()).expect("a value")
    }

    #[test]
    fn values_beside_each_other_are_told_on_one_scale() {
        let all = ["0.68", "0.357", "0.0756", ""].map(rate);
        let scale = scale(&all);
        let told = all.iter().map(|one| one.cell(scale).text);
        let alone: Vec<String> =
            all.iter().filter_map(|one| Some(one.unit()?.text(one.value?))).collect();
        assert_eq!(alone, ["0.68 / day", "2.5 / week", "2.3 / month"]);
        let told: Vec<String> = told.flatten().collect();
        assert_eq!(told, ["0.68 / day", "0.36 / day", "0.08 / day"]);
        let note = all[0].cell(scale).note.expect("a note");
        assert_eq!(note, "n=9, 95 % interval 0.07 / day to 0.7 / day");
        assert_eq!(all[3].cell(scale).text, None);
    }
}
