//! The line editor: statements of several lines, a history, and completion of names.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use datafusion::prelude::SessionContext;
use milepost_analytics::{Span, view_columns};
use milepost_events::tables_by_contract;
use rustyline::completion::{Completer, Pair};
use rustyline::config::{CompletionType, Configurer as _};
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Editor, Helper};

use crate::answer;
use crate::exit::Failure;
use crate::globals::Globals;
use crate::statements::split;

const LONGEST_HISTORY: usize = 2_000;
const KEYWORDS: [&str; 26] = [
    "and",
    "as",
    "between",
    "by",
    "case",
    "cast",
    "cross join",
    "desc",
    "distinct",
    "else",
    "end",
    "explain",
    "from",
    "group by",
    "having",
    "in",
    "is not null",
    "is null",
    "join",
    "left join",
    "limit",
    "order by",
    "select",
    "then",
    "where",
    "with",
];

/// What can be completed, and where statements end.
pub(super) struct Words {
    /// Tables and views by schema.
    tables: BTreeMap<String, Vec<String>>,
    /// Everything, in order.
    all: Vec<String>,
}

impl Words {
    /// Names of tables, columns and functions. Opens no table.
    pub(super) fn of(globals: &Globals) -> Result<Words, Failure> {
        let session = answer::open(globals, &globals.lake, Span::everything())?;
        let tables = tables(&session);
        let mut all: Vec<String> = KEYWORDS.map(str::to_owned).to_vec();
        for (schema, names) in &tables {
            all.extend(names.iter().map(|name| match schema.as_str() {
                "public" => name.clone(),
                schema => format!("{schema}.{name}"),
            }));
        }
        for table in tables_by_contract() {
            all.extend(table.schema.fields().iter().map(|field| field.name().clone()));
        }
        all.extend(view_columns());
        let state = session.state();
        all.extend(state.scalar_functions().keys().map(|name| format!("{name}(")));
        all.extend(state.aggregate_functions().keys().map(|name| format!("{name}(")));
        all.sort();
        all.dedup();
        Ok(Words { tables, all })
    }

    /// The tables, a line for each schema.
    pub(super) fn listed(&self) -> String {
        let mut text = String::new();
        for (schema, names) in &self.tables {
            text += &format!("{schema}\n");
            text += &names.iter().map(|name| format!("  {name}\n")).collect::<String>();
        }
        text
    }
}

fn tables(session: &SessionContext) -> BTreeMap<String, Vec<String>> {
    let Some(catalog) = session.catalog("milepost") else { return BTreeMap::new() };
    let of = |schema: String| {
        let mut names = catalog.schema(&schema)?.table_names();
        names.sort();
        (!names.is_empty()).then_some((schema, names))
    };
    catalog.schema_names().into_iter().filter_map(of).collect()
}

/// An editor that completes these words.
pub(super) fn editor(words: Words) -> rustyline::Result<Editor<Words, FileHistory>> {
    let mut editor = Editor::new()?;
    editor.set_helper(Some(words));
    editor.set_completion_type(CompletionType::List);
    editor.set_max_history_size(LONGEST_HISTORY)?;
    Ok(editor)
}

/// Where the history is kept; `None` where there is no place for it.
pub(super) fn history() -> Option<PathBuf> {
    use etcetera::BaseStrategy as _;
    let strategy = etcetera::choose_base_strategy().ok()?;
    let folder = strategy.state_dir().unwrap_or_else(|| strategy.data_dir()).join("milepost");
    std::fs::create_dir_all(&folder).ok()?;
    Some(folder.join("history"))
}

/// Writes the history down; one that can't be is missed, and no reason to end.
pub(super) fn keep(editor: &mut Editor<Words, FileHistory>, history: &Path) {
    drop(editor.save_history(history));
}

impl Completer for Words {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        position: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        let before = &line[..position];
        let is_of_word = |letter: char| letter.is_alphanumeric() || "_.".contains(letter);
        let begin = before
            .rfind(|letter| !is_of_word(letter))
            .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
        let word = before[begin..].to_lowercase();
        if word.is_empty() {
            return Ok((position, Vec::new()));
        }
        let fits = self.all.iter().filter(|known| known.starts_with(&word));
        let pair = |known: &String| Pair { display: known.clone(), replacement: known.clone() };
        Ok((begin, fits.map(pair).collect()))
    }
}

impl Validator for Words {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let line = context.input().trim();
        let is_whole = line.starts_with('\\') || !split(line).1;
        Ok(if is_whole { ValidationResult::Valid(None) } else { ValidationResult::Incomplete })
    }
}

impl Hinter for Words {
    type Hint = String;
}

impl Highlighter for Words {}

impl Helper for Words {}
