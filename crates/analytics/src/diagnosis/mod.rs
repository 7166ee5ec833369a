//! Why a number is what it is, or is not there: the one model behind `check` and `explain`.
//!
//! [`diagnose`] looks at facts and derived tables through SQL and gives [`Finding`]s, the metrics
//! that have no value first. [`explain`] tells what is behind one value, change, deployment or
//! incident. Sentences say counts and names; whoever prints them chooses units and layout.

mod ask;
mod changes;
mod deployments;
pub mod explain;
mod finding;
mod flags;
mod incidents;
mod ingests;
mod metrics;
mod names;
mod near;
mod seen;
mod services;
mod teams;
pub mod words;

#[cfg(test)]
mod tests;

use datafusion::prelude::SessionContext;

pub use finding::{Finding, Severity};
pub use metrics::MetricState;
pub use names::{UnmatchedName, unmatched};
pub use seen::Seen;

use crate::{AnalyticsError, Catalogue, Definition};

/// What a look at the data gave.
#[derive(Debug, Clone)]
pub struct Diagnosis {
    /// What there is, counted.
    pub seen: Seen,
    /// How far each metric has values, by name.
    pub metrics: Vec<MetricState>,
    /// What is not as it should be, or worth knowing: problems first, then in the order of what
    /// rests on it.
    pub findings: Vec<Finding>,
}

impl Diagnosis {
    /// True where numbers are missing or wrong because of something that can be mended.
    pub fn has_problem(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Problem)
    }
}

/// Looks at everything in the session. Its windows must hold the kind `all`; those of the other one, over
/// the same facts, recent months, in which a metric may have values that the whole time has not.
///
/// # Errors
/// Where a table can't be read or the definition can't be used.
pub async fn diagnose(
    session: &SessionContext,
    recent: &SessionContext,
    catalogue: &Catalogue,
    definition: &Definition,
) -> Result<Diagnosis, AnalyticsError> {
    let seen = Seen::read(session, definition).await?;
    let chain = deployments::chain(session, &seen).await?;
    let metrics = metrics::states(session, recent, catalogue).await;
    let mut findings = metrics::findings(session, &seen, chain.as_ref(), &metrics).await?;
    findings.extend(chain);
    findings.extend(deployments::findings(session, &seen).await?);
    findings.extend(services::findings(session).await?);
    findings.extend(incidents::findings(session, &metrics).await?);
    findings.extend(ingests::findings(session).await?);
    findings.extend(teams::findings(session).await?);
    findings.extend(flags::findings(session).await?);
    findings.extend(changes::findings(session).await?);
    findings.sort_by_key(|finding| finding.severity);
    Ok(Diagnosis { seen, metrics, findings })
}
