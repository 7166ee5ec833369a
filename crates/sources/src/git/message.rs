//! What a commit's message says. Pure functions over its text.

use std::collections::{BTreeSet, HashSet};
use std::sync::LazyLock;

use regex::Regex;

/// A subject longer than this is cut: nobody wrote it, and every query would carry it.
const LONGEST_SUBJECT: usize = 4096;

/// First paragraph on one line, as `git log --format=%s` prints it; one of more than 4,096
/// characters ends in `…`.
pub(crate) fn subject(message: &str) -> String {
    let lines = message
        .split('\n')
        .map(without_blanks)
        .skip_while(|line| line.is_empty())
        .take_while(|line| !line.is_empty());
    let mut subject = String::new();
    for line in lines {
        if !subject.is_empty() {
            subject.push(' ');
        }
        subject.push_str(line);
        if let Some((end, _)) = subject.char_indices().nth(LONGEST_SUBJECT) {
            let end = subject[..end].char_indices().next_back().map_or(0, |(last, _)| last);
            subject.truncate(end);
            subject.push('…');
            break;
        }
    }
    subject
}

/// The line without what git takes for blanks at its end: other spaces are letters to it.
fn without_blanks(line: &str) -> &str {
    line.trim_end_matches([' ', '\t', '\r'])
}

/// First non-empty line after the subject's paragraph, or `None`.
pub(crate) fn body_title(message: &str) -> Option<&str> {
    message
        .split('\n')
        .map(without_blanks)
        .skip_while(|line| line.is_empty())
        .skip_while(|line| !line.is_empty())
        .map(str::trim)
        .find(|line| !line.is_empty())
}

/// Id, possibly shortened, of the commit that the message says it reverts.
pub(crate) fn reverted(message: &str) -> Option<&str> {
    static REVERTS: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?i)\bthis reverts commit ([0-9a-f]{7,64})\b").ok());
    // Most messages need no more than this look.
    message.contains("everts commit").then(|| first_group(&REVERTS, message)).flatten()
}

/// Id, possibly shortened, of the commit that the message says it was picked from.
pub(crate) fn picked_from(message: &str) -> Option<&str> {
    static PICKED: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?i)\(cherry[ -]picked from commit ([0-9a-f]{7,64})\)").ok());
    message.contains("icked from commit").then(|| first_group(&PICKED, message)).flatten()
}

/// Number of the pull request that the message says it reverts, as hosts word it.
pub(crate) fn reverted_pull_request(message: &str) -> Option<i64> {
    static REVERTS: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?mi)^reverts (?:[\w.-]+/[\w./-]+)?[#!](\d{1,9})\b").ok());
    if !message.contains("everts ") {
        return None;
    }
    first_group(&REVERTS, message)?.parse().ok()
}

/// The subject that a `Revert "…"` subject quotes, without a pull request's number behind it.
pub(crate) fn reverted_subject(subject: &str) -> Option<&str> {
    let quoted = subject.strip_prefix("Revert \"")?;
    let end = quoted.rfind('"')?;
    Some(&quoted[..end])
}

/// Work items named in the text, such as `PAY-12`, sorted.
pub(crate) fn work_item_keys(text: &str) -> Vec<String> {
    static KEY: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?-u:\b)([A-Z][A-Z0-9]{1,9})-([1-9][0-9]{0,6})(?-u:\b)").ok()
    });
    // Standards and algorithms are written the same way and are no work items.
    const NOT_TRACKERS: [&str; 22] = [
        "UTF", "SHA", "ISO", "RFC", "CVE", "GHSA", "AES", "RSA", "MD", "CP", "UCS", "X86", "TLS",
        "PEP", "EC", "ES", "IEEE", "BASE", "CWE", "HTTP", "SSE", "AVX",
    ];
    let Some(key) = KEY.as_ref() else {
        return Vec::new();
    };
    let keys: BTreeSet<String> = key
        .captures_iter(text)
        .filter(|found| !NOT_TRACKERS.contains(&&found[1]))
        .map(|found| found[0].to_owned())
        .collect();
    keys.into_iter().collect()
}

/// Name and lower-case address of every `Co-authored-by` trailer, in order, each address once.
pub(crate) fn co_authors(message: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let mut known = HashSet::new();
    let mut lines = message.split('\n').peekable();
    while let Some(line) = lines.next() {
        let Some(value) = co_author(line) else {
            continue;
        };
        let mut value = value.to_owned();
        // A long trailer goes on in lines that begin with a blank.
        let mut is_open = !value.contains('>');
        while is_open
            && let Some(more) = lines.next_if(|line| {
                line.starts_with([' ', '\t'])
                    && !without_blanks(line).is_empty()
                    && co_author(line).is_none()
            })
        {
            is_open = !more.contains('>');
            value.push(' ');
            value.push_str(more.trim());
        }
        let Some((name, rest)) = value.split_once('<') else {
            continue;
        };
        let Some((email, _)) = rest.split_once('>') else {
            continue;
        };
        // Of several brackets the innermost hold the address.
        let email = email.rsplit('<').next().unwrap_or(email).trim().to_lowercase();
        if !email.is_empty() && known.insert(email.clone()) {
            found.push((name.trim().to_owned(), email));
        }
    }
    found
}

