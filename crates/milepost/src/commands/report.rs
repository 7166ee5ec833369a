use std::path::PathBuf;

use clap::{Args, ValueEnum};
use milepost_report::page::{self, Page, SCHEMA_VERSION};
use milepost_report::plain_line;
use milepost_report::rows::{Format, write_rows};

use crate::exit::{Exit, Failure};
use crate::globals::Globals;
use crate::output::print;
use crate::reports::Report;

/// Write a report: a page to read, print and send, or the same as Markdown, JSON or CSV
///
/// The page is one file that needs no network. Beside every drawing stands the table of its data.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost report dora
  milepost report golden-path -o golden-path.html
  milepost report adoption --format markdown >> \"$GITHUB_STEP_SUMMARY\"")]
pub(crate) struct ReportArgs {
    /// Which one
    #[arg(value_enum, default_value = "dora")]
    name: Report,
    /// Format
    #[arg(long, value_enum, default_value = "html")]
    format: Written,
    /// File to write [default: NAME.html here for html, else the standard output]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Written {
    Html,
    Markdown,
    Json,
    Csv,
}

pub(crate) async fn run(args: ReportArgs, globals: &Globals) -> Result<Exit, Failure> {
    let page = args.name.page(globals).await?;
    let text = match args.format {
        Written::Html => page::render(&page)?,
        Written::Markdown => page::markdown(&page),
        Written::Json => json(args.name, &page)?,
        Written::Csv => csv(&page)?,
    };
    let own =
        (args.format == Written::Html).then(|| PathBuf::from(format!("{}.html", args.name.name())));
    match args.output.or(own) {
        Some(path) => {
            let doing = format!("failed to write {}", path.display());
            std::fs::write(&path, text).map_err(|error| Failure::failed(&doing, error))?;
            globals.remark(&format!("wrote {}", plain_line(&path.display().to_string())));
        }
        None => print(&text)?,
    }
    Ok(Exit::Done)
}

fn json(report: Report, page: &Page) -> Result<String, Failure> {
    let fail = |error| Failure::failed("failed to write the report", error);
    let page = serde_json::to_value(page).map_err(fail)?;
    let whole = serde_json::json!({
        "schema_version": SCHEMA_VERSION, "report": report.name(), "page": page
    });
    Ok(serde_json::to_string_pretty(&whole).map_err(fail)? + "\n")
}

fn csv(page: &Page) -> Result<String, Failure> {
    let rows = milepost_events::answer(&page::cells(page))
        .map_err(|error| Failure::failed("failed to put rows together", error))?;
    let mut bytes = Vec::new();
    write_rows(&mut bytes, &rows.schema(), &[rows], Format::Csv)?;
    String::from_utf8(bytes).map_err(|error| Failure::failed("failed to write the report", error))
}
