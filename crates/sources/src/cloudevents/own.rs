//! Milepost's own types of events: `dev.milepost.<table>.v1`, whose data are rows of the table.

use milepost_events::{Kind, table, tables_by_contract};
use serde_json::Value;

use super::fact::{Fact, Refusal, Told};
use crate::files::{listed, nearest, shown};

/// The table that a type of Milepost's own names, whether there is one or not; `None` for other
/// types.
pub(super) fn table_of(kind: &str) -> Option<&str> {
    kind.strip_prefix("dev.milepost.")?.strip_suffix(".v1")
}

/// The rows that the data are: one, or a list of them.
pub(super) fn told(name: &str, data: &Value, time: Option<&str>) -> Told {
    let Some(table) = table(name).filter(|table| table.kind == Kind::Fact) else {
        let facts = tables_by_contract().iter().filter(|table| table.kind == Kind::Fact);
        let nearest = listed(&nearest(name, facts.map(|table| table.name)));
        let name = shown(name, 60);
        return Told::refused(
            "",
            format!("there is no table `{name}` to fill; nearest: {nearest}"),
        );
    };
    let fact = |row: &Value| match row {
        Value::Object(columns) => {
            let mut fact = Fact::new(table.name, time);
            fact.columns.clone_from(columns);
            Ok(fact)
        }
        _ => Err(Refusal::new(table.name, "`data` is no row; a row is an object of columns")),
    };
    match data {
        Value::Array(rows) => Told::Facts(rows.iter().map(fact).collect()),
        row => Told::Facts(vec![fact(row)]),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn facts(name: &str, data: &Value) -> Vec<Result<String, String>> {
        let Told::Facts(facts) = told(name, data, None) else {
            panic!("it is read");
        };
        let short = |fact: Result<Fact, Refusal>| match fact {
            Ok(fact) => Ok(format!("{} {}", fact.table, Value::Object(fact.columns))),
            Err(refusal) => Err(refusal.reason),
        };
        facts.into_iter().map(short).collect()
    }

    #[test]
    fn data_are_one_row_or_many() {
        let row = || Ok("teams {\"team_id\":\"a\"}".to_owned());
        assert_eq!(facts("teams", &json!({"team_id": "a"})), [row()]);
        let many = facts("teams", &json!([{"team_id": "a"}, 7]));
        assert_eq!(many[0], row());
        assert!(many[1].is_err());
    }

    #[test]
    fn a_table_that_is_none_of_facts_names_the_nearest() {
        let reason = facts("deployment", &json!({})).remove(0).expect_err("a refusal");
        assert_eq!(
            reason,
            "there is no table `deployment` to fill; nearest: `deployments`, `employments`"
        );
        assert!(facts("ingest_runs", &json!({}))[0].is_err());
        assert_eq!(table_of("dev.milepost.deployments.v1"), Some("deployments"));
        assert_eq!(table_of("dev.milepost.deployments.v2"), None);
    }
}
