//! What kinds of work work items are.

use milepost_analytics::allocation::{Category, Condition, Dimension, Rule, Scheme, default_rules};
use schemars::JsonSchema;
use serde::Deserialize;

use super::EffortConfig;

/// A rule for work items: one thing to look at, and what kind of work it shows.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct AllocationRuleConfig {
    /// Its id, kept beside what it labels.
    pub(crate) id: String,
    /// `work_items.work_type`.
    pub(crate) work_type: Option<String>,
    /// Issue type, in any case.
    pub(crate) kind: Option<String>,
    /// A label of the ticket or of a pull request about it, in any case.
    pub(crate) label: Option<String>,
    /// Key of the epic.
    pub(crate) epic: Option<String>,
    /// Project of the ticket or of one above it.
    pub(crate) project: Option<String>,
    /// Glob that all repositories of its commits match.
    pub(crate) repository: Option<String>,
    /// Glob that all paths its commits touch match.
    pub(crate) path: Option<String>,
    /// Glob that all services of its commits match.
    pub(crate) service: Option<String>,
    /// `roadmap`, `infrastructure`, `support`, `unplanned`, `maintenance` or `overhead`.
    pub(crate) activity: Option<String>,
    /// `new_value`, `improvement`, `developer_productivity` or `ktlo`.
    pub(crate) investment: Option<String>,
}

/// How time is told and labelled: the rules given, then those that are shipped.
///
/// # Errors
/// What can't be used, in words.
pub(super) fn scheme(
    effort: &EffortConfig,
    rules: &[AllocationRuleConfig],
) -> Result<Scheme, String> {
    let mut all = rules.iter().map(AllocationRuleConfig::rule).collect::<Result<Vec<_>, _>>()?;
    all.extend(default_rules());
    let scheme =
        Scheme { options: effort.options()?, working_times: effort.working_times()?, rules: all };
    scheme.check().map_err(|error| error.to_string())?;
    Ok(scheme)
}

/// Makes a condition of a word.
type Make<'a> = &'a dyn Fn(String) -> Condition;

impl AllocationRuleConfig {
    fn rule(&self) -> Result<Rule, String> {
        let id = &self.id;
        if id.trim().is_empty() || id.starts_with("default:") {
            return Err(format!(
                "an `[[allocation_rule]]` needs an id of its own that does not begin with `default:`, not `{id}`"
            ));
        }
        let mut categories = Vec::new();
        for (word, dimension) in
            [(&self.activity, Dimension::Activity), (&self.investment, Dimension::Investment)]
        {
            let Some(word) = word else { continue };
            let category = Category::parse(word).filter(|one| one.dimension() == dimension);
            categories.push(category.ok_or_else(|| {
                let known = Category::ALL.iter().filter(|one| one.dimension() == dimension);
                let known: Vec<&str> = known.map(|one| one.as_str()).collect();
                format!(
                    "the `[[allocation_rule]]` `{id}` says `{word}`, which is none of {}",
                    known.join(", ")
                )
            })?);
        }
        if categories.is_empty() {
            return Err(format!(
                "the `[[allocation_rule]]` `{id}` needs an `activity`, an `investment` or both"
            ));
        }
        Ok(Rule { rule_id: id.clone(), condition: self.condition()?, categories })
    }

    fn condition(&self) -> Result<Condition, String> {
        let field = |value| Condition::Field { name: "work_type".to_owned(), value };
        let given: [(&Option<String>, Make<'_>); 8] = [
            (&self.work_type, &field),
            (&self.kind, &Condition::Kind),
            (&self.label, &Condition::Label),
            (&self.epic, &Condition::Epic),
            (&self.project, &Condition::Project),
            (&self.repository, &Condition::Repository),
            (&self.path, &Condition::Path),
            (&self.service, &Condition::Service),
        ];
        let mut given = given.iter().filter_map(|(word, make)| Some(make(word.as_ref()?.clone())));
        match (given.next(), given.next()) {
            (Some(condition), None) => Ok(condition),
            _ => Err(format!(
                "the `[[allocation_rule]]` `{}` needs one of `work_type`, `kind`, `label`, `epic`, `project`, `repository`, `path` and `service`, and no second; a second rule looks at another",
                self.id
            )),
        }
    }
}
