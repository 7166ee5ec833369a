//! Teams: rings among them, and names that nobody knows.

use std::collections::{BTreeMap, BTreeSet};

use datafusion::prelude::SessionContext;
use serde::Deserialize;

use super::ask::ask;
use super::finding::{Finding, Severity, counted, listed};
use super::near;
use crate::AnalyticsError;

#[derive(Deserialize)]
struct Team {
    team_id: String,
    parent_team_id: Option<String>,
}

#[derive(Deserialize)]
struct Owner {
    service_id: String,
    team_id: String,
    is_service_known: bool,
}

pub(super) async fn findings(session: &SessionContext) -> Result<Vec<Finding>, AnalyticsError> {
    let sql = "select team_id, parent_team_id from teams where deleted_at is null order by team_id";
    let teams: Vec<Team> = ask(session, sql).await?;
    let parents: BTreeMap<&str, Option<&str>> =
        teams.iter().map(|team| (team.team_id.as_str(), team.parent_team_id.as_deref())).collect();
    let mut findings: Vec<Finding> = rings(&parents).iter().map(|ring| circular(ring)).collect();
    let unknown_parents = parents
        .iter()
        .filter_map(|(team, parent)| parent.map(|parent| (*team, parent)))
        .filter(|(_, parent)| !parents.contains_key(parent));
    findings.extend(unknown_parents.map(|(team, parent)| {
        let message = format!("the team `{team}` is below `{parent}`, which is no team");
        named(
            Finding::new("unknown_team", Severity::Problem, 1, message).about(team),
            parent,
            &parents,
        )
    }));
    findings.extend(owners(session, &parents).await?);
    Ok(findings)
}

fn named(finding: Finding, name: &str, teams: &BTreeMap<&str, Option<&str>>) -> Finding {
    let near = near::nearest(name, teams.keys().copied());
    match near.is_empty() {
        true => finding.suggest(format!("add `{name}` to teams.csv")),
        false => finding.suggest(format!("did it mean {}?", listed(near))),
    }
}

fn circular(ring: &[&str]) -> Finding {
    let path: Vec<&str> = ring.iter().chain(ring.first()).copied().collect();
    let message = format!(
        "the teams {} are each above the other, so each counts what all of them own",
        path.join(" → ")
    );
    let count = ring.len() as i64;
    Finding::new("circular_teams", Severity::Problem, count, message)
        .about(ring.first().copied().unwrap_or_default())
        .suggest("empty `parent_team_id` of the one at the top")
}

/// Each ring once, from its first name on, in the direction of the parents.
fn rings<'a>(parents: &BTreeMap<&'a str, Option<&'a str>>) -> Vec<Vec<&'a str>> {
    let mut done: BTreeSet<&str> = BTreeSet::new();
    let mut rings = Vec::new();
    for start in parents.keys() {
        let mut path: Vec<&str> = Vec::new();
        let mut next = Some(*start);
        while let Some(team) = next.filter(|team| !done.contains(team)) {
            if let Some(at) = path.iter().position(|seen| *seen == team) {
                let mut ring = path[at..].to_vec();
                let first = (0..ring.len()).min_by_key(|at| ring[*at]).unwrap_or(0);
                ring.rotate_left(first);
                rings.push(ring);
                break;
            }
            path.push(team);
            next = parents.get(team).copied().flatten();
        }
        done.extend(path);
    }
    rings
}

const OWNERS: &str = "select o.service_id, o.team_id, k.service_id is not null as is_service_known
from (select distinct service_id, team_id from service_owners where deleted_at is null) o
left join known_services k on k.service_id = o.service_id
order by o.team_id, o.service_id";

async fn owners(
    session: &SessionContext,
    teams: &BTreeMap<&str, Option<&str>>,
) -> Result<Vec<Finding>, AnalyticsError> {
    let owners: Vec<Owner> = ask(session, OWNERS).await?;
    let mut findings = Vec::new();
    // Without any team the names of the owners are all there is.
    if !teams.is_empty() {
        let mut unknown: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for owner in owners.iter().filter(|owner| !teams.contains_key(owner.team_id.as_str())) {
            unknown.entry(&owner.team_id).or_default().push(&owner.service_id);
        }
        findings.extend(unknown.into_iter().map(|(team, services)| {
            let count = services.len() as i64;
            let message =
                format!("{} owned by `{team}`, which is no team", counted(count, "services"));
            let examples = services.into_iter().map(str::to_owned);
            let finding = Finding::new("unknown_team", Severity::Problem, count, message)
                .about(team)
                .with_examples(examples);
            named(finding, team, teams)
        }));
    }
    let lost: Vec<&Owner> = owners.iter().filter(|owner| !owner.is_service_known).collect();
    if !lost.is_empty() {
        let count = lost.len() as i64;
        let message = format!(
            "{} of a service that was never deployed and that no catalogue knows",
            if count == 1 {
                "1 ownership is".to_owned()
            } else {
                format!("{count} ownerships are")
            }
        );
        let examples =
            lost.iter().map(|owner| format!("{} of {}", owner.service_id, owner.team_id));
        findings.push(
            Finding::new("owner_of_unknown_service", Severity::Remark, count, message)
                .suggest("compare the names with `milepost sql 'select * from known_services'`")
                .with_examples(examples),
        );
    }
    Ok(findings)
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    #[test]
    fn a_ring_is_found_once_from_its_first_name_and_what_leads_into_it_is_none() {
        let parents: BTreeMap<&str, Option<&str>> = [
            ("a", Some("c")),
            ("b", Some("a")),
            ("c", Some("b")),
            ("door", Some("home")),
            ("home", None),
            ("into", Some("b")),
            ("self", Some("self")),
        ]
        .into();
        assert_eq!(rings(&parents), [vec!["a", "c", "b"], vec!["self"]]);
    }
}
