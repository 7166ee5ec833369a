use chrono::{DateTime, Datelike};
use gix::ObjectId;
use milepost_events::{Basis, Provenance};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::message;
use crate::fuzz::{Damage, check, damaged, damages, text};
use crate::git::commits::{Context, ReadCommit, read};
use crate::git::message;

const HURTS: [&[u8]; 24] = [
    b"tree ",
    b"parent ",
    b"parent 1111111111111111111111111111111111111111\n",
    b"author ",
    b"author  <> 0 +0000\n",
    b"committer ",
    b"committer A <a@b.c> 9223372036854775807 +9999\n",
    b"committer A <a@b.c> -62135596801 +0000\n",
    b"encoding UTF-16LE\n",
    b"encoding ISO-2022-JP\n",
    b"encoding \xff\n",
    b"gpgsig -----BEGIN\n \n -----END\n",
    b"mergetag object 1\n type commit\n",
    b"\n ",
    b"\n\n",
    b"<",
    b">",
    b"> ",
    b" <",
    b" +0000",
    b"\xff\xfe",
    b"\xc3",
    b"\x1b$B",
    b"\0",
];

/// A commit object as git writes it, and what is in it.
#[derive(Debug, Clone)]
struct Given {
    parents: Vec<String>,
    author: (String, String),
    seconds: i64,
    encoding: Option<&'static str>,
    message: String,
}

impl Given {
    fn object(&self) -> Vec<u8> {
        let Given { author: (name, email), seconds, .. } = self;
        let parents: String = self.parents.iter().map(|id| format!("parent {id}\n")).collect();
        let encoding = self.encoding.map(|name| format!("encoding {name}\n")).unwrap_or_default();
        format!(
            "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n{parents}author {name} <{email}> \
             {seconds} +0200\ncommitter {name} <{email}> {seconds} -0030\n{encoding}gpgsig x\n  y\n\
             \n{}",
            self.message
        )
        .into_bytes()
    }
}

fn given() -> impl Strategy<Value = Given> {
    const ENCODINGS: [&str; 7] =
        ["UTF-8", "ISO-8859-1", "Shift_JIS", "UTF-16LE", "ISO-2022-JP", "none", ""];
    // Git takes line ends, NUL and angle brackets out of names.
    let plain = |odd: String| odd.replace(['\n', '\r', '\0', '<', '>'], "");
    let pieces: &[&str] = &["Ann", " ", "Arbor", "(aider)", "[bot]", "@", "acme.test", "é", "."];
    let seconds = prop_oneof![
        8 => 0_i64..2_000_000_000,
        1 => any::<i64>(),
        1 => select(&[-62_135_596_801, -62_135_596_800, 253_402_300_799, 253_402_300_800][..]),
    ];
    (
        vec("[0-9a-f]{40}", 0..4),
        (text(pieces, 5).prop_map(plain), text(pieces, 5).prop_map(plain)),
        seconds,
        prop_oneof![3 => Just(None), 1 => select(&ENCODINGS[..]).prop_map(Some)],
        message(),
    )
        .prop_map(|(parents, author, seconds, encoding, message)| Given {
            parents,
            author,
            seconds,
            encoding,
            message,
        })
}

fn context() -> Context {
    let provenance = Provenance {
        source: "git".to_owned(),
        source_id: None,
        source_url: None,
        observed_at: DateTime::UNIX_EPOCH,
        deleted_at: None,
        basis: Basis::Recorded,
    };
    Context::new("r".to_owned(), provenance, b"Ann Arbor <ann@acme.test> <acme.test>\n")
}

fn id() -> ObjectId {
    ObjectId::from_hex(b"0123456789abcdef0123456789abcdef01234567").expect("an id")
}

/// What holds of a commit, however damaged it was.
fn is_sound(read: &ReadCommit) {
    let row = &read.row;
    assert_eq!(row.sha, read.id.to_string());
    assert_eq!(row.parent_shas.len(), read.parents.len());
    assert_eq!(row.is_merge, read.parents.len() > 1);
    assert!(row.is_merge || read.title.is_none());
    for at in [row.authored_at, row.committed_at].into_iter().flatten() {
        assert!((1..=9_999).contains(&at.year()), "{at}");
    }
    assert!(!row.subject.contains(['\n', '\0']), "{:?}", row.subject);
    assert!(row.ai_tools.is_sorted_by(|one, next| one < next));
    assert!(row.work_item_keys.is_sorted_by(|one, next| one < next));
}

#[test]
fn a_commit_gives_back_what_was_written() {
    let context = context();
    check(2_000, &given(), |given| {
        let read = read(&context, id(), &given.object()).expect("a commit");
        is_sound(&read);
        assert_eq!(read.row.parent_shas, given.parents);
        assert_eq!(read.seconds, given.seconds);
        let at = DateTime::from_timestamp(given.seconds, 0);
        let at = at.filter(|at| (1..=9_999).contains(&at.year()));
        assert_eq!((read.row.authored_at, read.row.committed_at), (at, at));
        if given.encoding.is_none_or(|name| name == "UTF-8" || name == "none") {
            let text = given.message.split('\0').next().expect("a text");
            assert_eq!(read.row.subject, message::subject(text));
            let emails = message::co_authors(text).into_iter().map(|(_, email)| email);
            assert_eq!(read.row.co_author_emails, emails.collect::<Vec<_>>());
        }
    });
}

#[test]
fn a_damaged_commit_is_sound_or_none() {
    let context = context();
    check(4_000, &(given(), damages(&HURTS, 6)), |(given, damages): (Given, Vec<Damage>)| {
        if let Some(read) = read(&context, id(), &damaged(&given.object(), &damages)) {
            is_sound(&read);
        }
    });
}

#[test]
fn any_bytes_are_a_sound_commit_or_none() {
    let context = context();
    let bytes = (vec(any::<u8>(), 0..400), damages(&HURTS, 40));
    check(2_000, &bytes, |(bytes, damages)| {
        if let Some(read) = read(&context, id(), &damaged(&bytes, &damages)) {
            is_sound(&read);
        }
    });
}
