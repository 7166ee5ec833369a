//! Rows of `deployments` from what commits deployed. No I/O.

use std::collections::{BTreeMap, BTreeSet};

use milepost_events::Provenance;
use milepost_events::tables::{Deployment, Outcome};

use super::environment::Environment;
use super::history::{Commit, Deployed};
use super::image::{Version, last_part};
use super::revisions::Revisions;
use super::services::{Catalogue, KnownService, Match};

/// Deployments of services, and which images are of none.
#[derive(Debug, Default)]
pub(crate) struct Sorted {
    pub(crate) parts: Vec<Part>,
    /// Images that no service has the name of.
    pub(crate) foreign: BTreeSet<String>,
    /// Images that several services have the name of.
    pub(crate) ambiguous: BTreeSet<String>,
}

/// One service that one commit brought into one part of an environment.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) service: KnownService,
    commit: std::rc::Rc<Commit>,
    pub(crate) environment: Environment,
    pub(crate) version: Version,
    /// True where the commit brought other versions of it there as well.
    is_one_of_several: bool,
    /// True where another part of the environment had it before.
    is_following: bool,
}

/// Versions by tag, else digest, each with whether it follows.
type Versions<'a> = BTreeMap<&'a str, (&'a Version, bool)>;

/// Sorts what was deployed by service. Several images of one service with one tag are one.
pub(crate) fn sorted(deployed: &[Deployed], catalogue: &Catalogue) -> Sorted {
    let mut sorted = Sorted::default();
    let mut known: BTreeMap<&str, Match> = BTreeMap::new();
    let mut at = 0;
    while at < deployed.len() {
        let commit = &deployed[at].commit;
        let of_commit = deployed[at..].iter().take_while(|one| one.commit.sha == commit.sha);
        let mut parts: BTreeMap<(KnownService, Environment), Versions<'_>> = BTreeMap::new();
        for Deployed { brought, .. } in of_commit {
            at += 1;
            let image = brought.image.as_str();
            match known.entry(image).or_insert_with(|| catalogue.service(image)) {
                Match::Known(service) => {
                    let environment = without_own_name(&brought.environment, image);
                    let version = &brought.version;
                    let name = version.tag.as_deref().or(version.digest.as_deref());
                    let versions = parts.entry((service.clone(), environment)).or_default();
                    let one = versions.entry(name.unwrap_or_default()).or_insert((version, true));
                    one.1 &= brought.is_following;
                }
                Match::Foreign => drop(sorted.foreign.insert(image.to_owned())),
                Match::Ambiguous => drop(sorted.ambiguous.insert(image.to_owned())),
            }
        }
        for ((service, environment), versions) in parts {
            let is_one_of_several = versions.len() > 1;
            sorted.parts.extend(versions.into_values().map(|(version, is_following)| Part {
                service: service.clone(),
                commit: commit.clone(),
                environment: environment.clone(),
                version: version.clone(),
                is_one_of_several,
                is_following,
            }));
        }
    }
    sorted
}

/// `shop-prod` is production of `shop`, not a part of production called `shop`.
fn without_own_name(environment: &Environment, image: &str) -> Environment {
    let is_own = |target: &String| target.eq_ignore_ascii_case(last_part(image));
    Environment {
        target: environment.target.clone().filter(|own| !is_own(own)),
        ..environment.clone()
    }
}

/// Rows of the deployments, each with its commit where the version tells.
pub(crate) fn rows(
    parts: &[Part],
    revisions: &Revisions<'_>,
    configuration: &str,
    provenance: &Provenance,
) -> Vec<Deployment> {
    let mut by_service: BTreeMap<&KnownService, Vec<usize>> = BTreeMap::new();
    for (at, part) in parts.iter().enumerate() {
        by_service.entry(&part.service).or_default().push(at);
    }
    let mut shas: Vec<Option<String>> = vec![None; parts.len()];
    for (service, places) in by_service {
        let versions: Vec<&Version> = places.iter().map(|at| &parts[*at].version).collect();
        for (at, sha) in places.into_iter().zip(revisions.resolve(service, &versions)) {
            shas[at] = sha;
        }
    }
    let parts = parts.iter().zip(shas);
    parts.map(|(part, sha)| row(part, sha, configuration, provenance)).collect()
}

fn row(
    part: &Part,
    sha: Option<String>,
    configuration: &str,
    provenance: &Provenance,
) -> Deployment {
    let Part { service, commit, environment, version, .. } = part;
    let rollout = format!("{configuration}@{}", commit.sha);
    let target =
        environment.target.as_ref().map_or_else(String::new, |target| format!("/{target}"));
    let several = match (&version.tag, &version.digest) {
        (Some(name), _) | (None, Some(name)) if part.is_one_of_several => format!(":{name}"),
        _ => String::new(),
    };
    Deployment {
        deployment_id: format!(
            "{rollout}:{}{target}:{}{several}",
            environment.name, service.service_id
        ),
        service_id: service.service_id.clone(),
        repository_id: service.repository_id.clone(),
        environment: Some(environment.name.clone()),
        source_environment: environment.written.clone(),
        sha,
        r#ref: version.tag.clone(),
        artifact_digest: version.digest.clone(),
        config_digest: None,
        created_at: None,
        started_at: None,
        finished_at: commit.committed_at,
        outcome: Some(Outcome::Succeeded),
        source_outcome: None,
        rollout_id: Some(rollout),
        target: environment.target.clone(),
        deployed_by: Some(commit.author_email.clone()).filter(|email| !email.is_empty()),
        is_planned: None,
        declared_kind: part.is_following.then(|| "redeploy".to_owned()),
        fixes_deployment_id: None,
        approving_team_ids: None,
        manual_steps_count: None,
        provenance: provenance.clone(),
    }
}
