//! Commits and their files are what `git log` says of them.

use std::collections::BTreeMap;

use crate::repository::{ANN, BO, Draft, FILE, LINK, PROGRAM, Repository, SUBMODULE};
use crate::world::World;

const AS_OF: &str = "2026-03-01T00:00:00Z";
const MAILMAP: &str = "Ann Arbor <ann@acme.test> <ann@old.test>\n\
                       Bo Ek <bo@acme.test>\n\
                       Cy Right <cy@acme.test> Cyrus <shared@acme.test>\n";

/// A history with everything that git can hold and a reader may stumble over.
pub(crate) fn odd_repository(world: &World) -> Repository {
    let mut git = world.repository("odd");
    files(&mut git);
    let side = ["one", "two", "three"];
    for (at, branch) in side.iter().enumerate() {
        git.branch(branch, "main");
        git.push(branch, &format!("side/{branch}.txt"), &format!("2026-01-07 1{at}:00"));
    }
    // A root of its own, merged.
    git.push("import", "vendor/old.txt", "2019-05-01 10:00");
    git.push("import", "vendor/new.txt", "2019-05-02 10:00");
    git.merge("main", &["import"], Draft::new("Merge branch 'import'", "2026-01-08 10:00"));
    // An octopus with four parents.
    git.merge("main", &side, Draft::new("Merge branches one, two and three", "2026-01-08 11:00"));
    people(&mut git);
    git.release("v1.0.0", "main", "2026-01-20 10:00");
    git.tag("v1.1.0", "main");
    // A release branch that HEAD does not reach, and a branch that nothing reads.
    git.branch("release", "main");
    let fix = git.push("release", "fix.txt", "2026-01-21 10:00");
    git.release("v1.0.1", &fix, "2026-01-21 11:00");
    git.push("release", "not-tagged.txt", "2026-01-22 10:00");
    git.push("main", "last.txt", "2026-01-23 10:00");
    git.git(&["tag", "tree-tag", "main^{tree}"]);
    git.git(&["tag", "-a", "-m", "a blob", "--no-sign", "blob-tag", "main:last.txt"]);
    git
}

