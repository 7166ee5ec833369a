//! `milepost.toml`: what is wrong in it, where secrets come from, and what it makes `ingest` read.

use crate::fake_github::{FakeGithub, Hosted, pull};
use crate::repository::Draft;
use crate::world::{Run, World};

const AS_OF: &str = "2026-03-01T00:00:00Z";
const INCIDENTS: &str = "incident_id,service_id,created_at\n1,shop,2026-01-05T09:00:00Z\n";

fn with(world: &World, arguments: &[&str], secrets: &[(&str, &str)]) -> Run {
    let mut command = world.command(env!("CARGO_BIN_EXE_milepost"));
    command.args(arguments).args(["--as-of", AS_OF]).envs(secrets.iter().copied());
    World::finished(command)
}

#[test]
fn a_mistake_is_told_with_file_line_and_what_was_meant() {
    let world = World::as_of(AS_OF);
    for (text, expected) in [
        (
            "[definition]\ninclude_bot = true\n",
            ":2:1: `include_bot` is no key of `definition`; did you mean `include_bots`?",
        ),
        (
            "[[source]]\nkind = \"files\"\npaths = \"x\"\n",
            ":3:9: `paths` is a text, but must be a list in brackets",
        ),
        ("[[source]]\nkind = \"files\"\n", ":2:1: `source` needs a `paths`"),
        ("lake = \"a\"\nlake = \"b\"\n", ":2:1: duplicate key"),
        (
            "[[source]]\nname = \"a\"\nkind = \"files\"\npaths = []\n[[source]]\nname = \"a\"\nkind = \"files\"\npaths = []\n",
            ": two sources are named `a`",
        ),
        (
            "[[source]]\nname = \"files\"\nkind = \"files\"\npaths = []\n",
            ": a source can't be named `files`",
        ),
        (
            "[[source]]\nkind = \"github\"\nrepositories = []\napp_id = 1\n",
            ": source github-1: an app needs both",
        ),
        (
            "[[source]]\nkind = \"git\"\npath = \"x\"\ngitops = \"y\"\ndeployments_from_branch = true\n",
            ": source git-1: keep one of",
        ),
    ] {
        world.file("milepost.toml", text);
        let run = world.milepost(&["config", "check"]);
        assert_eq!(run.code, Some(2), "{}", run.stderr);
        assert!(run.stderr.contains(&format!("milepost.toml{expected}")), "{}", run.stderr);
    }
}

