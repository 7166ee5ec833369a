//! What reading a repository will take, asked for before it is read.

use serde_json::json;

use super::client::{Client, Failed};
use super::graphql::{Answer, answer};
use super::lists::count_of;
use super::repository::FoundRepository;
use crate::network::Patience;
use crate::network::fields::Fields;

/// What there is of a repository, and how many requests reading all of it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Costs {
    /// Pull requests.
    pub pull_requests_count: u64,
    /// Deployments.
    pub deployments_count: u64,
    /// Releases, where they are wanted.
    pub releases_count: Option<u64>,
    /// Requests for all of them, and for the incidents; not counted are the few for what does not
    /// fit into one answer.
    pub requests_count: u64,
    /// Bytes that its mirror takes, about.
    pub mirror_bytes: Option<u64>,
}

/// # Errors
/// Where the repository can't be asked for.
pub(super) fn costs(
    client: &Client,
    repository: &FoundRepository,
    with_releases: bool,
) -> Result<Costs, Failed> {
    let mirror_bytes = repository.size_kib.map(|size| size.max(0) as u64 * 1024);
    let name = &repository.full_name;
    if let Some(Counts { pulls, deployments, releases }) = told(client, name, with_releases)? {
        let requests = pulls.div_ceil(25).max(1) + deployments.div_ceil(50).max(1) + 2;
        return Ok(Costs {
            pull_requests_count: pulls,
            deployments_count: deployments,
            releases_count: releases,
            requests_count: requests + releases.map_or(0, |count| count.div_ceil(100).max(1)),
            mirror_bytes,
        });
    }
    let count = |part: &str| count_of(client, &format!("/repos/{name}/{part}per_page=1"));
    let (pulls, deployments) = (count("pulls?state=all&")?, count("deployments?")?);
    // Without GraphQL each one has questions of its own, and the commits of releases too.
    let mut requests =
        pulls.div_ceil(100) + 3 * pulls + deployments.div_ceil(100) + deployments + 2;
    let releases = with_releases.then(|| count("releases?")).transpose()?;
    if let Some(releases) = releases {
        requests += releases.div_ceil(100).max(1) + count("tags?")?.div_ceil(100);
    }
    Ok(Costs {
        pull_requests_count: pulls,
        deployments_count: deployments,
        releases_count: releases,
        requests_count: requests,
        mirror_bytes,
    })
}

/// How many records of each kind there are.
struct Counts {
    pulls: u64,
    deployments: u64,
    releases: Option<u64>,
}

fn told(client: &Client, full_name: &str, with_releases: bool) -> Result<Option<Counts>, Failed> {
    let (owner, name) = full_name.split_once('/').unwrap_or((full_name, ""));
    let releases = if with_releases { " releases{totalCount}" } else { "" };
    let query = format!(
        "query($owner:String!,$name:String!){{repository(owner:$owner,name:$name){{\
         pullRequests{{totalCount}} deployments{{totalCount}}{releases}}}}}"
    );
    let variables = json!({"owner": owner, "name": name});
    let found = match client.graphql(&query, &variables, Patience::TRIES) {
        Err(Failed::Missing) => return Ok(None),
        found => found?,
    };
    match answer(&found, "repository")? {
        Answer::Data => {}
        Answer::TooMuch(why) => return Err(Failed::Failing(why)),
        Answer::NotSpoken => return Ok(None),
    }
    let count = |part: &str| {
        let total = Fields(&found).integer(&format!("data.repository.{part}.totalCount"));
        total.ok().flatten().unwrap_or_default().max(0) as u64
    };
    Ok(Some(Counts {
        pulls: count("pullRequests"),
        deployments: count("deployments"),
        releases: with_releases.then(|| count("releases")),
    }))
}
