//! Commits as graphs, and the pull requests that brought them.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use datafusion::arrow::array::RecordBatch;
use datafusion::prelude::SessionContext;

use super::people::Bots;
use super::rows;
use crate::AnalyticsError;
use crate::attribution::graph::{CommitFacts, Graph, NewCommit, Place};
use crate::columns::{Booleans, Counts, Instants, Lists, Texts};

/// A repository's history.
#[derive(Debug, Default)]
pub(crate) struct History {
    pub(crate) graph: Graph,
    /// Commit that the default branch ends with, where that is known.
    pub(crate) head: Option<Place>,
    /// Tags that are known, with their commits; `None` for a name that stood for several.
    pub(crate) tags: HashMap<String, Option<Place>>,
    pub(crate) pull_requests: Vec<PullRequest>,
    /// Keys of work items that commits name, where any of them is a bug.
    pub(crate) work_items: HashMap<Place, Vec<String>>,
}

/// A merged pull request. Instants are microseconds since 1970 UTC.
#[derive(Debug, Clone)]
pub(crate) struct PullRequest {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) created_at: Option<i64>,
    pub(crate) first_commit_at: Option<i64>,
    pub(crate) merged_at: Option<i64>,
    pub(crate) merge: Place,
    /// Its commits on the deployed line or beside it, as far as they are known.
    pub(crate) commits: Vec<Place>,
    pub(crate) is_by_bot: bool,
    /// Its branch or a label says that it mends production.
    pub(crate) is_hotfix: bool,
    pub(crate) work_items: Vec<String>,
}

pub(super) async fn read(
    facts: &SessionContext,
    bots: &Bots,
    with_work_items: bool,
) -> Result<BTreeMap<String, History>, AnalyticsError> {
    let sql = "select repository_id, sha, parent_shas, author_email, authored_at, committed_at, \
               subject, is_merge, files_changed_count, additions_count, deletions_count, \
               reverts_sha, cherry_picked_from_sha, patch_id from commits where deleted_at is null";
    let batches = facts.sql(sql).await?.collect().await?;
    let columns = batches.iter().map(CommitColumns::of).collect::<Result<Vec<_>, _>>()?;
    drop(batches);
    let mut commits: BTreeMap<&str, Vec<NewCommit<'_>>> = BTreeMap::new();
    for columns in &columns {
        columns.read(bots, &mut commits);
    }
    let histories = commits.into_iter().map(|(id, commits)| {
        (id.to_owned(), History { graph: Graph::new(commits), ..History::default() })
    });
    let mut histories: BTreeMap<String, History> = histories.collect();
    drop(columns);
    heads(facts, &mut histories).await?;
    tags(facts, &mut histories).await?;
    if with_work_items {
        work_items(facts, &mut histories).await?;
    }
    Ok(histories)
}

/// What is read of commits.
struct CommitColumns {
    repository: Texts,
    sha: Texts,
    email: Texts,
    reverts: Texts,
    picked: Texts,
    parents: Lists,
    authored: Instants,
    committed: Instants,
    merge: Booleans,
    works: Works,
}

impl CommitColumns {
    fn of(rows: &RecordBatch) -> Result<CommitColumns, AnalyticsError> {
        let text = |name| Texts::of(rows, name);
        Ok(CommitColumns {
            repository: text("repository_id")?,
            sha: text("sha")?,
            email: text("author_email")?,
            reverts: text("reverts_sha")?,
            picked: text("cherry_picked_from_sha")?,
            parents: Lists::of(rows, "parent_shas")?,
            authored: Instants::of(rows, "authored_at")?,
            committed: Instants::of(rows, "committed_at")?,
            merge: Booleans::of(rows, "is_merge")?,
            works: Works::of(rows)?,
        })
    }

    fn read<'a>(&'a self, bots: &Bots, commits: &mut BTreeMap<&'a str, Vec<NewCommit<'a>>>) {
        for row in 0..self.repository.len() {
            let (Some(repository), Some(sha)) = (self.repository.get(row), self.sha.get(row))
            else {
                continue;
            };
            let parents: Vec<&str> = self.parents.get(row).into_iter().flatten().collect();
            let is_merge = self.merge.get(row).unwrap_or(parents.len() > 1);
            let (reverts, picked_from) = (self.reverts.get(row), self.picked.get(row));
            let facts = CommitFacts {
                authored_at: self.authored.get(row),
                committed_at: self.committed.get(row),
                is_merge,
                is_bot: self.email.get(row).is_some_and(|email| bots.has_email(email)),
                is_pick: picked_from.is_some(),
                picked_from: None,
                is_revert: reverts.is_some(),
                reverts: None,
                work: if is_merge { None } else { self.works.get(row) },
            };
            let commit = NewCommit { sha, parents, reverts, picked_from, facts };
            commits.entry(repository).or_default().push(commit);
        }
    }
}

