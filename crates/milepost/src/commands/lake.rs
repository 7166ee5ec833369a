use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, FieldRef};
use clap::{Args, Subcommand, ValueEnum};
use milepost_events::{Table, tables_by_contract};
use milepost_lake::StoredFile;

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
    Files(FilesArgs),
    /// Put small files together and delete what no version in reach names
    ///
    /// In reach is what readers see, what was replaced in the last seven days, and every version
    /// on which a closed month rests.
    Maintain(OutputArgs),
    /// Bring a lake of an earlier version of Milepost up to date
    Migrate,
}

/// List the data files that make up the tables now, as other engines can read them
///
/// A pattern over the folder would read files that no longer count. Columns: table_name, path, rows_count,
/// bytes_count.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost lake files
  milepost lake files deployments commits --format csv
  milepost lake files --as duckdb | duckdb -cmd '.read /dev/stdin' lake.duckdb")]
struct FilesArgs {
    /// Tables [default: all]
    #[arg(value_name = "TABLE")]
    tables: Vec<String>,
    /// Print statements instead that make the tables known to an engine
    #[arg(long, value_name = "ENGINE", value_enum)]
    r#as: Option<Engine>,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Engine {
    /// Views of DuckDB
    Duckdb,
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
        LakeTask::Files(args) => files(&args, globals).await,
        LakeTask::Maintain(output) => maintain(&output, globals).await,
        LakeTask::Migrate => migrate(globals).await,
    }
}

async fn files(args: &FilesArgs, globals: &Globals) -> Result<Exit, Failure> {
    let tables = tables(&args.tables)?;
    let mut files = globals.lake.data_files().await?;
    files.retain(|file| tables.iter().any(|table| table.name == file.table));
    if args.r#as == Some(Engine::Duckdb) {
        let view = |table: &&Table| duckdb_view(table, &files);
        args.output.write_text(&tables.iter().map(view).collect::<String>())?;
        return Ok(Exit::Done);
    }
    let output = &args.output;
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

/// The tables of these names, or all.
fn tables(names: &[String]) -> Result<Vec<&'static Table>, Failure> {
    let known = tables_by_contract();
    if names.is_empty() {
        return Ok(known.iter().collect());
    }
    let find = |name: &String| {
        known.iter().find(|table| table.name == name).ok_or_else(|| {
            let known: Vec<&str> = known.iter().map(|table| table.name).collect();
            Failure::Usage(format!("there is no table `{name}`; there are {}", known.join(", ")))
        })
    };
    names.iter().map(find).collect()
}

/// The statement that makes a table a view of DuckDB; one without files has its columns all the
/// same.
fn duckdb_view(table: &Table, files: &[StoredFile]) -> String {
    let own = files.iter().filter(|file| file.table == table.name);
    let paths: Vec<String> = own
        .map(|file| format!("'{}'", file.path.display().to_string().replace('\'', "''")))
        .collect();
    let rows = match paths.is_empty() {
        false => format!("read_parquet([{}])", paths.join(", ")),
        true => {
            let column = |field: &FieldRef| {
                format!("null::{} as \"{}\"", duckdb_type(field.data_type()), field.name())
            };
            let columns: Vec<String> = table.schema.fields().iter().map(column).collect();
            format!("(select {}) where false", columns.join(", "))
        }
    };
    format!("create or replace view \"{}\" as select * from {rows};\n", table.name)
}

fn duckdb_type(of: &DataType) -> &'static str {
    match of {
        DataType::Int64 => "bigint",
        DataType::Float64 => "double",
        DataType::Boolean => "boolean",
        DataType::Date32 => "date",
        DataType::Timestamp(..) => "timestamptz",
        DataType::List(_) => "varchar[]",
        _ => "varchar",
    }
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
