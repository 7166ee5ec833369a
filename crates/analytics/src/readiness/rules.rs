//! Every number that decides a colour or the verdict.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de::Error};
use sha2::{Digest, Sha256};

use crate::parse_duration;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// Thresholds of the assessment. Green is "needs a platform now".
///
/// The guide gives numbers for the size of teams and for context switching alone; the others are
/// ours, and are printed as such.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Rules {
    /// Team size is green from so many engineers.
    pub engineers_green: i64,
    /// Team size is red below so many engineers.
    pub engineers_red: i64,
    /// Green needs so many teams with an engineer.
    pub teams_green: i64,
    /// Deployment friction is green from such a median wait.
    #[serde(deserialize_with = "seconds")]
    #[schemars(with = "String")]
    pub wait_green: i64,
    /// Deployment friction is red below such a median wait.
    #[serde(deserialize_with = "seconds")]
    #[schemars(with = "String")]
    pub wait_red: i64,
    /// Deployment friction is green from such a share of deployments that two teams approve.
    pub approvals_green: f64,
    /// Deployment friction is red only below such a share of deployments that two teams approve.
    pub approvals_red: f64,
    /// Deployment friction is red only below such a share of deployments with a step by hand.
    pub manual_steps_red: f64,
    /// So many clouds are a sign of complexity.
    pub clouds_green: i64,
    /// So many services in production are one.
    pub services_green: i64,
    /// So many environments of the median service are one.
    pub environments_green: i64,
    /// Infrastructure complexity is green from so many of the four signs.
    pub indicators_green: i64,
    /// Infrastructure complexity is red with at most so many services on one cloud.
    pub services_red: i64,
    /// Services that grow by such a share in two quarters lift red to yellow.
    pub services_lift: f64,
    /// Developer complaints are green from such a share of people who agree.
    pub complaints_green: f64,
    /// Developer complaints are red below such a share of people who agree.
    pub complaints_red: f64,
    /// Without a survey: green from so many complaints in tickets per 100 engineers and quarter.
    pub complaint_tickets_green: f64,
    /// Without a survey: red below so many.
    pub complaint_tickets_red: f64,
    /// Shadow IT is green from such a share of services.
    pub shadow_green: f64,
    /// Shadow IT is green from so many teams as well, with `shadow_teams_share`.
    pub shadow_teams_green: i64,
    /// The share of services from which so many teams make it green.
    pub shadow_teams_share: f64,
    /// Shadow IT is red below such a share of services.
    pub shadow_red: f64,
    /// Shadow IT is not assessed where the catalogue lists a smaller share of what runs.
    pub inventory_coverage: f64,
    /// Onboarding time is green from such a median.
    #[serde(deserialize_with = "seconds")]
    #[schemars(with = "String")]
    pub onboarding_green: i64,
    /// Onboarding time is red up to such a median.
    #[serde(deserialize_with = "seconds")]
    #[schemars(with = "String")]
    pub onboarding_red: i64,
    /// Context switching is green from such a share of time for infrastructure.
    pub infrastructure_time_green: f64,
    /// Context switching is red from such a share of time for the product.
    pub product_time_red: f64,
    /// Within such a part of a threshold a value is borderline.
    pub borderline: f64,
    /// With fewer assessed factors there is no verdict.
    pub fewest_known: i64,
    /// Engineers that grow by such a share in two quarters make the direction `growing`.
    pub engineers_growing: f64,
    /// Services that grow by such a share in two quarters do too.
    pub services_growing: f64,
    /// Questions of surveys that say "infrastructure or tooling slows me down".
    pub complaint_questions: Vec<String>,
    /// Categories of tickets that complain of infrastructure or tooling.
    pub complaint_categories: Vec<String>,
    /// Categories of tickets that ask for infrastructure.
    pub infrastructure_categories: Vec<String>,
    /// Questions for the percentage of time that goes into infrastructure, tooling and operations.
    pub infrastructure_time_questions: Vec<String>,
    /// Questions for the percentage of time that goes into the product.
    pub product_time_questions: Vec<String>,
}

