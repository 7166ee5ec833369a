//! Services that are compared with each other only.

use std::collections::BTreeMap;

use datafusion::prelude::SessionContext;

use crate::columns::Texts;
use crate::{AnalyticsError, read_only};

/// The stratum of services of which neither tier nor language is known.
const UNKNOWN: &str = "unknown tier, unknown language";

/// Tier and language by service.
#[derive(Debug, Clone, Default)]
pub(super) struct Strata(pub(super) BTreeMap<String, String>);

impl Strata {
    /// # Errors
    /// Where the services can't be read.
    pub(super) async fn read(session: &SessionContext) -> Result<Strata, AnalyticsError> {
        let sql = "select service_id, concat(coalesce(tier, 'unknown tier'), ', ',
                          coalesce(lower(language), 'unknown language')) as stratum
                   from services where deleted_at is null";
        let mut strata = BTreeMap::new();
        for batch in read_only(session, sql).await?.collect().await? {
            let (services, names) =
                (Texts::of(&batch, "service_id")?, Texts::of(&batch, "stratum")?);
            for row in 0..batch.num_rows() {
                if let (Some(service), Some(name)) = (services.get(row), names.get(row)) {
                    strata.insert(service.to_owned(), name.to_owned());
                }
            }
        }
        Ok(Strata(strata))
    }

    /// The stratum of a service.
    pub(super) fn of(&self, service: &str) -> &str {
        self.0.get(service).map_or(UNKNOWN, String::as_str)
    }
}
