//! A long history with many deployments, as a git repository and as the tables that attribution
//! reads.

use std::collections::HashMap;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use chrono::DateTime;
use milepost_events::tables::{Commit, Deployment, Outcome};
use milepost_events::{Basis, Provenance};

const FIRST_SECOND: i64 = 1_000_000_000;

/// A history and its deployments.
#[derive(Debug)]
pub struct History {
    /// Ids of the commits in the order in which they were made.
    pub shas: Vec<String>,
    /// Commits deployed one after the other.
    pub deployed: Vec<String>,
    parents: Vec<Vec<usize>>,
}

/// Makes a bare repository of `commits` commits without files in `path`: branches of three
/// commits come back as every tenth commit. The main line is deployed `deployments` times at
/// even distances, every twentieth time from a few commits further back, as a rollback.
///
/// # Errors
/// Where git can't be started or refuses the history.
pub fn long_history(path: &Path, commits: usize, deployments: usize) -> std::io::Result<History> {
    let parents: Vec<Vec<usize>> = (0..commits).map(parents).collect();
    let marks = path.with_extension("marks");
    import(path, &marks, &parents)?;
    let shas = read_marks(&marks, commits)?;
    let main: Vec<usize> = (0..commits).filter(|at| is_on_main(*at)).collect();
    let deployed = (1..=deployments).map(|at| {
        let last = at * main.len() / deployments - 1;
        let back = if at.is_multiple_of(20) { 25.min(last) } else { 0 };
        shas[main[last - back]].clone()
    });
    let deployed = deployed.collect();
    Ok(History { shas, deployed, parents })
}

/// In every ten commits the seventh to ninth are a branch that the tenth merges.
fn is_on_main(at: usize) -> bool {
    at < 10 || !(6..9).contains(&(at % 10))
}

fn parents(at: usize) -> Vec<usize> {
    match at % 10 {
        _ if at == 0 => Vec::new(),
        _ if at < 10 => vec![at - 1],
        9 => vec![at - 4, at - 1],
        _ => vec![at - 1],
    }
}

#[expect(clippy::disallowed_methods, reason = "git makes the repository that is measured")]
fn import(path: &Path, marks: &Path, parents: &[Vec<usize>]) -> std::io::Result<()> {
    Command::new("git").args(["init", "--bare", "--quiet"]).arg(path).status()?;
    let mut import = Command::new("git")
        .arg("-C")
        .arg(path)
        .args(["fast-import", "--quiet"])
        .arg(format!("--export-marks={}", marks.display()))
        .stdin(Stdio::piped())
        .spawn()?;
    if let Some(input) = import.stdin.take() {
        let mut out = BufWriter::new(input);
        for (at, parents) in parents.iter().enumerate() {
            let second = FIRST_SECOND + at as i64 * 60;
            writeln!(out, "commit refs/heads/main\nmark :{}", at + 1)?;
            writeln!(out, "committer Ann <ann@example.org> {second} +0000\ndata 2\nx")?;
            for (place, parent) in parents.iter().enumerate() {
                let word = if place == 0 { "from" } else { "merge" };
                writeln!(out, "{word} :{}", parent + 1)?;
            }
            writeln!(out)?;
        }
        writeln!(out, "done")?;
        out.flush()?;
    }
    let status = import.wait()?;
    if !status.success() {
        return Err(std::io::Error::other("git fast-import refused the history"));
    }
    // What git itself does for speed: the peer is measured at its best.
    for arguments in [&["repack", "-adq"][..], &["commit-graph", "write", "--reachable"]] {
        Command::new("git").arg("-C").arg(path).args(arguments).stderr(Stdio::null()).status()?;
    }
    Ok(())
}

fn read_marks(marks: &Path, commits: usize) -> std::io::Result<Vec<String>> {
    let text = std::fs::read_to_string(marks)?;
    let known: HashMap<usize, &str> = text
        .lines()
        .filter_map(|line| line.strip_prefix(':')?.split_once(' '))
        .filter_map(|(mark, sha)| Some((mark.parse().ok()?, sha)))
        .collect();
    let missing = || std::io::Error::other("git fast-import lost a mark");
    (1..=commits)
        .map(|mark| known.get(&mark).map(|sha| (*sha).to_owned()).ok_or_else(missing))
        .collect()
}

impl History {
    /// The commits as rows of their table.
    pub fn commits(&self) -> Vec<Commit> {
        let commits = self.shas.iter().zip(&self.parents).enumerate();
        commits.map(|(at, (sha, parents))| self.commit(at, sha, parents)).collect()
    }

    fn commit(&self, at: usize, sha: &str, parents: &[usize]) -> Commit {
        let time = DateTime::from_timestamp(FIRST_SECOND + at as i64 * 60, 0);
        Commit {
            repository_id: "long".to_owned(),
            sha: sha.to_owned(),
            parent_shas: parents.iter().map(|at| self.shas[*at].clone()).collect(),
            author_name: "Ann".to_owned(),
            author_email: "ann@example.org".to_owned(),
            authored_at: time,
            committer_name: "Ann".to_owned(),
            committer_email: "ann@example.org".to_owned(),
            committed_at: time,
            subject: format!("Change {at}"),
            is_merge: parents.len() > 1,
            files_changed_count: Some(0),
            additions_count: Some(0),
            deletions_count: Some(0),
            reverts_sha: None,
            cherry_picked_from_sha: None,
            patch_id: None,
            work_item_keys: Vec::new(),
            co_author_emails: Vec::new(),
            ai_tools: Vec::new(),
            provenance: provenance(),
        }
    }

    /// The deployments as rows of their table, one a minute after the last commit.
    pub fn deployments(&self) -> Vec<Deployment> {
        let first = FIRST_SECOND + self.shas.len() as i64 * 60;
        let rows = self.deployed.iter().enumerate();
        rows.map(|(at, sha)| Deployment {
            deployment_id: format!("d{at:06}"),
            service_id: "long".to_owned(),
            repository_id: "long".to_owned(),
            environment: Some("production".to_owned()),
            source_environment: None,
            sha: Some(sha.clone()),
            r#ref: None,
            artifact_digest: None,
            config_digest: None,
            created_at: None,
            started_at: None,
            finished_at: DateTime::from_timestamp(first + at as i64 * 60, 0),
            outcome: Some(Outcome::Succeeded),
            source_outcome: None,
            rollout_id: None,
            target: None,
            deployed_by: None,
            is_planned: None,
            declared_kind: None,
            fixes_deployment_id: None,
            approving_team_ids: None,
            manual_steps_count: None,
            provenance: provenance(),
        })
        .collect()
    }
}

fn provenance() -> Provenance {
    Provenance {
        source: "bench".to_owned(),
        source_id: None,
        source_url: None,
        observed_at: DateTime::UNIX_EPOCH,
        deleted_at: None,
        basis: Basis::Recorded,
    }
}
