//! Repositories made to do harm: nothing they configure is started, nothing outside of them is
//! read, nothing they claim is allocated, and nothing they say reaches a terminal as it is.

use std::collections::BTreeMap;
use std::path::Path;

use crate::incremental::january;
use crate::repository::{Draft, Repository};
use crate::world::{Run, World, assert_same};

const AS_OF: &str = "2026-03-01T00:00:00Z";

#[test]
fn nothing_that_the_configuration_names_is_started() {
    let world = World::as_of(AS_OF);
    let git = january(&world);
    world.ingest(&git, "before", &[]);
    let script =
        world.file("script.sh", &format!("#!/bin/sh\ntouch '{}'\n", world.place("started")));
    let made = world.command("chmod").args(["+x", &script]).status().expect("chmod");
    assert!(made.success());
    let hooks = world.place("shop/.git/hooks");
    std::fs::create_dir_all(&hooks).expect("hooks");
    for hook in
        ["post-checkout", "reference-transaction", "post-index-change", "fsmonitor-watchman"]
    {
        std::fs::copy(&script, Path::new(&hooks).join(hook)).expect("a hook");
    }
    let shell = format!("!{script}");
    for (name, value) in [
        ("core.fsmonitor", script.as_str()),
        ("core.sshCommand", &script),
        ("core.gitProxy", &script),
        ("core.pager", &script),
        ("core.editor", &script),
        ("core.askPass", &script),
        ("core.alternateRefsCommand", &script),
        ("core.hooksPath", &hooks),
        ("diff.external", &script),
        ("diff.x.command", &script),
        ("diff.x.textconv", &script),
        ("filter.x.clean", &script),
        ("filter.x.smudge", &script),
        ("filter.x.process", &script),
        ("filter.x.required", "true"),
        ("gpg.program", &script),
        ("credential.helper", &shell),
        ("alias.log", &shell),
        ("alias.rev-list", &shell),
        ("protocol.ext.allow", "always"),
        ("remote.origin.uploadpack", &script),
        ("remote.origin.vcs", &script),
    ] {
        git.git(&["config", name, value]);
    }
    world.file("shop/.git/info/attributes", "* filter=x diff=x\n");
    git.git(&["config", "remote.origin.url", &format!("ext::{script}")]);
    world.ingest(&git, "lake", &["--repository", "shop", "--all-branches"]);
    world.milepost(&["quickstart", git.place(), "--repository", "shop"]).ok();
    assert!(!world.path("started").exists(), "something was started");
    let commits = "select sha, subject from commits order by sha";
    let count = world.lines("lake", commits).len();
    assert_eq!(count, git.git(&["rev-list", "--branches", "--tags"]).lines().count());
}

#[test]
fn what_the_configuration_includes_from_outside_has_no_effect() {
    let world = World::as_of(AS_OF);
    let git = january(&world);
    world.ingest(&git, "before", &[]);
    let outside = world.file(
        "outside",
        "[remote \"origin\"]\n\turl = https://evil.test/a/b\n[core]\n\tbare = true\n",
    );
    git.git(&["config", "include.path", &outside]);
    git.git(&["config", "includeIf.gitdir:/**.path", &outside]);
    world.file("home/.gitconfig", "[remote \"origin\"]\n\turl = https://evil.test/home/b\n");
    world.file("config/git/config", "[remote \"origin\"]\n\turl = https://evil.test/xdg/b\n");
    std::fs::create_dir(world.path("elsewhere")).expect("a folder");
    git.git(&["config", "core.worktree", &world.place("elsewhere")]);
    world.ingest(&git, "lake", &[]);
    assert_same(&world.contents("lake"), &world.contents("before"));
    assert_eq!(world.lines("lake", "select repository_id, url from repositories"), ["shop | -"]);
}

#[test]
fn variables_of_the_environment_point_to_nothing_else() {
    let world = World::as_of(AS_OF);
    let git = january(&world);
    world.ingest(&git, "before", &[]);
    let mut other = world.repository("other");
    other.push("main", "x.txt", "2026-01-05 09:00");
    let other = other.place().to_owned();
    let objects = format!("{other}/.git/objects");
    let url = "'remote.origin.url'='https://evil.test/a/b'";
    let mut command = world.command(env!("CARGO_BIN_EXE_milepost"));
    command.args(["ingest", "git", git.place(), "--as-of", AS_OF, "--lake", &world.place("lake")]);
    command.envs(BTreeMap::from([
        ("GIT_DIR", format!("{other}/.git").as_str()),
        ("GIT_WORK_TREE", &other),
        ("GIT_COMMON_DIR", &format!("{other}/.git")),
        ("GIT_OBJECT_DIRECTORY", &objects),
        ("GIT_ALTERNATE_OBJECT_DIRECTORIES", &objects),
        ("GIT_CEILING_DIRECTORIES", &world.place("")),
        ("GIT_NAMESPACE", "other"),
        ("GIT_CONFIG_PARAMETERS", url),
        ("GIT_CONFIG_COUNT", "1"),
        ("GIT_CONFIG_KEY_0", "remote.origin.url"),
        ("GIT_CONFIG_VALUE_0", "https://evil.test/a/b"),
        ("GIT_SHALLOW_FILE", &format!("{other}/.git/HEAD")),
        ("GIT_REPLACE_REF_BASE", "refs/heads/"),
        ("GIT_ALLOC_LIMIT", "1"),
    ]));
    let output = command.output().expect("the program");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_same(&world.contents("lake"), &world.contents("before"));
}

