//! Whether a configuration has the shape it should: every key known, every value of its kind. What
//! is wrong is told with its line and the key that was probably meant.
//!
//! The shape is the JSON Schema of the types that the configuration is read into, which editors get
//! as well, so that none of the three can know another key than the others.

use std::collections::BTreeMap;
use std::ops::Range;

use schemars::generate::SchemaSettings;
use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Config;

/// Key that tells of which kind one of several shapes is.
const KIND: &str = "kind";

/// The JSON Schema of a configuration.
pub(crate) fn schema() -> Value {
    let settings = SchemaSettings::draft2020_12().for_deserialize();
    let schema = settings.into_generator().into_root_schema_for::<Config>();
    let mut schema = schema.to_value();
    schema["title"] = Value::String("milepost.toml".to_owned());
    // Options are given over a preset: none of them is needed.
    if let Some(definition) = schema.pointer_mut("/$defs/Definition").and_then(Value::as_object_mut)
    {
        definition.remove("required");
    }
    schema
}

/// Checks a configuration's text.
///
/// # Errors
/// The first thing that is wrong: line, column and what to do.
pub(super) fn check(text: &str) -> Result<(), String> {
    let parsed = DeTable::parse(text).map_err(|error| {
        let at = error.span().map(|span| place(text, span.start)).unwrap_or_default();
        format!("{at}{}", error.message())
    })?;
    let root = schema();
    let shapes = Shapes { root: &root, text };
    shapes.table(parsed.get_ref(), &root, "")
}

/// `line:column: ` of an entry of a list, by the keys that lead to it; a blank where it is not
/// found.
pub(super) fn place_of(text: &str, keys: &[&str], at: usize) -> String {
    let Ok(parsed) = DeTable::parse(text) else { return " ".to_owned() };
    let mut value = None;
    let mut table = Some(parsed.get_ref());
    for key in keys {
        let found = table.into_iter().flatten().find(|(name, _)| name.get_ref() == key);
        value = found.map(|(_, value)| value);
        table = value.and_then(|value| value.get_ref().as_table());
    }
    let entry = value.and_then(|value| value.get_ref().as_array()?.get(at));
    entry.map_or_else(|| " ".to_owned(), |entry| place(text, entry.span().start))
}

/// `line:column: ` of a byte.
fn place(text: &str, byte: usize) -> String {
    let before = &text[..byte.min(text.len())];
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    format!("{line}:{column}: ")
}

/// The keys of a table.
#[derive(Default)]
struct Keys<'a> {
    known: BTreeMap<&'a str, &'a Value>,
    needed: Vec<&'a str>,
}

impl<'a> Keys<'a> {
    fn add(&mut self, other: Keys<'a>) {
        self.known.extend(other.known);
        self.needed.extend(other.needed);
    }
}

struct Shapes<'a> {
    root: &'a Value,
    text: &'a str,
}

impl<'a> Shapes<'a> {
    fn fault(&self, at: Range<usize>, words: &str) -> String {
        format!("{}{words}", place(self.text, at.start))
    }

    /// The schema that a reference stands for, and what an optional value is where it is there.
    fn resolved(&self, schema: &'a Value) -> &'a Value {
        if let Some(name) = schema["$ref"].as_str().and_then(|name| name.strip_prefix('#')) {
            return self.resolved(self.root.pointer(name).unwrap_or(schema));
        }
        let given = schema["anyOf"].as_array().into_iter().flatten();
        let given = given.filter(|one| one["type"] != "null").collect::<Vec<_>>();
        match given[..] {
            [only] => self.resolved(only),
            _ => schema,
        }
    }

    /// The keys that a table may have; of several shapes those of its kind.
    fn keys(&self, table: &DeTable<'_>, schema: &'a Value) -> Result<Keys<'a>, String> {
        let mut keys = Keys::default();
        let properties = schema["properties"].as_object().into_iter().flatten();
        keys.known.extend(properties.map(|(name, schema)| (name.as_str(), schema)));
        let needed = schema["required"].as_array().into_iter().flatten();
        keys.needed.extend(needed.filter_map(Value::as_str));
        if let Some(shapes) = schema["oneOf"].as_array() {
            keys.add(self.keys(table, self.of_kind(table, shapes)?)?);
        }
        for part in schema["allOf"].as_array().into_iter().flatten() {
            keys.add(self.keys(table, self.resolved(part))?);
        }
        if let Some(name) = schema["$ref"].as_str().and_then(|name| name.strip_prefix('#')) {
            keys.add(self.keys(table, self.root.pointer(name).unwrap_or(schema))?);
        }
        Ok(keys)
    }