#[test]
fn configured_sources_are_read_in_order_or_by_name_and_one_that_fails_holds_up_no_other() {
    let world = World::as_of(AS_OF);
    let mut shop = world.repository("shop");
    shop.commit("main", Draft::new("Begin", "2026-01-05 09:00").file("a.txt", "1\n"));
    shop.place();
    world.file("facts/incidents.csv", INCIDENTS);
    world.file(
        "milepost.toml",
        "lake = \"lake\"\n[[source]]\nkind = \"git\"\npath = \"gone\"\n\
         [[source]]\nname = \"own\"\nkind = \"git\"\npath = \"shop\"\nrepository = \"shop\"\n\
         [[source]]\nkind = \"files\"\npaths = [\"facts\"]\n",
    );
    let run = world.milepost(&["ingest", "files"]);
    assert_eq!(run.code, Some(2), "a kind without a path: {}", run.stderr);
    let run = world.milepost(&["ingest", "owm"]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(
        run.stderr.contains("has no source `owm`; it has git-1, own, files-1"),
        "{}",
        run.stderr
    );
    world.milepost(&["ingest", "own"]).ok();
    assert_eq!(world.lines("lake", "select count(*) from commits"), ["1"]);
    let run = world.milepost(&["ingest"]);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert!(
        run.stderr.contains("source git-1: ") && run.stderr.contains("is no git repository"),
        "{}",
        run.stderr
    );
    assert_eq!(world.lines("lake", "select count(*) from incidents"), ["1"]);
    // Paths begin at the configuration, wherever it is read from.
    std::fs::create_dir_all(world.path("deep/er")).expect("folders");
    let mut command = world.command(env!("CARGO_BIN_EXE_milepost"));
    command.args(["config", "check"]).current_dir(world.path("deep/er"));
    let run = World::finished(command);
    assert_eq!(run.code, Some(4), "{}", run.stderr);
    assert!(run.stderr.contains("source git-1: there is no"), "{}", run.stderr);
    assert!(!run.stderr.contains("source own"), "{}", run.stderr);
}

#[test]
fn without_a_configuration_there_is_nothing_to_ingest_and_init_is_named() {
    let world = World::as_of(AS_OF);
    let run = world.milepost(&["ingest"]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(
        run.stderr.contains("there is no configuration; `milepost init` writes one"),
        "{}",
        run.stderr
    );
    assert!(!world.path(".milepost").exists());
}

#[test]
fn secrets_come_by_reference_only_and_a_program_runs_for_the_users_own_file_alone() {
    let (world, hub) = (World::as_of(AS_OF), FakeGithub::new());
    hub.state().token = Some("canary77".to_owned());
    let pulls = vec![pull(1, "2026-01-05T09:00:00Z", None)];
    hub.host("acme/shop", Hosted { number: 7, pulls, ..Hosted::default() });
    let source = format!(
        "lake = \"{}\"\n[[source]]\nkind = \"github\"\nrepositories = [\"acme/shop\"]\napi_url = \"{}\"\n",
        world.place("lake"),
        hub.server.url
    );
    let text = |token: &str| source.clone() + token + "\n";
    // Not set, empty, from a file, from a program.
    world.file("milepost.toml", &text("token_env = \"HUB\""));
    for secrets in [&[][..], &[("HUB", " ")][..]] {
        let run = with(&world, &["config", "check"], secrets);
        assert_eq!(run.code, Some(4), "{}", run.stderr);
        assert!(
            run.stderr.contains("environment variable HUB is not set or empty"),
            "{}",
            run.stderr
        );
    }
    with(&world, &["ingest"], &[("HUB", "canary77")]).ok();
    world.file("token", "canary77\n");
    world.file("milepost.toml", &text("token_file = \"token\""));
    with(&world, &["ingest"], &[]).ok();
    let mark = world.place("ran");
    let program = format!("token_command = [\"sh\", \"-c\", \"touch {mark}; echo canary77\"]");
    world.file("milepost.toml", &text(&program));
    let run = with(&world, &["ingest"], &[]);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert!(
        run.stderr.contains("`token_command` counts in your own configuration only"),
        "{}",
        run.stderr
    );
    assert!(!world.path("ran").exists());
    std::fs::remove_file(world.path("milepost.toml")).expect("it goes");
    world.file("config/milepost/milepost.toml", &text(&program));
    let run = with(&world, &["ingest"], &[]).ok();
    assert!(world.path("ran").exists());
    assert!(!run.stderr.contains("canary77"), "{}", run.stderr);
    assert_eq!(world.lines("lake", "select count(*) from pull_requests"), ["1"]);
}

#[test]
fn a_configuration_within_a_repository_that_is_read_changes_and_runs_nothing() {
    let world = World::as_of(AS_OF);
    let mut shop = world.repository("shop");
    shop.commit("main", Draft::new("Begin", "2026-01-05 09:00").file("a.txt", "1\n"));
    shop.place();
    let mark = world.place("ran");
    world.file(
        "shop/milepost.toml",
        &format!(
            "lake = \"elsewhere\"\n[[source]]\nkind = \"github\"\nrepositories = [\"a/b\"]\n\
             token_command = [\"touch\", \"{mark}\"]\n"
        ),
    );
    world.file("milepost.toml", "lake = \"lake\"\n[[source]]\nkind = \"git\"\npath = \"shop\"\n");
    world.milepost(&["ingest"]).ok();
    assert!(!world.path("ran").exists() && !world.path("shop/elsewhere").exists());
    assert!(world.path("lake").exists());
}

#[test]
fn init_writes_what_it_finds_once_and_it_is_sound() {
    let world = World::as_of(AS_OF);
    let mut shop = world.repository("src/shop");
    let owned = Draft::new("Begin", "2026-01-05 09:00").file("CODEOWNERS", "* @acme/payments\n");
    shop.commit("main", owned);
    shop.git(&["remote", "add", "origin", "git@github.com:acme/shop.git"]);
    shop.place();
    world.file("src/shop/CODEOWNERS", "* @acme/payments\n");
    world.file("src/incidents.csv", INCIDENTS);
    world.file("src/notes.csv", "a,b\n");
    let run = world.milepost(&["init", "src"]).ok();
    assert!(
        run.stderr
            .contains("1 git repositories, 0 catalogue files, 1 CODEOWNERS, 1 tables in files"),
        "{}",
        run.stderr
    );
    let text = std::fs::read_to_string(world.path("milepost.toml")).expect("the file");
    assert!(text.contains("# repositories = [\"acme/shop\"]"), "{text}");
    assert!(!text.contains("notes.csv"), "{text}");
    world.milepost(&["config", "check"]).ok();
    world.milepost(&["ingest"]).ok();
    assert_eq!(world.lines(".milepost/lake", "select count(*) from incidents"), ["1"]);
    let again = world.milepost(&["init"]);
    assert_eq!(again.code, Some(2), "{}", again.stderr);
    assert!(again.stderr.contains("exists already and is left as it is"), "{}", again.stderr);
}

#[test]
fn a_dry_run_says_what_there_is_and_writes_nothing() {
    let (world, hub) = (World::as_of(AS_OF), FakeGithub::new());
    let pulls = (1..=60).map(|number| pull(number, "2026-01-05T09:00:00Z", None)).collect();
    hub.host("acme/shop", Hosted { number: 7, pulls, ..Hosted::default() });
    let counts = |asked: &crate::server::Asked| {
        let body = String::from_utf8_lossy(&asked.body).into_owned();
        body.contains("pullRequests{totalCount}").then(|| {
            crate::server::Answer::json(&serde_json::json!({"data": {"repository":
                {"pullRequests": {"totalCount": 60}, "deployments": {"totalCount": 0}}}}))
            .with("x-ratelimit-limit", 120)
            .with("x-ratelimit-remaining", 100)
        })
    };
    hub.fault(counts);
    world.file("token", "anything");
    world.file("facts/incidents.csv", &(INCIDENTS.to_owned() + "2,,2026-01-05T09:00:00Z\n"));
    world.file(
        "milepost.toml",
        &format!(
            "lake = \"lake\"\n[[source]]\nkind = \"files\"\npaths = [\"facts\"]\n\
             [[source]]\nkind = \"github\"\nrepositories = [\"acme/shop\"]\napi_url = \"{}\"\n\
             token_file = \"token\"\n",
            hub.server.url
        ),
    );
    let run = world.milepost(&["ingest", "--dry-run"]);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert!(run.stderr.contains("files has 1 incidents; nothing was written"), "{}", run.stderr);
    assert!(run.stderr.contains("1 rows were refused"), "{}", run.stderr);
    // 60 pull requests are three questions, no deployments are one, and two for the rest.
    let costs = "acme/shop: 60 pull requests and 0 deployments, about 6 requests to read all of them, \
                 3 min of a limit of 120 an hour (100 left now); a mirror of about 1 MB";
    assert!(run.stderr.contains(costs), "{}", run.stderr);
    assert!(!world.path("lake").exists());
}

#[test]
fn the_schema_for_editors_is_json_and_knows_the_sources() {
    let world = World::as_of(AS_OF);
    let schema = world.milepost(&["config", "schema"]).json();
    assert_eq!(schema["title"], "milepost.toml");
    assert!(schema.to_string().contains("incident_labels"));
}
