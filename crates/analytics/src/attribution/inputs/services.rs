//! Names of services: aliases, and the repository that stands for its only service.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use datafusion::prelude::SessionContext;

use super::rows;
use crate::AnalyticsError;
use crate::columns::Texts;

/// What the catalogue says of names.
#[derive(Debug, Default)]
pub(crate) struct Services {
    /// Services that the catalogue lists.
    listed: BTreeSet<String>,
    /// Service by alias; `None` where systems disagree.
    aliases: HashMap<String, Option<String>>,
    /// The one recorded service that is built from a whole repository.
    whole: HashMap<String, Option<String>>,
}

impl Services {
    /// The service that a fact means. An inferred deployment of a repository is one of the
    /// service that the catalogue builds from it alone: both names mean the same.
    pub(crate) fn meant<'a>(&'a self, named: &'a str, is_inferred: bool) -> &'a str {
        let whole = || self.whole.get(named).and_then(Option::as_deref).filter(|_| is_inferred);
        let alias = || self.aliases.get(named).and_then(Option::as_deref);
        if self.listed.contains(named) {
            return named;
        }
        alias().or_else(whole).unwrap_or(named)
    }

    /// The one service built from a repository as a whole.
    pub(crate) fn only_of(&self, repository_id: &str) -> Option<&str> {
        self.whole.get(repository_id)?.as_deref()
    }

    /// True where the catalogue lists services.
    pub(crate) fn are_listed(&self) -> bool {
        !self.listed.is_empty()
    }

    /// True where the catalogue lists this one.
    pub(crate) fn lists(&self, service_id: &str) -> bool {
        self.listed.contains(service_id)
    }
}

pub(super) async fn read(facts: &SessionContext) -> Result<Services, AnalyticsError> {
    let mut services = Services::default();
    let sql = "select service_id from services where deleted_at is null and basis = 'recorded'";
    let listed = rows(facts, sql).await?;
    let id = Texts::of(&listed, "service_id")?;
    services.listed =
        (0..listed.num_rows()).filter_map(|row| id.get(row).map(str::to_owned)).collect();

    let sql = "select alias, service_id from service_aliases where deleted_at is null";
    for (alias, service_id) in pairs(facts, sql, "alias", "service_id").await? {
        agree(&mut services.aliases, alias, service_id);
    }
    let sql = "select repository_id, service_id from service_repositories \
               where deleted_at is null and basis = 'recorded' and coalesce(cardinality(include_globs), 0) = 0";
    let mut built: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (repository_id, service_id) in pairs(facts, sql, "repository_id", "service_id").await? {
        built.entry(repository_id).or_default().insert(service_id);
    }
    for (repository_id, service_ids) in built {
        for service_id in service_ids {
            agree(&mut services.whole, repository_id.clone(), service_id);
        }
    }
    Ok(services)
}

async fn pairs(
    facts: &SessionContext,
    sql: &str,
    from: &str,
    to: &str,
) -> Result<Vec<(String, String)>, AnalyticsError> {
    let rows = rows(facts, sql).await?;
    let (from, to) = (Texts::of(&rows, from)?, Texts::of(&rows, to)?);
    Ok((0..rows.num_rows())
        .filter_map(|row| Some((from.get(row)?.to_owned(), to.get(row)?.to_owned())))
        .collect())
}

/// Keeps what a name means as long as nobody says otherwise.
fn agree(meanings: &mut HashMap<String, Option<String>>, name: String, meant: String) {
    let known = meanings.entry(name).or_insert_with(|| Some(meant.clone()));
    if known.as_ref() != Some(&meant) {
        *known = None;
    }
}
