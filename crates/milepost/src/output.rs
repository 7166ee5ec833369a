//! Where rows come out: a format, and a file or stdout.

use std::fs::File;
use std::io::{BufWriter, IsTerminal as _, Write, stdout};
use std::path::PathBuf;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use clap::Args;
use milepost_report::rows::{Format, write_rows, write_within};

use crate::exit::Failure;

/// Flags of commands that give rows.
#[derive(Debug, Args)]
pub(crate) struct OutputArgs {
    /// Format of the rows: table, csv, json, ndjson, markdown or parquet
    #[arg(long, default_value = "table")]
    format: Format,
    /// File to write instead of printing
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl OutputArgs {
    /// The format that was asked for. What is told rather than listed is text for `table`.
    pub(crate) fn format(&self) -> Format {
        self.format
    }

    /// True where a file is written.
    pub(crate) fn is_file(&self) -> bool {
        self.output.is_some()
    }

    /// Writes a text that is the data.
    ///
    /// # Errors
    /// Where the file can't be written.
    pub(crate) fn write_text(&self, text: &str) -> Result<(), Failure> {
        match &self.output {
            Some(path) => std::fs::write(path, text).map_err(|error| {
                Failure::failed(&format!("failed to write {}", path.display()), error)
            }),
            None => print(text),
        }
    }

    /// # Errors
    /// Where the file can't be written, or the rows can't be in this format.
    pub(crate) fn write(&self, schema: &SchemaRef, rows: &[RecordBatch]) -> Result<(), Failure> {
        match &self.output {
            Some(path) => {
                let doing = format!("failed to write {}", path.display());
                let file = File::create(path).map_err(|error| Failure::failed(&doing, error))?;
                let mut file = BufWriter::new(file);
                write_rows(&mut file, schema, rows, self.format)?;
                file.flush().map_err(|error| Failure::failed(&doing, error))
            }
            None => {
                let mut out = BufWriter::new(stdout());
                match terminal_width().filter(|_| self.format == Format::Table) {
                    Some(width) => write_within(&mut out, schema, rows, width)?,
                    None => write_rows(&mut out, schema, rows, self.format)?,
                }
                flush(&mut out)
            }
        }
    }
}

/// Columns of the terminal; `None` where stdout is none.
pub(crate) fn terminal_width() -> Option<usize> {
    let width = terminal_size::terminal_size_of(stdout()).map(|(width, _)| width.0.into());
    width.filter(|_| stdout().is_terminal())
}

/// Prints text that is data.
///
/// # Errors
/// Where stdout can't be written.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = stdout();
    out.write_all(text.as_bytes()).map_err(unwritten)?;
    flush(&mut out)
}

fn flush(out: &mut impl Write) -> Result<(), Failure> {
    out.flush().map_err(unwritten)
}

fn unwritten(error: std::io::Error) -> Failure {
    if error.kind() == std::io::ErrorKind::BrokenPipe {
        Failure::Unread
    } else {
        Failure::failed("failed to print", error)
    }
}
