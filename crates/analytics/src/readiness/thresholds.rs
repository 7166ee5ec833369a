//! The thresholds of a factor in a sentence, and whose they are.

use super::{Factor, Rules};

/// The thresholds as people read them. What the guide gives no number for is ours, and says so.
pub fn thresholds(factor: Factor, rules: &Rules) -> String {
    let usual = Rules::default();
    match factor {
        Factor::TeamSize => format!(
            "green from {} engineers in {} teams, red below {} ({})",
            rules.engineers_green,
            rules.teams_green,
            rules.engineers_red,
            whose(
                rules.engineers_green == usual.engineers_green
                    && rules.engineers_red == usual.engineers_red
            )
        ),
        Factor::DeploymentFriction => format!(
            "green from a median wait of {} or {} of deployments approved by two teams; red below {}, with less than {} so approved and less than {} with steps by hand (our thresholds)",
            span(rules.wait_green),
            percent(rules.approvals_green),
            span(rules.wait_red),
            percent(rules.approvals_red),
            percent(rules.manual_steps_red)
        ),
        Factor::InfrastructureComplexity => format!(
            "signs: {} clouds, {} services, {} environments, any regime; green from {} signs, red with none or with at most {} services on one cloud (our thresholds)",
            rules.clouds_green,
            rules.services_green,
            rules.environments_green,
            rules.indicators_green,
            rules.services_red
        ),
        Factor::DeveloperComplaints => format!(
            "green from {} who agree, red below {}; without a survey {} and {} tickets per 100 engineers and quarter (our thresholds)",
            percent(rules.complaints_green),
            percent(rules.complaints_red),
            rules.complaint_tickets_green,
            rules.complaint_tickets_red
        ),
        Factor::ShadowIt => format!(
            "green from {} of services, or from {} in {} teams; red below {} (our thresholds)",
            percent(rules.shadow_green),
            percent(rules.shadow_teams_share),
            rules.shadow_teams_green,
            percent(rules.shadow_red)
        ),
        Factor::OnboardingTime => format!(
            "green from a median of {}, red up to {} (our thresholds for the guide's \"weeks\" and \"a day or two\")",
            span(rules.onboarding_green),
            span(rules.onboarding_red)
        ),
        Factor::ContextSwitching => format!(
            "green from {} of the time for infrastructure, else red from {} for the product ({})",
            percent(rules.infrastructure_time_green),
            percent(rules.product_time_red),
            whose(
                rules.infrastructure_time_green == usual.infrastructure_time_green
                    && rules.product_time_red == usual.product_time_red
            )
        ),
    }
}

fn whose(is_guides: bool) -> &'static str {
    if is_guides { "the guide's" } else { "our thresholds" }
}

/// Seconds in the largest unit that is whole.
fn span(seconds: i64) -> String {
    match seconds {
        seconds if seconds % 86_400 == 0 => format!("{} d", seconds / 86_400),
        seconds if seconds % 3600 == 0 => format!("{} h", seconds / 3600),
        seconds => format!("{} min", seconds / 60),
    }
}

fn percent(share: f64) -> String {
    format!("{} %", (share * 1000.0).round() / 10.0)
}