/// A loose object whose head claims a size that it does not have, under a made-up id. Bytes that
/// are not compressed are a deflate stream too: a block's length, its complement, and the bytes.
fn claiming(git: &Repository, kind: &str, size: u64, id: &str) {
    let data = format!("{kind} {size}\0x").into_bytes();
    let length = u16::try_from(data.len()).expect("a short text");
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in &data {
        a = (a + u32::from(*byte)) % 65521;
        b = (b + a) % 65521;
    }
    let mut bytes = vec![0x78, 0x01, 1];
    bytes.extend(length.to_le_bytes());
    bytes.extend((!length).to_le_bytes());
    bytes.extend(data);
    bytes.extend(((b << 16) | a).to_be_bytes());
    let folder = git.path.join(format!(".git/objects/{}", &id[..2]));
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join(&id[2..]), bytes).expect("an object");
}

/// A commit object written as it stands, made the branch's.
fn commit(world: &World, git: &Repository, tree: &str, parents: &[&str]) -> String {
    let parents: String = parents.iter().map(|parent| format!("parent {parent}\n")).collect();
    let who = "Ann <ann@acme.test> 1768000000 +0000";
    let text = format!("tree {tree}\n{parents}author {who}\ncommitter {who}\n\nx\n");
    let file = world.file("commit", &text);
    let id = git.git(&["hash-object", "-t", "commit", "--literally", "-w", &file]);
    world.file("shop/.git/refs/heads/main", &format!("{id}\n"));
    id
}

const BOMB: &str = "abababababababababababababababababababab";
/// Four exbibytes.
const CLAIM: u64 = 1 << 62;

#[test]
fn a_file_that_claims_to_be_endless_is_binary_without_a_look() {
    let world = World::as_of(AS_OF);
    let git = world.repository("shop");
    claiming(&git, "blob", CLAIM, BOMB);
    let entry = [b"100644 bomb\0".to_vec(), vec![0xab; 20]].concat();
    std::fs::write(world.path("tree"), entry).expect("a file");
    let tree = git.git(&["hash-object", "-t", "tree", "--literally", "-w", &world.place("tree")]);
    commit(&world, &git, &tree, &[]);
    world.ingest(&git, "lake", &[]);
    let files = "select path, additions_count, deletions_count, is_binary from commit_files";
    assert_eq!(world.lines("lake", files), ["bomb | - | - | true"]);
}

#[test]
fn a_tree_or_commit_that_claims_to_be_endless_is_refused_by_name() {
    for kind in ["tree", "commit"] {
        let world = World::as_of(AS_OF);
        let mut git = world.repository("shop");
        git.push("main", "a.txt", "2026-01-05 09:00");
        let good = git.git(&["rev-parse", "main^{tree}"]);
        claiming(&git, kind, CLAIM, BOMB);
        let (tree, parent) =
            if kind == "tree" { (BOMB, git.id("main")) } else { (good.as_str(), BOMB.to_owned()) };
        commit(&world, &git, tree, &[&parent]);
        let run = world.milepost(&["ingest", "git", git.place(), "--lake", &world.place("lake")]);
        assert_eq!(run.code, Some(1), "{}", run.stderr);
        assert_eq!(run.stderr.trim_end().lines().count(), 1, "{}", run.stderr);
        assert!(run.stderr.contains(&BOMB[2..]) && run.stderr.contains("bytes"), "{}", run.stderr);
    }
}

#[test]
fn a_large_text_is_counted_and_one_above_100_mib_is_binary() {
    let world = World::as_of(AS_OF);
    let mut git = world.repository("shop");
    let text = |mib: usize| "a line of sixteen\n".repeat((mib << 20) / 18);
    git.commit("main", Draft::new("Large", "2026-01-05 09:00").file("l", text(24)));
    let changed = format!("first\n{}", text(24));
    git.commit("main", Draft::new("Change it", "2026-01-05 10:00").file("l", changed));
    git.commit("main", Draft::new("Larger", "2026-01-05 11:00").file("m", text(101)));
    world.ingest(&git, "lake", &[]);
    let said = git.git(&["log", "--reverse", "--numstat", "--format=", "-2", "HEAD~1"]);
    let counts = "select additions_count, deletions_count, path from commit_files where path = 'l' order by committed_at";
    let ours: Vec<String> = world.lines("lake", counts);
    assert_eq!(ours.join("\n").replace(" | ", "\t"), said);
    let larger = "select additions_count, is_binary from commit_files where path = 'm'";
    assert_eq!(world.lines("lake", larger), ["- | true"]);
}

