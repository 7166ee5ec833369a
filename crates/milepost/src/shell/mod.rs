//! The SQL shell: reads statements of several lines, answers each from the lake as it is then.

mod editor;
mod meta;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write, stdout};
use std::path::PathBuf;
use tokio::time::Instant;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use milepost_analytics::Span;
use milepost_report::rows::{Format, write_rows, write_within};
use rustyline::error::ReadlineError;

use crate::answer;
use crate::exit::{Exit, Failure};
use crate::globals::Globals;
use crate::output::{print, terminal_width};
use crate::statements::split;
use editor::Words;
use meta::Command;

const PROMPT: &str = "milepost> ";

/// A shell under way.
pub(crate) struct Shell<'a> {
    globals: &'a Globals,
    parameters: BTreeMap<String, String>,
    format: Format,
    /// File that answers go to instead of the terminal.
    file: Option<(PathBuf, File)>,
    tells_time: bool,
}

/// What becomes of the shell after a line.
enum Then {
    GoOn,
    End,
}

impl<'a> Shell<'a> {
    pub(crate) fn new(
        globals: &'a Globals,
        parameters: BTreeMap<String, String>,
        format: Format,
    ) -> Shell<'a> {
        Shell { globals, parameters, format, file: None, tells_time: false }
    }

    /// Answers until the user ends it.
    ///
    /// # Errors
    /// Where the terminal can't be read or written.
    pub(crate) async fn run(mut self) -> Result<Exit, Failure> {
        let fail = |error: ReadlineError| Failure::failed("failed to read the terminal", error);
        let mut editor = editor::editor(Words::of(self.globals)?).map_err(fail)?;
        let history = editor::history();
        if let Some(history) = &history {
            // Without a history there is none to go back in.
            drop(editor.load_history(history));
        }
        answer::warn_without_lake(self.globals, &self.globals.lake);
        print("SQL over the lake; it can only read. \\? lists commands, \\q ends.\n")?;
        loop {
            let line = tokio::task::block_in_place(|| editor.readline(PROMPT));
            let line = match line {
                Ok(line) => line,
                Err(ReadlineError::Interrupted) => continue,
                Err(ReadlineError::Eof) => break,
                Err(error) => return Err(fail(error)),
            };
            if line.trim().is_empty() {
                continue;
            }
            editor.add_history_entry(line.trim()).map_err(fail)?;
            if let Some(history) = &history {
                editor::keep(&mut editor, history);
            }
            match self.line(&line).await {
                Ok(Then::GoOn) => {}
                Ok(Then::End) => break,
                Err(failure) => {
                    self.globals.log.say(crate::log::Level::Error, &failure.to_string())
                }
            }
        }
        Ok(Exit::Done)
    }

    /// Does what a line says.
    async fn line(&mut self, line: &str) -> Result<Then, Failure> {
        if let Some(command) = line.trim().strip_prefix('\\') {
            return self.command(Command::parse(command)?).await;
        }
        for statement in split(line).0 {
            self.statement(statement).await?;
        }
        Ok(Then::GoOn)
    }

    async fn command(&mut self, command: Command) -> Result<Then, Failure> {
        match command {
            Command::End => return Ok(Then::End),
            Command::Help => print(meta::HELP)?,
            Command::Describe(None) => self.tables()?,
            Command::Describe(Some(name)) => self.statement(&meta::described(&name)).await?,
            Command::Timing => {
                self.tells_time = !self.tells_time;
                let state = if self.tells_time { "on" } else { "off" };
                print(&format!("timing is {state}\n"))?;
            }
            Command::Output(None) => self.file = None,
            Command::Output(Some(path)) => {
                let file = File::create(&path).map_err(|error| {
                    Failure::failed(&format!("failed to write {}", path.display()), error)
                })?;
                self.file = Some((path, file));
            }
            Command::Format(format) => self.format = format,
            Command::Set(None) => {
                let all = self.parameters.iter();
                print(&all.map(|(name, value)| format!("{name} = {value}\n")).collect::<String>())?;
            }
            Command::Set(Some((name, value))) => {
                self.parameters.insert(name, value);
            }
            Command::Include(path) => {
                let text = std::fs::read_to_string(&path).map_err(|error| {
                    Failure::failed(&format!("failed to read {}", path.display()), error)
                })?;
                for statement in split(&text).0 {
                    self.statement(statement).await?;
                }
            }
        }
        Ok(Then::GoOn)
    }

    /// Answers one statement; Ctrl-C ends it and not the shell.
    async fn statement(&mut self, statement: &str) -> Result<(), Failure> {
        let began = Instant::now();
        let session = answer::open(self.globals, &self.globals.lake, Span::everything())?;
        let answered = tokio::select! {
            answered = answer::ask_with(&session, statement, &self.parameters) => answered,
            _ = tokio::signal::ctrl_c() => Err(Failure::Failed("interrupted".to_owned())),
        };
        let (schema, rows) = answered?;
        self.show(&schema, &rows)?;
        if self.tells_time {
            print(&format!("Time: {:.0} ms\n", began.elapsed().as_secs_f64() * 1000.0))?;
        }
        Ok(())
    }

    fn show(&mut self, schema: &SchemaRef, rows: &[RecordBatch]) -> Result<(), Failure> {
        if let Some((path, file)) = &mut self.file {
            write_rows(file, schema, rows, self.format)?;
            let doing = format!("failed to write {}", path.display());
            return file.flush().map_err(|error| Failure::failed(&doing, error));
        }
        let mut out = BufWriter::new(stdout());
        match (self.format, terminal_width()) {
            (Format::Parquet, _) => {
                return Err(Failure::Usage(
                    "Parquet is no text for a terminal; name a file with \\o FILE".to_owned(),
                ));
            }
            (Format::Table, Some(width)) => write_within(&mut out, schema, rows, width)?,
            (format, _) => write_rows(&mut out, schema, rows, format)?,
        }
        let count: usize = rows.iter().map(RecordBatch::num_rows).sum();
        print(&format!("({count} {})\n", if count == 1 { "row" } else { "rows" }))
    }

    /// Names of all tables and views, schema by schema.
    fn tables(&self) -> Result<(), Failure> {
        let words = Words::of(self.globals)?;
        print(&words.listed())
    }
}