impl Default for Rules {
    fn default() -> Rules {
        let words = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect();
        Rules {
            engineers_green: 100,
            engineers_red: 50,
            teams_green: 2,
            wait_green: DAY,
            wait_red: HOUR,
            approvals_green: 0.5,
            approvals_red: 0.1,
            manual_steps_red: 0.1,
            clouds_green: 2,
            services_green: 30,
            environments_green: 3,
            indicators_green: 3,
            services_red: 5,
            services_lift: 0.2,
            complaints_green: 0.4,
            complaints_red: 0.15,
            complaint_tickets_green: 30.0,
            complaint_tickets_red: 5.0,
            shadow_green: 0.2,
            shadow_teams_green: 3,
            shadow_teams_share: 0.1,
            shadow_red: 0.05,
            inventory_coverage: 0.8,
            onboarding_green: 14 * DAY,
            onboarding_red: 2 * DAY,
            infrastructure_time_green: 0.3,
            product_time_red: 0.8,
            borderline: 0.1,
            fewest_known: 5,
            engineers_growing: 0.1,
            services_growing: 0.15,
            complaint_questions: words(&["infrastructure_slows_me", "tooling_slows_me"]),
            complaint_categories: words(&["infra-complaint", "tooling-complaint"]),
            infrastructure_categories: words(&[
                "infrastructure",
                "infra",
                "environment",
                "access",
                "provisioning",
            ]),
            infrastructure_time_questions: words(&["percent_time_infrastructure"]),
            product_time_questions: words(&["percent_time_product"]),
        }
    }
}

impl Rules {
    /// Twelve digits that change with any of the rules.
    pub fn id(&self) -> String {
        let text = serde_json::to_string(self).unwrap_or_default();
        let digest = Sha256::digest(text.as_bytes());
        digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
    }

    /// What the types alone can't say.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn check(&self) -> Result<(), String> {
        let shares = [
            ("approvals_green", self.approvals_green),
            ("approvals_red", self.approvals_red),
            ("manual_steps_red", self.manual_steps_red),
            ("complaints_green", self.complaints_green),
            ("complaints_red", self.complaints_red),
            ("shadow_green", self.shadow_green),
            ("shadow_teams_share", self.shadow_teams_share),
            ("shadow_red", self.shadow_red),
            ("inventory_coverage", self.inventory_coverage),
            ("infrastructure_time_green", self.infrastructure_time_green),
            ("product_time_red", self.product_time_red),
            ("borderline", self.borderline),
        ];
        if let Some((name, share)) = shares.iter().find(|(_, share)| !(0.0..=1.0).contains(share)) {
            return Err(format!("`{name}` is a share of 0 to 1, not {share}"));
        }
        let pairs = [
            ("engineers", self.engineers_red as f64, self.engineers_green as f64),
            ("wait", self.wait_red as f64, self.wait_green as f64),
            ("approvals", self.approvals_red, self.approvals_green),
            ("complaints", self.complaints_red, self.complaints_green),
            ("complaint_tickets", self.complaint_tickets_red, self.complaint_tickets_green),
            ("shadow", self.shadow_red, self.shadow_green),
            ("onboarding", self.onboarding_red as f64, self.onboarding_green as f64),
        ];
        match pairs.iter().find(|(_, red, green)| red.is_nan() || green.is_nan() || red > green) {
            Some((name, ..)) => {
                Err(format!("`{name}_red` is above `{name}_green`, so that no value is yellow"))
            }
            None => Ok(()),
        }
    }
}

fn seconds<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    let text = String::deserialize(from)?;
    let duration = parse_duration(&text).ok_or_else(|| {
        D::Error::custom(format!("`{text}` is no duration; write `14d`, `24h` or `60min`"))
    })?;
    Ok(duration.num_seconds())
}
