//! Attribution of many deployments over a long history, from tables in memory to the derived
//! tables, against one `git rev-list --count new --not old` for each deployment.
//!
//! ```sh
//! cargo bench -p milepost-benches --bench attribution -- [COMMITS] [DEPLOYMENTS] [ASKED]
//! ```
//!
//! By default 1,000,000 commits and 100,000 deployments. Git is asked for `ASKED` deployments
//! at even distances (1,000), and its time is scaled to all of them. Both must count the same new
//! commits.

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::datatypes::Int64Type;
use datafusion::catalog::{MemorySchemaProvider, SchemaProvider};
use datafusion::datasource::MemTable;
use milepost_analytics::{Definition, derive, facts_session};
use milepost_benches::{History, long_history};
use milepost_events::{batch, tables_by_contract};

type Fault = Box<dyn std::error::Error>;

#[expect(clippy::print_stdout, reason = "a bench prints what it measured")]
fn main() -> Result<(), Fault> {
    let args = std::env::args().skip(1).filter(|arg| !arg.starts_with("--"));
    let numbers = args.map(|arg| arg.parse::<usize>()).collect::<Result<Vec<_>, _>>()?;
    let number = |at: usize, usual| numbers.get(at).copied().unwrap_or(usual);
    let (commits, deployments) = (number(0, 1_000_000), number(1, 100_000));
    let asked = number(2, 1_000).min(deployments - 1);
    let folder = tempfile::tempdir()?;
    let repository = folder.path().join("long.git");
    let history = long_history(&repository, commits, deployments)?;

    let (ours, counted) = attribute(&history)?;
    let (git, same) = ask_git(&repository, &history, asked, &counted)?;
    let all = git * u32::try_from(deployments)? / u32::try_from(asked)?;
    println!("{deployments} deployments over {commits} commits");
    println!("  milepost  {:.3} s", ours.as_secs_f64());
    println!(
        "  git       {:.3} s for {asked} deployments, so {:.0} s for all",
        git.as_secs_f64(),
        all.as_secs_f64()
    );
    println!("  ratio     {:.0} times faster", all.as_secs_f64() / ours.as_secs_f64());
    println!("  both counted the same new commits of {same} deployments");
    Ok(())
}

/// Time of one derivation, and the new commits of every deployment.
#[expect(clippy::disallowed_methods, reason = "a bench reads the clock")]
fn attribute(history: &History) -> Result<(Duration, HashMap<String, i64>), Fault> {
    let facts = MemorySchemaProvider::new();
    for table in tables_by_contract() {
        let rows = match table.name {
            "commits" => vec![batch(&history.commits())?],
            "deployments" => vec![batch(&history.deployments())?],
            _ => Vec::new(),
        };
        let rows = MemTable::try_new(table.schema.clone(), vec![rows])?;
        facts.register_table(table.name.to_owned(), Arc::new(rows))?;
    }
    let session = facts_session(Arc::new(facts))?;
    let runtime = tokio::runtime::Runtime::new()?;
    let as_of = chrono::DateTime::from_timestamp(4_000_000_000, 0).ok_or("no such instant")?;
    let start = Instant::now();
    let derived = runtime.block_on(derive(&session, &Definition::default(), as_of))?;
    let took = start.elapsed();
    let (_, rows) = &derived.tables[0];
    Ok((took, new_commits(rows)?))
}

fn new_commits(rows: &RecordBatch) -> Result<HashMap<String, i64>, Fault> {
    let column = |name| rows.column_by_name(name).ok_or("a column is missing");
    let ids = column("deployment_id")?.as_string::<i32>();
    let counts = column("new_commits_count")?.as_primitive::<Int64Type>();
    Ok(ids
        .iter()
        .flatten()
        .map(str::to_owned)
        .zip(counts.iter().map(Option::unwrap_or_default))
        .collect())
}

/// Time that git takes for `asked` deployments, and for how many of them it says the same.
#[expect(clippy::disallowed_methods, reason = "git is the peer that is measured")]
fn ask_git(
    repository: &Path,
    history: &History,
    asked: usize,
    counted: &HashMap<String, i64>,
) -> Result<(Duration, usize), Fault> {
    let deployed = &history.deployed;
    let (mut took, mut same) = (Duration::ZERO, 0);
    for round in 0..asked {
        let mut at = 1 + round * (deployed.len() - 2) / asked;
        // After a rollback git is asked from the older commit, which is another question.
        at += usize::from(at.is_multiple_of(20));
        let start = Instant::now();
        let output = Command::new("git")
            .arg("-C")
            .arg(repository)
            .args(["rev-list", "--count", "--no-merges", &deployed[at], "--not", &deployed[at - 1]])
            .output()?;
        took += start.elapsed();
        let git: i64 = String::from_utf8(output.stdout)?.trim().parse()?;
        let ours = counted.get(&format!("d{at:06}")).copied();
        if ours != Some(git) {
            return Err(
                format!("deployment {at}: git counts {git} new commits, not {ours:?}").into()
            );
        }
        same += 1;
    }
    Ok((took, same))
}
