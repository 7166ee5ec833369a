//! The assessment of a quarter and its targets, by the configuration.

use chrono::Duration;
use datafusion::prelude::SessionContext;
use milepost_analytics::readiness::{
    Assessment, FiscalYear, Moment, Observation, Quarter, Question, TargetRow, assess, observe,
    targets,
};
use milepost_analytics::{Span, WindowKind};

use crate::answer;
use crate::exit::Failure;
use crate::globals::Globals;

/// The quarter that was named, else the last complete one.
///
/// # Errors
/// Where the name is none.
pub(crate) fn quarter(
    given: Option<&str>,
    year: FiscalYear,
    globals: &Globals,
) -> Result<Quarter, Failure> {
    if let Some(text) = given {
        return Quarter::parse(text, year).ok_or_else(|| {
            Failure::Usage(format!("`{text}` is no quarter; write one such as 2026Q3"))
        });
    }
    // The instant that ends a quarter belongs to none after it.
    let last = globals.as_of - Duration::microseconds(1);
    let current = Quarter::of(last.with_timezone(&globals.zone).date_naive(), year);
    let is_over =
        current.moment(globals.as_of, globals.zone).is_some_and(|one| !one.is_provisional);
    Ok(if is_over { current } else { current.earlier(1) })
}

/// The assessment of a quarter beside the one before and the one in which the platform started.
///
/// # Errors
/// Where the facts can't be read or an answer by hand can't be used.
pub(crate) async fn assessed(
    moment: Moment,
    year: FiscalYear,
    globals: &Globals,
) -> Result<Assessment, Failure> {
    let config = &globals.config.readiness;
    let manual = config.answers().map_err(|(_, fault)| Failure::Usage(fault))?;
    let now = observed(moment, globals).await?;
    let before = match earlier(moment.quarter.earlier(1), globals) {
        Some(moment) => Some(observed(moment, globals).await?),
        None => None,
    };
    let start = match globals.config.platform.since {
        Some(since) if since < moment.quarter.end_on() => {
            match earlier(Quarter::of(since, year), globals) {
                Some(start) => Some(observed(start, globals).await?),
                None => None,
            }
        }
        _ => None,
    };
    Ok(assess(&Question {
        rules: &config.rules,
        manual: &manual,
        platform_since: globals.config.platform.since,
        now: &now,
        before: before.as_ref(),
        start: start.as_ref(),
    }))
}

fn earlier(quarter: Quarter, globals: &Globals) -> Option<Moment> {
    quarter.moment(globals.as_of, globals.zone)
}

async fn observed(moment: Moment, globals: &Globals) -> Result<Observation, Failure> {
    let session = session(&moment, globals)?;
    let scheme = globals.config.scheme().map_err(Failure::Usage)?;
    Ok(observe(&session, moment, &globals.config.readiness.rules, &scheme, globals.zone).await?)
}

/// The guide's targets with the quarter's values.
///
/// # Errors
/// Where the facts can't be read.
pub(crate) async fn targets_of(
    moment: &Moment,
    globals: &Globals,
) -> Result<Vec<TargetRow>, Failure> {
    let now = session(moment, globals)?;
    let before = earlier(moment.quarter.earlier(1), globals);
    let before = before.map(|before| session(&before, globals)).transpose()?;
    Ok(targets(&now, before.as_ref(), moment).await?)
}

/// A session of one window, the quarter.
fn session(moment: &Moment, globals: &Globals) -> Result<SessionContext, Failure> {
    let (from, to) = (moment.quarter.start_on(), moment.quarter.end_on());
    let span = Span { kinds: vec![WindowKind::All], from: Some(from), to: Some(to) };
    answer::open(globals, &globals.lake, span)
}
