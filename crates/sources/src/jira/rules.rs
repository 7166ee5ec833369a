//! Which issues are incidents, and the rows that issues become.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::AsArray;
use chrono::{DateTime, Utc};
use milepost_events::tables::Identity;
use milepost_events::{Basis, Provenance, batch};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::TITLE;
use crate::files::FileContext;
use crate::json::{Mapping, MappingError, instant_of};
use crate::network::fields::Fields;
use crate::records::{Rows, of_kept};
use crate::{Page, ReadAgain, SourceError, Write};

const SOURCE: &str = "jira";

/// Which issues are incidents, and which of their fields say what. Fields are named by their ids,
/// such as `customfield_10050`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// Names of types.
    pub incident_types: Vec<String>,
    /// Labels; any of them makes an issue an incident, whatever its type.
    pub incident_labels: Vec<String>,
    /// Field that names the service; the first component where there is none.
    pub service_field: Option<String>,
    /// Service of incidents that name none.
    pub default_service: Option<String>,
    /// Field that says when users began to feel it.
    pub impact_start_field: Option<String>,
    /// Field that says when they felt it no longer.
    pub impact_end_field: Option<String>,
}

impl Rules {
    /// The fields of issues that are asked for beside the usual ones.
    pub(super) fn fields(&self) -> impl Iterator<Item = &str> {
        let fields = [&self.service_field, &self.impact_start_field, &self.impact_end_field];
        fields.into_iter().flatten().map(String::as_str)
    }

    fn is_incident(&self, issue: &Value) -> bool {
        let among = |words: &[String], word: &Value| {
            word.as_str().is_some_and(|word| {
                words.iter().any(|one| one.to_lowercase() == word.to_lowercase())
            })
        };
        let labels = issue["fields"]["labels"].as_array();
        among(&self.incident_types, &issue["fields"]["issuetype"]["name"])
            || labels.is_some_and(|labels| {
                labels.iter().any(|label| among(&self.incident_labels, label))
            })
    }

    /// What makes rows of incidents.
    fn mapping(&self) -> Result<Mapping, MappingError> {
        let mapping = Mapping::named("jira")?.only(&["incidents"]).taking_all();
        // One that was marked as none before is one again.
        let mut mapping =
            mapping.with("service_id", &self.service())?.with("deleted_at", "`null`")?;
        for (column, field) in [
            ("impact_started_at", &self.impact_start_field),
            ("mitigated_at", &self.impact_end_field),
        ] {
            if let Some(field) = field {
                mapping = mapping.with(column, &format!("instant(fields.{})", quoted(field)))?;
            }
        }
        Ok(mapping)
    }

    /// Where the service stands. A field holds a text, a choice, or several of them.
    fn service(&self) -> String {
        let mut places = Vec::new();
        if let Some(field) = &self.service_field {
            let field = format!("fields.{}", quoted(field));
            for part in ["", ".value", ".name", "[0]", "[0].value", "[0].name"] {
                places.push(format!("{field}{part}"));
            }
        } else {
            places.push("fields.components[0].name".to_owned());
        }
        if let Some(service) = &self.default_service {
            places.push(literal(service));
        }
        format!("[{}][?type(@) == 'string'] | [0]", places.join(", "))
    }

    /// The keys of the rows that the incidents among these issues make: service by id.
    ///
    /// # Errors
    /// Where the rules can't be used.
    pub(super) fn incidents(&self, issues: &[Value]) -> Result<BTreeMap<String, String>, String> {
        let document = json!({ "issues": self.among(issues.iter()) });
        let context =
            FileContext { observed_at: DateTime::UNIX_EPOCH, only_repository: Default::default() };
        let mapping = self.mapping().map_err(|error| error.to_string())?;
        let files = mapping.rows(&[document], &context).map_err(|error| error.to_string())?;
        let mut keys = BTreeMap::new();
        for file in files {
            let column = |name| file.rows.column_by_name(name)?.as_string_opt::<i32>();
            if let (Some(ids), Some(services)) = (column("incident_id"), column("service_id")) {
                let pairs = ids.iter().flatten().zip(services.iter().flatten());
                keys.extend(pairs.map(|(id, service)| (id.to_owned(), service.to_owned())));
            }
        }
        Ok(keys)
    }

    fn among<'a>(&self, issues: impl Iterator<Item = &'a Value>) -> Vec<&'a Value> {
        issues.filter(|issue| self.is_incident(issue)).collect()
    }
}

/// A name as it stands in an expression.
fn quoted(name: &str) -> String {
    Value::from(name).to_string()
}

/// A text as it stands in an expression.
fn literal(text: &str) -> String {
    format!("`{}`", Value::from(text).to_string().replace('`', "\\u0060"))
}

/// Knows what issues of Jira mean.
pub struct Reader;

impl ReadAgain for Reader {
    fn read_again(
        &self,
        form: &str,
        body: &str,
        observed_at: DateTime<Utc>,
    ) -> Result<Page, SourceError> {
        let (rules, records): (Rules, Vec<Value>) = of_kept(TITLE, form, body)?;
        let mut rows = Rows::new(TITLE, SOURCE, observed_at);
        let (gone, issues): (Vec<&Value>, Vec<&Value>) =
            records.iter().partition(|record| record.get("gone").is_some());
        let mut whole = Vec::new();
        for issue in issues {
            match sound(Fields(issue)) {
                Ok(()) => whole.push(issue),
                Err(reason) => rows.refuse("work_items", &reason, issue),
            }
        }
        let wrong = |error: MappingError| SourceError::Configuration(error.to_string());
        let mapping = Mapping::named("jira").map_err(wrong)?;
        let mapping = mapping.only(&["work_items", "work_item_transitions"]);
        rows.map(&mapping, &[json!({ "issues": whole })])?;
        let incidents = rules.among(whole.iter().copied());
        rows.map(&rules.mapping().map_err(wrong)?, &[json!({ "issues": incidents })])?;
        rows.bury(&gone)?;
        let identities = identities(&whole, observed_at);
        if !identities.is_empty() {
            rows.write(Write::Upsert("identities", batch(&identities)?));
        }
        Ok(rows.page())
    }
}