    fn of_kind(&self, table: &DeTable<'_>, shapes: &'a [Value]) -> Result<&'a Value, String> {
        let kind =
            |shape: &'a Value| shape["properties"][KIND]["const"].as_str().unwrap_or_default();
        let kinds: Vec<&str> = shapes.iter().map(kind).collect();
        let listed = kinds.join(", ");
        let given = table.iter().find(|(key, _)| key.get_ref() == KIND).map(|(_, value)| value);
        let Some(given) = given else {
            let start = table.keys().map(|key| key.span().start).min().unwrap_or_default();
            let words = format!("a source needs a `{KIND}`, one of {listed}");
            return Err(self.fault(start..start, &words));
        };
        let name = given.get_ref().as_str().unwrap_or_default();
        shapes.iter().find(|shape| kind(shape) == name).ok_or_else(|| {
            let meant = meant(name, &kinds);
            let words =
                format!("there is no source of the kind `{name}`{meant}; there are {listed}");
            self.fault(given.span(), &words)
        })
    }

    fn table(&self, table: &DeTable<'_>, schema: &'a Value, place: &str) -> Result<(), String> {
        let keys = self.keys(table, schema)?;
        let names: Vec<&str> = keys.known.keys().copied().collect();
        for (key, value) in table {
            let name: &str = key.get_ref();
            // A map, whose keys are names of the user's own or words that are checked when read.
            let of_any = Some(&schema["additionalProperties"]).filter(|shape| shape.is_object());
            let Some(shape) = keys.known.get(name).copied().or(of_any) else {
                let within = if place.is_empty() { "a configuration" } else { place };
                let words = match meant(name, &names) {
                    meant if meant.is_empty() => {
                        format!("`{name}` is no key of {within}; there are {}", names.join(", "))
                    }
                    meant => format!("`{name}` is no key of {within}{meant}"),
                };
                return Err(self.fault(key.span(), &words));
            };
            self.value(value, shape, name)?;
        }
        for needed in keys.needed {
            if !place.is_empty() && !table.keys().any(|key| key.get_ref() == needed) {
                let start = table.keys().map(|key| key.span().start).min().unwrap_or_default();
                return Err(self.fault(start..start, &format!("{place} needs a `{needed}`")));
            }
        }
        Ok(())
    }

    fn value(
        &self,
        value: &Spanned<DeValue<'_>>,
        schema: &'a Value,
        name: &str,
    ) -> Result<(), String> {
        let schema = self.resolved(schema);
        let kinds = kinds(schema);
        let (given, is) = kind_of(value.get_ref());
        let fits = kinds.is_empty()
            || kinds.contains(&is)
            || (is == "integer" && kinds.contains(&"number"))
            || (is == "date" && schema["format"] == "date");
        if !fits {
            let wanted = wanted(&kinds);
            let words = format!("`{name}` is {given}, but must be {wanted}");
            return Err(self.fault(value.span(), &words));
        }
        if let (Some(words), Some(text)) = (words(schema), value.get_ref().as_str())
            && !words.contains(&text)
        {
            let meant = meant(text, &words);
            let words = words.join("`, `");
            return Err(self.fault(
                value.span(),
                &format!("`{name}` can't be `{text}`{meant}; it may be `{words}`"),
            ));
        }
        match value.get_ref() {
            DeValue::Table(table) => self.table(table, schema, &format!("`{name}`")),
            DeValue::Array(elements) => {
                elements.iter().try_for_each(|one| self.value(one, &schema["items"], name))
            }
            _ => Ok(()),
        }
    }
}

/// The only texts that are allowed, or `None` where any is.
fn words(schema: &Value) -> Option<Vec<&str>> {
    if let Some(words) = schema["enum"].as_array() {
        return Some(words.iter().filter_map(Value::as_str).collect());
    }
    let shapes = schema["oneOf"].as_array()?;
    let words: Vec<&str> = shapes.iter().filter_map(|shape| shape["const"].as_str()).collect();
    (words.len() == shapes.len()).then_some(words)
}

