//! What else is deduced from history: reverts, picks, authors, and the repository's name.

use crate::repository::{ANN, BO, BOT, Draft, Repository};
use crate::world::{World, files_below};

const AS_OF: &str = "2026-03-01T00:00:00Z";

fn shop(world: &World) -> Repository {
    let mut git = world.repository("shop");
    git.push("main", "base.txt", "2026-01-05 09:00");
    git
}

/// The commit that `sha` is said to revert.
fn reverted(world: &World, sha: &str) -> Vec<String> {
    world.lines("lake", &format!("select reverts_sha from commits where sha = '{sha}'"))
}

#[test]
fn a_revert_is_known_by_its_sha_even_shortened() {
    let world = World::as_of(AS_OF);
    let mut git = shop(&world);
    let door = git.push("main", "door.txt", "2026-01-06 10:00");
    let window = git.push("main", "window.txt", "2026-01-06 11:00");
    let message = format!("Revert \"Change door.txt\"\n\nThis reverts commit {door}.");
    let whole = git.commit("main", Draft::new(message, "2026-01-07 10:00").gone("door.txt"));
    let message =
        format!("Undo the window\n\nThis reverts commit {}, which was wrong.", &window[..9]);
    let short = git.commit("main", Draft::new(message, "2026-01-07 11:00").gone("window.txt"));
    let gone = "0123456789abcdef0123456789abcdef01234567";
    let message = format!("Undo what is not here\n\nThis reverts commit {gone}.");
    let unknown = git.commit("main", Draft::new(message, "2026-01-07 12:00"));
    world.ingest(&git, "lake", &[]);
    assert_eq!(reverted(&world, &whole), [door]);
    assert_eq!(reverted(&world, &short), [window]);
    assert_eq!(reverted(&world, &unknown), [gone]);
}

#[test]
fn a_revert_is_known_by_the_number_it_names() {
    let world = World::as_of(AS_OF);
    let mut git = shop(&world);
    let squash = Draft::new("Add a window (#21)", "2026-01-06 10:00").file("window", "x\n");
    let squash = git.commit("main", squash);
    git.branch("work", "main");
    git.push("work", "door.txt", "2026-01-06 11:00");
    let merge =
        Draft::new("Merge pull request #22 from ann/work\n\nAdd a door", "2026-01-06 12:00");
    let merge = git.merge("main", &["work"], merge);
    let message = "Revert \"Add a window\" (#23)\n\nReverts acme/shop#21";
    let first = git.commit("main", Draft::new(message, "2026-01-07 10:00").gone("window"));
    let second = git
        .commit("main", Draft::new("Shut it\n\nReverts #22", "2026-01-07 11:00").gone("door.txt"));
    world.ingest(&git, "lake", &[]);
    assert_eq!(reverted(&world, &first), [squash]);
    assert_eq!(reverted(&world, &second), [merge]);
}

#[test]
fn a_revert_is_known_by_the_subject_it_quotes() {
    let world = World::as_of(AS_OF);
    let mut git = shop(&world);
    let plain = git.push("main", "door.txt", "2026-01-06 10:00");
    let squash = Draft::new("Add a \"big\" window (#21)", "2026-01-06 11:00").file("window", "x\n");
    let squash = git.commit("main", squash);
    let first = Draft::new("Revert \"Change door.txt\"", "2026-01-07 10:00").gone("door.txt");
    let first = git.commit("main", first);
    let second =
        Draft::new("Revert \"Add a \"big\" window\" (#24)", "2026-01-07 11:00").gone("window");
    let second = git.commit("main", second);
    let lost = git.commit("main", Draft::new("Revert \"What never was\"", "2026-01-07 12:00"));
    world.ingest(&git, "lake", &[]);
    assert_eq!(reverted(&world, &first), [plain]);
    assert_eq!(reverted(&world, &second), [squash]);
    assert_eq!(reverted(&world, &lost), ["-"]);
}

#[test]
fn a_cherry_pick_starts_when_it_was_picked() {
    let world = World::as_of(AS_OF);
    let mut git = shop(&world);
    git.release("v1.0.0", "main", "2026-01-05 10:00");
    git.branch("release", "main");
    let fix = git.push("main", "fix.txt", "2026-01-06 10:00");
    let message = format!("Change fix.txt\n\n(cherry picked from commit {fix})");
    let pick = Draft::new(message, "2026-01-10 10:00").authored("2026-01-06 10:00").committer(BO);
    let pick = git.commit("release", pick.file("fix.txt", "x\n"));
    git.release("v1.0.1", "release", "2026-01-10 12:00");
    world.ingest(&git, "lake", &[]);
    let from = format!("select cherry_picked_from_sha from commits where sha = '{pick}'");
    assert_eq!(world.lines("lake", &from), [fix]);
    // 2 h from the pick, not 4 days from the original.
    let lead = "select sha, lead_time_seconds from deployed_changes";
    assert_eq!(world.lines("lake", lead), [format!("{pick} | 7200")]);
}