/// # Errors
/// Why an issue is no row.
fn sound(issue: Fields<'_>) -> Result<(), String> {
    issue.needed("id")?;
    if !issue.at("fields").0.is_object() {
        return Err("`fields` is missing".to_owned());
    }
    for (path, is_needed) in [("fields.created", true), ("fields.resolutiondate", false)] {
        match issue.text(path)? {
            Some(text) if instant_of(&text).is_some() => {}
            Some(text) => return Err(format!("`{path}` is no instant: {text}")),
            None if is_needed => return Err(format!("`{path}` is missing")),
            None => {}
        }
    }
    issue.list("fields.labels").map(|_| ())
}

/// Who the issues name, as far as Jira tells: an account, and its address where that is not hidden.
fn identities(issues: &[&Value], observed_at: DateTime<Utc>) -> Vec<Identity> {
    let mut claims = BTreeSet::new();
    for issue in issues {
        for role in ["assignee", "reporter"] {
            let account = &issue["fields"][role];
            let Some(id) = account["accountId"].as_str().or(account["key"].as_str()) else {
                continue;
            };
            claims.insert(("jira", id.to_lowercase(), id.to_lowercase()));
            if let Some(email) = account["emailAddress"].as_str().filter(|text| text.contains('@'))
            {
                claims.insert(("jira_email", email.to_lowercase(), id.to_lowercase()));
            }
        }
    }
    let identity = |(provider, identifier, account): (&str, String, String)| Identity {
        provider: provider.to_owned(),
        identifier,
        person_id: format!("jira:{account}"),
        provenance: Provenance {
            source: SOURCE.to_owned(),
            source_id: None,
            source_url: None,
            observed_at,
            deleted_at: None,
            basis: Basis::Recorded,
        },
    };
    claims.into_iter().map(identity).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn incident(fields: Value) -> Value {
        json!({ "id": "1", "fields": fields })
    }

    fn service(rules: &Rules, fields: Value) -> Option<String> {
        let rules = Rules { incident_labels: vec!["incident".to_owned()], ..rules.clone() };
        let mut fields = fields;
        fields["labels"] = json!(["Incident"]);
        rules.incidents(&[incident(fields)]).expect("rows").remove("1")
    }

    #[test]
    fn the_service_of_an_incident_is_found_in_a_field_of_any_kind() {
        let rules = Rules {
            service_field: Some("customfield_7".to_owned()),
            default_service: Some("it's `ours`".to_owned()),
            ..Rules::default()
        };
        for value in [
            json!("shop"),
            json!({"value": "shop"}),
            json!({"name": "shop", "id": 3}),
            json!(["shop", "till"]),
            json!([{"value": "shop"}]),
            json!([{"name": "shop"}]),
        ] {
            let found = service(&rules, json!({"customfield_7": value}));
            assert_eq!(found.as_deref(), Some("shop"), "{value}");
        }
        assert_eq!(service(&rules, json!({})).as_deref(), Some("it's `ours`"));
        let plain = Rules::default();
        let components = json!({"components": [{"name": "till"}, {"name": "shop"}]});
        assert_eq!(service(&plain, components).as_deref(), Some("till"));
        assert_eq!(service(&plain, json!({})), None);
    }

    #[test]
    fn whatever_a_server_sends_becomes_a_row_or_is_refused() {
        let good = json!({"id": "1", "fields": {"created": "2026-01-05T09:00:00.000+0000"}});
        let nonsense = [
            json!(null),
            json!(7),
            json!("x"),
            json!([]),
            json!({}),
            json!({"gone": null}),
            json!({"id": [1]}),
            json!({"id": "2", "fields": 3}),
            json!({"id": "3", "fields": {"created": "2026-01-05T09:00:00Z", "labels": "a"}}),
            json!({"id": "4", "fields": {"created": "2026-01-05T09:00:00Z", "labels": ["a", 1]}}),
        ];
        let count = nonsense.len();
        let records: Vec<Value> = nonsense.into_iter().chain([good]).collect();
        let form = serde_json::to_string(&Rules::default()).expect("a form");
        let page = Reader
            .read_again(&form, &Value::from(records).to_string(), DateTime::UNIX_EPOCH)
            .expect("a page");
        assert_eq!(page.refused.len(), count, "{:?}", page.refused);
        assert_eq!(page.writes.len(), 1);
    }

    #[test]
    fn a_type_or_a_label_makes_an_incident_whatever_its_case() {
        let rules = Rules {
            incident_types: vec!["Incident".to_owned()],
            incident_labels: vec!["outage".to_owned()],
            ..Rules::default()
        };
        let is = |fields| rules.is_incident(&incident(fields));
        assert!(is(json!({"issuetype": {"name": "incident"}})));
        assert!(is(json!({"issuetype": {"name": "Bug"}, "labels": ["x", "Outage"]})));
        assert!(!is(json!({"issuetype": {"name": "Incident review"}, "labels": null})));
        assert!(!is(json!({})));
    }
}
