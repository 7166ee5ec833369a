//! From seven colours to a verdict, and what the guide says to do about it.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Colour, Rules};

/// What the factors say together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Verdict {
    /// More than half say that a platform is needed now, and at most one that it is too early.
    MostlyGreen,
    /// More than half are getting close.
    MostlyYellow,
    /// More than half say that it is too early, and at most one that it is needed now.
    MostlyRed,
    /// None of these.
    Mixed,
    /// Too few factors are assessed.
    InsufficientEvidence,
}

impl Verdict {
    /// The verdict of colours; `None` is a factor that is not assessed.
    pub fn of(colours: &[Option<Colour>], rules: &Rules) -> Verdict {
        let known: Vec<Colour> = colours.iter().copied().flatten().collect();
        let count = |colour: Colour| known.iter().filter(|own| **own == colour).count();
        let (green, yellow, red) =
            (count(Colour::Green), count(Colour::Yellow), count(Colour::Red));
        let is_most = |count: usize| count * 2 > known.len();
        if (known.len() as i64) < rules.fewest_known {
            Verdict::InsufficientEvidence
        } else if is_most(green) && red <= 1 {
            Verdict::MostlyGreen
        } else if is_most(red) && green <= 1 {
            Verdict::MostlyRed
        } else if is_most(yellow) {
            Verdict::MostlyYellow
        } else {
            Verdict::Mixed
        }
    }

    /// The word in rows.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::MostlyGreen => "mostly_green",
            Verdict::MostlyYellow => "mostly_yellow",
            Verdict::MostlyRed => "mostly_red",
            Verdict::Mixed => "mixed",
            Verdict::InsufficientEvidence => "insufficient_evidence",
        }
    }

    /// What to do about it, after the guide.
    pub fn words(self, direction: Direction) -> &'static str {
        match (self, direction) {
            (Verdict::MostlyGreen, _) => {
                "A platform is needed now: complexity takes the developers' time every day, and a platform team would soon pay for itself."
            }
            (Verdict::MostlyYellow, _) => {
                "Start planning: the point where a platform makes sense is near. Standardize how developers work, offer some basic self-service, or hire a first platform engineer to find out what is needed."
            }
            (Verdict::MostlyRed, _) => {
                "Wait: the organization is not yet large or complex enough for a platform to be worth it. Keep to good DevOps practice, write processes down, and reassess in six months."
            }
            (Verdict::Mixed, Direction::Growing) => {
                "Mixed: what counts is where you are headed. Engineers or services are growing fast, so start sooner."
            }
            (Verdict::Mixed, Direction::Steady) => {
                "Mixed: what counts is where you are headed. Growth is steady, so a platform can wait; ask whether today's way of working will break in the next 6 to 12 months."
            }
            (Verdict::Mixed, Direction::Unknown) => {
                "Mixed: what counts is where you are headed, and that is not known: there is too little from two quarters ago to tell whether engineers or services grow."
            }
            (Verdict::InsufficientEvidence, _) => {
                "There is too little evidence for a verdict: what is missing is listed, with how to get it."
            }
        }
    }

    /// The same once there is a platform. What is left of the need is what its work has not reached
    /// yet; that little is left is success and no reason to wait for anything.
    pub fn residual_words(self) -> &'static str {
        match self {
            Verdict::MostlyGreen => {
                "Most of the need is still there: the platform has not yet taken it away."
            }
            Verdict::MostlyYellow => {
                "Some of the need is left in most factors: the platform helps, and has further to go."
            }
            Verdict::MostlyRed => {
                "Little of the need is left: the platform holds it down. That is success; keep the platform up, since the need comes back without it."
            }
            Verdict::Mixed => {
                "The need is gone in some factors and not in others: work on those that are still green."
            }
            Verdict::InsufficientEvidence => {
                Verdict::InsufficientEvidence.words(Direction::Unknown)
            }
        }
    }
}

/// Where the organization is headed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Direction {
    /// Engineers or services grew fast over two quarters.
    Growing,
    /// Both are known, and neither did.
    Steady,
    /// What is known does not tell.
    Unknown,
}

impl Direction {
    /// The direction by growth over two quarters: 0.1 is ten percent more.
    pub fn of(engineers: Option<f64>, services: Option<f64>, rules: &Rules) -> Direction {
        // 55 of 50 is ten percent more, but not by arithmetic.
        let grows = |growth: Option<f64>, from: f64| growth.map(|growth| growth >= from - 1e-9);
        match (grows(engineers, rules.engineers_growing), grows(services, rules.services_growing)) {
            (Some(true), _) | (_, Some(true)) => Direction::Growing,
            (Some(false), Some(false)) => Direction::Steady,
            _ => Direction::Unknown,
        }
    }

    /// The word in rows.
    pub fn name(self) -> &'static str {
        match self {
            Direction::Growing => "growing",
            Direction::Steady => "steady",
            Direction::Unknown => "unknown",
        }
    }
}

/// The phase of the guide's roadmap that comes next; `months` since the platform started, `None`
/// without one.
pub fn phase(verdict: Verdict, direction: Direction, months: Option<i64>) -> Option<&'static str> {
    match (months, verdict, direction) {
        (Some(..6), ..) => Some(
            "Phase 1, foundation (months 0 to 6): the same pipelines and templates for all, a simple portal, golden paths for what is common.",
        ),
        (Some(6..12), ..) => Some(
            "Phase 2, expansion (months 6 to 12): environments by self-service, observability, a catalogue of services, infrastructure as code.",
        ),
        (Some(_), ..) => Some(
            "Phase 3, maturity (months 12 to 24): security scans, costs, several clouds, developer analytics, an API of the platform.",
        ),
        (None, Verdict::MostlyGreen, _) | (None, Verdict::Mixed, Direction::Growing) => Some(
            "Phase 0, assessment (1 to 2 months): interviews, a map of what hurts, an audit of tools, a core team; then phase 1, foundation.",
        ),
        (None, Verdict::MostlyYellow, _) => Some(
            "Phase 0, assessment (1 to 2 months): interviews, a map of what hurts, an audit of tools, before anything is built.",
        ),
        _ => None,
    }
}
