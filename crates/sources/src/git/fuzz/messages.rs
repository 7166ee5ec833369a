use std::collections::BTreeSet;

use proptest::sample::select;

use super::message;
use crate::fuzz::check;
use crate::git::{authors, message as read};

fn is_id(text: &str) -> bool {
    (7..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[test]
fn a_subject_is_one_line_and_the_body_begins_after_it() {
    check(3_000, &message(), |message| {
        let subject = read::subject(&message);
        assert!(!subject.contains('\n'));
        assert!(!subject.ends_with([' ', '\t', '\r']));
        // A subject is its own subject.
        assert_eq!(read::subject(&subject), subject);
        assert_eq!(read::body_title(&subject), None);
        let Some(title) = read::body_title(&message) else {
            return;
        };
        assert!(!title.is_empty() && !title.contains('\n'));
        assert_eq!(title.trim(), title);
        assert!(message.contains(title) && !subject.is_empty());
    });
}

#[test]
fn co_authors_have_one_address_each() {
    check(3_000, &message(), |message| {
        // A sigma's lower case depends on where it stands.
        let lower = message.to_lowercase().replace('ς', "σ");
        let mut seen = BTreeSet::new();
        for (name, email) in read::co_authors(&message) {
            assert!(!email.is_empty() && email.trim() == email, "{email:?}");
            assert!(!email.contains(['<', '>', '\n']), "{email:?}");
            assert!(!name.contains(['<', '\n']), "{name:?}");
            assert_eq!(email.to_lowercase(), email);
            assert!(lower.contains(&email.replace('ς', "σ")), "{email:?} is not in the message");
            assert!(seen.insert(email.clone()), "{email:?} is there twice");
        }
    });
}

#[test]
fn a_trailer_at_the_end_is_read_whatever_stands_before() {
    let name = "[A-Za-zéß. ]{0,12}";
    let email = "[A-Za-z0-9+.é]{1,12}@[A-Za-z.]{1,12}";
    let key = select(&["Co-authored-by:", "CO-AUTHORED-BY: ", "co-authored-by:\t"][..]);
    let end = select(&["", "\n", "\r\n", "\n\n", "\nSigned-off-by: A <a@b.c>\n"][..]);
    check(1_000, &(message(), name, email, key, end), |(message, name, email, key, end)| {
        let message = format!("{message}\n\n{key}{name} <{email}>{end}");
        let found = read::co_authors(&message);
        let found = found.iter().find(|(_, known)| *known == email.to_lowercase());
        assert!(found.is_some(), "{message:?}");
    });
}

#[test]
fn ids_and_numbers_are_those_in_the_message() {
    check(3_000, &message(), |message| {
        for id in [read::reverted(&message), read::picked_from(&message)].into_iter().flatten() {
            assert!(is_id(id), "{id:?}");
        }
        let numbers = [read::reverted_pull_request(&message), read::gitlab_number(&message)];
        for number in numbers.into_iter().flatten() {
            assert!((0..1_000_000_000).contains(&number));
            assert!(message.contains(&number.to_string()), "{number}");
        }
        if let Some(quoted) = read::reverted_subject(&read::subject(&message)) {
            assert!(message.trim_start().starts_with("Revert \""));
            assert!(!quoted.contains('\n'));
        }
        let tools = authors::ai_tools_of_marks(&message);
        let lower = message.to_lowercase();
        for tool in tools {
            let mark = if tool == "copilot" { "agent-logs-url:" } else { tool };
            assert!(lower.contains(mark), "{tool}");
        }
    });
}

#[test]
fn a_revert_and_a_pick_are_read_whatever_stands_around() {
    let around = (message(), "[0-9a-f]{7,40}", message());
    check(1_000, &around, |(before, id, after)| {
        let after = after.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_');
        // An earlier one in the text counts before this one.
        if !before.to_lowercase().contains("everts commit") {
            let message = format!("{before}\n\nThis reverts commit {id}\n{after}");
            assert_eq!(read::reverted(&message), Some(id.as_str()), "{message:?}");
        }
        if !before.to_lowercase().contains("picked from commit") {
            let message = format!("{before}\n\n(cherry picked from commit {id}){after}");
            assert_eq!(read::picked_from(&message), Some(id.as_str()), "{message:?}");
        }
    });
}

#[test]
fn work_items_are_sorted_once_each_and_their_own_work_items() {
    check(3_000, &message(), |message| {
        let keys = read::work_item_keys(&message);
        assert!(keys.is_sorted_by(|one, next| one < next), "{keys:?}");
        for key in &keys {
            let (tracker, number) = key.split_once('-').expect("a dash");
            assert!(tracker.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()));
            assert!(number.parse::<u32>().expect("a number") > 0);
            assert!(message.contains(key.as_str()));
        }
        assert_eq!(read::work_item_keys(&keys.join(" ")), keys);
        let more = format!("{message}\nZED-4711");
        assert!(read::work_item_keys(&more).contains(&"ZED-4711".to_owned()));
    });
}

#[test]
fn a_name_and_an_address_are_of_one_kind_in_any_case_and_with_blanks_around() {
    check(2_000, &(message(), message()), |(name, email)| {
        let kind = authors::kind(&name, &email);
        assert_eq!(authors::kind(&format!(" {name}\t"), &format!("\n{email} ")), kind);
        assert_eq!(authors::kind(&name, &email.to_lowercase()), kind);
    });
}
