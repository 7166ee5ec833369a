//! The report as text for a terminal, and the sentences that the page shows too.

use std::path::Path;

use milepost_lake::Lake;
use milepost_report::plain;
use milepost_report::units::{Unit, count};

use super::{Measurement, Overview};
use crate::globals::Globals;

/// The whole report.
pub(crate) fn render(globals: &Globals, overview: &Overview, lake: &Lake, page: &Path) -> String {
    let counts = &overview.counts;
    let mut text = format!(
        "\n{}: {} commits, {} deployments, {} pull requests, as of {}\n",
        overview.repository_id,
        count(counts.commits),
        count(counts.deployments),
        count(counts.pull_requests),
        globals.as_of.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
    );
    for (service, rows) in &overview.services {
        text += &table(service, &overview.spans, rows);
    }
    if overview.more_services > 0 {
        text += &format!("\n{} more services are in the lake.\n", overview.more_services);
    }
    text.push('\n');
    for sentence in sentences(overview) {
        text += &format!("{}\n", wrapped(&sentence));
    }
    text += &format!("\nPage: {}\nNext:\n", page.display());
    for command in commands(overview, lake) {
        text += &format!("  {command}\n");
    }
    plain(&text).into_owned()
}

/// What was inferred, what is missing and why, and what would help: a sentence each.
pub(crate) fn sentences(overview: &Overview) -> Vec<String> {
    let counts = &overview.counts;
    let mut sentences = Vec::new();
    if counts.deployments == 0 && counts.known_deployments > 0 {
        sentences.push(format!(
            "No deployments up to the as-of: all {} release tags are younger.",
            count(counts.known_deployments)
        ));
    } else if counts.deployments == 0 {
        sentences.push(
            "No deployments: no tag looks like a release (such as v1.2.3), so frequency, lead time, \
             fail rate, recovery and rework have nothing to stand on. If other tags mark releases, \
             `--deployments-from-tags GLOB` names them; if every merge is deployed, \
             `--deployments-from-branch` says so."
                .to_owned(),
        );
    } else if counts.is_configured {
        sentences.push(format!(
            "Recorded: {} deployments from a configuration repository ({} to {}), {} of them counted \
             (others are not to production, or bring nothing new); the last on {}. Each is at the \
             time of the commit that says so, not when the cluster had followed.",
            count(counts.deployments),
            counts.first_ref,
            counts.last_ref,
            count(counts.counted),
            counts.last_deployed_on,
        ));
    } else {
        let from = if counts.is_from_branch {
            "every commit of the default branch's first-parent line".to_owned()
        } else {
            format!("release tags ({} to {})", counts.first_ref, counts.last_ref)
        };
        sentences.push(format!(
            "Inferred: {} deployments from {from}, {}; the last on {}. A tag says when a version was \
             made, not when it reached users.",
            count(counts.deployments),
            counted(counts.deployments, counts.counted),
            counts.last_deployed_on,
        ));
    }
    sentences.push(format!(
        "Inferred: {} pull requests from {} merge and {} squash commits; {} deployed changes, {} of \
         them left out of lead times (bots, reverts, clocks that can't be right).",
        count(counts.pull_requests),
        count(counts.merges),
        count(counts.squashes),
        count(counts.changes),
        count(counts.excluded),
    ));
    if counts.squashed_starts > 0 {
        sentences.push(format!(
            "{} changes were squashed: git has lost when work on them began, so their lead time \
             starts with the squash and is too short.",
            count(counts.squashed_starts)
        ));
    }
    sentences.push(failures(overview));
    sentences
}

fn counted(deployments: i64, counted: i64) -> String {
    if deployments == counted {
        return "all counted".to_owned();
    }
    format!("{} of them counted (the others ship nothing new)", count(counted))
}

fn failures(overview: &Overview) -> String {
    let counts = &overview.counts;
    if counts.incidents > 0 {
        return format!(
            "Failures: {} deployments, from {} incidents and what git tells.",
            count(counts.failures),
            count(counts.incidents)
        );
    }
    if counts.is_configured && counts.deployed_reverts + counts.failures > 0 {
        return format!(
            "Missing: incidents. {} failures are seen, only where production was set back or a \
             deployed revert undid a change within 7 days, so the true rates are higher; \
             `milepost ingest files incidents.csv` adds incidents.",
            count(counts.failures)
        );
    }
    if counts.deployed_reverts == 0 {
        return "Missing: incidents, and no deployed revert either, so fail rate, recovery and rework \
                have no source; `milepost ingest files incidents.csv` adds one."
            .to_owned();
    }
    format!(
        "Missing: incidents. Failures are seen only where a revert was deployed within 7 days of \
         what it reverts ({} of {} deployed reverts), so the true rates are higher; \
         `milepost ingest files incidents.csv` adds incidents.",
        count(counts.failures),
        count(counts.deployed_reverts)
    )
}

