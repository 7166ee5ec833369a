//! Units become text.
//!
//! Values travel as plain numbers in one unit each: seconds, 0 to 1, things, things per day.
//! Here a person's unit is chosen for them. A number that is not finite reads "no data", because
//! it never is a measurement.

use std::fmt;
use std::str::FromStr;

use crate::ReportError;

const MINUTE: f64 = 60.0;
const HOUR: f64 = 60.0 * MINUTE;
const DAY: f64 = 24.0 * HOUR;
const DAYS_PER_WEEK: f64 = 7.0;
/// A twelfth of a mean year: no month of the calendar, but the rate is of none either.
const DAYS_PER_MONTH: f64 = DAYS_PER_YEAR / 12.0;
const DAYS_PER_YEAR: f64 = 365.25;
const NO_DATA: &str = "no data";

/// The unit of a metric, as the query catalogue names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Seconds, shown as a duration.
    Seconds,
    /// 0 to 1, shown in percent.
    Ratio,
    /// A number of things.
    Count,
    /// Things per day, shown per day, week, month or year.
    CountPerDay,
    /// A score on whatever scale the metric has, shown as it is.
    Score,
    /// An amount of money in the currency of its facts, shown as it is.
    Cost,
}

impl Unit {
    /// Every unit.
    pub const ALL: [Unit; 6] =
        [Unit::Seconds, Unit::Ratio, Unit::Count, Unit::CountPerDay, Unit::Score, Unit::Cost];

    /// The catalogue's word: `seconds`, `ratio`, `count`, `count_per_day`, `score` or `cost`.
    pub fn name(self) -> &'static str {
        match self {
            Unit::Seconds => "seconds",
            Unit::Ratio => "ratio",
            Unit::Count => "count",
            Unit::CountPerDay => "count_per_day",
            Unit::Score => "score",
            Unit::Cost => "cost",
        }
    }

    /// The value, given in this unit, as a person reads it.
    pub fn text(self, value: f64) -> String {
        match self {
            Unit::Seconds => duration(value),
            Unit::Ratio => ratio(value),
            Unit::Count | Unit::Score | Unit::Cost => number(value),
            Unit::CountPerDay => per_day(value),
        }
    }

    /// The scale on which `largest`, in this unit, reads well: of an axis, or of a column of values.
    pub fn scale(self, largest: f64) -> Scale {
        let (times, over, label) = match self {
            Unit::Seconds if largest >= 2.0 * DAY => (1.0, DAY, "days"),
            Unit::Seconds if largest >= 2.0 * HOUR => (1.0, HOUR, "hours"),
            Unit::Seconds if largest >= 2.0 * MINUTE => (1.0, MINUTE, "minutes"),
            Unit::Seconds => (1.0, 1.0, "seconds"),
            Unit::Ratio => (100.0, 1.0, "percent"),
            Unit::Count => (1.0, 1.0, "count"),
            Unit::Score => (1.0, 1.0, "score"),
            Unit::Cost => (1.0, 1.0, "cost"),
            Unit::CountPerDay => {
                let rate = Rate::of(largest);
                (rate.days, 1.0, rate.label)
            }
        };
        Scale { times, over, label }
    }

    /// The value as a person reads it in a column of values that share a scale: rates keep to one
    /// span, so that they compare.
    pub fn text_on(self, scale: Scale, value: f64) -> String {
        match self {
            Unit::CountPerDay if value.is_finite() => {
                format!("{} / {}", number(scale.applied(value)), span(scale.label))
            }
            _ => self.text(value),
        }
    }

    /// The scaled value rounded to what [`Unit::text_on`] tells, for a drawing labelled with it.
    pub(crate) fn rounded_on(self, scale: Scale, value: f64) -> f64 {
        let value = scale.applied(value);
        match self {
            Unit::Ratio if value < 100.0 => rounded(value, 1).min(99.9),
            Unit::Ratio => rounded(value, 1),
            _ => rounded(value, places(value.abs())),
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Unit {
    type Err = ReportError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Unit::ALL.into_iter().find(|unit| unit.name() == name).ok_or_else(|| {
            ReportError::UnknownName {
                what: "a unit",
                name: name.to_owned(),
                choices: Unit::ALL.map(Unit::name).join(", "),
            }
        })
    }
}

/// How values are scaled for an axis or a column, and what it is called then.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    times: f64,
    /// Kept apart from `times`, so that a value is rounded here exactly as where it is told.
    over: f64,
    /// The unit after scaling, such as "days" or "per week".
    pub(crate) label: &'static str,
}

impl Scale {
    /// The value in the unit of the label.
    pub(crate) fn applied(self, value: f64) -> f64 {
        value * self.times / self.over
    }
}

