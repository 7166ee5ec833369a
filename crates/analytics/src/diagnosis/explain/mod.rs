//! What is behind one value, change, deployment or incident: typed facts, in the order in which a
//! person would tell them. Authors are no part of it.

mod change;
mod deployment;
mod history;
mod incident;
mod metric;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use change::{ChangeStory, CommitLine, Deployed, Fate, Later, PullRequest, change};
pub use deployment::{DeploymentPart, DeploymentStory, Failure, Shipped, Unresolved, deployment};
pub use incident::{IncidentPart, IncidentStory, Unlinked, incident};
pub use metric::{FactRow, Measured, MetricStory, OptionLine, Question, metric};

use super::{ask, near, services, words};

/// A name that leads to nothing, or to several things.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// What was looked for, such as `change`.
    pub what: &'static str,
    /// Name as given.
    pub name: String,
    /// True where the candidates are all meant by it, false where they are only near.
    pub is_ambiguous: bool,
    /// What it may have meant.
    pub candidates: Vec<String>,
    /// Why it can't be told although it is known; `None` where it is not known.
    pub known_but: Option<String>,
}

impl Missing {
    fn unknown<'a>(
        what: &'static str,
        name: &str,
        choices: impl Iterator<Item = &'a str>,
    ) -> Missing {
        let candidates = near::nearest(name, choices);
        Missing {
            what,
            name: name.to_owned(),
            is_ambiguous: false,
            candidates: candidates.into_iter().map(str::to_owned).collect(),
            known_but: None,
        }
    }

    fn ambiguous(what: &'static str, name: &str, candidates: Vec<String>) -> Missing {
        Missing { what, name: name.to_owned(), is_ambiguous: true, candidates, known_but: None }
    }
}

/// A deployment in few words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeploymentName {
    /// Its id.
    pub deployment_id: String,
    /// Service.
    pub service_id: String,
    /// Tag or branch; `None` where the tool does not say.
    pub r#ref: Option<String>,
    /// Commit it deployed; `None` where not known.
    pub sha: Option<String>,
    /// Finish; UTC. `None` while running.
    pub finished_at: Option<DateTime<Utc>>,
    /// What it did to production; `None` for an attempt that is no deployment.
    pub kind: Option<String>,
    /// Why frequency does not count it; `None` where it does.
    pub exclusion_reason: Option<String>,
    /// Page that shows it; `None` where there is none.
    pub source_url: Option<String>,
}

/// Columns of a [`DeploymentName`] in `classified_deployments`.
const NAME_COLUMNS: &str = "deployment_id, service_id, ref, coalesce(resolved_sha, sha) as sha, \
                            finished_at, kind, exclusion_reason, source_url";

/// A column of ids.
#[derive(Deserialize)]
struct Id {
    id: String,
}
