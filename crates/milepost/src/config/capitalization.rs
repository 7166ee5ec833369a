//! How software is capitalized: the policy, and what kinds of work labels and projects mean.

use milepost_analytics::capitalization::{MappingRule, POLICIES, Policy, WorkType};
use schemars::JsonSchema;
use serde::Deserialize;

/// How software is capitalized.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct CapitalizationConfig {
    /// Policy that `export capitalization` and `period close` take where none is given.
    pub(crate) policy: Option<String>,
    /// Kinds of work by label or issue type; the first that matches.
    pub(crate) mapping: Vec<MappingConfig>,
    /// Kinds of work of projects whose tickets say nothing themselves.
    pub(crate) project: Vec<ProjectConfig>,
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
        if let Some(policy) = self.policy.as_deref().filter(|name| Policy::named(name).is_none()) {
            return Err(format!(
                "`{policy}` of `[capitalization]` is no policy; there are {}",
                POLICIES.join(", ")
            ));
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
