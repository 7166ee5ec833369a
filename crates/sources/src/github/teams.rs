//! Teams of an organization and who is in them, as they are now. Since when is found by comparing
//! with what was there at earlier reads.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use milepost_events::batch;
use milepost_events::tables::{Team, TeamMember};
use serde_json::Value;

use super::client::{Client, Failed};
use super::lists::all;
use super::rows::login;
use super::unit::About;
use crate::dated::{Interval, Known, changes};
use crate::network::fields::Fields;
use crate::{Page, SourceError, TablePart, Write};

/// The teams of an organization.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FoundTeams {
    organization: String,
    teams: Vec<FoundTeam>,
    /// Logins by team; those in teams below are in the ones above as well.
    members: BTreeMap<String, BTreeSet<String>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct FoundTeam {
    team_id: String,
    number: String,
    name: Option<String>,
    parent: Option<String>,
    url: Option<String>,
}

/// # Errors
/// Where they can't be asked for.
pub(super) fn find(client: &Client, organization: &str) -> Result<FoundTeams, Failed> {
    let broken = |why: String| Failed::Refused(format!("sent a team that can't be read: {why}"));
    let mut found = FoundTeams { organization: organization.to_owned(), ..FoundTeams::default() };
    for record in all(client, &format!("/orgs/{organization}/teams?per_page=100"), None)? {
        let team = team(&record, organization).map_err(broken)?;
        let slug = Fields(&record).needed("slug").map_err(broken)?;
        let path = format!("/orgs/{organization}/teams/{slug}/members?per_page=100");
        let mut members = BTreeSet::new();
        for member in all(client, &path, None)? {
            let account = serde_json::json!({ "account": member });
            members.extend(login(Fields(&account), "account").map_err(broken)?);
        }
        found.members.insert(team.team_id.clone(), members);
        found.teams.push(team);
    }
    Ok(found)
}

/// A team is `organization/slug`, as CODEOWNERS files name it.
fn team(record: &Value, organization: &str) -> Result<FoundTeam, String> {
    let record = Fields(record);
    let id = |slug: &str| format!("{organization}/{slug}");
    Ok(FoundTeam {
        team_id: id(&record.needed("slug")?),
        number: record.needed("id")?,
        name: record.text("name")?,
        parent: record.text("parent.slug")?.map(|slug| id(&slug)),
        url: record.text("html_url")?,
    })
}

impl FoundTeams {
    /// The rows that change by what was found. `known` are the members that this source gave before,
    /// by team.
    ///
    /// # Errors
    /// Never for rows that fit their tables.
    pub fn page(
        &self,
        host: &str,
        known: &Known,
        observed_at: DateTime<Utc>,
    ) -> Result<Page, SourceError> {
        let about = About {
            host: host.to_owned(),
            repository_id: String::new(),
            service_id: String::new(),
            observed_at,
        };
        let teams: Vec<Team> = self
            .teams
            .iter()
            .map(|team| Team {
                team_id: team.team_id.clone(),
                name: team.name.clone(),
                parent_team_id: team.parent.clone(),
                provenance: about.provenance(Some(team.number.clone()), team.url.clone()),
            })
            .collect();
        let mut members: BTreeMap<String, BTreeSet<String>> = self
            .members
            .iter()
            .map(|(team, logins)| {
                (team.clone(), logins.iter().map(|login| person(login)).collect())
            })
            .collect();
        // A team that is gone has nobody any more.
        for interval in &known.intervals {
            members.entry(interval.subject.clone()).or_default();
        }
        let changed: Vec<TeamMember> = changes(known, &members, observed_at)
            .into_iter()
            .map(|one| member(one, &about))
            .collect();
        let identities: Vec<_> = self
            .members
            .values()
            .flatten()
            .flat_map(|login| about.identities(login, None))
            .collect();
        let part = TablePart::Begins("team_id", format!("{}/", self.organization));
        Ok(Page {
            writes: vec![
                Write::Complete {
                    table: "teams",
                    rows: batch(&teams)?,
                    source: super::rows::SOURCE,
                    part,
                },
                Write::Upsert("team_members", batch(&changed)?),
                Write::Upsert("identities", batch(&identities)?),
            ],
            cursor: Some(String::new()),
            ..Page::default()
        })
    }
}

fn person(login: &str) -> String {
    format!("github:{}", login.to_lowercase())
}

fn member(interval: Interval, about: &About) -> TeamMember {
    TeamMember {
        team_id: interval.subject,
        person_id: interval.object,
        valid_from: interval.valid_from,
        valid_to: interval.valid_to,
        provenance: about.provenance(None, None),
    }
}