/// A date and what is done to the draft of its commit.
type Change = (&'static str, fn(Draft) -> Draft);

fn files(git: &mut Repository) {
    let lines = |numbers: std::ops::Range<u32>| -> String {
        numbers.map(|number| format!("line {number}\n\n")).collect()
    };
    let begin = Draft::new("Begin", "2026-01-05 09:00")
        .file("README", lines(0..40))
        .file("notes", "no line end")
        .file("empty", "")
        .file("d/x", "in a folder\n")
        .file(".mailmap", MAILMAP)
        .entry(FILE, "logo.png", b"\x89PNG\0\x01".to_vec())
        .entry(FILE, "run.sh", "#!/bin/sh\n")
        .entry(LINK, "link", "notes");
    git.commit("main", begin);
    let changes: [Change; 12] = [
        ("Rename a file, changing a line", |draft| {
            draft.gone("README").file("docs/README", "line 0\n\nline 1\n\nanother\n")
        }),
        ("Change a binary file", |draft| draft.file("logo.png", b"\x89PNG\0\x02\n".to_vec())),
        ("Make a program of a file", |draft| draft.entry(PROGRAM, "run.sh", "#!/bin/sh\n")),
        ("Point the link elsewhere", |draft| draft.entry(LINK, "link", "empty")),
        ("Make a file of the link", |draft| draft.file("link", "a file\nof lines\n")),
        ("Make a link of the file again", |draft| draft.entry(LINK, "link", "docs/README")),
        ("Add a submodule", |draft| {
            draft.entry(SUBMODULE, "lib", "1111111111111111111111111111111111111111")
        }),
        ("Move the submodule on", |draft| {
            draft.entry(SUBMODULE, "lib", "2222222222222222222222222222222222222222")
        }),
        ("Nothing at all", |draft| draft),
        ("Add a line after one without an end", |draft| {
            draft.file("notes", "no line end\nand one more")
        }),
        ("Make a folder of a file and a file of a folder", |draft| {
            draft.gone("empty").file("empty/now.txt", "full\n").gone("d/x").file("d", "flat\n")
        }),
        ("Make a text of a binary file", |draft| draft.file("logo.png", "text\n")),
    ];
    for (at, (message, change)) in changes.iter().enumerate() {
        git.commit("main", change(Draft::new(*message, &format!("2026-01-06 {:02}:00", at + 6))));
    }
    let names = Draft::new("Names of all kinds", "2026-01-06 20:00")
        .file(b"caf\xe9.txt".to_vec(), "latin\n")
        .file("naïve 🦀.txt", "utf-8\n")
        .file("tab\tquote\"line\nend\\.txt", "odd\n")
        .file("-", "dash\n");
    git.commit("main", names);
    git.commit(
        "main",
        Draft::new("Make a submodule a file", "2026-01-06 21:00").file("lib", "x\n"),
    );
}

fn people(git: &mut Repository) {
    let at = |hour: u32| format!("2026-01-09 {hour:02}:00");
    let latin = Draft::new(b"Gr\xfc\xdfe aus K\xf6ln\n\nsch\xf6n".to_vec(), &at(8))
        .by(b"J\xf6rg <joerg@acme.test>".to_vec())
        .encoding("ISO-8859-1")
        .file("joerg.txt", "x\n");
    git.commit("main", latin);
    // Bytes that are no UTF-8, and nothing says what they are.
    git.commit("main", Draft::new(b"Broken \xff byte".to_vec(), &at(9)).file("a", "x\n"));
    let late = Draft::new("Written after it was committed", &at(10)).authored("2026-01-30 10:00");
    git.commit("main", late.file("b", "x\n"));
    let old = Draft::new("Under an old address", &at(11)).by("ann <ann@old.test>");
    git.commit("main", old.committer("BO <bo@acme.test>").file("c", "x\n").zone("+0530"));
    let shared = Draft::new("By one of two", &at(12)).by("Cyrus <shared@acme.test>");
    git.commit("main", shared.committer("Dee <shared@acme.test>").file("e", "x\n").zone("-0800"));
    let paragraph = "\n\nA subject  \nin two lines\t\n\nand a body\n";
    git.commit("main", Draft::new(paragraph, &at(13)).by(BO).file("f", "x\n"));
    git.commit("main", Draft::new("", &at(14)).by(ANN).file("g", "x\n"));
    git.commit(
        "main",
        Draft::new("  indented\r\n\r\nbody", &at(15)).by("<nameless@acme.test>").file("h", "x\n"),
    );
}

/// What `git log` says, in UTF-8: one text a commit. A bare clone, so that the mailmap is HEAD's.
fn log(world: &World, git: &Repository, format: &str) -> BTreeMap<String, String> {
    let bare = world.path("for-git.git");
    if !bare.exists() {
        let (from, to) = (git.place(), bare.to_str().expect("UTF-8"));
        world.git(&world.path("home"), &["clone", "-q", "--bare", from, to]);
    }
    let format = format!("--format=%H%x01{format}%x02");
    let said = world.git(&bare, &["log", &format, "HEAD", "--tags"]);
    String::from_utf8_lossy(&said)
        .split('\u{2}')
        .filter_map(|commit| commit.trim_start_matches('\n').split_once('\u{1}'))
        .map(|(sha, text)| (sha.to_owned(), text.replace('\u{1}', " | ")))
        .collect()
}

fn of_lake(world: &World, columns: &str) -> BTreeMap<String, String> {
    let rows = world.lines("lake", &format!("select sha, {columns} from commits"));
    rows.iter().map(|row| row.split_once(" | ").expect("two values")).map(own).collect()
}

fn own((key, value): (&str, &str)) -> (String, String) {
    (key.to_owned(), value.to_owned())
}

fn odd_lake() -> (World, Repository) {
    let world = World::as_of(AS_OF);
    let git = odd_repository(&world);
    world.ingest(&git, "lake", &["--repository", "odd"]);
    (world, git)
}

#[test]
fn the_commits_are_those_that_head_and_the_tags_reach() {
    let (world, git) = odd_lake();
    let said = git.git(&["rev-list", "HEAD", "--tags"]);
    let mut expected: Vec<&str> = said.lines().collect();
    expected.sort_unstable();
    assert_eq!(world.lines("lake", "select sha from commits order by sha"), expected);
    let not_tagged = git.id("release");
    let found = world.sql("lake", &format!("select * from commits where sha = '{not_tagged}'"));
    assert_eq!(found, serde_json::json!([]));
}

#[test]
fn all_branches_adds_what_only_a_branch_reaches() {
    let world = World::as_of(AS_OF);
    let git = odd_repository(&world);
    world.ingest(&git, "lake", &["--all-branches"]);
    let said = git.git(&["rev-list", "--branches", "--tags"]);
    let mut expected: Vec<&str> = said.lines().collect();
    expected.sort_unstable();
    assert_eq!(world.lines("lake", "select sha from commits order by sha"), expected);
}

#[test]
fn parents_subjects_people_and_times_are_those_of_git_log() {
    let (world, git) = odd_lake();
    let same = |format: &str, columns: &str| {
        let (got, expected) = (of_lake(&world, columns), log(&world, &git, format));
        assert!(expected.len() > 30, "the history is read");
        for (sha, expected) in &expected {
            assert_eq!(got.get(sha), Some(expected), "{format} of {sha}");
        }
        assert_eq!(got.len(), expected.len());
    };
    same("%P", "array_to_string(parent_shas, ' ')");
    same("%s", "subject");
    same("%aN%x01%aE%x01%cN%x01%cE", "author_name, author_email, committer_name, committer_email");
    let epoch =
        |column: &str| format!("cast(cast(date_part('epoch', {column}) as bigint) as varchar)");
    same("%at%x01%ct", &format!("{} as a, {} as c", epoch("authored_at"), epoch("committed_at")));
}

/// `sha path added deleted` of every file, `-` for a binary one, as `git log --numstat -z` has it.
pub(crate) fn numstat(said: &[u8]) -> Vec<String> {
    let mut sha = String::new();
    let mut rows = Vec::new();
    for part in String::from_utf8_lossy(said).split('\0') {
        let part = part.trim_start_matches('\n');
        if let Some(next) = part.strip_prefix('\u{1}') {
            sha = next.trim_end_matches('\n').to_owned();
        } else if let [added, deleted, path] = part.splitn(3, '\t').collect::<Vec<_>>()[..] {
            rows.push(format!("{sha} {path} {added} {deleted}"));
        }
    }
    rows.sort();
    rows
}

pub(crate) const NUMSTAT: [&str; 5] = ["log", "--no-renames", "--numstat", "-z", "--format=%x01%H"];

pub(crate) const FILES: &str = "select concat(sha, ' ', path, ' ', \
     coalesce(cast(additions_count as varchar), '-'), ' ', \
     coalesce(cast(deletions_count as varchar), '-')) as r from commit_files order by r";

#[test]
fn files_and_their_lines_are_those_of_git_numstat() {
    let (world, git) = odd_lake();
    let mut arguments = NUMSTAT.to_vec();
    arguments.extend(["HEAD", "--tags"]);
    let expected = numstat(&git.git_bytes(&arguments));
    assert!(expected.len() > 30, "git tells of files");
    assert_eq!(world.lines("lake", FILES), expected);
    let binary = world
        .sql("lake", "select * from commit_files where is_binary <> (additions_count is null)");
    assert_eq!(binary, serde_json::json!([]));
}

#[test]
fn what_happened_to_a_file_is_what_git_says() {
    let (world, git) = odd_lake();
    // `A`, `M`, `D`, and `T` where a file becomes a link or the other way round.
    let said = git.git_bytes(&[
        "log",
        "--no-renames",
        "--name-status",
        "-z",
        "--format=%x01%H",
        "HEAD",
        "--tags",
    ]);
    let said = String::from_utf8_lossy(&said).into_owned();
    let (mut sha, mut word, mut expected) = (String::new(), "", Vec::new());
    for part in said.split('\0').map(|part| part.trim_start_matches('\n')) {
        match (part.strip_prefix('\u{1}'), part, word) {
            (Some(next), ..) => (sha, word) = (next.trim_end_matches('\n').to_owned(), ""),
            (None, "A", "") => word = "added",
            (None, "M" | "T", "") => word = "modified",
            (None, "D", "") => word = "deleted",
            (None, path, "") => assert_eq!(path, ""),
            (None, path, _) => {
                expected.push(format!("{sha} {path} {word}"));
                word = "";
            }
        }
    }
    expected.sort();
    let files = "select concat(sha, ' ', path, ' ', \"change\") as r from commit_files order by r";
    assert_eq!(world.lines("lake", files), expected);
}

#[test]
fn counts_of_a_commit_are_the_sums_over_its_files_and_a_merge_has_none() {
    let (world, git) = odd_lake();
    let wrong = world.lines(
        "lake",
        "select c.sha from commits c left join ( \
           select sha, count(*) as files, sum(coalesce(additions_count, 0)) as added, \
                  sum(coalesce(deletions_count, 0)) as deleted from commit_files group by sha \
         ) f on f.sha = c.sha \
         where not c.is_merge and (c.files_changed_count <> coalesce(f.files, 0) \
           or c.additions_count <> coalesce(f.added, 0) or c.deletions_count <> coalesce(f.deleted, 0) \
           or c.files_changed_count is null)",
    );
    assert!(wrong.is_empty(), "{wrong:?}");
    let said = git.git(&["rev-list", "--merges", "HEAD", "--tags"]);
    let mut merges: Vec<&str> = said.lines().collect();
    merges.sort_unstable();
    assert_eq!(merges.len(), 2);
    let without = "select sha from commits where is_merge and files_changed_count is null \
                   and additions_count is null and deletions_count is null order by sha";
    assert_eq!(world.lines("lake", without), merges);
    let files =
        "select f.path from commit_files f join commits c on c.sha = f.sha where c.is_merge";
    assert!(world.lines("lake", files).is_empty());
}

#[test]
fn a_binary_file_stays_binary_when_only_its_mode_changes() {
    let world = World::as_of(AS_OF);
    let mut git = world.repository("modes");
    let image = b"\x89PNG\0\x01".to_vec();
    git.commit("main", Draft::new("Begin", "2026-01-05 09:00").file("logo.png", image.clone()));
    git.commit("main", Draft::new("Run it", "2026-01-05 10:00").entry(PROGRAM, "logo.png", image));
    world.ingest(&git, "lake", &[]);
    // git: `-	-	logo.png` for both commits.
    assert_eq!(world.lines("lake", FILES), numstat(&git.git_bytes(&NUMSTAT)));
}

#[test]
fn a_mailmap_that_gives_only_a_name_leaves_the_address_as_it_is_written() {
    let world = World::as_of(AS_OF);
    let mut git = world.repository("names");
    let begin = Draft::new("Begin", "2026-01-05 09:00").by("ANN <ANN@Acme.test>");
    git.commit("main", begin.file(".mailmap", "Ann Arbor <ann@acme.test>\n"));
    world.ingest(&git, "lake", &[]);
    // git: `Ann Arbor ANN@Acme.test`: addresses are compared without case, and kept.
    let expected = git.git(&["-c", "mailmap.blob=HEAD:.mailmap", "log", "--format=%aN | %aE"]);
    assert_eq!(expected, "Ann Arbor | ANN@Acme.test");
    assert_eq!(world.lines("lake", "select author_name, author_email from commits"), [expected]);
}

#[test]
fn two_names_that_are_no_utf_8_stay_two_files() {
    let world = World::as_of(AS_OF);
    let mut git = world.repository("latin");
    let begin = Draft::new("Begin", "2026-01-05 09:00");
    let both = begin.file(b"\xe4.txt".to_vec(), "1\n").file(b"\xf6.txt".to_vec(), "1\n2\n");
    git.commit("main", both);
    world.ingest(&git, "lake", &[]);
    // A path is part of the key, and a key is in a table once.
    let counts = "select count(*) as files, count(distinct path) as paths, sum(additions_count) as lines from commit_files";
    assert_eq!(world.lines("lake", counts), ["2 | 2 | 3"]);
}

#[test]
fn a_long_text_with_many_equal_lines_is_counted_as_git_counts_it() {
    let world = World::as_of(AS_OF);
    let mut git = world.repository("long");
    // Linear congruences instead of chance: the same text everywhere, many lines alike.
    let mut state: u32 = 20_260_105;
    let mut next = move |below: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) % below
    };
    let mut lines: Vec<String> = (0..400).map(|_| format!("line {}\n", next(25))).collect();
    for commit in 0..20 {
        let draft = Draft::new(format!("Edit {commit}"), &format!("2026-01-05 09:{commit:02}"));
        git.commit("main", draft.file("text", lines.concat()));
        for _ in 0..12 {
            let at = next(lines.len() as u32 - 8) as usize;
            match next(3) {
                0 => drop(lines.drain(at..at + 4)),
                1 => lines.insert(at, format!("line {}\n", next(25))),
                _ => lines[at..at + 8].rotate_left(3),
            }
        }
    }
    world.ingest(&git, "lake", &[]);
    assert_eq!(world.lines("lake", FILES), numstat(&git.git_bytes(&NUMSTAT)));
}