/// What tells that two commits hold the same work: the patch where it is recorded, else what a
/// pick and a rebase keep, which is author, author's time, subject, and the size of the change.
struct Works {
    patch: Texts,
    email: Texts,
    subject: Texts,
    authored: Instants,
    counts: Vec<Counts>,
}

impl Works {
    fn of(rows: &RecordBatch) -> Result<Works, AnalyticsError> {
        Ok(Works {
            patch: Texts::of(rows, "patch_id")?,
            email: Texts::of(rows, "author_email")?,
            subject: Texts::of(rows, "subject")?,
            authored: Instants::of(rows, "authored_at")?,
            counts: ["files_changed_count", "additions_count", "deletions_count"]
                .into_iter()
                .map(|name| Counts::of(rows, name))
                .collect::<Result<_, _>>()?,
        })
    }

    fn get(&self, row: usize) -> Option<u64> {
        let mut hasher = DefaultHasher::new();
        if let Some(patch) = self.patch.get(row) {
            patch.hash(&mut hasher);
            return Some(hasher.finish());
        }
        self.email.get(row)?.hash(&mut hasher);
        self.subject.get(row)?.hash(&mut hasher);
        self.authored.get(row)?.hash(&mut hasher);
        for counts in &self.counts {
            counts.get(row)?.hash(&mut hasher);
        }
        Some(hasher.finish())
    }
}

async fn heads(
    facts: &SessionContext,
    histories: &mut BTreeMap<String, History>,
) -> Result<(), AnalyticsError> {
    let sql = "select repository_id, head_sha from repositories where deleted_at is null";
    let rows = rows(facts, sql).await?;
    let (repository, head) = (Texts::of(&rows, "repository_id")?, Texts::of(&rows, "head_sha")?);
    for row in 0..rows.num_rows() {
        let history = repository.get(row).and_then(|id| histories.get_mut(id));
        let (Some(history), Some(head)) = (history, head.get(row)) else { continue };
        history.head = history.graph.place(head);
    }
    Ok(())
}

/// Tags that were taken for deployments, by a reader of the repository or as releases: they name
/// commits for others too.
async fn tags(
    facts: &SessionContext,
    histories: &mut BTreeMap<String, History>,
) -> Result<(), AnalyticsError> {
    let sql = "select repository_id, ref, sha from deployments \
               where (basis = 'inferred' or deployment_id = concat(service_id, '@', ref)) \
               and ref is not null and sha is not null and deleted_at is null \
               order by repository_id, ref, sha";
    let rows = rows(facts, sql).await?;
    let text = |name| Texts::of(&rows, name);
    let (repository, tag, sha) = (text("repository_id")?, text("ref")?, text("sha")?);
    for row in 0..rows.num_rows() {
        let history = repository.get(row).and_then(|id| histories.get_mut(id));
        let (Some(history), Some(tag), Some(sha)) = (history, tag.get(row), sha.get(row)) else {
            continue;
        };
        if let Some(place) = history.graph.place(sha) {
            let known = history.tags.entry(tag.to_owned()).or_insert(Some(place));
            // A branch has had many commits: its name says none of them.
            if *known != Some(place) {
                *known = None;
            }
        }
    }
    Ok(())
}

async fn work_items(
    facts: &SessionContext,
    histories: &mut BTreeMap<String, History>,
) -> Result<(), AnalyticsError> {
    let sql = "select repository_id, sha, work_item_keys from commits \
               where cardinality(work_item_keys) > 0 and deleted_at is null";
    let rows = rows(facts, sql).await?;
    let (repository, sha) = (Texts::of(&rows, "repository_id")?, Texts::of(&rows, "sha")?);
    let keys = Lists::of(&rows, "work_item_keys")?;
    for row in 0..rows.num_rows() {
        let history = repository.get(row).and_then(|id| histories.get_mut(id));
        let (Some(history), Some(sha)) = (history, sha.get(row)) else { continue };
        if let Some(place) = history.graph.place(sha) {
            let keys = keys.get(row).into_iter().flatten().map(str::to_owned).collect();
            history.work_items.insert(place, keys);
        }
    }
    Ok(())
}

