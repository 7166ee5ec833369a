//! One page that a leader can say aloud: six numbers, what changed, and a worth by the user's own
//! assumptions or none.

use chrono::NaiveDate;
use datafusion::prelude::SessionContext;
use milepost_analytics::{WindowKind, comparison, organization_interval};
use milepost_report::page::{Cell, Column, Section, Table};
use milepost_report::units::{Unit, count};

use super::Content;
use super::gather::{self, Value, described, label, quarters, values};
use crate::answer;
use crate::config::GainConfig;
use crate::exit::Failure;
use crate::globals::Globals;

/// The numbers, and the sentence that says each.
const METRICS: [(&str, &str); 6] = [
    ("change_lead_time", "A change took {} from its first commit to production in the median"),
    ("deployment_frequency", "Deployments came at a rate of {}"),
    ("change_fail_rate", "{} of the changes to production failed"),
    (
        "failed_deployment_recovery_time",
        "Recovering from a failed deployment took {} in the median",
    ),
    ("golden_path_adoption", "{} of the services were on a golden path"),
    ("satisfaction", "Those who use the platform rated it {} of 5"),
];
/// Why a change may differ from what the two numbers seem to say.
const BY_SERVICE: &str = "What changed is told of the typical service, each counting once, so that it may differ from what the two totals seem to say.";
const NO_CLEAR_CHANGE: &str = "no clear change";

pub(super) async fn content(globals: &Globals) -> Result<Content, Failure> {
    let (last, before) = quarters(globals);
    let session = gather::session(globals, WindowKind::Quarter)?;
    let mut numbers = Vec::new();
    for (metric, phrase) in METRICS {
        numbers.push(number(&session, globals, (metric, phrase), (last, before)).await?);
    }
    let starts = numbers.iter().find_map(|one| {
        Some((one.last.as_ref()?.window_start?, one.before.as_ref()?.window_start?))
    });
    if let Some((later, earlier)) = starts {
        for change in comparison::change(&session, later, earlier).await? {
            let number = numbers.iter_mut().find(|one| one.metric == change.metric);
            if let Some(number) = number {
                number.changed = change.words;
            }
        }
    }
    let quarter = label(last, WindowKind::Quarter);
    let columns = vec![
        Column::text("Number"),
        Column::number(quarter.clone()),
        Column::number(label(before, WindowKind::Quarter)),
        Column::text("What changed"),
    ];
    let rows = numbers.iter().map(Number::row).collect();
    Ok(Content {
        title: "What the platform is worth".to_owned(),
        subtitle: format!(
            "Six numbers of {quarter} against {}",
            label(before, WindowKind::Quarter)
        ),
        sentences: numbers
            .iter()
            .map(|one| one.sentence(&quarter))
            .chain([BY_SERVICE.to_owned()])
            .collect(),
        headline: Table { title: "In short".to_owned(), columns, rows },
        sections: vec![worth(&session, globals, last).await?],
        commands: vec![
            "milepost report golden-path".to_owned(),
            "milepost assess --targets".to_owned(),
        ],
    })
}

/// One of the numbers in two quarters.
struct Number {
    metric: &'static str,
    title: String,
    phrase: &'static str,
    last: Option<Value>,
    before: Option<Value>,
    changed: String,
}

async fn number(
    session: &SessionContext,
    globals: &Globals,
    (metric, phrase): (&'static str, &'static str),
    (last, before): (NaiveDate, NaiveDate),
) -> Result<Number, Failure> {
    let all = values(session, globals, metric, "organization").await?;
    let on = |day| all.iter().find(|value| value.start_on == day).cloned();
    let (mut last, mut before) = (on(last), on(before));
    for value in [&mut last, &mut before].into_iter().flatten() {
        value.interval = interval(session, globals, metric, value).await?;
    }
    let changed = changed(last.as_ref(), before.as_ref());
    let title = described(globals, metric)?.title;
    Ok(Number { metric, title, phrase, last, before, changed })
}

/// The value's own interval, else that of the organization over its services.
async fn interval(
    session: &SessionContext,
    globals: &Globals,
    metric: &str,
    value: &Value,
) -> Result<Option<(f64, f64)>, Failure> {
    let (None, Some(_), Some(start)) = (value.interval, value.value, value.window_start) else {
        return Ok(value.interval);
    };
    let catalogue = answer::catalogue(globals)?;
    let Some(metric) = catalogue.metrics.get(metric) else { return Ok(None) };
    let Some(end) = value.window_end else { return Ok(None) };
    let interval = organization_interval(session, metric, (start, end)).await?;
    Ok(interval.ok().map(|interval| (interval.low, interval.high)))
}

/// What is said of two values with intervals of their own: a change is clear where those are apart.
fn changed(last: Option<&Value>, before: Option<&Value>) -> String {
    let (Some(last), Some(before)) = (last, before) else {
        return "nothing to compare with".to_owned();
    };
    match (last.value, last.interval, before.value, before.interval) {
        (Some(_), Some((low, _)), Some(_), Some((_, high))) if low > high => "higher".to_owned(),
        (Some(_), Some((_, high)), Some(_), Some((low, _))) if high < low => "lower".to_owned(),
        (Some(_), _, Some(_), _) => NO_CLEAR_CHANGE.to_owned(),
        _ => "nothing to compare with".to_owned(),
    }
}

