//! Which incidents count, and the rows that those become.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::TITLE;
use crate::json::Mapping;
use crate::network::fields::Fields;
use crate::records::{Rows, of_kept};
use crate::{Page, ReadAgain, SourceError};

/// What ends by itself this soon was hardly an incident.
const TRANSIENT: TimeDelta = TimeDelta::minutes(2);

/// Which incidents count.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// `high`, `low`; empty for both.
    pub urgencies: Vec<String>,
    /// Names of priorities; empty for all, and for those that have none.
    pub priorities: Vec<String>,
    /// Names of types; empty for all.
    pub incident_types: Vec<String>,
    /// True where those are left out that ended by themselves within two minutes.
    pub skips_transient: bool,
}

/// What becomes of an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Counts,
    /// It lives on in the one that it was merged into.
    Merged,
    Transient,
    Other,
}

impl Counted {
    /// What can't be read counts: it is refused later, with its reason.
    pub(super) fn standing(&self, incident: Fields<'_>) -> Standing {
        let text = |path: &str| incident.text(path).ok().flatten();
        if text("resolve_reason.type").is_some_and(|kind| kind.starts_with("merge_resolve_reason"))
        {
            return Standing::Merged;
        }
        let within = |wanted: &[String], path: &str| {
            wanted.is_empty()
                || text(path)
                    .is_some_and(|word| wanted.iter().any(|one| one.eq_ignore_ascii_case(&word)))
        };
        if !within(&self.urgencies, "urgency")
            || !within(&self.priorities, "priority.summary")
            || !within(&self.incident_types, "incident_type.name")
        {
            return Standing::Other;
        }
        match self.skips_transient && is_transient(incident) {
            true => Standing::Transient,
            false => Standing::Counts,
        }
    }
}

/// True for what its own service ended within two minutes.
pub(super) fn is_transient(incident: Fields<'_>) -> bool {
    let instant = |path| incident.instant(path).ok().flatten();
    let lasted = instant("resolved_at").zip(instant("created_at")).map(|(end, start)| end - start);
    let by = incident.text("last_status_change_by.type").ok().flatten().unwrap_or_default();
    lasted.is_some_and(|lasted| lasted < TRANSIENT) && by.starts_with("service")
}

/// Knows what incidents of PagerDuty mean.
pub struct Reader;

impl ReadAgain for Reader {
    fn read_again(
        &self,
        form: &str,
        body: &str,
        observed_at: DateTime<Utc>,
    ) -> Result<Page, SourceError> {
        let (counted, records): (Counted, Vec<Value>) = of_kept(TITLE, form, body)?;
        let mut rows = Rows::new(TITLE, "pagerduty", observed_at);
        let (gone, incidents): (Vec<&Value>, Vec<&Value>) =
            records.iter().partition(|record| record.get("gone").is_some());
        let mut whole = Vec::new();
        for incident in incidents {
            match sound(Fields(incident)) {
                Ok(()) if counted.standing(Fields(incident)) == Standing::Counts => {
                    whole.push(incident);
                }
                Ok(()) => {}
                Err(reason) => rows.refuse("incidents", &reason, incident),
            }
        }
        let mapping = Mapping::named("pagerduty").map(Mapping::taking_all);
        let mapping = mapping.and_then(|mapping| mapping.with("deleted_at", "`null`"));
        let mapping = mapping.map_err(|error| SourceError::Configuration(error.to_string()))?;
        rows.map(&mapping, &[json!({ "incidents": whole })])?;
        rows.bury(&gone)?;
        Ok(rows.page())
    }
}

/// # Errors
/// Why an incident is no row.
fn sound(incident: Fields<'_>) -> Result<(), String> {
    incident.needed("id")?;
    incident.needed("service.id")?;
    incident.instant("created_at")?.ok_or("`created_at` is missing")?;
    incident.instant("resolved_at")?;
    incident.instant("last_status_change_at")?;
    for entry in incident.list("log_entries")? {
        entry.instant("created_at")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_server_sends_becomes_a_row_or_is_refused() {
        let good =
            json!({"id": "Q1", "service": {"id": "P1"}, "created_at": "2026-01-05T09:00:00Z"});
        let nonsense = [
            json!(null),
            json!(7),
            json!("x"),
            json!([]),
            json!({}),
            json!({"gone": null}),
            json!({"id": [1]}),
            json!({"id": "Q2", "service": "P1"}),
            json!({"id": "Q3", "service": {"id": "P1"}, "created_at": "2026-01-05T09:00:00Z",
                   "log_entries": [{"type": "acknowledge_log_entry", "created_at": "late"}]}),
        ];
        let count = nonsense.len();
        let records: Vec<Value> = nonsense.into_iter().chain([good]).collect();
        let form = serde_json::to_string(&Counted::default()).expect("a form");
        let page = Reader
            .read_again(&form, &Value::from(records).to_string(), DateTime::UNIX_EPOCH)
            .expect("a page");
        assert_eq!(page.refused.len(), count, "{:?}", page.refused);
        assert_eq!(page.writes.len(), 1);
        assert!(Reader.read_again(&form, "{", DateTime::UNIX_EPOCH).is_err());
    }

    #[test]
    fn only_what_its_own_service_ended_within_two_minutes_is_transient() {
        let lasted = |end: &str, by: &str| {
            let incident = json!({"created_at": "2026-01-05T09:00:00Z", "resolved_at": end,
                                  "last_status_change_by": {"type": by}});
            is_transient(Fields(&incident))
        };
        assert!(lasted("2026-01-05T09:01:59Z", "service_reference"));
        assert!(!lasted("2026-01-05T09:02:00Z", "service_reference"));
        assert!(!lasted("2026-01-05T09:01:59Z", "user_reference"));
    }
}
