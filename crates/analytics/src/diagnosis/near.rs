//! What was probably meant: names that are near, and environments that look like production.

/// Parts of an environment's name that make it look like production.
const PRODUCTION_WORDS: [&str; 6] = ["prod", "production", "prd", "live", "release", "public"];
/// Environments that are not production, whatever else they are.
const OTHER_WORDS: [&str; 17] = [
    "build",
    "canary",
    "ci",
    "dev",
    "development",
    "integration",
    "local",
    "pr",
    "preprod",
    "preview",
    "qa",
    "review",
    "sandbox",
    "stage",
    "staging",
    "test",
    "uat",
];

/// The choices most like `word`, at most three, nearest first; none where all are far.
pub(crate) fn nearest<'a>(word: &str, choices: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let word = word.to_lowercase();
    let mut ranked: Vec<(bool, usize, &str)> = choices
        .filter_map(|choice| {
            let lower = choice.to_lowercase();
            let is_part = word.len() > 2
                && lower.len() > 2
                && (lower.contains(&word) || word.contains(&lower));
            let distance = distance(&word, &lower);
            let is_near =
                is_part || distance * 3 <= lower.chars().count().max(word.chars().count());
            is_near.then_some((!is_part, distance, choice))
        })
        .collect();
    ranked.sort();
    ranked.truncate(3);
    ranked.into_iter().map(|(_, _, choice)| choice).collect()
}

/// Letters to insert, delete, replace or swap with the next to get from one word to the other.
fn distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    let mut rows = vec![vec![0; to.len() + 1]; from.len() + 1];
    for at in 0..=from.len() {
        for other in 0..=to.len() {
            rows[at][other] = match (at, other) {
                (0, other) => other,
                (at, 0) => at,
                (i, j) => {
                    let replaced = rows[i - 1][j - 1] + usize::from(from[i - 1] != to[j - 1]);
                    let best = replaced.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
                    let is_swapped =
                        i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1];
                    if is_swapped { best.min(rows[i - 2][j - 2] + 1) } else { best }
                }
            };
        }
    }
    rows[from.len()][to.len()]
}

/// Of environments that the definition does not take for production, those that probably are:
/// by their names, else the only one that is not known to be another.
pub(crate) fn production_like<'a>(environments: &[&'a str]) -> Vec<&'a str> {
    let has = |environment: &str, words: &[&str]| {
        let lower = environment.to_lowercase();
        lower.split(|c: char| !c.is_alphanumeric()).any(|part| words.contains(&part))
    };
    let others = environments.iter().copied().filter(|one| !has(one, &OTHER_WORDS));
    let others: Vec<&str> = others.filter(|one| !one.is_empty()).collect();
    let named: Vec<&str> =
        others.iter().copied().filter(|one| has(one, &PRODUCTION_WORDS)).collect();
    match others.len() {
        _ if !named.is_empty() => named,
        1 => others,
        _ => Vec::new(),
    }
}

/// Of pipelines, those that probably deploy, by their names.
pub(crate) fn deploying<'a>(pipelines: &[&'a str]) -> Vec<&'a str> {
    let deploys = |name: &str| {
        let lower = name.to_lowercase();
        ["deploy", "release", "rollout", "publish"].iter().any(|word| lower.contains(word))
    };
    pipelines.iter().copied().filter(|name| deploys(name)).collect()
}

/// A regular expression that matches exactly these names.
pub(crate) fn pattern(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| regex::escape(name)).collect();
    format!("^({})$", names.join("|"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_finds_the_one_that_was_meant() {
        let services = ["payments", "checkout", "search"];
        assert_eq!(nearest("paymnets", services.into_iter()), ["payments"]);
        assert_eq!(nearest("serach", services.into_iter()), ["search"], "two letters swapped");
        assert_eq!(nearest("payments-api", services.into_iter()), ["payments"]);
        assert!(nearest("zebra", services.into_iter()).is_empty());
    }

    #[test]
    fn an_environment_that_looks_like_production_is_proposed_and_a_staging_one_never() {
        assert_eq!(production_like(&["build", "release"]), ["release"]);
        assert_eq!(production_like(&["eu-prod", "us-prod", "x"]), ["eu-prod", "us-prod"]);
        assert_eq!(production_like(&["staging", "kunden"]), ["kunden"]);
        assert!(production_like(&["one", "two"]).is_empty());
        assert!(production_like(&["staging", "dev", ""]).is_empty());
        assert_eq!(pattern(&["eu.prod", "us"]), r"^(eu\.prod|us)$");
    }
}
