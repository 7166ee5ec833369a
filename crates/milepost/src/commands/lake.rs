use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use clap::{Args, Subcommand};

use crate::exit::{Exit, Failure};
use crate::globals::Globals;
use crate::output::OutputArgs;

/// Look after the lake's files
#[derive(Debug, Args)]
pub(crate) struct LakeArgs {
    #[command(subcommand)]
    task: LakeTask,
}

#[derive(Debug, Subcommand)]
enum LakeTask {
    /// List the data files that make up the tables now, as other engines can read them
    Files(OutputArgs),
    /// Put small files together and delete what no version in reach names
    ///
    /// In reach is what readers see, what was replaced in the last seven days, and every version
    /// on which a closed month rests.
    Maintain(OutputArgs),
    /// Bring a lake of an earlier version of Milepost up to date
    Migrate,
}

pub(crate) async fn run(args: LakeArgs, globals: &Globals) -> Result<Exit, Failure> {
    let lake = &globals.lake;
    if !lake.exists() {
        return Err(Failure::Usage(format!(
            "there is no lake at {}; give another with --lake",
            lake.root().display()
        )));
    }
    match args.task {
        LakeTask::Files(output) => files(&output, globals).await,
        LakeTask::Maintain(output) => maintain(&output, globals).await,
        LakeTask::Migrate => migrate(globals).await,
    }
}

async fn files(output: &OutputArgs, globals: &Globals) -> Result<Exit, Failure> {
    let files = globals.lake.data_files().await?;
    let texts = |values: Vec<String>| -> ArrayRef { Arc::new(StringArray::from(values)) };
    let counts = |values: Vec<i64>| -> ArrayRef { Arc::new(Int64Array::from(values)) };
    write(
        output,
        vec![
            ("table_name", texts(files.iter().map(|file| file.table.to_owned()).collect())),
            ("path", texts(files.iter().map(|file| file.path.display().to_string()).collect())),
            ("rows_count", counts(files.iter().map(|file| file.rows as i64).collect())),
            ("bytes_count", counts(files.iter().map(|file| file.bytes as i64).collect())),
        ],
    )
}

async fn maintain(output: &OutputArgs, globals: &Globals) -> Result<Exit, Failure> {
    let _lock = globals.lake.lock(globals.wait).await?;
    let done = globals.lake.maintain(globals.as_of).await?;
    let counts = |values: Vec<usize>| -> ArrayRef {
        Arc::new(values.into_iter().map(|value| Some(value as i64)).collect::<Int64Array>())
    };
    let names: Vec<&str> = done.iter().map(|one| one.table).collect();
    write(
        output,
        vec![
            ("table_name", Arc::new(StringArray::from(names)) as ArrayRef),
            ("files_before_count", counts(done.iter().map(|one| one.files.0).collect())),
            ("files_after_count", counts(done.iter().map(|one| one.files.1).collect())),
            ("deleted_count", counts(done.iter().map(|one| one.deleted).collect())),
        ],
    )
}

async fn migrate(globals: &Globals) -> Result<Exit, Failure> {
    let _lock = globals.lake.lock(globals.wait).await?;
    let done = globals.lake.migrate().await?;
    let place = globals.lake.root().display();
    let (from, to) = done.formats;
    globals.remark(&match (from == to, done.tables.as_slice()) {
        (true, []) => format!("the lake {place} is up to date (format {to})"),
        (_, tables) => {
            format!("the lake {place} went from format {from} to {to}: {}", tables.join(", "))
        }
    });
    Ok(Exit::Done)
}

fn write(output: &OutputArgs, columns: Vec<(&str, ArrayRef)>) -> Result<Exit, Failure> {
    let rows = RecordBatch::try_from_iter(columns)
        .map_err(|error| Failure::failed("failed to put the rows together", error))?;
    output.write(&rows.schema(), std::slice::from_ref(&rows))?;
    Ok(Exit::Done)
}