pub(super) async fn pull_requests(
    facts: &SessionContext,
    histories: &mut BTreeMap<String, History>,
    bots: &Bots,
) -> Result<(), AnalyticsError> {
    let sql = "select pull_request_id, repository_id, title, author_login, created_at, \
               first_commit_at, merged_at, merge_sha, merge_method, head_shas, commits_count, \
               head_ref, labels, work_item_keys from pull_requests \
               where merge_sha is not null and deleted_at is null order by pull_request_id";
    let rows = rows(facts, sql).await?;
    let text = |name| Texts::of(&rows, name);
    let (id, repository, title) =
        (text("pull_request_id")?, text("repository_id")?, text("title")?);
    let (author, method) = (text("author_login")?, text("merge_method")?);
    let (merge, branch) = (text("merge_sha")?, text("head_ref")?);
    let list = |name| Lists::of(&rows, name);
    let (heads, labels, keys) = (list("head_shas")?, list("labels")?, list("work_item_keys")?);
    let instants = |name| Instants::of(&rows, name);
    let (created, first) = (instants("created_at")?, instants("first_commit_at")?);
    let merged = instants("merged_at")?;
    let count = Counts::of(&rows, "commits_count")?;
    let mut merges: HashMap<String, HashSet<Place>> = HashMap::new();
    let mut rebased = Vec::new();
    for row in 0..rows.num_rows() {
        let history = repository.get(row).and_then(|id| histories.get_mut(id).map(|h| (id, h)));
        let (Some((repository_id, history)), Some(id)) = (history, id.get(row)) else { continue };
        let Some(place) = merge.get(row).and_then(|sha| history.graph.place(sha)) else { continue };
        let shas: Vec<&str> = heads.get(row).into_iter().flatten().collect();
        let commits = shas.iter().filter_map(|sha| history.graph.place(sha)).collect();
        merges.entry(repository_id.to_owned()).or_default().insert(place);
        if method.get(row) == Some("rebase") {
            let length = count.get(row).and_then(|count| usize::try_from(count).ok());
            let length = length.unwrap_or(shas.len());
            rebased.push((repository_id.to_owned(), history.pull_requests.len(), length));
        }
        let is_hotfix = labels.get(row).into_iter().flatten().any(is_hotfix)
            || branch.get(row).is_some_and(is_hotfix);
        history.pull_requests.push(PullRequest {
            id: id.to_owned(),
            title: title.get(row).unwrap_or("").to_owned(),
            created_at: created.get(row),
            first_commit_at: first.get(row),
            merged_at: merged.get(row),
            merge: place,
            commits,
            is_by_bot: author.get(row).is_some_and(|login| bots.has_login(login)),
            is_hotfix,
            work_items: keys.get(row).into_iter().flatten().map(str::to_owned).collect(),
        });
    }
    for (repository_id, at, length) in rebased {
        let Some(history) = histories.get_mut(&repository_id) else { continue };
        let others = merges.get(&repository_id);
        let merge = history.pull_requests[at].merge;
        let commits = replayed(&history.graph, merge, length, others);
        history.pull_requests[at].commits.extend(commits);
    }
    Ok(())
}

/// The commits that a rebase put onto the base branch: as many as the branch had, back from the
/// last one, never past a merge or another pull request.
fn replayed(
    graph: &Graph,
    last: Place,
    length: usize,
    others: Option<&HashSet<Place>>,
) -> Vec<Place> {
    let is_other = |place: Place| others.is_some_and(|others| others.contains(&place));
    graph
        .first_parents(last)
        .take(length.max(1))
        .take_while(|place| !graph.facts(*place).is_merge && (*place == last || !is_other(*place)))
        .collect()
}

/// `hotfix`, `hot-fix/login`, `type: hotfix`.
fn is_hotfix(name: &str) -> bool {
    let name = name.to_lowercase().replace(['-', '_', ' '], "");
    name.split(['/', ':']).any(|part| part.starts_with("hotfix"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribution::graph::tests::graph;

    #[test]
    fn a_hotfix_is_named_so_by_its_branch_or_label() {
        for name in ["hotfix", "hotfix/login", "hot-fix-17", "type: Hotfix", "bo/hotfix_x"] {
            assert!(is_hotfix(name), "{name}");
        }
        assert!(!is_hotfix("fix/login") && !is_hotfix("shotfix"));
    }

    #[test]
    fn a_rebase_takes_as_many_commits_as_its_branch_had_and_none_of_others() {
        let graph = graph(&[("a", &[]), ("b", &["a"]), ("c", &["b"]), ("d", &["c"])]);
        let place = |sha| graph.place(sha).expect("a commit");
        let others = HashSet::from([place("b"), place("d")]);
        assert_eq!(replayed(&graph, place("d"), 2, Some(&others)), [place("d"), place("c")]);
        assert_eq!(replayed(&graph, place("d"), 3, Some(&others)), [place("d"), place("c")]);
    }
}
