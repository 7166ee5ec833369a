//! Everything that `check` and `run` look at: the data, the metrics and the goals.

use milepost_analytics::diagnosis::{Diagnosis, diagnose};
use milepost_analytics::readiness::GoalResult;
use milepost_analytics::{Span, WindowKind};

use crate::answer;
use crate::exit::Failure;
use crate::globals::Globals;
use crate::goals;

/// What was found, the goals' findings among the others.
pub(crate) struct Checked {
    pub(crate) diagnosis: Diagnosis,
    pub(crate) goals: Vec<GoalResult>,
}

/// Looks at all of it.
///
/// # Errors
/// Where a goal names what the catalogue does not have, or the lake can't be read.
pub(crate) async fn all(globals: &Globals) -> Result<Checked, Failure> {
    let whole = Span { kinds: vec![WindowKind::All], from: None, to: None };
    let session = answer::session(globals, &globals.lake, whole)?;
    let months = Span::recent(WindowKind::Month, globals.as_of, &globals.definition, globals.zone);
    let recent = answer::open(globals, &globals.lake, months)?;
    let catalogue = answer::catalogue(globals)?;
    let goals = goals::standing(globals, &catalogue).await?;
    let mut diagnosis = diagnose(&session, &recent, &catalogue, &globals.definition).await?;
    diagnosis.findings.extend(goals.iter().filter_map(goals::finding));
    Ok(Checked { diagnosis, goals })
}
