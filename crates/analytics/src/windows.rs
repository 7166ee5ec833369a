//! Windows of time: half-open intervals between civil days of the reporting zone.

use chrono::{DateTime, Datelike, Duration, Months, NaiveDate, TimeZone, Utc};
use chrono_tz::Tz;

use crate::{Definition, WeekStart};

/// How the time is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WindowKind {
    /// ISO weeks, or weeks from Sunday where the definition says so.
    Week,
    /// Calendar months.
    Month,
    /// Calendar quarters.
    Quarter,
    /// Calendar years.
    Year,
    /// One window over everything.
    All,
}

impl WindowKind {
    /// All kinds.
    pub const ALL: [WindowKind; 5] = [
        WindowKind::Week,
        WindowKind::Month,
        WindowKind::Quarter,
        WindowKind::Year,
        WindowKind::All,
    ];

    /// Word in SQL and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            WindowKind::Week => "week",
            WindowKind::Month => "month",
            WindowKind::Quarter => "quarter",
            WindowKind::Year => "year",
            WindowKind::All => "all",
        }
    }
}

/// Which windows to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// How the time is cut.
    pub kinds: Vec<WindowKind>,
    /// First civil day; `None` for the day of the first event.
    pub from: Option<NaiveDate>,
    /// First civil day after the span; `None` for up to the as-of.
    pub to: Option<NaiveDate>,
}

impl Span {
    /// All kinds over everything there is.
    pub fn everything() -> Span {
        Span { kinds: WindowKind::ALL.to_vec(), from: None, to: None }
    }

    /// The last twelve complete windows of a kind and the current one.
    pub fn recent(
        kind: WindowKind,
        as_of: DateTime<Utc>,
        definition: &Definition,
        zone: Tz,
    ) -> Span {
        let today = as_of.with_timezone(&zone).date_naive();
        let mut from = begin(kind, today, definition.week_start);
        for _ in 0..12 {
            from = begin(kind, before(from), definition.week_start);
        }
        let from = (kind != WindowKind::All).then_some(from);
        Span { kinds: vec![kind], from, to: None }
    }
}

/// A window of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// How the time is cut.
    pub kind: WindowKind,
    /// First instant; UTC.
    pub start: DateTime<Utc>,
    /// First instant after it; UTC.
    pub end: DateTime<Utc>,
    /// First civil day.
    pub start_on: NaiveDate,
    /// First civil day after it.
    pub end_on: NaiveDate,
    /// True where the span or the as-of cuts it: its numbers may still change, or are of a part.
    pub is_provisional: bool,
    /// True where the span cuts it: it is no calendar window, no whole months, and not everything
    /// there is.
    pub is_cut: bool,
}

/// The windows of a span, by kind and start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Windows(pub Vec<Window>);

impl Windows {
    /// Cuts the span. `first` is the instant of the first event, `None` without any: then there
    /// are windows only where the span says from when.
    pub fn cut(
        span: &Span,
        first: Option<DateTime<Utc>>,
        as_of: DateTime<Utc>,
        definition: &Definition,
        zone: Tz,
    ) -> Windows {
        let civil = |at: DateTime<Utc>| at.with_timezone(&zone).date_naive();
        let Some(from) = span.from.or_else(|| first.map(civil)) else {
            return Windows(Vec::new());
        };
        let after_as_of = after(civil(as_of - Duration::microseconds(1)));
        let to = span.to.unwrap_or(after_as_of).min(after_as_of);
        let mut windows = Vec::new();
        for kind in &span.kinds {
            if *kind == WindowKind::All {
                if from < to {
                    windows.push(whole(from, to, span, as_of, zone));
                }
                continue;
            }
            let mut start_on = begin(*kind, from, definition.week_start);
            while start_on < to {
                let end_on = next(*kind, start_on);
                windows.push(one(*kind, (start_on, end_on), span, as_of, zone));
                start_on = end_on;
            }
        }
        Windows(windows)
    }
}

/// A calendar window, cut where the span begins or ends within it.
fn one(
    kind: WindowKind,
    (start_on, end_on): (NaiveDate, NaiveDate),
    span: &Span,
    as_of: DateTime<Utc>,
    zone: Tz,
) -> Window {
    let cut_start = span.from.map_or(start_on, |from| from.max(start_on));
    let cut_end = span.to.map_or(end_on, |to| to.min(end_on));
    let (start, end) = (midnight(cut_start, zone), midnight(cut_end, zone));
    let is_cut = cut_start != start_on || cut_end != end_on;
    Window {
        kind,
        start,
        end,
        start_on: cut_start,
        end_on: cut_end,
        is_provisional: is_cut || as_of < end,
        is_cut,
    }
}

/// One window over the whole span, up to and with the as-of.
fn whole(from: NaiveDate, to: NaiveDate, span: &Span, as_of: DateTime<Utc>, zone: Tz) -> Window {
    let asked = span.to.map(|to| midnight(to, zone));
    let seen = as_of + Duration::seconds(1);
    let is_given = span.from.is_some() || span.to.is_some();
    let is_month_start = |day: NaiveDate| day.day() == 1;
    let end = asked.filter(|asked| *asked <= as_of).unwrap_or(seen);
    Window {
        kind: WindowKind::All,
        start: midnight(from, zone),
        end,
        start_on: from,
        end_on: to,
        is_provisional: is_given,
        // Whole months are calendar windows put together.
        is_cut: !span.from.is_none_or(is_month_start) || !span.to.is_none_or(is_month_start),
    }
}