/// Commands to paste, the lake included.
pub(crate) fn commands(overview: &Overview, lake: &Lake) -> Vec<String> {
    let lake = quoted(&lake.root().display().to_string());
    let mut commands = vec![
        format!("milepost metric change_lead_time --window quarter --all-statistics --lake {lake}"),
        format!(
            "milepost sql --lake {lake} \"select ref, finished_at, kind from classified_deployments order by finished_at desc limit 10\""
        ),
    ];
    if overview.counts.deployments > 0 && !overview.counts.is_from_branch {
        let last = quoted(&overview.counts.last_ref);
        commands.push(format!("milepost explain deployment {last} --lake {lake}"));
    }
    commands.push(format!("milepost check --lake {lake}"));
    if overview.more_services > 0 {
        commands.push(format!("milepost metric deployment_frequency --window all --lake {lake}"));
    }
    commands
}

/// A value as people read it, with its sample size, or why there is none.
pub(crate) fn cell(unit: &str, measurement: &Measurement) -> (Option<String>, String) {
    match measurement.value {
        Some(value) => (
            Some(unit.parse::<Unit>().map_or_else(|_| value.to_string(), |unit| unit.text(value))),
            format!("n={}", count(measurement.sample_size)),
        ),
        None => (None, reason(measurement.reason.as_deref().unwrap_or("no_data"))),
    }
}

/// A reason in words.
pub(crate) fn reason(reason: &str) -> String {
    reason.replace('_', " ")
}

fn table(service: &str, spans: &[String], rows: &[super::overview::Row]) -> String {
    const NAME: usize = 34;
    const CELL: usize = 36;
    let mut text = format!("\n{service}\n{:NAME$}", "");
    for span in spans {
        text += &format!("{span:<CELL$}  ");
    }
    text = format!("{}\n", text.trim_end());
    for row in rows {
        let statistic = if row.unit == "seconds" { " (median)" } else { "" };
        let mut line = format!("{:<NAME$}", format!("{}{statistic}", short(&row.title)));
        for measurement in &row.spans {
            let cell = match cell(&row.unit, measurement) {
                (Some(value), note) => format!("{value}  ({note})"),
                (None, reason) => format!("no data: {reason}"),
            };
            line += &format!("{cell:<CELL$}  ");
        }
        text += &format!("{}\n", line.trim_end());
    }
    text
}

fn short(title: &str) -> String {
    title.replace("Failed deployment recovery time", "Recovery time")
}

/// Broken into lines of a terminal's usual width.
pub(crate) fn wrapped(text: &str) -> String {
    const WIDTH: usize = 96;
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.len() - 1;
        let line = &mut lines[last];
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > WIDTH {
            lines.push(word.to_owned());
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines.join("\n")
}

/// A path as a shell reads it back.
pub(crate) fn quoted(path: &str) -> String {
    let is_plain = path.chars().all(|c| c.is_ascii_alphanumeric() || "/._-+".contains(c));
    if is_plain { path.to_owned() } else { format!("'{}'", path.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_with_a_quote_can_be_pasted() {
        assert_eq!(quoted("/home/ann/lake"), "/home/ann/lake");
        assert_eq!(quoted("/home/ann's lake"), "'/home/ann'\\''s lake'");
    }

    #[test]
    fn a_value_comes_with_its_sample_size_and_no_value_with_its_reason() {
        let mut measurement = Measurement {
            value: Some(0.125),
            sample_size: 1234,
            reason: None,
            start_on: String::new(),
            is_provisional: false,
        };
        assert_eq!(cell("ratio", &measurement), (Some("12.5 %".to_owned()), "n=1,234".to_owned()));
        measurement.value = None;
        measurement.reason = Some("no_failure_source".to_owned());
        assert_eq!(cell("ratio", &measurement), (None, "no failure source".to_owned()));
    }
}
