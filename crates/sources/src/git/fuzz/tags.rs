use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::fuzz::{check, text};
use crate::git::tags::{VersionTag, declared, stable};

const REPOSITORY: &str = "Shop";

const PIECES: [&str; 46] = [
    "v",
    "V",
    "1",
    "0",
    "2.3",
    "1.2.3",
    "1.2.3.4",
    "1.2.3.4.5",
    "01.002",
    "15_3",
    "_4",
    "2026-01-31",
    "2026-1-3",
    "18446744073709551615",
    "18446744073709551616",
    "99999999999999999999999.1",
    ".",
    "..",
    "-",
    "_",
    "/",
    "@",
    "+",
    "+build.7",
    "+rc1",
    "-rc1",
    "rc",
    "RC",
    "beta",
    "nightly",
    "alpha",
    "SNAPSHOT",
    "pre",
    "dev",
    "api",
    "shop",
    "Shop",
    "release",
    "rel",
    "releases/",
    "@scope/pkg@",
    "http2-",
    "service",
    "Ａ",
    "é",
    "ıſK",
];

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        text(&PIECES, 8),
        // What comes nearer to a release.
        (
            select(&["", "v", "api-", "api/v", "release/", "a-b_c@", "shop-", "REL_", "é/"][..]),
            "[0-9]{1,3}([._][0-9]{1,20}){0,4}|20[0-9]{2}-[01][0-9]-[0-3][0-9]",
            select(&["", "", "", "+1", "+b.7", "-rc1", "rc1", ".", "+"][..]),
        )
            .prop_map(|(prefix, version, build)| format!("{prefix}{version}{build}")),
    ]
}

/// The tag among others, so that a number alone is none.
fn release(name: &str) -> Option<VersionTag> {
    let names = [name.to_owned(), "v1.0".to_owned()];
    stable(&names, REPOSITORY).into_iter().find(|(at, _)| *at == 0).map(|(_, tag)| tag)
}

fn printed(version: &[u64]) -> String {
    version.iter().map(u64::to_string).collect::<Vec<_>>().join(".")
}

#[test]
fn a_release_printed_is_the_same_release() {
    check(6_000, &name(), |name| {
        let Some(tag) = release(&name) else {
            return;
        };
        assert!((2..=4).contains(&tag.version.len()), "{tag:?}");
        let version = printed(&tag.version);
        let again = match &tag.prefix {
            Some(prefix) => format!("{prefix}-{version}"),
            None => format!("v{version}"),
        };
        assert_eq!(release(&again).as_ref(), Some(&tag), "{again:?}");
        for build in ["+1", "+build.7", "+é"] {
            assert_eq!(release(&format!("{name}{build}")).as_ref(), Some(&tag), "{build}");
        }
        // A declaration reads no less than a rule does.
        assert_eq!(declared(&name, REPOSITORY), tag);
    });
}

#[test]
fn a_service_has_a_name_with_a_letter() {
    check(6_000, &name(), |name| {
        let Some(prefix) = release(&name).and_then(|tag| tag.prefix) else {
            return;
        };
        assert!(name.starts_with(&prefix));
        assert!(prefix.chars().any(char::is_alphabetic), "{prefix:?}");
        assert!(!prefix.ends_with(['-', '_', '/', '@']), "{prefix:?}");
        assert!(!prefix.eq_ignore_ascii_case(REPOSITORY), "{prefix:?}");
    });
}

#[test]
fn what_is_marked_as_a_pre_release_is_no_release() {
    let word =
        select(&["rc", "alpha", "beta", "nightly", "dev", "preview", "canary", "SNAPSHOT"][..]);
    let before = select(&["", "api-", "api/", "release_", "@x/y@", "é-", "2"][..]);
    let between = select(&["", "-", "_", "/", "@", "-v", "/V", "v", "-é-", "."][..]);
    let parts = (before, word, between, "[0-9]{1,4}(\\.[0-9]{1,4}){1,3}");
    check(2_000, &parts, |(before, word, between, version)| {
        let early = format!("{before}{word}{between}{version}");
        assert_eq!(release(&early), None, "{early:?}");
        let late = format!("{before}{version}{between}{word}");
        assert_eq!(release(&late), None, "{late:?}");
    });
}

#[test]
fn each_tag_is_a_release_at_most_once_and_in_order() {
    check(1_000, &(vec(name(), 0..12), name()), |(names, repository)| {
        let found = stable(&names, &repository);
        assert!(found.is_sorted_by(|(one, _), (next, _)| one < next));
        assert!(found.iter().all(|(at, tag)| *at < names.len() && !tag.version.is_empty()));
        let has_longer = found.iter().any(|(_, tag)| tag.version.len() > 1);
        assert!(!has_longer || found.iter().all(|(_, tag)| tag.version.len() > 1));
        // A tag that is no version changes nothing about the others.
        let more: Vec<String> = names.iter().cloned().chain(["latest".to_owned()]).collect();
        assert_eq!(stable(&more, &repository), found);
        for name in &names {
            declared(name, &repository);
        }
    });
}