fn kinds(schema: &Value) -> Vec<&str> {
    let kinds = match &schema["type"] {
        Value::String(kind) => vec![kind.as_str()],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    kinds.into_iter().filter(|kind| *kind != "null").collect()
}

/// A value's kind in words and as a schema calls it.
fn kind_of(value: &DeValue<'_>) -> (&'static str, &'static str) {
    match value {
        DeValue::String(_) => ("a text", "string"),
        DeValue::Integer(_) => ("a whole number", "integer"),
        DeValue::Float(_) => ("a number", "number"),
        DeValue::Boolean(_) => ("true or false", "boolean"),
        DeValue::Datetime(_) => ("a date", "date"),
        DeValue::Array(_) => ("a list", "array"),
        DeValue::Table(_) => ("a table", "object"),
    }
}

fn wanted(kinds: &[&str]) -> String {
    let words = kinds.iter().map(|kind| match *kind {
        "string" => "a text in quotes",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "true or false",
        "array" => "a list in brackets",
        _ => "a table",
    });
    words.collect::<Vec<_>>().join(" or ")
}

/// `; did you mean …?`, or nothing where nothing is near.
fn meant(name: &str, known: &[&str]) -> String {
    let distance = |known: &&&str| strsim::osa_distance(name, known);
    let nearest = known.iter().filter(|known| distance(known) <= 1 + name.len() / 4);
    let nearest = nearest.min_by_key(distance);
    nearest.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn fault(text: &str) -> String {
        check(text).expect_err("a fault")
    }

    #[test]
    fn a_key_that_is_not_known_is_told_with_its_line_and_what_was_meant() {
        assert_eq!(
            fault("lake = \"x\"\n[definition]\ninclude_bot = true\n"),
            "3:1: `include_bot` is no key of `definition`; did you mean `include_bots`?"
        );
        assert_eq!(
            fault("[[source]]\nkind = \"github\"\nrepositories = [\"a/b\"]\ntokn_env = \"X\"\n"),
            "4:1: `tokn_env` is no key of `source`; did you mean `token_env`?"
        );
    }

    #[test]
    fn a_value_of_another_kind_is_told_with_what_it_must_be() {
        assert_eq!(
            fault("[[source]]\nkind = \"files\"\npaths = \"x.csv\"\n"),
            "3:9: `paths` is a text, but must be a list in brackets"
        );
        assert_eq!(
            fault("[definition]\nweek_start = \"tuesday\"\n"),
            "2:14: `week_start` can't be `tuesday`; it may be `monday`, `sunday`"
        );
        assert_eq!(
            fault("[definition]\ninclude_bots = \"yes\"\n"),
            "2:16: `include_bots` is a text, but must be true or false"
        );
    }

    #[test]
    fn a_source_needs_a_kind_that_there_is() {
        assert!(fault("[[source]]\nname = \"x\"\n").starts_with("2:1: a source needs a `kind`"));
        let unknown = fault("[[source]]\nkind = \"gihub\"\n");
        assert!(
            unknown
                .starts_with("2:8: there is no source of the kind `gihub`; did you mean `github`?")
        );
    }

    #[test]
    fn what_is_no_toml_and_what_comes_twice_is_told_with_its_line() {
        assert!(
            fault("lake = \"a\"\nlake = \"b\"\n").starts_with("2:1: "),
            "{}",
            fault("lake = \"a\"\nlake = \"b\"\n")
        );
        assert!(fault("lake = \n").starts_with("1:"), "{}", fault("lake = \n"));
    }

    /// Every key that a schema names, at any depth.
    fn names(schema: &Value, found: &mut std::collections::BTreeSet<String>) {
        match schema {
            Value::Object(parts) => {
                if let Some(properties) = parts.get("properties").and_then(Value::as_object) {
                    found.extend(properties.keys().cloned());
                }
                parts.values().for_each(|part| names(part, found));
            }
            Value::Array(parts) => parts.iter().for_each(|part| names(part, found)),
            _ => {}
        }
    }

    #[test]
    fn the_example_is_sound_and_shows_every_key_that_there_is() {
        let example = include_str!("../../../../docs/milepost.example.toml");
        assert_eq!(check(example), Ok(()));
        let mut keys = std::collections::BTreeSet::new();
        names(&schema(), &mut keys);
        let is_shown = |key: &&String| {
            let line = |line: &str| {
                let line = line.trim_start_matches("# ");
                line.starts_with(&format!("{key} = "))
                    || line == format!("[[{key}]]")
                    || (line.starts_with("[[") && line.ends_with(&format!(".{key}]]")))
                    || line == format!("[{key}]")
                    || (line.starts_with('[') && line.ends_with(&format!(".{key}]")))
            };
            example.lines().any(line)
        };
        let missing: Vec<&String> = keys.iter().filter(|key| !is_shown(key)).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn a_date_may_be_written_bare_or_in_quotes() {
        for day in ["2026-01-01", "\"2026-01-01\""] {
            let text =
                format!("[[source]]\nkind = \"github\"\nrepositories = [\"a/b\"]\nsince = {day}\n");
            assert_eq!(check(&text), Ok(()));
        }
    }
}
