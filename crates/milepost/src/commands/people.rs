use std::sync::Arc;

use arrow::array::{Int64Array, RecordBatch, StringArray};
use clap::{Args, Subcommand};

use crate::exit::{Exit, Failure};
use crate::globals::Globals;
use crate::output::OutputArgs;

/// The people whose work the lake tells of
#[derive(Debug, Args)]
pub(crate) struct PeopleArgs {
    #[command(subcommand)]
    task: PeopleTask,
}

#[derive(Debug, Subcommand)]
enum PeopleTask {
    Forget(ForgetArgs),
}

/// Replace a person by a pseudonym, in every table and every earlier version
///
/// Takes the place of the person's id, logins and addresses wherever they stand; names and
/// employment details become NULL, counts stay what they were. What is read later is treated the
/// same, and the lake keeps only hashes to tell whom. Versions on which a closed month rests stay
/// until their time is over; they are named.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost sql 'select person_id, name from people'
  milepost people forget ann@acme.test")]
struct ForgetArgs {
    /// The person's `person_id`
    id: String,
    #[command(flatten)]
    output: OutputArgs,
}

pub(crate) async fn run(args: PeopleArgs, globals: &Globals) -> Result<Exit, Failure> {
    match args.task {
        PeopleTask::Forget(args) => forget(args, globals).await,
    }
}

async fn forget(args: ForgetArgs, globals: &Globals) -> Result<Exit, Failure> {
    let lake = &globals.lake;
    let place = lake.root().display();
    if !lake.exists() {
        return Err(Failure::Usage(format!(
            "there is no lake at {place}; give another with --lake"
        )));
    }
    let _lock = lake.lock(globals.wait).await?;
    let Some(done) = lake.forget(&args.id).await? else {
        return Err(Failure::Usage(format!(
            "the lake {place} has no person `{}`; `milepost sql 'select person_id, name from people'` lists them",
            args.id
        )));
    };
    let tables: Vec<&str> = done.rows.keys().copied().collect();
    let counts: Int64Array = done.rows.values().map(|count| Some(*count as i64)).collect();
    let rows = RecordBatch::try_from_iter([
        ("table_name", Arc::new(StringArray::from(tables)) as _),
        ("rows_count", Arc::new(counts) as _),
    ])
    .map_err(|error| Failure::failed("failed to put the rows together", error))?;
    args.output.write(&rows.schema(), std::slice::from_ref(&rows))?;
    globals.remark(&format!("{} is {} now, also in what is read later", args.id, done.pseudonym));
    for (period, until) in &done.kept {
        let until = until.map_or("without an end".to_owned(), |until| format!("until {until}"));
        globals.remark(&format!("the closed month {period} is kept as it was, {until}"));
    }
    globals.remark(
        "what lies outside the lake still names the person: repositories, files that were read, reports that were written",
    );
    Ok(Exit::Done)
}
