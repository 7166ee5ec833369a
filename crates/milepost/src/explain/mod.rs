//! Explanations become text: sections of sentences, the same for a terminal and for rows.

pub(crate) mod change;
pub(crate) mod deployment;
pub(crate) mod incident;
pub(crate) mod metric;

use chrono::{DateTime, Utc};
use milepost_analytics::diagnosis::explain::DeploymentName;
use milepost_report::plain_line;
use milepost_report::units::{count, duration};

/// Sentences under a title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Section {
    pub(crate) title: String,
    pub(crate) lines: Vec<Line>,
}

/// A line of a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Line {
    /// Broken where a terminal ends.
    Sentence(String),
    /// Kept whole: a row of a list, or a command to paste.
    Row(String),
}

impl Line {
    pub(crate) fn text(&self) -> &str {
        match self {
            Line::Sentence(text) | Line::Row(text) => text,
        }
    }
}

impl Section {
    pub(crate) fn new(title: impl Into<String>) -> Section {
        Section { title: title.into(), lines: Vec::new() }
    }

    pub(crate) fn say(&mut self, line: impl Into<String>) {
        self.lines.push(Line::Sentence(line.into()));
    }

    pub(crate) fn list(&mut self, rows: impl IntoIterator<Item = String>) {
        self.lines.extend(rows.into_iter().map(Line::Row));
    }
}

/// The sections as text. What a title or a subject holds can neither break a line nor reach the
/// terminal.
pub(crate) fn text(sections: &[Section]) -> String {
    let mut text = String::new();
    for (at, section) in sections.iter().enumerate() {
        if at > 0 {
            text.push('\n');
        }
        text += &format!("{}\n", plain_line(&section.title));
        for line in &section.lines {
            text += &match line {
                Line::Sentence(sentence) => indented(2, sentence),
                Line::Row(row) => format!("  {}\n", plain_line(row.trim_end())),
            };
        }
    }
    text
}

/// A sentence broken into lines of a terminal's usual width, all of them indented, and those
/// after the first some more.
pub(crate) fn indented(by: usize, sentence: &str) -> String {
    let sentence = plain_line(sentence);
    let broken = crate::quickstart::text::wrapped(&sentence);
    let margin = |at: usize| " ".repeat(if at == 0 { by } else { by + 2 });
    broken.lines().enumerate().map(|(at, line)| format!("{}{line}\n", margin(at))).collect()
}

/// "1 service", "2,000 services"; `things` is the plural.
pub(crate) fn counted(number: i64, things: &str) -> String {
    let thing = match (number, things.strip_suffix("ies"), things.strip_suffix('s')) {
        (1, Some(stem), _) => format!("{stem}y"),
        (1, None, Some(thing)) => thing.to_owned(),
        _ => things.to_owned(),
    };
    format!("{} {thing}", count(number))
}

/// How many problems there are, and remarks: these tell of what is missing too, so that no problem does
/// not mean that nothing is.
pub(crate) fn verdict(problems: usize, remarks: usize) -> String {
    let problems = match problems {
        0 => "No problem".to_owned(),
        problems => counted(problems as i64, "problems"),
    };
    match remarks {
        0 => format!("{problems}."),
        remarks => format!("{problems}, {}.", counted(remarks as i64, "remarks")),
    }
}

/// `2026-01-05 09:00:00Z`.
pub(crate) fn instant(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// A commit's id is cut to what people type; any other name stays.
pub(crate) fn short(id: &str) -> &str {
    let is_sha = id.len() >= 40 && id.chars().all(|c| c.is_ascii_hexdigit());
    if is_sha { &id[..10] } else { id }
}

/// Whole seconds as a duration.
pub(crate) fn seconds(seconds: i64) -> String {
    duration(seconds as f64)
}

/// "v1.2.0 (shop@v1.2.0, commit 0123456789)": the tag, where there is one, before the id.
pub(crate) fn named(deployment: &DeploymentName) -> String {
    let commit = deployment.sha.as_deref().map(|sha| format!("commit {}", short(sha)));
    match (&deployment.r#ref, commit) {
        (Some(name), Some(commit)) if *name != deployment.deployment_id => {
            format!("{name} ({}, {commit})", deployment.deployment_id)
        }
        (Some(name), None) if *name != deployment.deployment_id => {
            format!("{name} ({})", deployment.deployment_id)
        }
        (_, Some(commit)) => format!("{} ({commit})", deployment.deployment_id),
        _ => deployment.deployment_id.clone(),
    }
}

/// Names with commas between, cut where they are too many.
pub(crate) fn cut(names: &[String], most: usize) -> String {
    let shown = names.iter().take(most).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(most) {
        0 => shown,
        more => format!("{shown}, and {more} more"),
    }
}

/// What to know before trusting a row, a sentence a flag.
pub(crate) fn flags(section: &mut Section, flags: &[String], things: &str) {
    for flag in flags {
        let words = milepost_analytics::diagnosis::words::flag(flag);
        section.say(format!("flag {flag}: such {things} {}; {}", words.what, words.then));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_can_neither_break_a_line_nor_reach_the_terminal() {
        let mut section = Section::new("a\nb");
        section.say("\u{1b}[2J gone\nProblems");
        section.list(["a\nb".to_owned()]);
        assert_eq!(text(&[section]), "a\\nb\n  \\u{1b}[2J gone\\nProblems\n  a\\nb\n");
    }

    #[test]
    fn only_the_id_of_a_commit_is_cut() {
        assert_eq!(short("0123456789abcdef0123456789abcdef01234567"), "0123456789");
        assert_eq!(short("github.com/a/b#12"), "github.com/a/b#12");
    }

    #[test]
    fn a_verdict_says_how_much_there_is_to_read() {
        assert_eq!(verdict(0, 0), "No problem.");
        assert_eq!(verdict(0, 3), "No problem, 3 remarks.");
        assert_eq!(verdict(1, 0), "1 problem.");
        assert_eq!(verdict(2, 1), "2 problems, 1 remark.");
    }
}
