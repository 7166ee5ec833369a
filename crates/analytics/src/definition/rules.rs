//! Rules that turn pipeline runs into deployments.

use regex::Regex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::AnalyticsError;

/// A run that matches all that a rule names is a deployment of its service.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DeploymentRule {
    /// Repository it holds for; `None` for all.
    pub repository: Option<String>,
    /// Regular expression over the pipeline's name; `None` for any.
    pub workflow: Option<String>,
    /// Regular expression over the path of the pipeline's file; `None` for any.
    pub path: Option<String>,
    /// Regular expression over the branch; `None` for any.
    pub branch: Option<String>,
    /// Regular expression over the job, where runs are recorded job by job and so named
    /// `workflow / job`; `None` for any.
    pub job: Option<String>,
    /// What started the run, such as `push`; `None` for anything.
    pub event: Option<String>,
    /// Service it deploys; `None` for the repository's only one, else the repository itself.
    pub service: Option<String>,
    /// Environment it deploys to.
    pub environment: String,
}

/// A rule that can be asked.
#[derive(Debug)]
pub(crate) struct Matcher<'a> {
    pub(crate) rule: &'a DeploymentRule,
    workflow: Option<Regex>,
    path: Option<Regex>,
    branch: Option<Regex>,
    job: Option<Regex>,
}

/// What a rule is asked about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run<'a> {
    pub(crate) repository_id: Option<&'a str>,
    pub(crate) name: Option<&'a str>,
    pub(crate) path: Option<&'a str>,
    pub(crate) branch: Option<&'a str>,
    pub(crate) event: Option<&'a str>,
}

impl<'a> Matcher<'a> {
    /// # Errors
    /// Where the rule names nothing that a run must match, no environment, or a regular
    /// expression that is none.
    pub(crate) fn new(rule: &'a DeploymentRule) -> Result<Matcher<'a>, AnalyticsError> {
        let fault = |text: String| AnalyticsError::Definition(format!("a deployment_rule {text}"));
        let given = [&rule.workflow, &rule.path, &rule.branch, &rule.job, &rule.event];
        if given.iter().all(|pattern| pattern.is_none()) {
            return Err(fault(
                "matches every run; name its `workflow`, `path`, `branch`, `job` or `event`"
                    .to_owned(),
            ));
        }
        if rule.environment.is_empty() {
            return Err(fault("lacks its `environment`, such as `production`".to_owned()));
        }
        let regex = |name: &str, pattern: &Option<String>| match pattern {
            None => Ok(None),
            Some(pattern) => Regex::new(pattern)
                .map(Some)
                .map_err(|error| fault(format!("has a `{name}` that can't be used: {error}"))),
        };
        Ok(Matcher {
            rule,
            workflow: regex("workflow", &rule.workflow)?,
            path: regex("path", &rule.path)?,
            branch: regex("branch", &rule.branch)?,
            job: regex("job", &rule.job)?,
        })
    }

    /// True where the run matches all that the rule names.
    pub(crate) fn holds(&self, run: Run<'_>) -> bool {
        let (workflow, job) = match run.name.and_then(|name| name.split_once(" / ")) {
            Some((workflow, job)) => (Some(workflow), Some(job)),
            None => (run.name, None),
        };
        let is_match = |pattern: &Option<Regex>, text: Option<&str>| {
            pattern.as_ref().is_none_or(|regex| text.is_some_and(|text| regex.is_match(text)))
        };
        let is_same = |word: &Option<String>, text: Option<&str>| {
            word.as_ref().is_none_or(|word| text == Some(word.as_str()))
        };
        is_same(&self.rule.repository, run.repository_id)
            && is_same(&self.rule.event, run.event)
            && is_match(&self.workflow, workflow)
            && is_match(&self.path, run.path)
            && is_match(&self.branch, run.branch)
            && is_match(&self.job, job)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_must_match_all_that_a_rule_names() {
        let rule = DeploymentRule {
            workflow: Some("^Deploy".to_owned()),
            branch: Some("^main$".to_owned()),
            environment: "production".to_owned(),
            ..DeploymentRule::default()
        };
        let matcher = Matcher::new(&rule).expect("a rule");
        let run = |name, branch| Run {
            repository_id: Some("shop"),
            name: Some(name),
            path: None,
            branch: Some(branch),
            event: None,
        };
        assert!(matcher.holds(run("Deploy api", "main")));
        assert!(matcher.holds(run("Deploy api / ship", "main")));
        assert!(!matcher.holds(run("Deploy api", "topic")));
        assert!(!matcher.holds(run("Build", "main")));
        let job = DeploymentRule { job: Some("ship".to_owned()), ..rule.clone() };
        let matcher = Matcher::new(&job).expect("a rule");
        assert!(matcher.holds(run("Deploy api / ship", "main")));
        assert!(!matcher.holds(run("Deploy api / test", "main")));
        assert!(!matcher.holds(run("Deploy api", "main")));
    }

    #[test]
    fn a_rule_that_matches_everything_or_nothing_known_is_refused() {
        let all = DeploymentRule { environment: "production".to_owned(), ..Default::default() };
        assert!(Matcher::new(&all).is_err_and(|error| error.to_string().contains("every run")));
        let bad = DeploymentRule { workflow: Some("(".to_owned()), ..all };
        assert!(Matcher::new(&bad).is_err_and(|error| error.to_string().contains("`workflow`")));
    }
}
