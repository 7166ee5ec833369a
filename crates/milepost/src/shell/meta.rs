//! Commands of the shell that are no SQL.

use std::path::PathBuf;

use milepost_report::rows::Format;

use crate::exit::Failure;

pub(super) const HELP: &str = "\
\\d              tables and views
\\d NAME         columns of one of them
\\timing         tell how long answers take, or not
\\o FILE         write answers into a file from now on; \\o alone shows them again
\\f FORMAT       table, csv, json, ndjson, markdown or parquet
\\set NAME VALUE value of $NAME in queries; \\set alone lists them
\\i FILE         do what a file says
\\q              end

A query ends with a semicolon. Tab completes names, Ctrl-R looks back, Ctrl-C stops a query.
";

/// A command.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Command {
    End,
    Help,
    Describe(Option<String>),
    Timing,
    Output(Option<PathBuf>),
    Format(Format),
    Set(Option<(String, String)>),
    Include(PathBuf),
}

impl Command {
    /// Reads a command without its backslash.
    pub(super) fn parse(text: &str) -> Result<Command, Failure> {
        let text = text.trim().trim_end_matches(';');
        let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let rest = Some(rest.trim()).filter(|rest| !rest.is_empty());
        let needs = |what: &str| {
            let sentence = format!("\\{word} needs {what}; \\? lists the commands");
            rest.ok_or(Failure::Usage(sentence))
        };
        Ok(match word {
            "q" | "quit" | "exit" => Command::End,
            "?" | "h" | "help" => Command::Help,
            "d" | "dt" | "dv" | "d+" => Command::Describe(rest.map(str::to_owned)),
            "timing" => Command::Timing,
            "o" => Command::Output(rest.map(PathBuf::from)),
            "f" => {
                let format = needs("a format")?.parse::<Format>();
                Command::Format(format.map_err(|fault| Failure::Usage(fault.to_string()))?)
            }
            "set" => Command::Set(match rest {
                None => None,
                Some(rest) => {
                    let (name, value) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
                    Some((name.to_owned(), value.trim().trim_matches('\'').to_owned()))
                }
            }),
            "i" => Command::Include(PathBuf::from(needs("a file")?)),
            _ => {
                return Err(Failure::Usage(format!(
                    "there is no command \\{word}; \\? lists them"
                )));
            }
        })
    }
}

/// The query for the columns of a table.
pub(super) fn described(name: &str) -> String {
    let name = name.trim_matches('"').replace('\'', "''");
    let (schema, table) = name.split_once('.').unwrap_or(("public", &name));
    format!(
        "select column_name, data_type from information_schema.columns \
         where table_schema = '{schema}' and table_name = '{table}' order by ordinal_position"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read_with_what_they_need() {
        let of = |text| Command::parse(text).ok();
        assert_eq!(of("d deployments;"), Some(Command::Describe(Some("deployments".to_owned()))));
        let set = ("team".to_owned(), "pay ments".to_owned());
        assert_eq!(of("set team 'pay ments'"), Some(Command::Set(Some(set))));
        assert_eq!(of("f csv"), Some(Command::Format(Format::Csv)));
        assert_eq!(of("f"), None);
        assert_eq!(of("drop"), None);
    }
}
