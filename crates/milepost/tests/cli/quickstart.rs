//! The main job in one go: a repository in, the five metrics and a page out.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::repository::Repository;
use crate::shop::{AS_OF, shop};
use crate::world::World;

/// Every file below the folder: bytes, mode and time of change.
fn listing(folder: &Path) -> BTreeMap<PathBuf, (Vec<u8>, u32, i64, i64)> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let about = path.symlink_metadata().expect("a file");
            let bytes =
                if about.is_file() { std::fs::read(&path).expect("bytes") } else { Vec::new() };
            if about.is_dir() {
                open.push(path.clone());
            }
            found.insert(path, (bytes, about.mode(), about.mtime(), about.mtime_nsec()));
        }
    }
    found
}

fn checked_out(world: &World) -> Repository {
    let git = shop(world);
    git.git(&["checkout", "-q", "-f", "main"]);
    git
}

/// The commands that the report ends with.
fn commands(stdout: &str) -> Vec<String> {
    let (_, next) = stdout.split_once("Next:\n").expect("what to do next");
    next.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
}

#[test]
fn quickstart_reports_and_leaves_the_repository_as_it_was() {
    let world = World::as_of(AS_OF);
    let git = checked_out(&world);
    let status = git.git(&["status", "--porcelain", "--ignored"]);
    let before = listing(&git.path);
    // Without a path it reads where it is started.
    let mut command = world.command("milepost");
    command.args(["quickstart", "--as-of", AS_OF]).current_dir(&git.path);
    let first = command.output().expect("the program");
    let run = world.milepost(&["quickstart", git.place()]).ok();
    assert_eq!(String::from_utf8_lossy(&first.stdout), run.stdout, "again, from elsewhere");
    assert!(listing(&git.path) == before, "a file of the repository changed");
    assert_eq!(git.git(&["status", "--porcelain", "--ignored"]), status);
    // Of the whole history: four deployments in the 98 days from 01-07 to 04-14, the median of
    // 6 h, 12 h, 26 h and 144 h, one failure in three changes, recovered after 19 h.
    for said in ["(n=4)", "19 h", "33.3 %", "25 %"] {
        assert!(run.stdout.contains(said), "{said} is not in {}", run.stdout);
    }
    let page = run.stdout.lines().find_map(|line| line.strip_prefix("Page: ")).expect("a page");
    assert!(Path::new(page).starts_with(world.path("cache")), "{page}");
    let page = std::fs::read_to_string(page).expect("the page");
    assert!(page.contains("<svg"), "a chart");
    assert!(!page.to_lowercase().contains("<script"), "no script");
    for outside in ["src=\"http", "href=\"http", "url(http", "@import"] {
        assert!(!page.contains(outside), "the page needs nothing from outside: {outside}");
    }

    let commands = commands(&run.stdout);
    assert!(commands.iter().any(|command| command.starts_with("milepost metric ")), "{commands:?}");
    assert!(commands.iter().any(|command| command.starts_with("milepost sql ")), "{commands:?}");
    for command in commands {
        let mut shell = world.command("sh");
        let ran = shell.args(["-c", &command]).current_dir("/").output().expect("a shell");
        let complaint = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert!(ran.status.success(), "{command}: {complaint}");
        assert_eq!(complaint, "", "{command}");
        assert!(
            String::from_utf8_lossy(&ran.stdout).contains("shop") || command.contains(" sql "),
            "{command}"
        );
    }
}

#[test]
fn quickstart_without_tags_says_what_would_help() {
    let world = World::as_of(AS_OF);
    let mut git = world.repository("plain");
    git.push("main", "a.txt", "2026-01-05 09:00");
    git.push("main", "b.txt", "2026-01-06 09:00");
    let run = world.milepost(&["quickstart", git.place()]).ok();
    assert!(run.stdout.contains("--deployments-from-branch"), "{}", run.stdout);
    assert!(run.stdout.contains("--deployments-from-tags"), "{}", run.stdout);
    let page = run.stdout.lines().find_map(|line| line.strip_prefix("Page: ")).expect("a page");
    assert!(Path::new(page).is_file());
}

#[test]
fn quickstart_reads_no_configuration_and_writes_where_it_is_told() {
    let world = World::as_of(AS_OF);
    let git = checked_out(&world);
    // In the repository and in the working directory: neither may be read.
    world.file("shop/milepost.toml", "this is no configuration");
    world.file("milepost.toml", "nor is this");
    let (lake, page) = (world.place("my lake's/lake"), world.place("pages/shop.html"));
    let run = world.milepost(&["quickstart", git.place(), "--lake", &lake, "-o", &page]).ok();
    assert!(Path::new(&page).is_file() && Path::new(&lake).join("commits").is_dir());
    assert!(!world.path("cache").exists(), "nothing is kept elsewhere");
    let commands = commands(&run.stdout);
    for command in commands.iter().filter(|command| command.contains(" sql ")) {
        let mut shell = world.command("sh");
        let ran = shell.args(["-c", command]).current_dir("/").output().expect("a shell");
        assert!(ran.status.success(), "{command}: {}", String::from_utf8_lossy(&ran.stderr));
        assert!(String::from_utf8_lossy(&ran.stdout).contains("v1.2.1"), "{command}");
    }
}