#[test]
fn co_authors_and_ai_tools_are_read_from_trailers() {
    let world = World::as_of(AS_OF);
    let mut git = shop(&world);
    let message = "Pair up\n\nCo-authored-by: Bo <Bo@Acme.test>\nco-AUTHORED-by: Cy <cy@acme.test>\n\
                   Co-authored-by: Bo again <bo@acme.test>\n";
    let pair = git.commit("main", Draft::new(message, "2026-01-06 10:00").file("x", "1\n"));
    let message = "With help\n\nCo-authored-by: Copilot <198982749+Copilot@users.noreply.github.com>\n\
                   Co-authored-by: Cursor <cursoragent@cursor.com>\n";
    let helped = git.commit("main", Draft::new(message, "2026-01-06 11:00").file("x", "2\n"));
    let aider =
        Draft::new("By hand and machine", "2026-01-06 12:00").by("Bo (aider) <bo@acme.test>");
    let aider = git.commit("main", aider.file("x", "3\n"));
    let name =
        Draft::new("A person called Devin", "2026-01-06 13:00").by("Devin <devin@acme.test>");
    let name = git.commit("main", name.file("x", "4\n"));
    world.ingest(&git, "lake", &[]);
    let of = |sha: &str| {
        let columns =
            "array_to_string(co_author_emails, ' ') as c, array_to_string(ai_tools, ' ') as a";
        world.lines("lake", &format!("select {columns} from commits where sha = '{sha}'"))
    };
    assert_eq!(of(&pair), ["bo@acme.test cy@acme.test | "]);
    let copilot =
        "198982749+copilot@users.noreply.github.com cursoragent@cursor.com | copilot cursor";
    assert_eq!(of(&helped), [copilot]);
    assert_eq!(of(&aider), [" | aider"]);
    assert_eq!(of(&name), [" | "]);
}

#[test]
fn people_bots_and_ai_agents_are_told_apart() {
    let world = World::as_of(AS_OF);
    let mut git = shop(&world);
    git.release("v1.0.0", "main", "2026-01-05 10:00");
    let agent = "devin-ai-integration[bot] <1+devin-ai-integration[bot]@users.noreply.github.com>";
    let authors = [ANN, BOT, "renovate <bot@renovate.test>", "Abbot <abbot@acme.test>", agent];
    for (at, author) in authors.iter().enumerate() {
        let draft = Draft::new(format!("Change {at}"), &format!("2026-01-06 1{at}:00")).by(*author);
        git.commit("main", draft.file("x", format!("{at}\n")));
    }
    git.release("v1.1.0", "main", "2026-01-07 10:00");
    world.ingest(&git, "lake", &[]);
    let people = "select p.person_id, p.kind, i.provider from people p \
                  join identities i on i.person_id = p.person_id order by p.person_id";
    assert_eq!(
        world.lines("lake", people),
        [
            "1+devin-ai-integration[bot]@users.noreply.github.com | ai_agent | git",
            "49699333+dependabot[bot]@users.noreply.github.com | bot | git",
            "abbot@acme.test | human | git",
            "ann@acme.test | human | git",
            "bot@renovate.test | bot | git",
        ]
    );
    // Bots are left out of lead times; an AI agent is no bot.
    let changes = "select is_bot, is_excluded, count(*) as n from deployed_changes group by is_bot, is_excluded order by is_bot";
    assert_eq!(world.lines("lake", changes), ["false | false | 3", "true | true | 2"]);
}

fn named_after(url: Option<&str>) -> (World, Vec<String>) {
    let world = World::as_of(AS_OF);
    let git = shop(&world);
    if let Some(url) = url {
        git.git(&["config", "remote.origin.url", url]);
    }
    world.ingest(&git, "lake", &[]);
    let names =
        world.lines("lake", "select repository_id, name, url, default_branch from repositories");
    (world, names)
}

#[test]
fn the_origin_remote_names_the_repository_however_it_is_written() {
    let urls = [
        "https://github.test/acme/Door.git",
        "https://GitHub.test/acme/Door/",
        "git@github.test:acme/Door.git",
        "ssh://git@github.test:2222/acme/Door.git",
    ];
    for url in urls {
        let (_, names) = named_after(Some(url));
        assert_eq!(
            names,
            ["github.test/acme/Door | Door | https://github.test/acme/Door | main"],
            "{url}"
        );
    }
}

#[test]
fn without_a_host_the_folder_names_the_repository() {
    assert_eq!(named_after(None).1, ["shop | shop | - | main"]);
    assert_eq!(named_after(Some("/srv/git/door.git")).1, ["shop | shop | - | main"]);
}

#[test]
fn the_password_of_a_remote_is_nowhere() {
    const SECRET: &str = "s3cr3t-t0ken";
    let world = World::as_of(AS_OF);
    let git = shop(&world);
    git.git(&["tag", "v1.0.0"]);
    let url = format!("https://ann:{SECRET}@github.test/acme/door.git");
    git.git(&["config", "remote.origin.url", &url]);
    let lake = world.place("lake");
    let page = world.place("cache/page.html");
    let run = world.milepost(&["quickstart", git.place(), "-v", "--lake", &lake, "-o", &page]).ok();
    assert!(!format!("{}{}", run.stdout, run.stderr).contains(SECRET));
    assert_eq!(
        world.lines("lake", "select repository_id, url from repositories"),
        ["github.test/acme/door | https://github.test/acme/door"]
    );
    // Parquet may hide a text from a plain search, so what the tables say is searched too.
    assert!(!format!("{:?}", world.contents("lake")).contains(SECRET));
    assert!(
        world
            .lines("lake", "select \"cursor\" from ingest_runs")
            .iter()
            .all(|row| !row.contains(SECRET))
    );
    for folder in ["lake", "cache"] {
        for (path, bytes) in files_below(&world.path(folder)) {
            assert!(!bytes.windows(SECRET.len()).any(|part| part == SECRET.as_bytes()), "{path:?}");
            assert!(!path.to_string_lossy().contains(SECRET), "{path:?}");
        }
    }
}
