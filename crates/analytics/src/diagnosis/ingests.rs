//! What the last ingests refused.

use datafusion::prelude::SessionContext;
use serde::Deserialize;

use super::ask::ask;
use super::finding::{Finding, Severity, counted};
use crate::AnalyticsError;

#[derive(Deserialize)]
struct Rejected {
    source: String,
    table_name: String,
    records: i64,
    reasons: Vec<Option<String>>,
}

const REJECTED: &str = "select r.source, j.table_name, count(*) as records,
       array_agg(j.reason order by j.ordinal) as reasons
from (
  select source, run_id, row_number() over (partition by source order by started_at desc, run_id desc) as age
  from ingest_runs cross join clock where started_at <= as_of
) r
join rejected_records j on j.run_id = r.run_id
where r.age = 1
group by r.source, j.table_name
order by records desc, r.source, j.table_name";

/// A finding for each source and table of which the last ingest refused records.
pub(super) async fn findings(session: &SessionContext) -> Result<Vec<Finding>, AnalyticsError> {
    let rejected: Vec<Rejected> = ask(session, REJECTED).await?;
    let of = |row: Rejected| {
        // What is no event at all was meant for no table.
        let (of, about) = match row.table_name.as_str() {
            "" => (String::new(), "rejected_records"),
            table => (format!(" of {table}"), table),
        };
        let message = format!(
            "{}{of} {} refused by the last ingest of {}",
            counted(row.records, "records"),
            if row.records == 1 { "was" } else { "were" },
            row.source
        );
        Finding::new("rejected_records", Severity::Problem, row.records, message)
            .about(about)
            .with_examples(row.reasons.into_iter().flatten())
            .suggest("`milepost sql 'select * from rejected_records'` shows them; mend them and ingest again")
    };
    Ok(rejected.into_iter().map(of).collect())
}
