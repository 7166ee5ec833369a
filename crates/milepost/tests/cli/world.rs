//! The world that the program under test runs in: a folder of its own, a fixed clock, and no
//! network, user or host to lean on.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use arrow::datatypes::DataType;
use milepost_events::tables_by_contract;
use serde_json::Value;
use tempfile::TempDir;

use crate::repository::{Repository, git_at};

/// What a run of the program left.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// The run, if it did all that it was asked.
    #[track_caller]
    pub(crate) fn ok(self) -> Run {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        self
    }

    /// What was printed, as JSON.
    #[track_caller]
    pub(crate) fn json(self) -> Value {
        let run = self.ok();
        serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}", run.stdout))
    }
}

/// A folder that goes away, with a home and a cache in it.
pub(crate) struct World {
    folder: TempDir,
    /// The clock of every run that says no other.
    pub(crate) as_of: &'static str,
    /// The host's zone.
    pub(crate) zone: &'static str,
}

impl World {
    pub(crate) fn as_of(as_of: &'static str) -> World {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("home")).expect("a home");
        World { folder, as_of, zone: "UTC" }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The path as an argument.
    pub(crate) fn place(&self, name: &str) -> String {
        self.path(name).to_str().expect("a path in UTF-8").to_owned()
    }

    /// Writes a file, its folders included, and gives its place.
    pub(crate) fn file(&self, name: &str, content: &str) -> String {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        std::fs::write(&path, content).expect("a file");
        self.place(name)
    }

    pub(crate) fn repository(&self, name: &str) -> Repository {
        Repository::new(self.path(name), &self.path("home"))
    }

    pub(crate) fn git(&self, path: &Path, arguments: &[&str]) -> Vec<u8> {
        git_at(path, &self.path("home"), arguments)
    }

    /// The program, or another, with nothing of the host's environment.
    pub(crate) fn command(&self, program: &str) -> Command {
        let own = Path::new(env!("CARGO_BIN_EXE_milepost")).parent().expect("a folder");
        let path = std::env::var("PATH").unwrap_or_default();
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", format!("{}:{path}", own.display()))
            .env("HOME", self.path("home"))
            .env("XDG_CACHE_HOME", self.path("cache"))
            .env("XDG_CONFIG_HOME", self.path("config"))
            .env("TZ", self.zone)
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn milepost(&self, arguments: &[&str]) -> Run {
        let mut command = self.command(env!("CARGO_BIN_EXE_milepost"));
        command.args(arguments);
        if !arguments.contains(&"--as-of") {
            command.args(["--as-of", self.as_of]);
        }
        World::finished(command)
    }

    /// A command's run to its end.
    pub(crate) fn finished(mut command: Command) -> Run {
        run(command.output().expect("the program"))
    }

    /// The same with a text on its standard input.
    pub(crate) fn milepost_reading(&self, arguments: &[&str], input: &str) -> Run {
        let mut command = self.command(env!("CARGO_BIN_EXE_milepost"));
        command.args(arguments).args(["--as-of", self.as_of]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().expect("the program");
        let mut stdin = process.stdin.take().expect("its input");
        stdin.write_all(input.as_bytes()).expect("it reads");
        drop(stdin);
        run(process.wait_with_output().expect("its output"))
    }

    /// Reads a repository into the lake of that name.
    #[track_caller]
    pub(crate) fn ingest(&self, repository: &Repository, lake: &str, flags: &[&str]) -> Run {
        let lake = self.place(lake);
        let mut arguments = vec!["ingest", "git", repository.place(), "--lake", &lake];
        arguments.extend_from_slice(flags);
        self.milepost(&arguments).ok()
    }

    /// The rows that a query gives of the lake of that name.
    #[track_caller]
    pub(crate) fn sql(&self, lake: &str, query: &str) -> Value {
        self.milepost(&["sql", "--format", "json", "--lake", &self.place(lake), query]).json()
    }

    /// A query's rows, one text each, values in the query's order with ` | ` between; NULL is `-`.
    #[track_caller]
    pub(crate) fn lines(&self, lake: &str, query: &str) -> Vec<String> {
        as_lines(&self.sql(lake, query))
    }

    /// Everything in the lake but when it was seen and what was run: rows as text by table.
    #[track_caller]
    pub(crate) fn contents(&self, lake: &str) -> BTreeMap<String, Vec<String>> {
        let query: Vec<String> = tables_by_contract()
            .iter()
            .filter(|table| {
                table.name != "ingest_runs" && self.path(lake).join(table.name).is_dir()
            })
            .map(|table| {
                let columns = table.schema.fields().iter();
                let columns =
                    columns.filter(|column| column.name() != "observed_at").map(|column| {
                        let name = column.name();
                        let text = match column.data_type() {
                            // When each source saw the row is left out as well.
                            DataType::List(_) if name == "field_sources" => {
                                format!(
                                    "regexp_replace(array_to_string({name}, ' '), '@\\S*', '', 'g')"
                                )
                            }
                            DataType::List(_) => format!("array_to_string(\"{name}\", ',')"),
                            _ => format!("cast(\"{name}\" as varchar)"),
                        };
                        format!("'{name}=', coalesce({text}, '-'), '; '")
                    });
                let columns = columns.collect::<Vec<_>>().join(", ");
                format!("select '{0}' as t, concat({columns}) as r from \"{0}\"", table.name)
            })
            .collect();
        let mut contents: BTreeMap<String, Vec<String>> = BTreeMap::new();
        if query.is_empty() {
            return contents;
        }
        let rows = self.sql(lake, &query.join(" union all "));
        for row in rows.as_array().expect("rows") {
            let text = |name: &str| row[name].as_str().expect("text").to_owned();
            contents.entry(text("t")).or_default().push(text("r"));
        }
        contents.values_mut().for_each(|rows| rows.sort());
        contents
    }

    /// The same without rows that were found deleted upstream.
    #[track_caller]
    pub(crate) fn living(&self, lake: &str) -> BTreeMap<String, Vec<String>> {
        let mut contents = self.contents(lake);
        let is_living =
            |row: &String| !row.contains("deleted_at=") || row.contains("deleted_at=-;");
        contents.values_mut().for_each(|rows| rows.retain(is_living));
        contents.retain(|_, rows| !rows.is_empty());
        contents
    }
}

/// Fails with the rows that only one side has.
#[track_caller]
pub(crate) fn assert_same(
    got: &BTreeMap<String, Vec<String>>,
    expected: &BTreeMap<String, Vec<String>>,
) {
    let missing = only_in(expected, got);
    let surplus = only_in(got, expected);
    assert!(
        missing.is_empty() && surplus.is_empty(),
        "expected but missing:\n{}\nsurplus:\n{}",
        missing.join("\n"),
        surplus.join("\n")
    );
}

fn only_in(
    one: &BTreeMap<String, Vec<String>>,
    other: &BTreeMap<String, Vec<String>>,
) -> Vec<String> {
    let mut only = Vec::new();
    for (table, rows) in one {
        let mut others = other.get(table).cloned().unwrap_or_default();
        for row in rows {
            match others.iter().position(|other| other == row) {
                Some(at) => drop(others.swap_remove(at)),
                None => only.push(format!("{table}: {row}")),
            }
        }
    }
    only
}

/// Every file below a folder with its bytes.
pub(crate) fn files_below(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else {
                let bytes = std::fs::read(&path).unwrap_or_default();
                found.insert(path, bytes);
            }
        }
    }
    found
}

/// Rows as text, NULL as `-`.
pub(crate) fn as_lines(rows: &Value) -> Vec<String> {
    let text = |value: &Value| match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let row = |row: &Value| {
        let values = row.as_object().expect("a row").values();
        values.map(text).collect::<Vec<_>>().join(" | ")
    };
    rows.as_array().expect("rows").iter().map(row).collect()
}

fn run(output: std::process::Output) -> Run {
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    Run { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}
