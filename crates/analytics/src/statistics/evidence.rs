//! How much may be said of so little data: one decision for all comparisons.

use super::Reason;

/// Services an arm needs for a test: three against three cannot give a p below 0.1.
pub const MINIMUM_SERVICES: usize = 4;
/// Services an arm needs for the bootstrap, which is too sure with fewer.
pub const BOOTSTRAP_SERVICES: usize = 8;
/// Changes a service needs for its median to count.
pub const MINIMUM_CHANGES: usize = 5;
/// Deployments an arm needs for a test of shares; with fewer, Wilson intervals only.
pub const MINIMUM_DEPLOYMENTS: u64 = 20;
/// Periods that are needed both before and after an adoption.
pub const MINIMUM_PERIODS: usize = 2;

/// How much may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Evidence {
    /// Estimate, exact permutation p and Hodges–Lehmann interval, labelled as of low power.
    LowPower,
    /// The cluster bootstrap too.
    Full,
}

impl Evidence {
    /// Word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Evidence::LowPower => "low_power",
            Evidence::Full => "full",
        }
    }
}

/// What arms of so many services allow. With fewer than four in one there is a reason instead: show
/// both distributions and no test.
pub fn evidence_for_medians(first: usize, second: usize) -> Result<Evidence, Reason> {
    match first.min(second) {
        0 => Err(Reason::NoObservations),
        least if least < MINIMUM_SERVICES => Err(Reason::TooFewServices),
        least if least < BOOTSTRAP_SERVICES => Ok(Evidence::LowPower),
        _ => Ok(Evidence::Full),
    }
}

/// What arms of so many services and deployments allow for shares of deployments: each pair is
/// services, then deployments.
pub fn evidence_for_shares(first: (usize, u64), second: (usize, u64)) -> Result<Evidence, Reason> {
    let evidence = evidence_for_medians(first.0, second.0)?;
    if first.1.min(second.1) < MINIMUM_DEPLOYMENTS {
        return Err(Reason::TooFewDeployments);
    }
    Ok(evidence)
}

/// What a panel allows: services that adopt and that do not, and periods before and after.
pub fn evidence_for_panel(
    adopters: usize,
    controls: usize,
    periods_before: usize,
    periods_after: usize,
) -> Result<Evidence, Reason> {
    if adopters == 0 {
        return Err(Reason::NoAdopters);
    }
    if controls == 0 {
        return Err(Reason::NoControls);
    }
    if periods_before.min(periods_after) < MINIMUM_PERIODS {
        return Err(Reason::TooFewPeriods);
    }
    evidence_for_medians(adopters, controls)
}