impl Number {
    fn row(&self) -> Vec<Cell> {
        let scale = gather::scale(self.last.iter().chain(&self.before));
        let cell = |value: &Option<Value>| match value {
            Some(value) => value.cell(scale),
            None => Cell::no_data("nothing is known of then"),
        };
        vec![
            Cell::text(self.title.clone()),
            cell(&self.last),
            cell(&self.before),
            Cell::text(self.changed.clone()),
        ]
    }

    /// The number as it is said.
    fn sentence(&self, quarter: &str) -> String {
        let known = self.last.as_ref().and_then(|value| Some((value, value.value?, value.unit()?)));
        let Some((value, number, unit)) = known else {
            let why = self.last.as_ref().map_or("nothing is known of then".to_owned(), Value::why);
            return format!("{}: not known in {quarter}, since {why}.", self.title);
        };
        let spread = value.interval.map_or_else(
            || "too few services for an interval".to_owned(),
            |(low, high)| format!("95 % interval {} to {}", unit.text(low), unit.text(high)),
        );
        format!(
            "{} in {quarter} ({spread}, n={}): {}.",
            self.phrase.replace("{}", &unit.text(number)),
            value.sample_size.map_or("hidden".to_owned(), count),
            self.changed
        )
    }
}

/// What it is worth, where somebody says what to assume.
async fn worth(
    session: &SessionContext,
    globals: &Globals,
    last: NaiveDate,
) -> Result<Section, Failure> {
    let name = "Worth".to_owned();
    let config = &globals.config.value;
    if config.gain.is_empty() {
        let text = vec!["Not assessed. Milepost assumes nothing: `[[value.gain]]` in milepost.toml says what is gained each time something happens, and who assumes it.".to_owned()];
        return Ok(Section { name, text, ..Section::default() });
    }
    let currency = config.currency.as_deref().unwrap_or_default();
    let mut rows = Vec::new();
    let mut total = [0.0; 3];
    let mut is_whole = true;
    for gain in &config.gain {
        let times = times(session, globals, gain, last).await?;
        is_whole &= times.is_some();
        let amounts = times.map(|times| amounts(gain, times));
        for (sum, amount) in total.iter_mut().zip(amounts.unwrap_or_default()) {
            *sum += amount;
        }
        rows.push(vec![
            Cell::text(gain.what.clone()).with_note(format!("assumed by {}", gain.assumed_by)),
            match times {
                Some(times) => {
                    Cell::text(Unit::Count.text(times)).with_note(gain.metric.replace('_', " "))
                }
                None => Cell::no_data(format!("{} is not known", gain.metric.replace('_', " "))),
            },
            Cell::text(range(gain.hours, "h")),
            Cell::text(range(gain.hourly_cost, currency)),
            match amounts {
                Some([low, likely, high]) => Cell::text(money(likely, currency))
                    .with_note(format!("{} to {}", money(low, currency), money(high, currency))),
                None => Cell::no_data("not assessed"),
            },
        ]);
    }
    let [low, likely, high] = total;
    let text = vec![if is_whole {
        format!(
            "From your own assumptions {} in {}, between {} and {} where all of them are at an end at once. It says what would have been spent otherwise, not what was earned.",
            money(likely, currency),
            label(last, WindowKind::Quarter),
            money(low, currency),
            money(high, currency)
        )
    } else {
        "Not assessed as a whole, since not all that it is made of is known.".to_owned()
    }];
    let columns = vec![
        Column::text("Gain"),
        Column::number("Times"),
        Column::number("Hours each"),
        Column::number("An hour costs"),
        Column::number("Worth"),
    ];
    let table = Table { title: "Gains of the quarter".to_owned(), columns, rows };
    Ok(Section { name, text, tables: vec![table], ..Section::default() })
}

/// How often it happened in the quarter: the counted facts, of a ratio those that it counts as one.
async fn times(
    session: &SessionContext,
    globals: &Globals,
    gain: &GainConfig,
    last: NaiveDate,
) -> Result<Option<f64>, Failure> {
    let all = values(session, globals, &gain.metric, "organization").await?;
    let value = all.iter().find(|value| value.start_on == last);
    Ok(value.and_then(|value| {
        let size = value.sample_size? as f64;
        match value.unit() {
            Some(Unit::Ratio) => Some((value.value? * size).round()),
            _ => Some(size),
        }
    }))
}

fn amounts(gain: &GainConfig, times: f64) -> [f64; 3] {
    [0, 1, 2].map(|at| times * gain.hours[at] * gain.hourly_cost[at])
}

fn range([low, likely, high]: [f64; 3], unit: &str) -> String {
    if low == high {
        format!("{likely} {unit}")
    } else {
        format!("{likely} ({low} to {high}) {unit}")
    }
}

fn money(amount: f64, currency: &str) -> String {
    format!("{} {currency}", Unit::Cost.text(amount.round()))
}
