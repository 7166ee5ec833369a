//! From the numbers of a factor to its colour.

use super::{Colour, Rules};

/// Numbers of one factor that its colour follows from. What is not known is `None` and never
/// zero; where it could turn the colour, there is none.
#[derive(Debug, Clone, PartialEq)]
pub enum Numbers {
    /// Engineers, and teams with one.
    TeamSize {
        /// Engineers on the last day.
        engineers: f64,
        /// Teams with at least one of them.
        teams: Option<f64>,
    },
    /// Median waits in seconds and shares of deployments.
    Friction {
        /// From asking for infrastructure to having it.
        infrastructure: Option<f64>,
        /// From the merge to production.
        merge: Option<f64>,
        /// Deployments that two or more teams approved.
        approvals: Option<f64>,
        /// Deployments with a step done by hand.
        manual_steps: Option<f64>,
    },
    /// What runs, and where.
    Complexity {
        /// Services in production.
        services: f64,
        /// Different clouds.
        clouds: Option<f64>,
        /// Environments of the median service.
        environments: Option<f64>,
        /// Whether any service is under a regime.
        is_regulated: Option<bool>,
        /// Growth of services over two quarters.
        growth: Option<f64>,
    },
    /// Signs of complexity that somebody counted.
    Indicators(f64),
    /// Share of those asked who agree.
    Agreement(f64),
    /// Complaints in tickets per 100 engineers and quarter.
    ComplaintTickets(f64),
    /// Services beside the path.
    Shadow {
        /// Their share.
        share: f64,
        /// Teams that own one.
        teams: Option<f64>,
    },
    /// Median seconds from the first day to production.
    Onboarding(f64),
    /// The median is above so many seconds: most have not got there yet.
    OnboardingAbove(f64),
    /// Shares of time.
    Time {
        /// Infrastructure, tooling, operations and toil.
        infrastructure: f64,
        /// The product.
        product: Option<f64>,
    },
}

impl Numbers {
    /// The colour; `None` where what is not known could make it another.
    pub fn colour(&self, rules: &Rules) -> Option<Colour> {
        match *self {
            Numbers::TeamSize { engineers, teams } => Some(team_size(engineers, teams, rules)),
            Numbers::Friction { infrastructure, merge, approvals, manual_steps } => {
                let wait = [infrastructure, merge].into_iter().flatten().reduce(f64::max);
                friction(wait, approvals, manual_steps, rules)
            }
            Numbers::Complexity { .. } => self.complexity(rules),
            Numbers::Indicators(count) => Some(indicators(count, rules)),
            Numbers::Agreement(share) => {
                Some(above(share, rules.complaints_red, rules.complaints_green))
            }
            Numbers::ComplaintTickets(rate) => {
                Some(above(rate, rules.complaint_tickets_red, rules.complaint_tickets_green))
            }
            Numbers::Shadow { share, teams } => Some(shadow(share, teams, rules)),
            Numbers::Onboarding(seconds) => Some(onboarding(seconds, rules)),
            Numbers::OnboardingAbove(seconds) => {
                (seconds >= rules.onboarding_green as f64).then_some(Colour::Green)
            }
            Numbers::Time { infrastructure, product } => time(infrastructure, product, rules),
        }
    }

    /// True where one number is within a tenth (or what the rules say) of a threshold beyond which
    /// the colour is another. How many clouds, teams or regimes there are is exact, and never near.
    pub fn is_borderline(&self, rules: &Rules) -> bool {
        let own = self.colour(rules);
        own.is_some() && self.nudged(rules).iter().any(|other| other.colour(rules) != own)
    }

