//! Capabilities of the platform: what they are, and what shows that a service uses one.

use chrono::NaiveDate;
use milepost_sources::adoption::{CapabilityRule, FileRule};
use milepost_sources::backstage::AnnotationRule;
use regex::Regex;
use schemars::JsonSchema;
use serde::Deserialize;

use super::day;

/// A part of the platform that services adopt.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CapabilityConfig {
    /// Name in all tables, such as `deploy-pipeline`.
    pub(crate) id: String,
    /// Name for people.
    pub(crate) name: Option<String>,
    /// Golden paths that it is part of.
    #[serde(default)]
    pub(crate) golden_paths: Vec<String>,
    /// Team that offers it.
    pub(crate) owner_team: Option<String>,
    /// First day on which it could be adopted.
    #[serde(default, deserialize_with = "day")]
    #[schemars(with = "Option<NaiveDate>")]
    pub(crate) released_on: Option<NaiveDate>,
    /// First day on which it should not be adopted any more.
    #[serde(default, deserialize_with = "day")]
    #[schemars(with = "Option<NaiveDate>")]
    pub(crate) deprecated_on: Option<NaiveDate>,
    /// First day without it.
    #[serde(default, deserialize_with = "day")]
    #[schemars(with = "Option<NaiveDate>")]
    pub(crate) sunset_on: Option<NaiveDate>,
    /// Files that show its use; with several all must be there, else it is used in part.
    #[serde(default)]
    pub(crate) file: Vec<FileRuleConfig>,
    /// Pipelines whose runs show its use.
    #[serde(default)]
    pub(crate) pipeline: Vec<PipelineRule>,
    /// Annotations in the catalogue of Backstage that show its use; with several all must be there.
    #[serde(default)]
    pub(crate) annotation: Vec<AnnotationRuleConfig>,
}

/// A file in the repository of a service.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileRuleConfig {
    /// Glob of its path, `*` within and `**` across folders; `{service}` is the last part of the
    /// service's name.
    pub(crate) path: String,
    /// Regular expression that its content must match; a group named `version` is the version.
    pub(crate) contains: Option<String>,
}

/// An annotation of a component.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnnotationRuleConfig {
    /// Its name, such as `backstage.io/source-template`.
    pub(crate) name: String,
    /// Regular expression that its value must match; a group named `version` is the version.
    pub(crate) value: Option<String>,
}

/// A run that matches all that a rule names shows the use.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PipelineRule {
    /// Regular expression over the pipeline's name.
    pub(crate) workflow: Option<String>,
    /// Regular expression over the path of the pipeline's file.
    pub(crate) path: Option<String>,
    /// Regular expression over the branch.
    pub(crate) branch: Option<String>,
}

impl CapabilityConfig {
    /// What its files show, for the source that reads them.
    pub(crate) fn files(&self) -> CapabilityRule {
        let file = |one: &FileRuleConfig| FileRule {
            path: one.path.clone(),
            contains: one.contains.clone(),
        };
        CapabilityRule {
            capability_id: self.id.clone(),
            files: self.file.iter().map(file).collect(),
        }
    }

    /// What annotations show, for the source that reads the catalogue.
    ///
    /// # Errors
    /// Where a regular expression is none, in words.
    pub(crate) fn annotations(&self) -> Result<Vec<AnnotationRule>, String> {
        let rule = |one: &AnnotationRuleConfig| {
            Ok(AnnotationRule {
                capability_id: self.id.clone(),
                annotation: one.name.clone(),
                value: pattern(one.value.as_deref())?,
            })
        };
        self.annotation.iter().map(rule).collect()
    }

    /// What the types alone can't say.
    ///
    /// # Errors
    /// What is wrong, in words.
    fn check(&self) -> Result<(), String> {
        if self.id.trim().is_empty() {
            return Err("a capability needs an id".to_owned());
        }
        let kinds = [self.file.is_empty(), self.pipeline.is_empty(), self.annotation.is_empty()];
        if kinds.iter().filter(|is_empty| !**is_empty).count() > 1 {
            return Err("files, pipelines and annotations may tell otherwise of one service; keep one of `file`, `pipeline` and `annotation`".to_owned());
        }
        self.annotations()?;
        for file in &self.files().files {
            file.check().map_err(|fault| fault.to_string())?;
        }
        self.pipeline.iter().try_for_each(|rule| rule.patterns().map(|_| ()))?;
        let days = [self.released_on, self.deprecated_on, self.sunset_on];
        let days: Vec<NaiveDate> = days.into_iter().flatten().collect();
        match days.is_sorted() {
            true => Ok(()),
            false => Err("released_on, deprecated_on and sunset_on follow one another".to_owned()),
        }
    }
}

/// Checks all capabilities of a configuration.
///
/// # Errors
/// What is wrong, in words.
pub(super) fn check(capabilities: &[CapabilityConfig]) -> Result<(), String> {
    for (at, capability) in capabilities.iter().enumerate() {
        let fault = |text: String| format!("capability {}: {text}", capability.id);
        capability.check().map_err(fault)?;
        if capabilities[..at].iter().any(|other| other.id == capability.id) {
            return Err(format!("two capabilities have the id `{}`; rename one", capability.id));
        }
    }
    Ok(())
}

/// A pipeline rule that can be asked.
pub(crate) struct Patterns {
    workflow: Option<Regex>,
    path: Option<Regex>,
    branch: Option<Regex>,
}

impl PipelineRule {
    /// # Errors
    /// Where it names nothing, or a regular expression that is none, in words.
    pub(crate) fn patterns(&self) -> Result<Patterns, String> {
        if [&self.workflow, &self.path, &self.branch].iter().all(|pattern| pattern.is_none()) {
            return Err("a pipeline rule names a workflow, a path or a branch".to_owned());
        }
        Ok(Patterns {
            workflow: pattern(self.workflow.as_deref())?,
            path: pattern(self.path.as_deref())?,
            branch: pattern(self.branch.as_deref())?,
        })
    }
}

fn pattern(text: Option<&str>) -> Result<Option<Regex>, String> {
    let compile =
        |text: &str| Regex::new(text).map_err(|_| format!("`{text}` is no regular expression"));
    text.map(compile).transpose()
}

impl Patterns {
    /// True for a run of that pipeline, file and branch.
    pub(crate) fn match_run(&self, workflow: &str, path: &str, branch: &str) -> bool {
        let holds = |pattern: &Option<Regex>, text: &str| {
            pattern.as_ref().is_none_or(|pattern| pattern.is_match(text))
        };
        holds(&self.workflow, workflow) && holds(&self.path, path) && holds(&self.branch, branch)
    }
}
