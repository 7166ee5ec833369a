//! Which label a work item gets, and by which rule.
//!
//! Rules are asked in their order, and in each dimension the first that matches decides. A work
//! item that none matches has no label in that dimension, and counts as unattributed there.

use std::collections::{BTreeMap, BTreeSet};

use globset::{GlobBuilder, GlobMatcher};

use super::categories::{Category, Dimension};

/// What is known of a work item.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Traits {
    /// Work item.
    pub work_item_id: String,
    /// Fields of the ticket, as the tracker says them.
    pub fields: BTreeMap<String, String>,
    /// Issue type, in the tracker's word.
    pub kind: Option<String>,
    /// Labels.
    pub labels: Vec<String>,
    /// Key of its epic.
    pub epic_key: Option<String>,
    /// Project.
    pub project_id: Option<String>,
    /// Repositories that its commits are in.
    pub repositories: BTreeSet<String>,
    /// Paths that its commits touch.
    pub paths: BTreeSet<String>,
    /// Services that its commits belong to.
    pub services: BTreeSet<String>,
}

/// What a rule looks at. Words of trackers match in any case. Globs match whole names; `*` stays within
/// a path's folder, `**` does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// A field of the ticket has this value.
    Field {
        /// Field.
        name: String,
        /// Value.
        value: String,
    },
    /// Its issue type.
    Kind(String),
    /// A label it has.
    Label(String),
    /// Its epic.
    Epic(String),
    /// Its project.
    Project(String),
    /// Glob that all its repositories match; one that touches others too is not of this kind.
    Repository(String),
    /// Glob that all paths it touches match.
    Path(String),
    /// Glob that all its services match.
    Service(String),
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its id, kept beside every label it gives.
    pub rule_id: String,
    /// What it looks at.
    pub condition: Condition,
    /// Labels it gives, each in its dimension.
    pub categories: Vec<Category>,
}

/// A rule that can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// The glob is none.
    #[error(
        "the glob `{glob}` of the rule `{rule_id}` can't be read; write it like `terraform/**`"
    )]
    Glob {
        /// Rule.
        rule_id: String,
        /// Its glob.
        glob: String,
    },
    /// Two rules share an id, so that a label could not be traced to one.
    #[error("several rules have the id `{rule_id}`; give each its own")]
    RepeatedId {
        /// Id.
        rule_id: String,
    },
}

/// Rules that were read.
pub(super) struct Rules<'a>(Vec<(&'a Rule, Option<GlobMatcher>)>);

impl<'a> Rules<'a> {
    pub(super) fn new(rules: &'a [Rule]) -> Result<Rules<'a>, RuleError> {
        let mut ids = BTreeSet::new();
        let mut read = Vec::new();
        for rule in rules {
            if !ids.insert(&rule.rule_id) {
                return Err(RuleError::RepeatedId { rule_id: rule.rule_id.clone() });
            }
            read.push((rule, matcher(rule)?));
        }
        Ok(Rules(read))
    }

    /// The label of a work item in a dimension, and the rule that gave it.
    pub(super) fn label(&self, dimension: Dimension, item: &Traits) -> Option<(Category, &'a str)> {
        let given = |rule: &Rule| {
            rule.categories.iter().find(|category| category.dimension() == dimension).copied()
        };
        self.0
            .iter()
            .filter_map(|(rule, glob)| Some((given(rule)?, *rule, glob)))
            .find(|(_, rule, glob)| is_matched(&rule.condition, glob.as_ref(), item))
            .map(|(category, rule, _)| (category, rule.rule_id.as_str()))
    }
}

fn matcher(rule: &Rule) -> Result<Option<GlobMatcher>, RuleError> {
    let (Condition::Repository(glob) | Condition::Path(glob) | Condition::Service(glob)) =
        &rule.condition
    else {
        return Ok(None);
    };
    let read = GlobBuilder::new(glob).literal_separator(true).build();
    let read =
        read.map_err(|_| RuleError::Glob { rule_id: rule.rule_id.clone(), glob: glob.clone() })?;
    Ok(Some(read.compile_matcher()))
}

fn is_matched(condition: &Condition, glob: Option<&GlobMatcher>, item: &Traits) -> bool {
    let all = |names: &BTreeSet<String>| {
        let is_matched = |name: &String| glob.is_some_and(|glob| glob.is_match(name));
        !names.is_empty() && names.iter().all(is_matched)
    };
    match condition {
        Condition::Field { name, value } => {
            item.fields.get(name).is_some_and(|said| said.eq_ignore_ascii_case(value))
        }
        Condition::Kind(kind) => {
            item.kind.as_ref().is_some_and(|said| said.eq_ignore_ascii_case(kind))
        }
        Condition::Label(label) => item.labels.iter().any(|said| said.eq_ignore_ascii_case(label)),
        Condition::Epic(key) => item.epic_key.as_ref() == Some(key),
        Condition::Project(project_id) => item.project_id.as_ref() == Some(project_id),
        Condition::Repository(_) => all(&item.repositories),
        Condition::Path(_) => all(&item.paths),
        Condition::Service(_) => all(&item.services),
    }
}
