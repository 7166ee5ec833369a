//! Which reports are due, and to whom.

use chrono::{DateTime, Utc};
use milepost_lake::Delivery;

use super::cadence::Cadence;
use super::outputs::Output;
use crate::config::ReportConfig;
use crate::exit::Failure;
use crate::globals::Globals;

/// A report of the configuration, and who has not got it yet.
pub(crate) struct Due<'a> {
    pub(super) report: &'a ReportConfig,
    /// The last instant at which it was due.
    pub(super) due_at: DateTime<Utc>,
    /// Outputs that did not get it; empty where all did.
    pub(super) outputs: Vec<Output<'a>>,
}

impl Due<'_> {
    /// What it is called in sentences, such as `report dora (weekly)`.
    pub(super) fn name(&self) -> String {
        format!("report {} ({})", self.report.name.name(), self.report.cadence)
    }

    /// What is remembered once an output got it.
    pub(super) fn delivery(&self, output: &Output<'_>) -> Delivery {
        Delivery {
            report: self.report.name.name().to_owned(),
            cadence: self.report.cadence.clone(),
            output: output.name(),
            due_at: self.due_at,
        }
    }
}

/// All reports of the configuration. Each is due for its last instant alone, however many were
/// missed.
///
/// # Errors
/// Where it is not known what was delivered, or a cadence matches no day.
pub(crate) fn reports(globals: &Globals) -> Result<Vec<Due<'_>>, Failure> {
    let delivered = globals.lake.delivered()?;
    globals.config.report.iter().map(|report| of(report, globals, &delivered)).collect()
}

fn of<'a>(
    report: &'a ReportConfig,
    globals: &Globals,
    delivered: &[Delivery],
) -> Result<Due<'a>, Failure> {
    let week_start = globals.definition.week_start;
    let due_at = Cadence::parse(&report.cadence)
        .and_then(|cadence| cadence.last_due(globals.as_of, globals.zone, week_start))
        .map_err(|fault| Failure::Usage(format!("report {}: {fault}", report.name.name())))?;
    let mut due = Due { report, due_at, outputs: Vec::new() };
    let is_left = |output: &Output<'_>| {
        let this = due.delivery(output);
        let got = |one: &Delivery| {
            (&one.report, &one.cadence, &one.output) == (&this.report, &this.cadence, &this.output)
                && one.due_at >= due_at
        };
        !delivered.iter().any(got)
    };
    due.outputs = Output::all(report).into_iter().filter(is_left).collect();
    Ok(due)
}
