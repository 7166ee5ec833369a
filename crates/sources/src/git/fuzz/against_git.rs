//! What git itself reads in the same messages: the judge that shares no code with us.

#![expect(clippy::disallowed_methods, reason = "the git program is the judge here")]

use std::fmt;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use proptest::collection::vec;
use proptest::strategy::Strategy;

use super::message;
use crate::fuzz::check;
use crate::git::message as read;

const TRAILERS: &str = "%(trailers:key=Co-authored-by,valueonly,unfold,separator=%x02)";

/// What git gives when it is fed `input`. No configuration of the host counts.
fn git(folder: &Path, args: &[&str], input: &[u8]) -> Vec<u8> {
    let mut git = Command::new("git")
        .current_dir(folder)
        .args(["-c", "i18n.logOutputEncoding=UTF-8"])
        .args(args)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("git");
    let mut stdin = git.stdin.take().expect("its input");
    let output = std::thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(input).expect("fed"));
        git.wait_with_output().expect("its output")
    });
    assert!(output.status.success(), "git {args:?}");
    output.stdout
}

/// Subject, addresses in trailers and first line of the body of every message, as git reads them.
fn as_git_reads(folder: &Path, messages: &[String]) -> Vec<(String, Vec<String>, Option<String>)> {
    let mut import = Vec::new();
    let mut names = String::new();
    for (at, message) in messages.iter().enumerate() {
        let data = message.len();
        let head = format!(
            "reset refs/heads/m{at}\n\ncommit refs/heads/m{at}\ncommitter A <a@b.c> {at} +0000\n\
             data {data}\n{message}\n"
        );
        import.extend(head.bytes());
        names += &format!("refs/heads/m{at}\n");
    }
    git(folder, &["fast-import", "--quiet", "--force"], &import);
    let format = format!("--format=tformat:%s%x00{TRAILERS}%x00%b");
    let args = ["log", "-z", "--no-walk=unsorted", "--stdin", format.as_str()];
    let log = String::from_utf8(git(folder, &args, names.as_bytes())).expect("UTF-8");
    let fields: Vec<&str> = log.split_terminator('\0').collect();
    assert_eq!(fields.len(), messages.len() * 3);
    let commits = fields.chunks(3).map(|fields| {
        let title = fields[2].lines().map(str::trim).find(|line| !line.is_empty());
        let emails = fields[1].split('\u{2}').filter_map(address).collect();
        (fields[0].to_owned(), emails, title.map(str::to_owned))
    });
    commits.collect()
}

/// The address of `Name <address>`; `None` for what is no such thing.
fn address(trailer: &str) -> Option<String> {
    let (name, rest) = trailer.split_once('<')?;
    let (email, _) = rest.split_once('>')?;
    let is_plain = !name.contains('>') && !email.contains('<') && !email.trim().is_empty();
    is_plain.then(|| email.trim().to_lowercase())
}

/// The subject as far as it is kept.
fn shortened(subject: String) -> String {
    const LONGEST: usize = 4096;
    match subject.chars().count() > LONGEST {
        true => subject.chars().take(LONGEST - 1).chain(['…']).collect(),
        false => subject,
    }
}

/// Too many to be shown.
struct Many(Vec<String>);

impl fmt::Debug for Many {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} messages", self.0.len())
    }
}

#[test]
fn subjects_bodies_and_co_authors_are_git_s() {
    let folder = tempfile::tempdir().expect("a folder");
    git(folder.path(), &["init", "--quiet", "--bare"], b"");
    // Many at once, for starting git takes longer than reading a message; the one that differs is
    // told, so there is nothing to make smaller.
    let messages = vec(message(), 250).prop_map(Many).no_shrink();
    check(4, &messages, |Many(messages)| {
        let expected = as_git_reads(folder.path(), &messages);
        for (message, (subject, emails, title)) in messages.iter().zip(expected) {
            // Git's text ends there.
            let text = message.split('\0').next().expect("a text");
            assert_eq!(read::subject(text), shortened(subject), "{message:?}");
            assert_eq!(read::body_title(text), title.as_deref(), "{message:?}");
            let found: Vec<String> =
                read::co_authors(text).into_iter().map(|(_, email)| email).collect();
            for email in emails {
                assert!(found.contains(&email), "{email:?} of {message:?} is not in {found:?}");
            }
        }
    });
}
