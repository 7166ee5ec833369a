//! Who is a bot.

use std::collections::HashSet;

use datafusion::prelude::SessionContext;

use super::rows;
use crate::AnalyticsError;
use crate::columns::Texts;

/// Identities of bots, in lower case.
#[derive(Debug, Default)]
pub(crate) struct Bots {
    emails: HashSet<String>,
    logins: HashSet<String>,
}

impl Bots {
    /// True where a bot commits with this address.
    pub(crate) fn has_email(&self, email: &str) -> bool {
        self.emails.contains(&email.to_lowercase())
    }

    /// True where a bot has this login; GitHub's apps say it themselves.
    pub(crate) fn has_login(&self, login: &str) -> bool {
        login.ends_with("[bot]") || self.logins.contains(&login.to_lowercase())
    }
}

pub(super) async fn bots(facts: &SessionContext) -> Result<Bots, AnalyticsError> {
    let sql = "select i.provider, i.identifier from identities i \
               join people p on p.person_id = i.person_id \
               where p.kind = 'bot' and i.deleted_at is null and p.deleted_at is null";
    let rows = rows(facts, sql).await?;
    let (provider, identifier) = (Texts::of(&rows, "provider")?, Texts::of(&rows, "identifier")?);
    let mut bots = Bots::default();
    for row in 0..rows.num_rows() {
        let Some(identifier) = identifier.get(row).map(str::to_lowercase) else { continue };
        match provider.get(row) {
            Some("git") => bots.emails.insert(identifier),
            _ => bots.logins.insert(identifier),
        };
    }
    Ok(bots)
}
