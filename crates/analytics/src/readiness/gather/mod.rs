//! What the facts say of each factor in one quarter.

mod ask;
mod complaints;
mod complexity;
mod friction;
mod growth;
mod onboarding;
mod shadow;
mod switching;
mod team_size;

use std::collections::BTreeMap;

use chrono_tz::Tz;
use datafusion::prelude::SessionContext;

use super::{Basis, Colour, Factor, Moment, Numbers, Rules};
use crate::AnalyticsError;
use crate::allocation::Scheme;
use crate::statistics::{Interval, Share, wilson};
pub(super) use ask::{instant, named, one, times};
pub(crate) use growth::Growth;

/// Groups of fewer people are not shown.
pub(super) const ENOUGH_PEOPLE: i64 = 5;
/// Contributors that a factor names.
const CONTRIBUTORS: usize = 5;
/// Pages that a factor links to.
const LINKS: usize = 3;

/// What is found of a factor. Without numbers there is a reason.
#[derive(Debug, Clone)]
pub struct Found {
    /// What the numbers stand on.
    pub basis: Basis,
    /// What the colour follows from; `None` where nothing is known.
    pub numbers: Option<Numbers>,
    /// The value that is shown, in `unit`; `None` where there is none or it is hidden.
    pub value: Option<f64>,
    /// `count`, `seconds` or `ratio`.
    pub unit: &'static str,
    /// Facts behind the value; `None` where it is hidden.
    pub sample_size: Option<i64>,
    /// How much of what should be known is.
    pub coverage_ratio: Option<f64>,
    /// 95 % interval of the value.
    pub interval: Option<Interval>,
    /// The share that a survey's value is, to compare two waves with.
    pub share: Option<Share>,
    /// Why there is no colour or no value, in one word.
    pub reason: Option<&'static str>,
    /// What the value is made of.
    pub details: Vec<String>,
    /// Teams or services that contribute most, the first the most; never people.
    pub contributors: Vec<String>,
    /// Pages of sample tickets or deployments.
    pub links: Vec<String>,
    /// What is not known, and how to get it.
    pub missing: Vec<String>,
}

impl Found {
    fn new(factor: Factor) -> Found {
        Found {
            basis: Basis::NotAssessed,
            numbers: None,
            value: None,
            unit: factor.unit(),
            sample_size: Some(0),
            coverage_ratio: None,
            interval: None,
            share: None,
            reason: None,
            details: Vec::new(),
            contributors: Vec::new(),
            links: Vec::new(),
            missing: Vec::new(),
        }
    }

    /// Nothing is known, for a reason and with what would help.
    fn without(mut self, reason: &'static str, missing: &str) -> Found {
        self.reason = Some(reason);
        self.missing.push(missing.to_owned());
        self
    }

    /// The colour under the rules.
    pub fn colour(&self, rules: &Rules) -> Option<Colour> {
        self.numbers.as_ref().and_then(|numbers| numbers.colour(rules))
    }

    /// True where the value is near a threshold that would turn the colour.
    pub fn is_borderline(&self, rules: &Rules) -> bool {
        self.numbers.as_ref().is_some_and(|numbers| numbers.is_borderline(rules))
    }

    /// Gives the value of a share with Wilson's interval.
    fn of_share(&mut self, share: Share) {
        self.value = share.ratio().ok();
        self.interval = wilson(share).ok();
        self.sample_size = i64::try_from(share.trials).ok();
    }
}

/// A quarter as the facts show it.
#[derive(Debug, Clone)]
pub struct Observation {
    /// Quarter.
    pub moment: Moment,
    /// Factors.
    pub found: BTreeMap<Factor, Found>,
    /// Engineers and services, and how they grew.
    pub(crate) growth: Growth,
}

/// Looks at a quarter. The session must have one window, the quarter, and be in the zone. The scheme
/// says how working time is told and labelled.
///
/// # Errors
/// Where the facts can't be read.
pub async fn observe(
    session: &SessionContext,
    moment: Moment,
    rules: &Rules,
    scheme: &Scheme,
    zone: Tz,
) -> Result<Observation, AnalyticsError> {
    let growth = growth::growth(session, &moment).await?;
    let found = BTreeMap::from([
        (Factor::TeamSize, team_size::find(session, &moment, &growth).await?),
        (Factor::DeploymentFriction, friction::find(session, &moment, rules).await?),
        (
            Factor::InfrastructureComplexity,
            complexity::find(session, &moment, rules, &growth).await?,
        ),
        (Factor::DeveloperComplaints, complaints::find(session, &moment, rules, &growth).await?),
        (Factor::ShadowIt, shadow::find(session, &moment, rules).await?),
        (Factor::OnboardingTime, onboarding::find(session, &moment).await?),
        (Factor::ContextSwitching, switching::find(session, &moment, rules, scheme, zone).await?),
    ]);
    Ok(Observation { moment, found, growth })
}
