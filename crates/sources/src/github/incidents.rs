//! Incidents that are kept as issues with a label.
//!
//! The labelled issues are listed as a whole each time: they are few, and an issue that lost its
//! label is then no incident any more.

use std::collections::BTreeMap;

use milepost_events::tables::Incident;
use serde_json::Value;

use super::client::{Client, Failed};
use super::lists::all;
use super::rows::Rows;
use super::unit::{About, Portion, Stream};
use crate::TablePart;
use crate::network::address::escaped;
use crate::network::fields::Fields;

/// The incidents among a repository's issues.
pub(crate) struct Incidents {
    full_name: String,
    /// Any of these makes an issue an incident.
    labels: Vec<String>,
    is_done: bool,
}

impl Incidents {
    pub(crate) fn new(full_name: &str, labels: &[String]) -> Incidents {
        Incidents { full_name: full_name.to_owned(), labels: labels.to_vec(), is_done: false }
    }
}

impl Stream for Incidents {
    fn name(&self) -> &'static str {
        "incidents"
    }

    fn table(&self) -> &'static str {
        "incidents"
    }

    fn next(&mut self, client: &Client) -> Result<Option<Portion>, Failed> {
        if std::mem::replace(&mut self.is_done, true) {
            return Ok(None);
        }
        let mut issues: BTreeMap<i64, Value> = BTreeMap::new();
        for label in &self.labels {
            let path = format!(
                "/repos/{}/issues?labels={}&state=all&per_page=100",
                self.full_name,
                escaped(label)
            );
            for issue in all(client, &path, None)? {
                // Pull requests are issues to GitHub.
                if issue.get("pull_request").is_none_or(Value::is_null) {
                    let number = issue["number"].as_i64().unwrap_or(-1 - issues.len() as i64);
                    issues.insert(number, issue);
                }
            }
        }
        let records: Vec<Value> = issues.into_values().collect();
        client.progress("incidents", records.len() as u64, None);
        Ok(Some(Portion { form: "rest", records, cursor: String::new() }))
    }

    fn read(
        &self,
        _form: &str,
        record: Fields<'_>,
        about: &About,
        rows: &mut Rows,
    ) -> Result<(), String> {
        rows.incidents.push(incident(record, about)?);
        Ok(())
    }

    fn whole(&self, about: &About) -> Option<TablePart> {
        Some(TablePart::Begins("incident_id", about.incident("")))
    }
}

impl About {
    fn incident(&self, number: &str) -> String {
        format!("{}#{number}", self.repository_id)
    }
}

fn incident(record: Fields<'_>, about: &About) -> Result<Incident, String> {
    let number = record.needed("number")?;
    let mut labels = Vec::new();
    for label in record.list("labels")? {
        // A label was a text once.
        labels.push(label.text("name").ok().flatten().or(label.0.as_str().map(str::to_owned)));
    }
    let labels: Vec<String> = labels.into_iter().flatten().collect();
    let named = |names: &[&str]| {
        labels.iter().find_map(|label| {
            let (name, value) = label.split_once([':', '='])?;
            names.contains(&name.trim().to_lowercase().as_str()).then(|| value.trim().to_owned())
        })
    };
    let severity = named(&["severity", "sev", "priority"])
        .or_else(|| labels.iter().find(|label| is_severity(label)).cloned());
    let created_at = record.instant("created_at")?.ok_or("`created_at` is missing")?;
    Ok(Incident {
        incident_id: about.incident(&number),
        service_id: named(&["service", "app", "component"])
            .unwrap_or_else(|| about.service_id.clone()),
        environment: named(&["environment", "env"]).map(|word| crate::files::environment(&word)),
        severity,
        title: record.text("title")?,
        impact_started_at: None,
        detected_at: None,
        created_at: Some(created_at),
        acknowledged_at: None,
        mitigated_at: None,
        resolved_at: record.instant("closed_at")?,
        cause: None,
        caused_by_deployment_id: None,
        is_user_facing_bug: None,
        provenance: about.provenance(Some(record.needed("id")?), record.text("html_url")?),
    })
}

/// Words such as `sev1`, `SEV-2`, `P0`.
fn is_severity(label: &str) -> bool {
    let label = label.to_lowercase();
    let number = label.strip_prefix("sev").or_else(|| label.strip_prefix('p'));
    number.is_some_and(|number| {
        let number = number.trim_start_matches(['-', ' ', '_']);
        number.len() == 1 && number.chars().all(|digit| digit.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn severities_are_told_from_other_words() {
        for label in ["sev1", "SEV-2", "P0", "sev 3"] {
            assert!(is_severity(label), "{label}");
        }
        for label in ["priority", "p", "php8", "several", "sev12"] {
            assert!(!is_severity(label), "{label}");
        }
    }
}
