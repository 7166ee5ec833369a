//! How software is capitalized: the policy, and what kinds of work labels and projects mean.

use std::collections::BTreeMap;

use milepost_analytics::capitalization::{
    AbsenceRule, Gate, MappingRule, POLICIES, Policy, Recognition, TypeTreatment, WorkType,
};
use schemars::JsonSchema;
use serde::Deserialize;

/// How software is capitalized.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct CapitalizationConfig {
    /// Policy that `export capitalization` and `period close` take where none is given.
    pub(crate) policy: Option<String>,
    /// Policies of one's own, beside those that are shipped.
    pub(crate) policies: Vec<PolicyConfig>,
    /// Kinds of work by label or issue type; the first that matches.
    pub(crate) mapping: Vec<MappingConfig>,
    /// Kinds of work of projects whose tickets say nothing themselves.
    pub(crate) project: Vec<ProjectConfig>,
}

/// A policy: one that is shipped, and what is otherwise in it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PolicyConfig {
    /// Its name in exports.
    pub(crate) name: String,
    /// The shipped policy that it begins with.
    pub(crate) based_on: String,
    /// Gates that every project needs before its work can be capitalized.
    #[serde(default)]
    #[schemars(with = "Option<Vec<String>>")]
    pub(crate) requires: Option<Vec<Gate>>,
    /// Gates that only projects with a decision on them need.
    #[serde(default)]
    #[schemars(with = "Option<Vec<String>>")]
    pub(crate) requires_if_flagged: Option<Vec<Gate>>,
    /// Whether time away is expensed or follows the worked time of the same person and month.
    #[serde(default)]
    pub(crate) absence: Option<AbsenceRule>,
    /// Cost of a project in a month, in whole units of the export's currency, under which its
    /// capitalization is pointed out.
    #[serde(default)]
    pub(crate) minimum_cost: Option<u64>,
    /// Kinds of work that are treated otherwise: capitalize, follow_parent or expense.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, TypeTreatment>")]
    pub(crate) work_types: BTreeMap<WorkType, TypeTreatment>,
}

/// A kind of work by label or issue type; both where both are given.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MappingConfig {
    /// Its id, kept beside what it classifies.
    pub(crate) id: String,
    /// A label.
    pub(crate) label: Option<String>,
    /// Issue type, in the tracker's word.
    pub(crate) kind: Option<String>,
    /// Kind of work, such as `new_functionality`.
    #[schemars(with = "String")]
    pub(crate) work_type: WorkType,
}

/// The usual kind of work of a project.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProjectConfig {
    /// Project, as in `projects`.
    pub(crate) id: String,
    /// Kind of work, such as `new_functionality`.
    #[schemars(with = "String")]
    pub(crate) work_type: WorkType,
}

impl CapitalizationConfig {
    /// What the types alone can't say.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub(super) fn check(&self) -> Result<(), String> {
        for (at, own) in self.policies.iter().enumerate() {
            let name = &own.name;
            let is_taken = self.policies[..at].iter().any(|other| other.name == *name);
            if is_taken || Policy::named(name).is_some() {
                return Err(format!("there is a policy `{name}` already; name this one otherwise"));
            }
            own.policy()?;
        }
        if let Some(name) = &self.policy {
            self.policy(name)?;
        }
        let bare = self.mapping.iter().find(|rule| rule.label.is_none() && rule.kind.is_none());
        match bare {
            Some(rule) => Err(format!(
                "the `[[capitalization.mapping]]` `{}` needs a `label`, a `kind` or both",
                rule.id
            )),
            None => Ok(()),
        }
    }

    /// The policy of that name, shipped or one's own.
    ///
    /// # Errors
    /// Names the policies where it is none.
    pub(crate) fn policy(&self, name: &str) -> Result<Policy, String> {
        if let Some(own) = self.policies.iter().find(|own| own.name == name) {
            return own.policy();
        }
        let own = self.policies.iter().map(|own| own.name.as_str());
        let known: Vec<&str> = own.chain(POLICIES).collect();
        Policy::named(name)
            .ok_or_else(|| format!("there is no policy `{name}`; there are {}", known.join(", ")))
    }

    /// The rules for labels and issue types.
    pub(crate) fn mapping(&self) -> Vec<MappingRule> {
        let rule = |one: &MappingConfig| MappingRule {
            rule_id: one.id.clone(),
            label: one.label.clone(),
            kind: one.kind.clone(),
            work_type: one.work_type,
        };
        self.mapping.iter().map(rule).collect()
    }
}

impl PolicyConfig {
    fn policy(&self) -> Result<Policy, String> {
        let name = &self.name;
        let fault = |what: String| Err(format!("the policy `{name}` {what}"));
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        if name.is_empty() || !name.bytes().all(is_word) {
            return fault("needs a name of letters, digits, `_` and `-`".to_owned());
        }
        let Some(based_on) = Policy::named(&self.based_on) else {
            let known = POLICIES.join(", ");
            return fault(format!("is based on `{}`, which is none of {known}", self.based_on));
        };
        let gates = self.requires.iter().chain(&self.requires_if_flagged).flatten();
        if let Some(gate) = gates.into_iter().find(|gate| gate.closes()) {
            return fault(format!("requires `{gate}`, which closes a project and opens none"));
        }
        let Policy { recognition, mut work_types, absence, .. } = based_on;
        work_types.extend(&self.work_types);
        Ok(Policy {
            name: name.clone(),
            recognition: self.recognition(recognition),
            work_types,
            absence: self.absence.unwrap_or(absence),
            minimum_cost: self.minimum_cost,
            ..based_on
        })
    }

    /// What is required, where this policy says otherwise.
    fn recognition(&self, based_on: Recognition) -> Recognition {
        if self.requires.is_none() && self.requires_if_flagged.is_none() {
            return based_on;
        }
        let (required, required_if_flagged) = match based_on {
            Recognition::Never => (Vec::new(), Vec::new()),
            Recognition::WhenAll { required, required_if_flagged } => {
                (required, required_if_flagged)
            }
        };
        Recognition::WhenAll {
            required: self.requires.clone().unwrap_or(required),
            required_if_flagged: self.requires_if_flagged.clone().unwrap_or(required_if_flagged),
        }
    }
}