    /// The same with one number put just beside a threshold that it is near.
    fn nudged(&self, rules: &Rules) -> Vec<Numbers> {
        let whole = |number: i64| number as f64;
        let near = |value: f64, thresholds: &[f64]| across(value, thresholds, rules.borderline);
        let waits = [whole(rules.wait_red), whole(rules.wait_green)];
        match self.clone() {
            Numbers::TeamSize { engineers, teams } => {
                near(engineers, &[whole(rules.engineers_red), whole(rules.engineers_green)])
                    .into_iter()
                    .map(|engineers| Numbers::TeamSize { engineers, teams })
                    .collect()
            }
            Numbers::Friction { infrastructure, merge, approvals, manual_steps } => {
                let with = |infrastructure, merge, approvals, manual_steps| Numbers::Friction {
                    infrastructure,
                    merge,
                    approvals,
                    manual_steps,
                };
                let of = |value: Option<f64>, thresholds: &[f64]| {
                    value.map(|value| near(value, thresholds)).unwrap_or_default()
                };
                let mut all = Vec::new();
                for wait in of(infrastructure, &waits) {
                    all.push(with(Some(wait), merge, approvals, manual_steps));
                }
                for wait in of(merge, &waits) {
                    all.push(with(infrastructure, Some(wait), approvals, manual_steps));
                }
                for share in of(approvals, &[rules.approvals_red, rules.approvals_green]) {
                    all.push(with(infrastructure, merge, Some(share), manual_steps));
                }
                for share in of(manual_steps, &[rules.manual_steps_red]) {
                    all.push(with(infrastructure, merge, approvals, Some(share)));
                }
                all
            }
            Numbers::Complexity { services, clouds, environments, is_regulated, growth } => {
                let thresholds = [whole(rules.services_red), whole(rules.services_green)];
                near(services, &thresholds)
                    .into_iter()
                    .map(|services| Numbers::Complexity {
                        services,
                        clouds,
                        environments,
                        is_regulated,
                        growth,
                    })
                    .collect()
            }
            Numbers::Agreement(share) => {
                let moved = near(share, &[rules.complaints_red, rules.complaints_green]);
                moved.into_iter().map(Numbers::Agreement).collect()
            }
            Numbers::ComplaintTickets(rate) => {
                let moved =
                    near(rate, &[rules.complaint_tickets_red, rules.complaint_tickets_green]);
                moved.into_iter().map(Numbers::ComplaintTickets).collect()
            }
            Numbers::Shadow { share, teams } => {
                let thresholds = [rules.shadow_red, rules.shadow_teams_share, rules.shadow_green];
                let moved = near(share, &thresholds);
                moved.into_iter().map(|share| Numbers::Shadow { share, teams }).collect()
            }
            Numbers::Onboarding(seconds) => {
                let thresholds = [whole(rules.onboarding_red), whole(rules.onboarding_green)];
                near(seconds, &thresholds).into_iter().map(Numbers::Onboarding).collect()
            }
            Numbers::Time { infrastructure, product } => {
                let mut all: Vec<Numbers> =
                    near(infrastructure, &[rules.infrastructure_time_green])
                        .into_iter()
                        .map(|infrastructure| Numbers::Time { infrastructure, product })
                        .collect();
                let moved = product.map(|share| near(share, &[rules.product_time_red]));
                all.extend(
                    moved
                        .unwrap_or_default()
                        .into_iter()
                        .map(|product| Numbers::Time { infrastructure, product: Some(product) }),
                );
                all
            }
            Numbers::Indicators(_) | Numbers::OnboardingAbove(_) => Vec::new(),
        }
    }

    /// Signs of complexity that are known to be there, and those that may be.
    pub fn signs(&self, rules: &Rules) -> Option<(f64, f64)> {
        let Numbers::Complexity { services, clouds, environments, is_regulated, .. } = *self else {
            return None;
        };
        let signs = [
            Some(services >= rules.services_green as f64),
            clouds.map(|count| count >= rules.clouds_green as f64),
            environments.map(|count| count >= rules.environments_green as f64),
            is_regulated,
        ];
        let there = signs.iter().filter(|sign| **sign == Some(true)).count();
        let unknown = signs.iter().filter(|sign| sign.is_none()).count();
        Some((there as f64, (there + unknown) as f64))
    }