/// What follows the key on a line that is a `Co-authored-by` trailer.
fn co_author(line: &str) -> Option<&str> {
    let (key, value) = line.split_once(':')?;
    key.trim().eq_ignore_ascii_case("co-authored-by").then_some(value)
}

/// Number of the merge request that GitLab names in the body, `See merge request group/name!12`.
pub(crate) fn gitlab_number(message: &str) -> Option<i64> {
    static SEE: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?m)^See merge request (?:\S*?)!(\d{1,9})\s*$").ok());
    if !message.contains("See merge request ") {
        return None;
    }
    first_group(&SEE, message)?.parse().ok()
}

fn first_group<'a>(pattern: &LazyLock<Option<Regex>>, text: &'a str) -> Option<&'a str> {
    let found = pattern.as_ref()?.captures(text)?;
    found.get(1).map(|group| group.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_the_first_paragraph_on_one_line() {
        assert_eq!(subject("\n\nfix the  \nparser\n\nbody"), "fix the parser");
        assert_eq!(subject("  indented\r\n\r\nbody"), "  indented");
        assert_eq!(subject("one line"), "one line");
        assert_eq!(subject("\n\n"), "");
    }

    #[test]
    fn a_subject_of_more_than_4096_characters_is_cut() {
        assert_eq!(subject(&"ä".repeat(4096)), "ä".repeat(4096));
        let cut = subject(&"ä".repeat(4097));
        assert_eq!((cut.chars().count(), cut.ends_with("ä…")), (4096, true));
    }

    #[test]
    fn the_title_of_a_merge_is_the_first_line_of_its_body() {
        assert_eq!(
            body_title("Merge pull request #1 from a/b\n\nAdd a door\n\nmore"),
            Some("Add a door")
        );
        assert_eq!(body_title("Merge pull request #1 from a/b"), None);
    }

    #[test]
    fn the_subject_ends_where_git_sees_a_blank_line() {
        // A no-break space is a letter to git.
        let message = "Merge\n\u{a0}\nmore of the subject\n\nAdd a door";
        assert_eq!(subject(message), "Merge \u{a0} more of the subject");
        assert_eq!(body_title(message), Some("Add a door"));
    }

    #[test]
    fn a_revert_names_its_commit() {
        let sha = "0123456789abcdef0123456789abcdef01234567";
        assert_eq!(reverted(&format!("Revert \"x\"\n\nThis reverts commit {sha}.")), Some(sha));
        assert_eq!(
            reverted(&format!(
                "Revert \"x\"\n\nThis reverts commit {sha}, reversing\nchanges made to 1."
            )),
            Some(sha)
        );
        assert_eq!(reverted("This reverts commit soon"), None);
    }

    #[test]
    fn a_revert_of_a_pull_request_names_its_number() {
        assert_eq!(reverted_pull_request("Revert \"x\" (#9)\n\nReverts denoland/deno#7"), Some(7));
        assert_eq!(reverted_pull_request("Revert \"x\"\n\nReverts #12"), Some(12));
        assert_eq!(reverted_pull_request("it reverts #12 in passing"), None);
        assert_eq!(reverted_subject("Revert \"fix: a \"b\"\" (#9)"), Some("fix: a \"b\""));
        assert_eq!(reverted_subject("Revert nothing"), None);
    }

    #[test]
    fn a_cherry_pick_names_its_origin() {
        assert_eq!(picked_from("x\n\n(cherry picked from commit abcdef1234)"), Some("abcdef1234"));
    }

    #[test]
    fn standards_are_no_work_items() {
        assert_eq!(
            work_item_keys("PAY-12: use SHA-256 and UTF-8, see OPS-7 and PAY-12"),
            ["OPS-7", "PAY-12"]
        );
        assert!(work_item_keys("a-1 B-2 X1-0").is_empty());
    }

    #[test]
    fn co_authors_are_read_in_any_case_and_once() {
        let message = "x\n\nCo-authored-by: Ann <Ann@X.org>\nCO-AUTHORED-BY: Bo <bo@x.org>\nco-authored-by: A <ann@x.org>\nCo-authored-by: nobody";
        let emails: Vec<String> = co_authors(message).into_iter().map(|(_, email)| email).collect();
        assert_eq!(emails, ["ann@x.org", "bo@x.org"]);
    }

    #[test]
    fn a_co_author_s_address_is_in_the_innermost_brackets() {
        let found = co_authors("x\n\nCo-authored-by: Ann <<ann@x.org>>");
        assert_eq!(found, [("Ann".to_owned(), "ann@x.org".to_owned())]);
    }

    #[test]
    fn a_co_author_may_go_on_in_the_next_line() {
        let found = co_authors("x\n\nCo-authored-by : Ann\n  Arbor\n <ann@x.org>\n <bo@x.org>");
        assert_eq!(found, [("Ann Arbor".to_owned(), "ann@x.org".to_owned())]);
        assert!(co_authors("x\n\nCo-authored-by: Ann\n \n <ann@x.org>").is_empty());
    }

    #[test]
    fn gitlab_names_the_number_in_the_body() {
        let text =
            "Merge branch 'door' into 'main'\n\nAdd a door\n\nSee merge request group/sub/shop!77";
        assert_eq!(gitlab_number(text), Some(77));
        assert_eq!(gitlab_number("see merge request later"), None);
    }
}
