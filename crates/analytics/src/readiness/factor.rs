//! What is looked at, and the words for what is found.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One of the guide's seven signs that a platform is needed.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Factor {
    /// Engineers employed on the quarter's last day, and how many teams they are in.
    TeamSize,
    /// How long infrastructure and merged changes wait, and how many approvals and hands they need.
    DeploymentFriction,
    /// Services, clouds, environments and regimes.
    InfrastructureComplexity,
    /// Who says that infrastructure slows them down.
    DeveloperComplaints,
    /// Services beside the sanctioned path.
    ShadowIt,
    /// From somebody's first day to their first commit in production.
    OnboardingTime,
    /// Share of the time that goes into infrastructure.
    ContextSwitching,
}

impl Factor {
    /// All of them, in the guide's order.
    pub const ALL: [Factor; 7] = [
        Factor::TeamSize,
        Factor::DeploymentFriction,
        Factor::InfrastructureComplexity,
        Factor::DeveloperComplaints,
        Factor::ShadowIt,
        Factor::OnboardingTime,
        Factor::ContextSwitching,
    ];

    /// The word in rows and in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Factor::TeamSize => "team_size",
            Factor::DeploymentFriction => "deployment_friction",
            Factor::InfrastructureComplexity => "infrastructure_complexity",
            Factor::DeveloperComplaints => "developer_complaints",
            Factor::ShadowIt => "shadow_it",
            Factor::OnboardingTime => "onboarding_time",
            Factor::ContextSwitching => "context_switching",
        }
    }

    /// Name for people.
    pub fn title(self) -> &'static str {
        match self {
            Factor::TeamSize => "Team size",
            Factor::DeploymentFriction => "Deployment friction",
            Factor::InfrastructureComplexity => "Infrastructure complexity",
            Factor::DeveloperComplaints => "Developer complaints",
            Factor::ShadowIt => "Shadow IT",
            Factor::OnboardingTime => "Onboarding time",
            Factor::ContextSwitching => "Context switching",
        }
    }

    /// Unit of its value: `count`, `seconds` or `ratio`.
    pub fn unit(self) -> &'static str {
        match self {
            Factor::TeamSize | Factor::InfrastructureComplexity => "count",
            Factor::DeploymentFriction | Factor::OnboardingTime => "seconds",
            Factor::DeveloperComplaints | Factor::ShadowIt | Factor::ContextSwitching => "ratio",
        }
    }
}

/// The guide's light. Green means that a platform is needed *now*, not that all is well: the more
/// friction, the greener. Ordered by need.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Colour {
    /// Too early: little need.
    Red,
    /// Getting close.
    Yellow,
    /// Ready: the need is high.
    Green,
}

impl Colour {
    /// The word in rows.
    pub fn name(self) -> &'static str {
        match self {
            Colour::Red => "red",
            Colour::Yellow => "yellow",
            Colour::Green => "green",
        }
    }

    /// What it says of the need for a platform: `low`, `rising` or `high`. It stands beside every
    /// colour, because green is easily read as "fine".
    pub fn need(self) -> &'static str {
        match self {
            Colour::Red => "low",
            Colour::Yellow => "rising",
            Colour::Green => "high",
        }
    }
}

/// What a colour stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Basis {
    /// Facts that say what is meant.
    Measured,
    /// Facts that stand for what is meant.
    Proxy,
    /// Answers of people.
    Survey,
    /// One person's judgement, from the configuration.
    Manual,
    /// Nothing.
    NotAssessed,
}

impl Basis {
    /// The word in rows.
    pub fn name(self) -> &'static str {
        match self {
            Basis::Measured => "measured",
            Basis::Proxy => "proxy",
            Basis::Survey => "survey",
            Basis::Manual => "manual",
            Basis::NotAssessed => "not_assessed",
        }
    }
}
