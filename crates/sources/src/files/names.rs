//! Names and words: which valid ones are near, and what Milepost calls what a tool calls else.

/// The choices most like `word`, at most three, nearest first: those that contain it or that it
/// contains, then by edit distance, then in the order given. Far ones only where none is near.
pub(crate) fn nearest<'a>(word: &str, choices: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let word = word.trim().to_lowercase();
    let mut ranked: Vec<(bool, usize, &str)> = choices
        .map(|choice| {
            let is_part = word.len() > 1 && (choice.contains(&word) || word.contains(choice));
            (!is_part, distance(&word, choice), choice)
        })
        .collect();
    ranked.sort_by_key(|(is_apart, distance, _)| (*is_apart, *distance));
    ranked.truncate(3);
    let is_near = |(is_apart, distance, choice): &(bool, usize, &str)| {
        !is_apart || distance * 2 <= choice.len().max(word.len())
    };
    if ranked.iter().any(is_near) {
        ranked.retain(is_near);
    }
    ranked.into_iter().map(|(_, _, choice)| choice).collect()
}

/// Names in backticks with commas between: `` `a`, `b` ``.
pub(crate) fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// A text from a file as part of a sentence: its beginning, and nothing that could break the line
/// or mislead a terminal.
pub(crate) fn shown(text: &str, longest: usize) -> String {
    let mut shown = String::new();
    for (at, letter) in text.chars().enumerate() {
        if at == longest {
            shown.push('…');
            break;
        }
        match letter {
            '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                shown.extend(letter.escape_unicode());
            }
            letter if letter.is_control() => shown.extend(letter.escape_default()),
            letter => shown.push(letter),
        }
    }
    shown
}

/// Letters to insert, delete or replace to get from one word to the other.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, letter) in from.chars().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, other) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[to.len()]
}

/// The environment a tool's word means: `production`, `staging`, `test`, `development`, or the
/// word in lower case. A production word may go on after `-` or `_`, such as `prod-eu`.
pub(crate) fn environment(word: &str) -> String {
    let word = word.trim().to_lowercase();
    let head = word.split(['-', '_']).next().unwrap_or(&word);
    if matches!(head, "prod" | "production" | "prd" | "live") {
        return "production".to_owned();
    }
    match word.as_str() {
        "stage" | "staging" | "stg" | "preprod" | "uat" => "staging".to_owned(),
        "test" | "testing" | "qa" => "test".to_owned(),
        "dev" | "development" => "development".to_owned(),
        _ => word,
    }
}

/// The outcome a tool's word means, or the word in lower case where none is known.
pub(super) fn outcome(word: &str) -> String {
    let word = word.trim().to_lowercase();
    match word.as_str() {
        "success" | "successful" | "ok" | "passed" => "succeeded".to_owned(),
        "failure" | "error" => "failed".to_owned(),
        "canceled" => "cancelled".to_owned(),
        _ => word,
    }
}