/// Seconds as a duration: "45 s", "2 min 30 s", "45 min", "3 h 20 min", "5.2 d". A day has 24 hours.
pub fn duration(seconds: f64) -> String {
    if !seconds.is_finite() {
        return NO_DATA.to_owned();
    }
    let sign = if seconds < 0.0 { "-" } else { "" };
    let length = seconds.abs();
    if length > 0.0 && length < 0.5 {
        return format!("{sign}<1 s");
    }
    // Each step rounds to what it shows before it decides, or 59.7 minutes would read "60 min".
    let text = if length.round() < MINUTE {
        format!("{} s", length.round())
    } else if length.round() < 10.0 * MINUTE {
        two_units(length.round(), MINUTE, "min", 1.0, "s")
    } else if rounded_to(length, MINUTE) < DAY {
        two_units(rounded_to(length, MINUTE), HOUR, "h", MINUTE, "min")
    } else {
        format!("{} d", number(length / DAY))
    };
    format!("{sign}{text}")
}

/// A ratio of 0 to 1 in percent: "12.5 %". Neither 0 nor 100 is claimed by rounding.
pub fn ratio(ratio: f64) -> String {
    let percent = ratio * 100.0;
    if !percent.is_finite() {
        return NO_DATA.to_owned();
    }
    if percent > 0.0 && percent < 0.05 {
        return "<0.1 %".to_owned();
    }
    if (99.95..100.0).contains(&percent) {
        return ">99.9 %".to_owned();
    }
    format!("{} %", decimals(percent, 1))
}

/// A daily rate in the largest of day, week, month and year in which it is at least about one:
/// "0.71 / day", "2.1 / week", "1.3 / month".
pub fn per_day(rate: f64) -> String {
    if !rate.is_finite() {
        return NO_DATA.to_owned();
    }
    let per = Rate::of(rate.abs());
    format!("{} / {}", number(rate * per.days), span(per.label))
}

/// A whole number with its thousands marked: "12,345".
pub fn count(count: i64) -> String {
    let digits = count.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if count < 0 {
        text.push('-');
    }
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The span a rate is told in.
struct Rate {
    label: &'static str,
    days: f64,
}

impl Rate {
    fn of(per_day: f64) -> Rate {
        let (label, days) = if per_day == 0.0 || per_day >= 0.5 {
            ("per day", 1.0)
        } else if per_day * DAYS_PER_WEEK >= 1.0 {
            ("per week", DAYS_PER_WEEK)
        } else if per_day * DAYS_PER_MONTH >= 1.0 {
            ("per month", DAYS_PER_MONTH)
        } else {
            ("per year", DAYS_PER_YEAR)
        };
        Rate { label, days }
    }
}

/// "week" of "per week".
fn span(label: &str) -> &str {
    label.trim_start_matches("per ")
}

fn rounded_to(seconds: f64, step: f64) -> f64 {
    (seconds / step).round() * step
}

/// A rounded length in two units, the smaller one left out where it is zero.
fn two_units(length: f64, large: f64, large_name: &str, small: f64, small_name: &str) -> String {
    let larger = (length / large).floor();
    let smaller = ((length - larger * large) / small).round();
    match (larger, smaller) {
        (0.0, _) => format!("{smaller} {small_name}"),
        (_, 0.0) => format!("{larger} {large_name}"),
        _ => format!("{larger} {large_name} {smaller} {small_name}"),
    }
}

/// About three digits: two decimals below one, one below a hundred, none above.
pub(crate) fn number(value: f64) -> String {
    if !value.is_finite() {
        return NO_DATA.to_owned();
    }
    let size = value.abs();
    match places(size) {
        _ if size > 0.0 && size < 0.005 => {
            if value < 0.0 {
                "-<0.01".to_owned()
            } else {
                "<0.01".to_owned()
            }
        }
        // Beyond this a double holds no whole number of its own any more.
        _ if size >= 9.0e15 => format!("{value:e}"),
        0 => count(value.round_ties_even() as i64),
        places => decimals(value, places),
    }
}

/// The value rounded to so many decimals, but never to zero.
fn rounded(value: f64, places: usize) -> f64 {
    // Through text, because only that rounds a double by its exact value, as where it is told.
    let rounded = format!("{value:.places$}").parse().unwrap_or(value);
    if rounded == 0.0 && value != 0.0 {
        return 10_f64.powi(-(places as i32)).copysign(value);
    }
    rounded
}

fn places(size: f64) -> usize {
    match size {
        size if size < 0.995 => 2,
        size if size < 99.95 => 1,
        _ => 0,
    }
}

/// The value with at most `places` decimals and no zeros at its end.
fn decimals(value: f64, places: usize) -> String {
    let text = format!("{value:.places$}");
    let text = match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.'),
        false => text.as_str(),
    };
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests;
