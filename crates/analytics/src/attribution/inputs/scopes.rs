//! Which commits belong to which service.

use std::collections::{BTreeMap, HashMap, HashSet};

use datafusion::prelude::SessionContext;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::{History, Services, rows};
use crate::AnalyticsError;
use crate::attribution::graph::Place;
use crate::columns::{Lists, Texts};

/// Which commits belong to a service.
#[derive(Debug)]
pub(crate) enum Scope {
    All,
    /// Those that touch one of its paths.
    Touching(HashSet<Place>),
}

impl Scope {
    /// True where the commit belongs to the service.
    pub(crate) fn holds(&self, place: Place) -> bool {
        match self {
            Scope::All => true,
            Scope::Touching(touching) => touching.contains(&place),
        }
    }
}

pub(super) async fn read(
    facts: &SessionContext,
    histories: &BTreeMap<String, History>,
    services: &Services,
) -> Result<HashMap<(String, String), Scope>, AnalyticsError> {
    let sql = "select service_id, repository_id, include_globs, exclude_globs, basis \
               from service_repositories where deleted_at is null";
    let rows = rows(facts, sql).await?;
    let (service, repository) =
        (Texts::of(&rows, "service_id")?, Texts::of(&rows, "repository_id")?);
    let include = Lists::of(&rows, "include_globs")?;
    let exclude = Lists::of(&rows, "exclude_globs")?;
    let basis = Texts::of(&rows, "basis")?;
    // A service that goes by another name now keeps its paths, unless it has its own.
    let mut by_service: BTreeMap<(&str, &str), (bool, &str, usize)> = BTreeMap::new();
    for row in 0..rows.num_rows() {
        let (Some(named), Some(repository)) = (service.get(row), repository.get(row)) else {
            continue;
        };
        let meant = services.meant(named, basis.get(row) == Some("inferred"));
        let one = (meant != named, named, row);
        let known = by_service.entry((meant, repository)).or_insert(one);
        *known = one.min(*known);
    }
    let mut globs = Vec::new();
    for ((service, repository), (_, _, row)) in by_service {
        // An empty list says no more than none: the whole repository.
        let mut include = include.get(row).into_iter().flatten().peekable();
        let has_exclude = exclude.get(row).into_iter().flatten().next().is_some();
        let is_all = include.peek().is_none() && !has_exclude;
        if is_all || !histories.contains_key(repository) {
            continue;
        }
        let included = match include.peek() {
            Some(_) => Some(glob_set(include)?),
            None => None,
        };
        let excluded = glob_set(exclude.get(row).into_iter().flatten())?;
        globs.push(((service.to_owned(), repository.to_owned()), included, excluded));
    }
    if globs.is_empty() {
        return Ok(HashMap::new());
    }
    touching(facts, histories, globs).await
}

type Globs = ((String, String), Option<GlobSet>, GlobSet);

async fn touching(
    facts: &SessionContext,
    histories: &BTreeMap<String, History>,
    globs: Vec<Globs>,
) -> Result<HashMap<(String, String), Scope>, AnalyticsError> {
    let sql =
        "select repository_id, sha, path, previous_path from commit_files where deleted_at is null";
    let rows = rows(facts, sql).await?;
    let text = |name| Texts::of(&rows, name);
    let (repository, sha) = (text("repository_id")?, text("sha")?);
    let (path, previous) = (text("path")?, text("previous_path")?);
    let mut touching: Vec<HashSet<Place>> = vec![HashSet::new(); globs.len()];
    // Most paths come again and again: each is matched once.
    let mut known: HashMap<(&str, &str), Vec<usize>> = HashMap::new();
    for row in 0..rows.num_rows() {
        let (Some(repository), Some(sha)) = (repository.get(row), sha.get(row)) else { continue };
        let Some(place) = histories.get(repository).and_then(|history| history.graph.place(sha))
        else {
            continue;
        };
        for path in [path.get(row), previous.get(row)].into_iter().flatten() {
            let services = known.entry((repository, path)).or_insert_with(|| {
                (0..globs.len())
                    .filter(|at| {
                        let ((_, of), included, excluded) = &globs[*at];
                        of == repository
                            && included.as_ref().is_none_or(|globs| globs.is_match(path))
                            && !excluded.is_match(path)
                    })
                    .collect()
            });
            for at in services {
                touching[*at].insert(place);
            }
        }
    }
    let keys = globs.into_iter().map(|(key, ..)| key);
    Ok(keys.zip(touching.into_iter().map(Scope::Touching)).collect())
}

fn glob_set<'a>(globs: impl Iterator<Item = &'a str>) -> Result<GlobSet, AnalyticsError> {
    let fail =
        |error: globset::Error| AnalyticsError::Definition(format!("a service's path {error}"));
    let mut set = GlobSetBuilder::new();
    for glob in globs {
        set.add(GlobBuilder::new(glob).literal_separator(true).build().map_err(fail)?);
    }
    set.build().map_err(fail)
}
