//! The scheduled batch: read all sources, derive, check, write the metrics' values, and deliver the
//! reports that are due.
//!
//! It may be started at any time and as often as one likes. What was delivered is remembered
//! after each delivery, so that nothing comes twice and nothing is lost: whatever could not be
//! done stays due for the next batch.

mod cadence;
mod deadline;
mod due;
mod outputs;
mod values;

use std::collections::BTreeSet;

use milepost_analytics::diagnosis::Severity;

pub(crate) use cadence::Cadence;
pub(crate) use deadline::Deadline;
use due::Due;
use outputs::Parcel;

use crate::checks;
use crate::commands::ingest;
use crate::exit::{Exit, Failure};
use crate::globals::Globals;
use crate::goals;
use crate::ingest::Writer;
use crate::log::Level;
use crate::reports::Publication;

/// What ingest leaves after all sources.
const DERIVED: &str = "derived tables";
const CHECKS: &str = "checks";
const VALUES: &str = "values of metrics";

/// A batch under way.
struct Batch<'a> {
    globals: &'a Globals,
    deadline: Deadline,
    /// What is to be done still, in sentences' words.
    left: Vec<String>,
    has_gaps: bool,
    is_unsound: bool,
    delivered: usize,
}

/// Works off everything that is due.
///
/// # Errors
/// Where another batch is at work, or the lake can't be read or written.
pub(crate) async fn run(globals: &Globals, deadline: Deadline) -> Result<Exit, Failure> {
    globals.log.begins("lock");
    let _lock = globals.lake.lock_batch(globals.wait).await?;
    let mut due = due::reports(globals)?;
    due.retain(|report| !report.outputs.is_empty());
    let mut batch = Batch {
        globals,
        deadline,
        left: Vec::new(),
        has_gaps: false,
        is_unsound: false,
        delivered: 0,
    };
    batch.left.extend(ingest::planned(globals)?.iter().map(ingest::Planned::name));
    batch.left.extend([DERIVED, CHECKS, VALUES].map(str::to_owned));
    batch.left.extend(due.iter().map(Due::name));
    batch.ingest().await?;
    batch.checks().await;
    batch.values().await;
    for report in &due {
        batch.report(report).await;
    }
    Ok(batch.ends())
}

/// What would be read and delivered, a line each.
///
/// # Errors
/// Where the lake can't be read.
pub(crate) fn plan(globals: &Globals) -> Result<String, Failure> {
    let mut text: String =
        ingest::planned(globals)?.iter().map(|one| format!("{}\n", one.name())).collect();
    for report in due::reports(globals)? {
        let names: Vec<String> = report.outputs.iter().map(outputs::Output::name).collect();
        let at = report.due_at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        text += &match names.is_empty() {
            true => format!("{}: delivered for {at}\n", report.name()),
            false => format!("{}: due since {at}, to {}\n", report.name(), names.join("; ")),
        };
    }
    Ok(text)
}

