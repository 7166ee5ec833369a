//! Usage reports of Copilot: of each day of an organization, what every person did with it.
//!
//! What a record of a report becomes is the mapping's business, which files of reports are read by
//! as well.

mod days;

use chrono::{DateTime, Utc};
use serde_json::Value;

pub(super) use days::Days;

use crate::json::Mapping;
use crate::network::fields::Fields;
use crate::records::Rows;
use crate::{Page, ReadAgain, SourceError};

/// Last part of the name under which the cursor of an organization is kept.
pub const COPILOT: &str = "copilot";

/// Which reports they are, as kept pages name them.
pub(super) const FORM: &str = "users-1-day";

const MAPPING: &str = "copilot-usage";
const TITLE: &str = "Copilot reports";

/// What the reports of an organization are called in sentences.
pub(super) fn title(organization: &str) -> String {
    format!("{TITLE} of {organization}")
}

/// What reading reports takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopilotCosts {
    /// Days that are to be read.
    pub days_count: u64,
    /// Requests for them, with one file for each day; large organizations have several.
    pub requests_count: u64,
}

/// Knows what records of usage reports mean.
pub struct CopilotReader;

impl ReadAgain for CopilotReader {
    fn read_again(
        &self,
        _form: &str,
        body: &str,
        observed_at: DateTime<Utc>,
    ) -> Result<Page, SourceError> {
        let records: Vec<Value> = serde_json::from_str(body).map_err(|error| {
            SourceError::Upstream(format!("{TITLE}: a page that was kept is damaged: {error}"))
        })?;
        let mut rows = Rows::new(TITLE, MAPPING, observed_at);
        let mut whole = Vec::with_capacity(records.len());
        for record in records {
            match sound(&record) {
                Ok(()) => whole.push(record),
                Err(reason) => rows.refuse("ai_usage", &reason, &record),
            }
        }
        let mapping = Mapping::named(MAPPING);
        let mapping = mapping.map_err(|error| SourceError::Configuration(error.to_string()))?;
        rows.map(&mapping, &whole)?;
        Ok(rows.page())
    }
}

/// # Errors
/// Why a record is no row: the mapping passes over what names no person or no day, for files hold
/// other things too.
fn sound(record: &Value) -> Result<(), String> {
    if !record.is_object() {
        return Err("a line of the report is no JSON object".to_owned());
    }
    let record = Fields(record);
    record.needed("user_login")?;
    record.needed("day")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn whatever_a_report_holds_becomes_a_row_or_is_refused() {
        let nonsense = [
            json!(null),
            json!("{\"day\": \"2026-"),
            json!([]),
            json!({}),
            json!({"user_login": "ann"}),
            json!({"day": "2026-02-27"}),
            json!({"user_login": "ann", "day": "yesterday"}),
            json!({"user_login": "ann", "day": "2026-02-27", "loc_added_sum": "many"}),
        ];
        let count = nonsense.len();
        let good = ["ann", "bo"].map(|login| json!({"user_login": login, "day": "2026-02-27"}));
        let records: Vec<Value> = nonsense.into_iter().chain(good).collect();
        let body = Value::from(records).to_string();
        let page = CopilotReader.read_again(FORM, &body, DateTime::UNIX_EPOCH).expect("a page");
        assert_eq!(page.refused.len(), count, "{:?}", page.refused);
        assert_eq!(page.writes.len(), 1);
        assert!(CopilotReader.read_again(FORM, "{", DateTime::UNIX_EPOCH).is_err());
    }
}
