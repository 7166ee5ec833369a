use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use clap::Args;
use include_dir::{Dir, DirEntry, include_dir};
use milepost_report::page::{self, Cell, Page};
use milepost_report::plain_line;

use super::ingest;
use crate::assess::grid;
use crate::config::{Config, NAME};
use crate::exit::{Exit, Failure};
use crate::globals::Globals;
use crate::ingest::Writer;
use crate::output::print;
use crate::quickstart::text::quoted;
use crate::reports::Report;

static ACME: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../fixtures/acme");
/// What the company is made of; the rest of the folder is about how it was made.
const BUNDLED: [&str; 2] = [NAME, "tables"];
/// The clock of the company.
const AS_OF: &str = "2026-07-06T09:00:00Z";

/// Show everything on a bundled, invented company, offline
///
/// Writes the company's files, a lake and every report into a folder, and prints the five metrics of
/// DORA. The clock stands on 6 July 2026, so that the numbers are the same for everybody.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost demo
  milepost demo -o /tmp/acme")]
pub(crate) struct DemoArgs {
    /// Folder to write [default: one in the user's cache]
    #[arg(long, short, value_name = "DIR")]
    output: Option<PathBuf>,
}

pub(crate) async fn run(args: DemoArgs, globals: &Globals) -> Result<Exit, Failure> {
    let folder = match args.output {
        Some(folder) => folder,
        None => cache_folder()?,
    };
    unpack(&ACME, &folder)?;
    let config = folder.join(NAME);
    let lake = globals.given_lake.clone().unwrap_or_else(|| folder.join("lake"));
    let acme = globals.under(Config::load(Some(&config))?, lake, as_of()?)?;
    let mut writer = Writer::new(&acme, &acme.lake);
    for source in &acme.config.source {
        ingest::configured(source, &mut writer).await?;
    }
    let exit = writer.finish().await?;
    let mut delivery = None;
    let mut paths = Vec::new();
    for report in Report::OURS {
        let page = report.page(&acme).await?;
        let path = folder.join(format!("{}.html", report.name()));
        write(&path, page::render(&page)?.as_bytes())?;
        paths.push(path);
        delivery = delivery.or(Some(page));
    }
    print(&text(&acme, &config, delivery.as_ref(), &paths))?;
    Ok(exit)
}

fn as_of() -> Result<DateTime<Utc>, Failure> {
    AS_OF.parse().map_err(|error| Failure::failed("failed to set the clock of the demo", error))
}

fn cache_folder() -> Result<PathBuf, Failure> {
    use etcetera::BaseStrategy;
    let strategy = etcetera::choose_base_strategy()
        .map_err(|error| Failure::failed("failed to find the user's cache; give -o", error))?;
    Ok(strategy.cache_dir().join("milepost").join("demo"))
}

/// Writes the bundled files below a folder.
fn unpack(bundled: &Dir<'_>, folder: &Path) -> Result<(), Failure> {
    for entry in bundled.entries() {
        let is_top = entry.path().components().count() == 1;
        if is_top && BUNDLED.iter().all(|name| entry.path() != Path::new(name)) {
            continue;
        }
        match entry {
            DirEntry::Dir(inner) => unpack(inner, folder)?,
            DirEntry::File(file) => write(&folder.join(file.path()), file.contents())?,
        }
    }
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let fail = |error| Failure::failed(&format!("failed to write {}", path.display()), error);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(fail)?;
    }
    std::fs::write(path, bytes).map_err(fail)
}

fn text(acme: &Globals, config: &Path, delivery: Option<&Page>, paths: &[PathBuf]) -> String {
    let mut text = format!("Acme, an invented company, as of {AS_OF}\n\n");
    if let Some(page) = delivery {
        let head = page.headline.columns.iter().map(|column| column.title.clone()).collect();
        let rows = page.headline.rows.iter().map(|row| row.iter().map(said).collect());
        text += &grid(&std::iter::once(head).chain(rows).collect::<Vec<_>>());
    }
    text += "\nReports, to be opened in a browser:\n";
    for path in paths {
        text += &format!("  {}\n", plain_line(&path.display().to_string()));
    }
    let flags = format!(
        "--config {} --lake {} --as-of {AS_OF}",
        quoted(&config.display().to_string()),
        quoted(&acme.lake.root().display().to_string())
    );
    text += "\nGo on with:\n";
    for command in [
        "assess --quarter 2026Q2",
        "compare golden-path",
        "adoption --services",
        "export capitalization --period 2026-06 --policy us_gaap_350_40_asu_2025_06 --out acme-june",
        "metric change_lead_time --by team --window quarter",
        "sql 'select subject_id, window_start, value, sample_size from metrics.change_fail_rate where subject_kind = ''team'' and window_kind = ''quarter'' order by 1, 2 limit 10'",
    ] {
        text += &format!("  milepost {} {flags}\n", command.replace("''", "'\\''"));
    }
    text
}

fn said(cell: &Cell) -> String {
    match (&cell.text, &cell.note) {
        (Some(text), Some(note)) => format!("{text} ({note})"),
        (Some(text), None) => text.clone(),
        (None, Some(why)) => format!("no data: {why}"),
        (None, None) => "no data".to_owned(),
    }
}