    /// The colour that holds whichever way the unknown signs turn out.
    fn complexity(&self, rules: &Rules) -> Option<Colour> {
        let Numbers::Complexity { services, clouds, growth, .. } = *self else { return None };
        let (fewest, most) = self.signs(rules)?;
        let is_small = services <= rules.services_red as f64;
        let on_one =
            |clouds: Option<f64>, otherwise: bool| clouds.map_or(otherwise, |count| count <= 1.0);
        let colour = |signs: f64, on_one: bool| {
            let colour = if signs >= rules.indicators_green as f64 {
                Colour::Green
            } else if signs == 0.0 || (is_small && on_one) {
                Colour::Red
            } else {
                Colour::Yellow
            };
            let grows = growth.is_some_and(|growth| growth >= rules.services_lift);
            if colour == Colour::Red && grows { Colour::Yellow } else { colour }
        };
        let low = colour(fewest, on_one(clouds, true));
        let high = colour(most, on_one(clouds, false));
        (low == high).then_some(low)
    }
}

/// Just below and just above each threshold that the value is near.
fn across(value: f64, thresholds: &[f64], part: f64) -> Vec<f64> {
    const STEP: f64 = 1e-6;
    let near = thresholds
        .iter()
        .filter(|threshold| (value - **threshold).abs() <= part * threshold.abs() + 1e-9);
    near.flat_map(|threshold| [threshold * (1.0 - STEP), threshold * (1.0 + STEP)]).collect()
}

/// Green from the upper, red below the lower threshold.
fn above(value: f64, red: f64, green: f64) -> Colour {
    if value >= green {
        Colour::Green
    } else if value < red {
        Colour::Red
    } else {
        Colour::Yellow
    }
}

/// Many engineers whose teams nobody knows are not green: the guide asks for several teams.
fn team_size(engineers: f64, teams: Option<f64>, rules: &Rules) -> Colour {
    let colour = above(engineers, rules.engineers_red as f64, rules.engineers_green as f64);
    let is_spread = teams.is_some_and(|teams| teams >= rules.teams_green as f64);
    if colour == Colour::Green && !is_spread { Colour::Yellow } else { colour }
}

/// What is not known of approvals and steps by hand does not hold red back: most tools record
/// neither, and the row names what is missing.
fn friction(
    wait: Option<f64>,
    approvals: Option<f64>,
    manual_steps: Option<f64>,
    rules: &Rules,
) -> Option<Colour> {
    if approvals.is_some_and(|share| share >= rules.approvals_green) {
        return Some(Colour::Green);
    }
    let wait = wait?;
    if wait >= rules.wait_green as f64 {
        return Some(Colour::Green);
    }
    let is_smooth = wait < rules.wait_red as f64
        && approvals.is_none_or(|share| share < rules.approvals_red)
        && manual_steps.is_none_or(|share| share < rules.manual_steps_red);
    Some(if is_smooth { Colour::Red } else { Colour::Yellow })
}

fn indicators(count: f64, rules: &Rules) -> Colour {
    if count >= rules.indicators_green as f64 {
        Colour::Green
    } else if count < 1.0 {
        Colour::Red
    } else {
        Colour::Yellow
    }
}

fn shadow(share: f64, teams: Option<f64>, rules: &Rules) -> Colour {
    let is_widespread = teams.is_some_and(|teams| teams >= rules.shadow_teams_green as f64)
        && share >= rules.shadow_teams_share;
    if is_widespread { Colour::Green } else { above(share, rules.shadow_red, rules.shadow_green) }
}

fn onboarding(seconds: f64, rules: &Rules) -> Colour {
    if seconds >= rules.onboarding_green as f64 {
        Colour::Green
    } else if seconds <= rules.onboarding_red as f64 {
        Colour::Red
    } else {
        Colour::Yellow
    }
}

/// Both may fail, since there is work that is neither. Where the share for the product is not
/// known, it is at most what infrastructure leaves.
fn time(infrastructure: f64, product: Option<f64>, rules: &Rules) -> Option<Colour> {
    if infrastructure >= rules.infrastructure_time_green {
        return Some(Colour::Green);
    }
    match product {
        Some(product) if product >= rules.product_time_red => Some(Colour::Red),
        Some(_) => Some(Colour::Yellow),
        None if 1.0 - infrastructure < rules.product_time_red => Some(Colour::Yellow),
        None => None,
    }
}
