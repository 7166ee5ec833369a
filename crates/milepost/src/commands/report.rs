use std::path::PathBuf;

use clap::Args;
use milepost_report::plain_line;

use crate::exit::{Exit, Failure};
use crate::globals::Globals;
use crate::output::print;
use crate::reports::{Publication, Report, Written};

/// Write a report: a page to read, print and send, or the same as Markdown, JSON or CSV
///
/// The page is one file that needs no network. Beside every drawing stands the table of its data.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost report dora
  milepost report golden-path -o golden-path.html
  milepost report dora --publish -o /srv/www/dora.html
  milepost report adoption --format markdown >> \"$GITHUB_STEP_SUMMARY\"")]
pub(crate) struct ReportArgs {
    /// Which one: dora, adoption, golden-path, value, readiness, allocation, data-quality, or a `[[page]]`
    /// of the configuration
    #[arg(default_value = "dora")]
    name: Report,
    /// Format
    #[arg(long, value_enum, default_value = "html")]
    format: Written,
    /// File to write [default: NAME.html here for html, else the standard output]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Keep what it shows in the lake, and list what changed since it was last published, and why
    #[arg(long)]
    publish: bool,
}

pub(crate) async fn run(args: ReportArgs, globals: &Globals) -> Result<Exit, Failure> {
    let page = args.name.page(globals).await?;
    let (page, publication) = match args.publish {
        true => {
            let (page, publication) = Publication::after_last(globals, &args.name, page, None)?;
            (page, Some(publication))
        }
        false => (page, None),
    };
    let text = args.format.text(&args.name, &page)?;
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
    if let Some(publication) = publication {
        publication.keep(&globals.lake)?;
    }
    Ok(Exit::Done)
}