impl Batch<'_> {
    /// Reads all sources and derives. A source that can't be read holds up no other.
    async fn ingest(&mut self) -> Result<(), Failure> {
        self.globals.log.begins("ingest");
        let deadline = self.deadline;
        match deadline.within(self.sources()).await {
            Some(read) => read,
            None => Ok(()),
        }
    }

    async fn sources(&mut self) -> Result<(), Failure> {
        let globals = self.globals;
        let mut writer = Writer::new(globals, &globals.lake);
        writer.lock().await?;
        for source in ingest::planned(globals)? {
            if self.deadline.is_over() {
                return Ok(());
            }
            source.read(&mut writer).await?;
            self.is_done(&source.name());
        }
        if self.deadline.is_over() {
            return Ok(());
        }
        self.has_gaps |= writer.finish().await? == Exit::Gaps;
        self.is_done(DERIVED);
        Ok(())
    }

    /// Looks at data and goals. Whatever it finds, reports are delivered.
    async fn checks(&mut self) {
        if self.deadline.is_over() {
            return;
        }
        self.globals.log.begins("check");
        let Some(checked) = self.deadline.within(checks::all(self.globals)).await else {
            return;
        };
        self.is_done(CHECKS);
        match checked {
            Ok(checked) => {
                let told: BTreeSet<&str> = checked
                    .diagnosis
                    .findings
                    .iter()
                    .filter(|one| one.severity == Severity::Problem || one.check == goals::CHECK)
                    .map(|finding| finding.message.as_str())
                    .collect();
                for message in told {
                    self.globals.warn(message);
                }
                self.is_unsound = checked.diagnosis.has_problem();
            }
            Err(failure) => self.gap(&format!("the checks failed: {failure}")),
        }
    }

    /// Writes what all metrics are now, for whoever reads files only.
    async fn values(&mut self) {
        if self.deadline.is_over() {
            return;
        }
        self.globals.log.begins("values");
        let Some(written) = self.deadline.within(values::write(self.globals)).await else {
            return;
        };
        self.is_done(VALUES);
        if let Err(failure) = written {
            self.gap(&format!("the values of the metrics were not written: {failure}"));
        }
    }

    /// Gathers a report and delivers it to all who have not got it.
    async fn report(&mut self, due: &Due<'_>) {
        if self.deadline.is_over() {
            return;
        }
        self.globals.log.begins("report");
        let Some(page) = self.deadline.within(due.report.name.page(self.globals)).await else {
            return;
        };
        let page = page.and_then(|page| {
            Publication::after_last(self.globals, &due.report.name, page, Some(due.due_at))
        });
        let (page, publication) = match page {
            Ok(page) => page,
            Err(failure) => {
                self.is_done(&due.name());
                self.gap(&format!("{}: {failure}; it stays due", due.name()));
                return;
            }
        };
        let parcel =
            Parcel { globals: self.globals, report: due.report, page: &page, due_at: due.due_at };
        let mut publication = Some(publication);
        for output in &due.outputs {
            if self.deadline.is_over() {
                return;
            }
            let delivered = output.deliver(&parcel).await;
            let kept = delivered.and_then(|()| {
                self.keep(&mut publication, due, output).map_err(|failure| failure.to_string())
            });
            match kept {
                Ok(()) => {
                    self.delivered += 1;
                    let text = format!("{} delivered to {}", due.name(), output.name());
                    self.globals.remark(&text);
                }
                Err(why) => self.gap(&format!(
                    "{} to {}: {why}; it stays due for the next run",
                    due.name(),
                    output.name()
                )),
            }
        }
        self.is_done(&due.name());
    }

    /// Remembers that an output got a report; with the first one it is published. In this order a
    /// batch that ends in between delivers once more rather than never.
    fn keep(
        &self,
        publication: &mut Option<Publication>,
        due: &Due<'_>,
        output: &outputs::Output<'_>,
    ) -> Result<(), Failure> {
        if let Some(publication) = publication.take() {
            publication.keep(&self.globals.lake)?;
        }
        Ok(self.globals.lake.deliver(due.delivery(output))?)
    }

    fn is_done(&mut self, name: &str) {
        self.left.retain(|left| left != name);
    }

    fn gap(&mut self, text: &str) {
        self.has_gaps = true;
        // What failed is told to whoever wants failures only, too.
        self.globals.log.say(Level::Warn, text);
    }

    /// Says how it went. What is missing weighs more than what a check found.
    fn ends(mut self) -> Exit {
        self.globals.log.begins("run");
        if !self.left.is_empty() {
            let left = self.left.join(", ");
            self.gap(&format!("the deadline came first; left for the next run: {left}"));
        }
        self.globals.remark(&match self.delivered {
            0 => "nothing was delivered".to_owned(),
            1 => "1 delivery".to_owned(),
            more => format!("{more} deliveries"),
        });
        match (self.has_gaps, self.is_unsound) {
            (true, _) => Exit::Gaps,
            (false, true) => Exit::Unsound,
            (false, false) => Exit::Done,
        }
    }
}
