//! Repositories as they are found: of other formats, half fetched, damaged, or with references
//! that lead nowhere.

use std::path::Path;

use crate::git_facts::{FILES, NUMSTAT, numstat};
use crate::incremental::january;
use crate::repository::Draft;
use crate::world::{Run, World, assert_same, files_below};

const AS_OF: &str = "2026-03-01T00:00:00Z";
const GONE: &str = "1111111111111111111111111111111111111111";
const COUNTS: &str = "select files_changed_count, additions_count, deletions_count from commits";

fn read(world: &World, place: &str, flags: &[&str]) -> Run {
    let lake = world.place("lake");
    let named = ["ingest", "git", place, "--lake", &lake, "--repository", "shop"];
    world.milepost(&[&named[..], flags].concat())
}

#[track_caller]
fn assert_refused(world: &World, place: &str, says: &[&str]) {
    let run = read(world, place, &[]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    assert_eq!(run.stderr.trim_end().lines().count(), 1, "{}", run.stderr);
    for said in says {
        assert!(run.stderr.contains(said), "`{said}` is not in {}", run.stderr);
    }
    let files = files_below(&world.path("lake"));
    let tables: Vec<_> = files
        .keys()
        .filter(|path| path.extension().is_some_and(|end| end == "parquet" || end == "json"))
        .collect();
    assert!(tables.is_empty(), "{tables:?}");
}

/// A file of the repository, written as it stands.
fn write(world: &World, name: &str, content: &str) {
    world.file(name, content);
}

/// Where the loose object is.
fn loose(id: &str) -> String {
    format!(".git/objects/{}/{}", &id[..2], &id[2..])
}

fn say(world: &World, at: &Path, arguments: &[&str]) -> String {
    String::from_utf8(world.git(at, arguments)).expect("UTF-8").trim_end().to_owned()
}

#[test]
fn a_sha_256_repository_is_read_as_git_shows_it() {
    let world = World::as_of(AS_OF);
    let (place, at) = (world.place("shop"), world.path("shop"));
    world.git(&world.path("home"), &["init", "-q", "--object-format=sha256", &place]);
    for (file, content) in [("a", "1\n"), ("b", "1\n2\n"), ("a", "2\n")] {
        world.file(&format!("shop/{file}"), content);
        world.git(&at, &["add", "."]);
        world.git(&at, &["commit", "-q", "-m", &format!("Change {file}")]);
    }
    world.git(&at, &["tag", "v1.0.0"]);
    let short = say(&world, &at, &["rev-parse", "--short=12", "HEAD"]);
    let revert = format!("Undo\n\nThis reverts commit {short}.");
    world.git(&at, &["commit", "-q", "--allow-empty", "-m", &revert]);
    world.git(&at, &["repack", "-q", "-a", "-d"]);
    read(&world, &place, &[]).ok();
    assert_eq!(world.lines("lake", FILES), numstat(&world.git(&at, &NUMSTAT)));
    let tagged = say(&world, &at, &["rev-parse", "v1.0.0"]);
    assert_eq!(tagged.len(), 64);
    assert_eq!(world.lines("lake", "select sha from deployments"), [tagged.as_str()]);
    let reverts = "select reverts_sha from commits where reverts_sha is not null";
    assert_eq!(world.lines("lake", reverts), [tagged.as_str()]);
    world.git(&at, &["commit", "-q", "--allow-empty", "-m", "One more"]);
    read(&world, &place, &[]).ok();
    let said = say(&world, &at, &["rev-list", "--count", "HEAD"]);
    assert_eq!(world.lines("lake", "select count(*) as n from commits"), [said]);
    let again = read(&world, &place, &[]).ok();
    assert!(again.stderr.contains("nothing new"), "{}", again.stderr);
}

#[test]
fn references_kept_as_a_reftable_are_refused_by_name() {
    let world = World::as_of(AS_OF);
    let (place, at) = (world.place("shop"), world.path("shop"));
    world.git(&world.path("home"), &["init", "-q", "--ref-format=reftable", &place]);
    world.git(&at, &["config", "core.logAllRefUpdates", "false"]);
    world.git(&at, &["commit", "-q", "--allow-empty", "-m", "Begin"]);
    let (clone, migrate) = ("git clone --ref-format=files", "git refs migrate --ref-format=files");
    assert_refused(&world, &place, &[&place, "`reftable`", clone, migrate]);
    let copy = world.place("copy");
    world.git(&world.path("home"), &["clone", "-q", "--ref-format=files", &place, &copy]);
    read(&world, &copy, &[]).ok();
    world.git(&at, &["refs", "migrate", "--ref-format=files"]);
    read(&world, &place, &[]).ok();
}

#[test]
fn an_extension_that_is_not_known_is_refused_by_name() {
    let world = World::as_of(AS_OF);
    let git = january(&world);
    git.git(&["config", "core.repositoryFormatVersion", "1"]);
    git.git(&["config", "extensions.frobnicate", "true"]);
    assert_refused(&world, git.place(), &["`frobnicate`", git.place()]);
}

#[test]
fn a_head_before_its_first_commit_and_one_on_no_branch_are_read() {
    let world = World::as_of(AS_OF);
    let git = january(&world);
    git.git(&["symbolic-ref", "HEAD", "refs/heads/nowhere"]);
    read(&world, git.place(), &[]).ok();
    let of_tags = git.git(&["rev-list", "--tags"]);
    let shas = "select sha from commits order by sha";
    let sorted = |said: &str| {
        let mut ids: Vec<String> = said.lines().map(str::to_owned).collect();
        ids.sort();
        ids
    };
    assert_eq!(world.lines("lake", shas), sorted(&of_tags));
    git.git(&["update-ref", "--no-deref", "HEAD", &git.id("slow")]);
    read(&world, git.place(), &[]).ok();
    let branch = "select default_branch, head_sha from repositories";
    assert_eq!(world.lines("lake", branch), [format!("- | {}", git.id("slow"))]);
    assert_eq!(world.lines("lake", shas), sorted(&git.git(&["rev-list", "HEAD", "--tags"])));
}

#[test]
fn a_merge_of_ten_parents_and_four_roots_is_read() {
    let world = World::as_of(AS_OF);
    let mut git = world.repository("shop");
    git.push("main", "main.txt", "2026-01-05 09:00");
    let names: Vec<String> = (0..9).map(|at| format!("b{at}")).collect();
    for (at, name) in names.iter().enumerate() {
        if at > 2 {
            git.branch(name, "main");
        }
        git.push(name, &format!("{name}.txt"), &format!("2026-01-06 1{at}:00"));
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let merge = git.merge("main", &names, Draft::new("Merge ten", "2026-01-07 09:00"));
    read(&world, git.place(), &[]).ok();
    let parents = git.git(&["log", "-1", "--format=%P", &merge]);
    assert_eq!(parents.split(' ').count(), 10);
    let query = format!(
        "select array_to_string(parent_shas, ' ') as p, is_merge from commits where sha = '{merge}'"
    );
    assert_eq!(world.lines("lake", &query), [format!("{parents} | true")]);
    let roots = "select count(*) as n from commits where cardinality(parent_shas) = 0";
    assert_eq!(world.lines("lake", roots), ["4"]);
}

#[test]
fn references_that_lead_nowhere_are_passed_over_by_name_and_leave_a_gap() {
    let world = World::as_of(AS_OF);
    let git = january(&world);
    write(&world, "shop/.git/refs/tags/v9.0.0", &format!("{GONE}\n"));
    write(&world, "shop/.git/refs/tags/v9.1.0", "nonsense\n");
    write(&world, "shop/.git/refs/heads/broken", &format!("{GONE}\n"));
    let run = read(&world, git.place(), &[]);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    for said in ["refs/tags/v9.0.0", "refs/tags/v9.1.0", GONE] {
        assert!(run.stderr.contains(said), "`{said}` is not in {}", run.stderr);
    }
    assert!(!run.stderr.contains("refs/heads/broken"), "nobody asked for it: {}", run.stderr);
    let tags = "select ref from deployments order by ref";
    assert_eq!(world.lines("lake", tags), ["v1.0.0", "v1.1.0"]);
    // The gap is there until it is mended, whether something is new or not.
    assert_eq!(read(&world, git.place(), &[]).code, Some(3));
    let run = read(&world, git.place(), &["--all-branches"]);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert!(run.stderr.contains("refs/heads/broken"), "{}", run.stderr);
    git.git(&["update-ref", "-d", "refs/tags/v9.0.0"]);
    std::fs::remove_file(world.path("shop/.git/refs/tags/v9.1.0")).expect("a file");
    read(&world, git.place(), &[]).ok();
}

#[test]
fn a_head_that_leads_nowhere_is_refused() {
    let world = World::as_of(AS_OF);
    let git = january(&world);
    write(&world, "shop/.git/HEAD", &format!("{GONE}\n"));
    assert_refused(&world, git.place(), &["HEAD", GONE]);
    write(&world, "shop/.git/HEAD", "nonsense\n");
    assert_refused(&world, git.place(), &["HEAD"]);
}

#[test]
fn a_partial_clone_is_read_but_for_what_it_lacks_and_filled_once_it_is_complete() {
    for filter in ["blob:none", "tree:0"] {
        let world = World::as_of(AS_OF);
        let git = january(&world);
        git.git(&["config", "uploadpack.allowFilter", "true"]);
        git.git(&["config", "uploadpack.allowAnySHA1InWant", "true"]);
        let (from, place) = (format!("file://{}", git.place()), world.place("clone.git"));
        let filter = format!("--filter={filter}");
        world.git(&world.path("home"), &["clone", "-q", "--bare", &filter, &from, &place]);
        let run = read(&world, &place, &[]).ok();
        let said = ["partial clone", "git fetch --refetch --no-filter", "lines of 3 commits"];
        for said in said {
            assert!(run.stderr.contains(said), "`{said}` is not in {}", run.stderr);
        }
        let files = if filter.ends_with("none") { "1" } else { "-" };
        let unknown = format!("{COUNTS} where not is_merge and cardinality(parent_shas) = 1");
        assert_eq!(world.lines("lake", &unknown), vec![format!("{files} | - | -"); 2]);
        let lines =
            "select count(*) as n from commit_files where additions_count is not null or is_binary";
        assert_eq!(world.lines("lake", lines), ["0"]);
        let median =
            "select count(*) as n from deployed_changes where lead_time_seconds is not null";
        assert_ne!(world.lines("lake", median), ["0"], "deployments need no lines");
        assert!(read(&world, &place, &[]).ok().stderr.contains("nothing new"));
        world.git(&world.path("clone.git"), &["fetch", "-q", "--refetch", "--no-filter"]);
        let run = read(&world, &place, &[]).ok();
        assert!(!run.stderr.contains("partial"), "{}", run.stderr);
        let whole =
            ["ingest", "git", git.place(), "--lake", &world.place("whole"), "--repository", "shop"];
        world.milepost(&whole).ok();
        let of = |lake: &str| {
            let mut contents = world.contents(lake);
            // The clone knows its origin.
            contents.remove("repositories");
            contents
        };
        assert_same(&of("lake"), &of("whole"));
    }
}

#[test]
fn a_missing_object_of_a_whole_clone_is_named() {
    for what in ["HEAD~1^{tree}", "HEAD:window.txt", "HEAD~1"] {
        let world = World::as_of(AS_OF);
        let git = january(&world);
        git.git(&["repack", "-q", "-a", "-d"]);
        let id = git.git(&["rev-parse", what]);
        let out = world.path("packs");
        std::fs::rename(world.path("shop/.git/objects/pack"), &out).expect("packs");
        for file in std::fs::read_dir(&out).expect("packs") {
            let file = file.expect("a pack").path();
            if file.extension().is_some_and(|end| end == "pack") {
                let unpack =
                    format!("git -C '{}' unpack-objects -q < '{}'", git.place(), file.display());
                let done = world.command("sh").args(["-c", &unpack]).status().expect("git");
                assert!(done.success());
            }
        }
        std::fs::remove_file(world.path("shop").join(loose(&id))).expect("an object");
        assert_refused(&world, git.place(), &[&id, git.place(), "git fsck"]);
    }
}

#[test]
fn a_damaged_pack_is_refused_and_leaves_nothing_behind() {
    let world = World::as_of(AS_OF);
    let git = january(&world);
    git.git(&["repack", "-q", "-a", "-d"]);
    let packs = files_below(&world.path("shop/.git/objects/pack"));
    let (pack, bytes) = packs
        .iter()
        .find(|(path, _)| path.extension().is_some_and(|end| end == "pack"))
        .expect("a pack");
    std::fs::remove_file(pack).expect("a file that can't be written");
    std::fs::write(pack, &bytes[..bytes.len() / 3]).expect("a third of it");
    assert_refused(&world, git.place(), &[git.place(), "git fsck"]);
}

#[test]
fn a_shallow_clone_says_that_it_is_one() {
    let world = World::as_of(AS_OF);
    let git = january(&world);
    let (from, place) = (format!("file://{}", git.place()), world.place("clone"));
    world.git(
        &world.path("home"),
        &["clone", "-q", "--depth", "1", "--branch", "main", &from, &place],
    );
    let run = read(&world, &place, &[]).ok();
    assert!(
        run.stderr.contains("shallow clone") && run.stderr.contains("--unshallow"),
        "{}",
        run.stderr
    );
    world.git(&world.path("clone"), &["fetch", "-q", "--unshallow", "--tags"]);
    let run = read(&world, &place, &[]).ok();
    assert!(!run.stderr.contains("shallow"), "{}", run.stderr);
}

#[test]
fn a_clone_that_borrows_objects_gives_the_same_rows() {
    let world = World::as_of(AS_OF);
    let git = january(&world);
    read(&world, git.place(), &[]).ok();
    let place = world.place("shared.git");
    world.git(&world.path("home"), &["clone", "-q", "--bare", "--shared", git.place(), &place]);
    let borrowed =
        ["ingest", "git", &place, "--lake", &world.place("borrowed"), "--repository", "shop"];
    world.milepost(&borrowed).ok();
    assert_same(&world.contents("borrowed"), &world.contents("lake"));
}

#[test]
fn a_submodule_is_read_by_the_name_of_its_folder() {
    let world = World::as_of(AS_OF);
    let part = january(&world);
    let mut whole = world.repository("whole");
    whole.push("main", "a.txt", "2026-01-05 09:00");
    whole.git(&["checkout", "-q", "-f", "main"]);
    whole.git(&["submodule", "--quiet", "add", part.place(), "parts/door"]);
    let sub = world.place("whole/parts/door");
    world.milepost(&["ingest", "git", &sub, "--lake", &world.place("lake")]).ok();
    let said = part.git(&["rev-list", "--count", "main", "--tags"]);
    let rows = "select repository_id, count(*) as n from commits group by repository_id";
    assert_eq!(world.lines("lake", rows), [format!("door | {said}")]);
}

#[test]
fn replacements_and_grafts_are_named_and_not_applied() {
    let world = World::as_of(AS_OF);
    let git = january(&world);
    let shas = git.git(&["--no-replace-objects", "rev-list", "HEAD", "--tags"]);
    git.git(&["replace", "HEAD", "HEAD~1"]);
    let run = read(&world, git.place(), &[]).ok();
    assert!(run.stderr.contains("replacements"), "{}", run.stderr);
    let subjects = git.git(&["--no-replace-objects", "log", "-1", "--format=%H | %s"]);
    let head = shas.lines().next().expect("an id");
    let query = format!("select sha, subject from commits where sha = '{head}'");
    assert_eq!(world.lines("lake", &query), [subjects]);
    let count = "select count(*) as n from commits";
    assert_eq!(world.lines("lake", count), [shas.lines().count().to_string()]);
}
