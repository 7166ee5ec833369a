//! What somebody answered by hand, where no data says anything.

use chrono::NaiveDate;

use super::{Colour, Factor, Numbers, Quarter, Rules};

/// A judgement of a person, who answers for it with name, date and reason.
///
/// The name stays in the configuration: an assessment shows no person.
#[derive(Debug, Clone, PartialEq)]
pub struct ManualAnswer {
    /// Quarter it is about.
    pub quarter: Quarter,
    /// Factor it is about.
    pub factor: Factor,
    /// What was judged.
    pub answer: Answer,
    /// When.
    pub answered_on: NaiveDate,
    /// Why.
    pub note: String,
}

/// A colour, or a number that the rules make a colour of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Answer {
    /// The colour itself.
    Colour(Colour),
    /// The factor's value, in its unit.
    Value(f64),
}

impl ManualAnswer {
    /// Whether a value gives a colour.
    ///
    /// # Errors
    /// Why it gives none, in words.
    pub fn check(&self, rules: &Rules) -> Result<(), String> {
        match (self.answer, self.numbers(rules).map(|numbers| numbers.colour(rules))) {
            (Answer::Value(value), _) if !value.is_finite() || value < 0.0 => {
                Err(format!("`value` is {value}, but can't be below zero"))
            }
            (Answer::Value(value), _) if self.factor.unit() == "ratio" && value > 1.0 => Err(
                format!("`value` of `{}` is a share of 0 to 1, not {value}", self.factor.name()),
            ),
            (_, Some(None)) => Err(format!(
                "that value of `{}` does not tell yellow from red; give an `answer`",
                self.factor.name()
            )),
            _ => Ok(()),
        }
    }

    /// The numbers that a value stands for; `None` for a colour.
    pub fn numbers(&self, rules: &Rules) -> Option<Numbers> {
        let Answer::Value(value) = self.answer else { return None };
        Some(match self.factor {
            Factor::TeamSize => {
                Numbers::TeamSize { engineers: value, teams: Some(rules.teams_green as f64) }
            }
            Factor::DeploymentFriction => Numbers::Friction {
                infrastructure: None,
                merge: Some(value),
                approvals: None,
                manual_steps: None,
            },
            Factor::InfrastructureComplexity => Numbers::Indicators(value),
            Factor::DeveloperComplaints => Numbers::Agreement(value),
            Factor::ShadowIt => Numbers::Shadow { share: value, teams: None },
            Factor::OnboardingTime => Numbers::Onboarding(value),
            Factor::ContextSwitching => Numbers::Time { infrastructure: value, product: None },
        })
    }
}
