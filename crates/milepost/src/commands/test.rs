use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use milepost_analytics::{Catalogue, Span, trial_script};
use milepost_report::units::count;

use crate::answer;
use crate::exit::{Exit, Failure};
use crate::globals::Globals;
use crate::output::print;
use crate::statements::split;

/// Test queries of your own
///
/// A `.sql` file is a check of the lake: each of its queries passes where it returns no row. A `.slt` file is a
/// test of queries, in the form of sqllogictest: it begins with empty tables and fills them with
/// `insert into`; its clock stands at 2026-02-15T00:00:00Z, in UTC, and your own metrics in `queries/` can
/// be asked as `metrics.NAME`. Ends with 4 where one does not hold.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost test checks/
  milepost test queries/review_load.slt checks/owners.sql")]
pub(crate) struct TestArgs {
    /// Files, or folders of them
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
}

/// Rows of a check that are shown.
const SHOWN: usize = 5;

pub(crate) async fn run(args: TestArgs, globals: &Globals) -> Result<Exit, Failure> {
    let mut files = Vec::new();
    for path in &args.paths {
        collect(path, &mut files)?;
    }
    if files.is_empty() {
        return Err(Failure::Usage(
            "there is no .sql and no .slt file in what was named".to_owned(),
        ));
    }
    files.sort();
    files.dedup();
    let catalogue = answer::catalogue(globals)?;
    let mut failed = 0;
    for file in &files {
        let fault = match file.extension().is_some_and(|ending| ending == "slt") {
            true => script(file, catalogue.clone()).await?,
            false => check(file, globals).await?,
        };
        failed += usize::from(fault.is_some());
        print(&match fault {
            None => format!("ok      {}\n", file.display()),
            Some(fault) => format!("failed  {}\n{}", file.display(), indented(&fault)),
        })?;
    }
    print(&format!(
        "{} passed, {} failed\n",
        count((files.len() - failed) as i64),
        count(failed as i64)
    ))?;
    Ok(if failed == 0 { Exit::Done } else { Exit::Unsound })
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}\n")).collect()
}

/// The files of a path; a folder's own and those below it.
fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let fail = |error| Failure::Usage(format!("failed to read {}: {error}", path.display()));
    let is_test = |path: &Path| path.extension().is_some_and(|end| end == "sql" || end == "slt");
    if !std::fs::metadata(path).map_err(fail)?.is_dir() {
        if !is_test(path) {
            return Err(Failure::Usage(format!(
                "{} is neither a .sql nor a .slt file",
                path.display()
            )));
        }
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in std::fs::read_dir(path).map_err(fail)? {
        let entry = entry.map_err(fail)?.path();
        if entry.is_dir() || is_test(&entry) {
            collect(&entry, files)?;
        }
    }
    Ok(())
}

fn text(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path)
        .map_err(|error| Failure::failed(&format!("failed to read {}", path.display()), error))
}

async fn script(path: &Path, catalogue: Arc<Catalogue>) -> Result<Option<String>, Failure> {
    let (name, text) = (path.display().to_string(), text(path)?);
    let tried = tokio::task::spawn_blocking(move || trial_script(&name, &text, &catalogue).err());
    tried.await.map_err(|error| Failure::failed("the test broke off", error))
}

/// Rows that a check's queries return, or why one can't be answered.
async fn check(path: &Path, globals: &Globals) -> Result<Option<String>, Failure> {
    let text = text(path)?;
    let session = answer::session(globals, &globals.lake, Span::everything())?;
    for statement in split(&text).0 {
        let (schema, rows) = match answer::ask(&session, statement).await {
            Ok(answered) => answered,
            Err(failure) => return Ok(Some(failure.to_string())),
        };
        let found: usize = rows.iter().map(arrow::array::RecordBatch::num_rows).sum();
        if found == 0 {
            continue;
        }
        let first = rows.iter().find(|rows| rows.num_rows() > 0);
        let first: Vec<_> =
            first.map(|rows| rows.slice(0, rows.num_rows().min(SHOWN))).into_iter().collect();
        let mut shown = Vec::new();
        milepost_report::rows::write_rows(
            &mut shown,
            &schema,
            &first,
            milepost_report::rows::Format::Table,
        )?;
        let shown = String::from_utf8_lossy(&shown).into_owned();
        let words =
            if found == 1 { "1 row".to_owned() } else { format!("{} rows", count(found as i64)) };
        return Ok(Some(format!("{words} where there should be none, such as\n{shown}")));
    }
    Ok(None)
}
