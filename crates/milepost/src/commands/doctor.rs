use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use clap::Args;
use milepost_lake::{Finding, Mended, Remedy, Repair};

use crate::exit::{Exit, Failure};
use crate::globals::Globals;
use crate::output::OutputArgs;

/// Check every file of the lake, and mend what can be mended
///
/// Reads all logs, checkpoints and data files and compares them with what was written. Ends with
/// exit code 4 where numbers would be wrong or can't be computed. With --repair nothing is
/// deleted: what is taken out is set aside in the lake, and the exit code is 3 where rows are
/// gone until they are read again.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost doctor
  milepost doctor --repair")]
pub(crate) struct DoctorArgs {
    /// Mend what can be mended, saying what is lost and how to get it back
    #[arg(long)]
    repair: bool,
    #[command(flatten)]
    output: OutputArgs,
}

pub(crate) async fn run(args: DoctorArgs, globals: &Globals) -> Result<Exit, Failure> {
    let lake = &globals.lake;
    if !lake.exists() {
        return Err(Failure::Usage(format!(
            "there is no lake at {}; give another with --lake",
            lake.root().display()
        )));
    }
    if args.repair {
        let _lock = lake.lock(globals.wait).await?;
        let repair = lake.repair(globals.as_of).await?;
        return repaired(&args.output, globals, &repair);
    }
    let findings = lake.examine().await?;
    let damaged = findings.iter().filter(|finding| finding.is_damage()).count();
    write(&args.output, &findings, &|finding| intent(&finding.remedy), None)?;
    if damaged > 0 {
        globals.remark("`milepost doctor --repair` does what the last column says");
        return Ok(Exit::Unsound);
    }
    globals.remark(&format!("the lake {} is whole", lake.root().display()));
    Ok(Exit::Done)
}

/// Sources that are given files.
const GIVEN: [&str; 2] = ["files", "cloudevents"];

fn repaired(output: &OutputArgs, globals: &Globals, repair: &Repair) -> Result<Exit, Failure> {
    let findings: Vec<Finding> = repair.mended.iter().map(|one| one.finding.clone()).collect();
    let done = |finding: &Finding| {
        let mended = repair.mended.iter().find(|one| one.finding == *finding);
        mended.map_or_else(String::new, |one| one.done.clone())
    };
    write(output, &findings, &done, Some(&repair.mended))?;
    if findings.is_empty() {
        globals.remark(&format!("the lake {} is whole", globals.lake.root().display()));
    }
    if repair.mended.iter().all(|one| one.lost_rows == Some(0)) {
        return Ok(Exit::Done);
    }
    // Of these the lake knows no place from which to read them again.
    let (given, others): (Vec<&String>, Vec<&String>) =
        repair.read_again.iter().partition(|source| GIVEN.contains(&source.as_str()));
    if !others.is_empty() {
        let names: Vec<&str> = others.iter().map(|source| source.as_str()).collect();
        globals.remark(&format!(
            "rows are gone until the next `milepost ingest` of {}, which reads everything again",
            names.join(", ")
        ));
    }
    for source in given {
        globals.remark(&format!(
            "rows that came from files are gone until the files are given to `milepost ingest {source}` again"
        ));
    }
    Ok(Exit::Gaps)
}

fn write(
    output: &OutputArgs,
    findings: &[Finding],
    last: &dyn Fn(&Finding) -> String,
    mended: Option<&[Mended]>,
) -> Result<(), Failure> {
    let text = |value: &dyn Fn(&Finding) -> String| -> ArrayRef {
        Arc::new(findings.iter().map(|finding| Some(value(finding))).collect::<StringArray>())
    };
    let kind = |finding: &Finding| match finding.is_damage() {
        true => "damaged".to_owned(),
        false => "harmless".to_owned(),
    };
    let mut columns = vec![
        ("table_name", text(&|finding| finding.table.clone())),
        ("state", text(&kind)),
        ("path", text(&|finding| finding.path.display().to_string())),
        ("problem", text(&|finding| finding.problem.clone())),
    ];
    match mended {
        None => columns.push(("remedy", text(last))),
        Some(mended) => {
            let lost = mended.iter().map(|one| one.lost_rows.map(|rows| rows as i64));
            columns.push(("done", text(last)));
            columns.push(("lost_rows_count", Arc::new(lost.collect::<Int64Array>())));
        }
    }
    let rows = RecordBatch::try_from_iter(columns)
        .map_err(|error| Failure::failed("failed to put the findings together", error))?;
    output.write(&rows.schema(), std::slice::from_ref(&rows))
}

/// What a repair would do, in words.
fn intent(remedy: &Remedy) -> String {
    match remedy {
        Remedy::Nothing => "none needed".to_owned(),
        Remedy::DropCheckpoints(_) => {
            "set the checkpoint aside; the log says the same, nothing is lost".to_owned()
        }
        Remedy::DropUnfinished(version) => {
            format!(
                "set the unfinished versions from {version} on aside; nothing acknowledged is lost"
            )
        }
        Remedy::DropLastCommit(version) => {
            format!("set version {version} aside; what it wrote is lost until it is read again")
        }
        Remedy::DropFiles(_) => {
            "take the file out of the table; its rows are lost until they are read again".to_owned()
        }
        Remedy::SetAside => {
            "set the whole table aside; its rows are lost until they are read again".to_owned()
        }
        Remedy::RebuildState => "write it anew from the tables".to_owned(),
        Remedy::TakeOver => "take over what another program wrote".to_owned(),
    }
}