#[test]
fn an_endless_subject_is_cut_and_endless_trailers_are_read_in_passing() {
    let world = World::as_of(AS_OF);
    let mut git = world.repository("shop");
    let mut message = "s".repeat(1 << 20);
    message.push_str("\n\n");
    for at in 0..100_000 {
        message.push_str(&format!("Co-authored-by: A <a{}@acme.test>\n", at % 50_000));
    }
    git.commit("main", Draft::new(message, "2026-01-05 09:00").file("a", "x\n"));
    world.ingest(&git, "lake", &[]);
    let subject = "select length(subject) as n, right(subject, 2) as e, cardinality(co_author_emails) as c from commits";
    assert_eq!(world.lines("lake", subject), ["4096 | s… | 50000"]);
}

#[test]
fn a_mailmap_that_goes_in_circles_maps_once_as_git_does() {
    let world = World::as_of(AS_OF);
    let mut git = world.repository("shop");
    let mailmap = "B <b@acme.test> <a@acme.test>\nC <c@acme.test> <b@acme.test>\nA <a@acme.test> <c@acme.test>\n";
    for (at, who) in ["a", "b", "c"].iter().enumerate() {
        let draft = Draft::new(*who, &format!("2026-01-05 0{at}:00"))
            .by(format!("{who} <{who}@acme.test>"));
        git.commit("main", draft.file(".mailmap", mailmap).file("f", *who));
    }
    world.ingest(&git, "lake", &[]);
    let said =
        git.git(&["-c", "mailmap.blob=HEAD:.mailmap", "log", "--reverse", "--format=%aN | %aE"]);
    let names = "select author_name, author_email from commits order by committed_at";
    assert_eq!(world.lines("lake", names), said.lines().collect::<Vec<_>>());
}

/// Escape, bell, and what reverses the text after it.
const EVIL: &str = "\u{1b}[31m\u{7}\u{202e}";

#[track_caller]
fn assert_plain(run: &Run) {
    for text in [&run.stdout, &run.stderr] {
        let hidden = text.chars().find(|c| (c.is_control() && *c != '\n') || *c == '\u{202e}');
        assert_eq!(hidden, None, "{text:?}");
    }
}

#[test]
fn control_characters_reach_no_terminal_and_stay_in_the_data() {
    let world = World::as_of(AS_OF);
    let mut git = world.repository(&format!("sh{EVIL}op"));
    let by = format!("A{EVIL}nn <a{EVIL}@acme.test>");
    let begin = Draft::new(format!("Be{EVIL}gin"), "2026-01-05 09:00").by(by.clone());
    git.commit("main", begin.file(format!("f{EVIL}ile"), "x\n"));
    // A reference may hold no control characters, but any other.
    git.release("v1.0.0", "main", "2026-01-05 10:00");
    git.push("main", "b.txt", "2026-01-06 09:00");
    git.release("part\u{202e}x-1.1.0", "main", "2026-01-06 10:00");
    let (place, lake) = (git.place().to_owned(), world.place("lake"));
    for arguments in [
        vec!["ingest", "git", &place, "--lake", &lake],
        vec!["quickstart", &place, "--lake", &lake],
        vec!["sql", "--lake", &lake, "select * from commits"],
        vec!["sql", "--lake", &lake, "select * from commit_files"],
        vec!["sql", "--lake", &lake, "--format", "markdown", "select ref from deployments"],
        vec!["metric", "change_lead_time", "--lake", &lake],
    ] {
        assert_plain(&world.milepost(&arguments).ok());
    }
    let missing = format!("no{EVIL}thing");
    for arguments in [
        vec!["ingest", "git", &missing],
        vec!["metric", &missing],
        vec!["ingest", "git", &place, "--deployments-from-tags", &missing, "--lake", &lake],
        vec!["ingest", "files", &missing, "--lake", &lake],
        vec!["--config", &missing, "metrics"],
    ] {
        let run = world.milepost(&arguments);
        assert!(run.code == Some(1) || run.code == Some(2), "{}", run.stderr);
        assert_plain(&run);
    }
    world.file(&format!("sh{EVIL}op/.git/refs/tags/bro\u{202e}ken"), "nonsense\n");
    let run = world.milepost(&["ingest", "git", &place, "--lake", &lake]);
    assert_eq!(run.code, Some(3));
    assert_plain(&run);
    let page = world.file("page.html", "");
    world.milepost(&["quickstart", &place, "--quiet", "--lake", &lake, "-o", &page]);
    let page = std::fs::read_to_string(world.path("page.html")).expect("the page");
    assert!(page.contains("<html") && !page.contains(['\u{1b}', '\u{7}', '\u{202e}']));
    let rows = world
        .sql("lake", "select subject, author_name from commits where authored_at < '2026-01-06'");
    let expected = serde_json::json!([{"subject": format!("Be{EVIL}gin"), "author_name": format!("A{EVIL}nn")}]);
    assert_eq!(rows, expected);
}
