//! Who gives a row of a catalogue table, and whose each of its values is.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};

use super::precedence::rank;

/// Stands for the row as a whole where others name a column.
const ROW: &str = "*";
const INFERRED: &str = " inferred";

/// How a source gives a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Seen {
    /// False where Milepost deduced it.
    pub(super) is_recorded: bool,
    /// As-of at which it was first seen so; `None` where that is not known.
    pub(super) at: Option<DateTime<Utc>>,
}

/// Sources that give a row, and the source of each value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Claims {
    pub(super) sources: BTreeMap<String, Seen>,
    pub(super) columns: BTreeMap<String, String>,
}

impl Claims {
    /// From the entries of `field_sources`; `None` where they do not say who gives the row.
    pub(super) fn parse<'a>(entries: impl Iterator<Item = &'a str>) -> Option<Claims> {
        let mut claims = Claims::default();
        for (column, source) in entries.filter_map(|entry| entry.split_once('=')) {
            if column != ROW {
                claims.columns.insert(column.to_owned(), source.to_owned());
                continue;
            }
            let (source, at) = source.rsplit_once('@')?;
            let (at, is_recorded) = match at.strip_suffix(INFERRED) {
                Some(at) => (at, false),
                None => (at, true),
            };
            let at = match at {
                "" => None,
                at => Some(DateTime::parse_from_rfc3339(at).ok()?.to_utc()),
            };
            claims.sources.insert(source.to_owned(), Seen { is_recorded, at });
        }
        (!claims.sources.is_empty()).then_some(claims)
    }

    /// The entries of `field_sources`: sources first, the one that counts most before others, then
    /// columns by name.
    pub(super) fn entries(&self) -> Vec<String> {
        let mut sources: Vec<(&String, &Seen)> = self.sources.iter().collect();
        sources.sort_by_key(|(source, seen)| std::cmp::Reverse(standing(source, **seen)));
        let row = |(source, seen): (&String, &Seen)| {
            let at = seen.at.map(|at| at.to_rfc3339_opts(SecondsFormat::AutoSi, true));
            let basis = if seen.is_recorded { "" } else { INFERRED };
            format!("{ROW}={source}@{}{basis}", at.unwrap_or_default())
        };
        let column = |(column, source): (&String, &String)| format!("{column}={source}");
        sources.into_iter().map(row).chain(self.columns.iter().map(column)).collect()
    }

    /// The source that counts most, and how it gives the row.
    pub(super) fn first(&self) -> Option<(&str, Seen)> {
        let sources = self.sources.iter().map(|(source, seen)| (source.as_str(), *seen));
        sources.max_by_key(|(source, seen)| standing(source, *seen))
    }

    /// True where the value of the column is another's who counts more.
    pub(super) fn outrank(&self, column: &str, source: &str, seen: Seen) -> bool {
        let Some(owner) = self.columns.get(column).filter(|owner| *owner != source) else {
            return false;
        };
        let unknown = Seen { is_recorded: true, at: None };
        let owned = self.sources.get(owner).copied().unwrap_or(unknown);
        standing(owner, owned) > standing(source, seen)
    }

    /// Takes a source out, and gives the columns whose values were its.
    pub(super) fn withdraw(&mut self, source: &str) -> Vec<String> {
        self.sources.remove(source);
        let (own, others) = std::mem::take(&mut self.columns)
            .into_iter()
            .partition::<BTreeMap<_, _>, _>(|(_, owner)| owner == source);
        self.columns = others;
        own.into_keys().collect()
    }

    /// True where both say the same but for when it was seen.
    pub(super) fn agree(&self, other: &Claims) -> bool {
        let given = |claims: &Claims| -> Vec<(String, bool)> {
            let sources = claims.sources.iter();
            sources.map(|(source, seen)| (source.clone(), seen.is_recorded)).collect()
        };
        self.columns == other.columns && given(self) == given(other)
    }
}

/// What decides between two sources: the rank, then who saw it later. The name is last, so that
/// the order of two ingests at one instant does not matter either.
fn standing(source: &str, seen: Seen) -> (usize, Option<DateTime<Utc>>, &str) {
    (rank(source, seen.is_recorded), seen.at, source)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_read_as_they_are_written() {
        let entries = [
            "*=files@2026-01-05T09:00:00Z",
            "*=a=b@c@2026-01-06T09:00:00.000001Z",
            "*=old@",
            "*=git@2026-01-07T09:00:00Z inferred",
            "name=git",
            "tier=files",
        ];
        let claims = Claims::parse(entries.into_iter()).expect("claims");
        assert_eq!(claims.first().expect("a source").0, "a=b@c", "of one rank the later one");
        let mut written = claims.entries();
        assert_eq!(Claims::parse(written.iter().map(String::as_str)), Some(claims));
        written.sort();
        let mut entries = entries.map(str::to_owned);
        entries.sort();
        assert_eq!(written, entries);
    }

    #[test]
    fn entries_that_name_no_source_of_the_row_say_nothing() {
        for entries in [vec![], vec!["tier=files"], vec!["a", "b"], vec!["*=files@yesterday"]] {
            assert_eq!(Claims::parse(entries.iter().copied()), None, "{entries:?}");
        }
    }
}