/// First day of the window that holds the day.
fn begin(kind: WindowKind, day: NaiveDate, week_start: WeekStart) -> NaiveDate {
    let month = |month: u32| NaiveDate::from_ymd_opt(day.year(), month, 1).unwrap_or(day);
    match kind {
        WindowKind::Week => {
            let days = match week_start {
                WeekStart::Monday => day.weekday().num_days_from_monday(),
                WeekStart::Sunday => day.weekday().num_days_from_sunday(),
            };
            day - Duration::days(i64::from(days))
        }
        WindowKind::Month => month(day.month()),
        WindowKind::Quarter => month((day.month0() / 3) * 3 + 1),
        WindowKind::Year => month(1),
        WindowKind::All => day,
    }
}

fn next(kind: WindowKind, start: NaiveDate) -> NaiveDate {
    match kind {
        WindowKind::Week => start + Duration::days(7),
        WindowKind::Month => start + Months::new(1),
        WindowKind::Quarter => start + Months::new(3),
        WindowKind::Year | WindowKind::All => start + Months::new(12),
    }
}

fn before(day: NaiveDate) -> NaiveDate {
    day - Duration::days(1)
}

fn after(day: NaiveDate) -> NaiveDate {
    day + Duration::days(1)
}

/// First instant of the civil day. Where a clock change skips midnight the day begins after it.
pub(crate) fn midnight(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    let mut local = day.and_time(chrono::NaiveTime::MIN);
    for _ in 0..96 {
        if let Some(at) = zone.from_local_datetime(&local).earliest() {
            return at.with_timezone(&Utc);
        }
        local += Duration::minutes(15);
    }
    day.and_time(chrono::NaiveTime::MIN).and_utc()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("an instant")
    }

    fn cut(span: &Span, first: &str, as_of: &str, zone: Tz) -> Vec<Window> {
        Windows::cut(span, Some(at(first)), at(as_of), &Definition::default(), zone).0
    }

    fn span(kind: WindowKind, from: Option<&str>, to: Option<&str>) -> Span {
        Span { kinds: vec![kind], from: from.map(day), to: to.map(day) }
    }

    #[test]
    fn months_run_from_the_first_event_to_the_as_of() {
        let windows = cut(
            &span(WindowKind::Month, None, None),
            "2026-01-20T10:00:00Z",
            "2026-03-05T12:00:00Z",
            Tz::UTC,
        );
        let starts: Vec<String> = windows.iter().map(|w| w.start_on.to_string()).collect();
        assert_eq!(starts, ["2026-01-01", "2026-02-01", "2026-03-01"]);
        let open: Vec<bool> = windows.iter().map(|w| w.is_provisional).collect();
        assert_eq!(open, [false, false, true]);
        assert_eq!(windows[2].end, at("2026-04-01T00:00:00Z"));
    }

    #[test]
    fn a_month_cut_by_the_span_is_provisional_and_shows_where() {
        let windows = cut(
            &span(WindowKind::Month, Some("2026-01-10"), Some("2026-02-10")),
            "2025-01-01T00:00:00Z",
            "2026-06-01T00:00:00Z",
            Tz::UTC,
        );
        assert_eq!(windows.len(), 2);
        assert_eq!(
            (windows[0].start_on, windows[0].end_on),
            (day("2026-01-10"), day("2026-02-01"))
        );
        assert_eq!(
            (windows[1].start_on, windows[1].end_on),
            (day("2026-02-01"), day("2026-02-10"))
        );
        assert!(windows.iter().all(|window| window.is_provisional));
    }

    #[test]
    fn weeks_begin_on_monday() {
        let windows = cut(
            &span(WindowKind::Week, None, None),
            "2026-01-01T00:00:00Z",
            "2026-01-12T00:00:00Z",
            Tz::UTC,
        );
        let starts: Vec<String> = windows.iter().map(|w| w.start_on.to_string()).collect();
        assert_eq!(starts, ["2025-12-29", "2026-01-05"]);
        assert!(!windows[1].is_provisional, "the as-of is the week's end");
    }

    #[test]
    fn days_follow_the_zone_over_clock_changes() {
        let berlin = Tz::Europe__Berlin;
        let windows = cut(
            &span(WindowKind::Month, Some("2026-03-01"), None),
            "2026-03-01T00:00:00Z",
            "2026-04-15T00:00:00Z",
            berlin,
        );
        assert_eq!(windows[0].start, at("2026-02-28T23:00:00Z"));
        assert_eq!(windows[0].end, at("2026-03-31T22:00:00Z"));
        // Cairo skipped midnight on 2023-04-28.
        assert_eq!(midnight(day("2023-04-28"), Tz::Africa__Cairo), at("2023-04-27T22:00:00Z"));
    }

    #[test]
    fn the_window_over_everything_ends_with_the_as_of() {
        let windows = cut(
            &span(WindowKind::All, None, None),
            "2026-01-20T10:00:00Z",
            "2026-03-05T12:00:00Z",
            Tz::UTC,
        );
        assert_eq!(windows.len(), 1);
        assert_eq!(windows[0].start, at("2026-01-20T00:00:00Z"));
        assert!(windows[0].end > at("2026-03-05T12:00:00Z"));
        assert!(!windows[0].is_provisional);
    }

    #[test]
    fn recent_windows_are_twelve_complete_ones_and_the_current() {
        let as_of = at("2026-11-23T15:00:00Z");
        let definition = Definition::default();
        let months = Span::recent(WindowKind::Month, as_of, &definition, Tz::UTC);
        assert_eq!(months.from, Some(day("2025-11-01")));
        let quarters = Span::recent(WindowKind::Quarter, as_of, &definition, Tz::UTC);
        assert_eq!(quarters.from, Some(day("2023-10-01")));
        let windows = Windows::cut(&months, None, as_of, &definition, Tz::UTC).0;
        assert_eq!(windows.len(), 13);
    }
}
