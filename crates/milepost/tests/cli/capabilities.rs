//! Uses of capabilities that the history of a repository shows, as the configuration says what
//! shows them.

use crate::repository::{Draft, Repository};
use crate::world::{Run, World, assert_same};

const WORKFLOW: &str = ".github/workflows/deploy.yml";
const USES: &str = "select service_id, capability_id, status, version, \
                    to_char(valid_from, '%m-%d') as f, to_char(valid_to, '%m-%d') as t \
                    from capability_adoptions where deleted_at is null and valid_from is distinct from valid_to \
                    order by service_id, capability_id, valid_from";
const PIPELINE: &str = r#"
[[capability]]
id = "deploy-pipeline"
name = "Deploy pipeline"
golden_paths = ["backend"]
owner_team = "platform"
released_on = 2026-01-01
deprecated_on = 2026-06-01
[[capability.file]]
path = ".github/workflows/*.yml"
contains = 'acme/golden-path/\.github/workflows/deploy\.yml@(?<version>\S+)'
"#;

fn world() -> World {
    World::as_of("2026-03-01T00:00:00Z")
}

/// Reads the repository with a configuration of these capabilities into the lake of that name.
fn read(world: &World, git: &Repository, lake: &str, capabilities: &str) -> Run {
    let config = world.file("milepost.toml", capabilities);
    let lake = world.place(lake);
    let all = ["ingest", "git", git.place(), "--repository", "shop", "--lake", &lake];
    world.milepost(&[&all[..], &["--config", &config]].concat())
}

fn workflow(version: &str) -> String {
    format!("jobs:\n  deploy:\n    uses: acme/golden-path/.github/workflows/deploy.yml@{version}\n")
}

fn day(day: &str, message: &str) -> Draft {
    Draft::new(message, &format!("2026-{day} 09:00"))
}

/// Commits on `main` that adopt the pipeline, take a newer version, leave it and come back.
fn story() -> Vec<Draft> {
    vec![
        day("01-02", "Begin").file("main.rs", "").file(WORKFLOW, "jobs: {}\n"),
        day("01-05", "Adopt").file(WORKFLOW, workflow("v1")),
        day("01-08", "Work").file("main.rs", "work"),
        day("01-12", "Update").file(WORKFLOW, workflow("v2")),
        day("01-19", "Leave").gone(WORKFLOW),
        day("01-26", "Come back").file(".github/workflows/ship.yml", workflow("v3")),
        day("02-02", "Rename").gone(".github/workflows/ship.yml").file(WORKFLOW, workflow("v3")),
    ]
}

const STORY: [&str; 3] = [
    "shop | deploy-pipeline | adopted | v1 | 01-05 | 01-12",
    "shop | deploy-pipeline | adopted | v2 | 01-12 | 01-19",
    "shop | deploy-pipeline | adopted | v3 | 01-26 | -",
];

#[test]
fn history_shows_when_a_service_adopted_a_capability_left_it_and_came_back() {
    let world = world();
    let mut git = world.repository("shop");
    let ids: Vec<String> = story().into_iter().map(|draft| git.commit("main", draft)).collect();
    let run = read(&world, &git, "lake", PIPELINE).ok();
    assert!(run.stderr.contains("capabilities:shop: 3 capability_adoptions"), "{}", run.stderr);
    assert_eq!(world.lines("lake", USES), STORY);
    let evidence = "select evidence from capability_adoptions order by valid_from";
    assert_eq!(world.lines("lake", evidence)[0], format!("{WORKFLOW}@{}", ids[1]));
    let known = "select capability_id, name, array_to_string(golden_path_ids, ',') as g, \
                 owner_team_id, released_on, deprecated_on, sunset_on from capabilities";
    let expected =
        ["deploy-pipeline | Deploy pipeline | backend | platform | 2026-01-01 | 2026-06-01 | -"];
    assert_eq!(world.lines("lake", known), expected);
    let before = world.contents("lake");
    read(&world, &git, "lake", PIPELINE).ok();
    assert_same(&world.contents("lake"), &before);
}

#[test]
fn a_history_read_in_steps_gives_the_rows_of_one_read() {
    let world = world();
    let mut git = world.repository("shop");
    for draft in story() {
        git.commit("main", draft);
        read(&world, &git, "steps", PIPELINE).ok();
    }
    read(&world, &git, "whole", PIPELINE).ok();
    let of = |lake: &str| world.contents(lake).remove("capability_adoptions");
    assert_eq!(of("steps"), of("whole"));
    assert_eq!(world.lines("steps", USES), STORY);
}

#[test]
fn a_merge_counts_when_it_lands_and_not_when_its_branch_was_written() {
    let world = world();
    let mut git = world.repository("shop");
    git.commit("main", day("01-02", "Begin").file("main.rs", ""));
    git.branch("adopt", "main");
    git.commit("adopt", day("01-05", "Adopt").file(WORKFLOW, workflow("v1")));
    git.commit("main", day("01-06", "Work").file("main.rs", "work"));
    git.merge("main", &["adopt"], day("01-09", "Merge"));
    read(&world, &git, "lake", PIPELINE).ok();
    let expected = ["shop | deploy-pipeline | adopted | v1 | 01-09 | -"];
    assert_eq!(world.lines("lake", USES), expected);
}

#[test]
fn a_rewritten_history_and_other_rules_are_read_again_as_a_whole() {
    let world = world();
    let mut git = world.repository("shop");
    for draft in story() {
        git.commit("main", draft);
    }
    read(&world, &git, "lake", PIPELINE).ok();
    let other = PIPELINE.replace("deploy-pipeline", "delivery");
    read(&world, &git, "lake", &other).ok();
    let expected: Vec<String> =
        STORY.iter().map(|line| line.replace("deploy-pipeline", "delivery")).collect();
    assert_eq!(world.lines("lake", USES), expected);
    git.git(&["reset", "-q", "--hard", "HEAD~4"]);
    git.git(&["commit", "-q", "--allow-empty", "-m", "Other"]);
    read(&world, &git, "lake", &other).ok();
    assert_eq!(world.lines("lake", USES), ["shop | delivery | adopted | v1 | 01-05 | -"]);
    read(&world, &git, "lake", "").ok();
    assert!(world.lines("lake", USES).is_empty(), "nothing is asked any more");
    let left = "select capability_id from capabilities where deleted_at is null";
    assert!(world.lines("lake", left).is_empty());
}

#[test]
fn a_read_without_a_configuration_leaves_what_is_known_of_capabilities() {
    let world = world();
    let mut git = world.repository("shop");
    for draft in story() {
        git.commit("main", draft);
    }
    read(&world, &git, "lake", PIPELINE).ok();
    std::fs::remove_file(world.path("milepost.toml")).expect("a file");
    world.ingest(&git, "lake", &["--repository", "shop"]);
    assert_eq!(world.lines("lake", USES), STORY);
}

#[test]
fn one_clock_that_is_wrong_misdates_nothing_after_it() {
    let world = world();
    let mut git = world.repository("shop");
    let drafts = [
        day("01-02", "Begin").file(WORKFLOW, "jobs: {}\n"),
        Draft::new("From the future", "2038-01-01 09:00").file(WORKFLOW, "jobs: {}\n# x\n"),
        day("01-05", "Adopt").file(WORKFLOW, workflow("v1")),
        day("01-12", "Update").file(WORKFLOW, workflow("v2")),
    ];
    for draft in drafts {
        git.commit("main", draft);
        read(&world, &git, "steps", PIPELINE).ok();
    }
    let run = read(&world, &git, "whole", PIPELINE).ok();
    assert!(
        run.stderr.contains("1 commits have a later time than commits after them"),
        "{}",
        run.stderr
    );
    let expected = [
        "shop | deploy-pipeline | adopted | v1 | 01-05 | 01-12",
        "shop | deploy-pipeline | adopted | v2 | 01-12 | -",
    ];
    assert_eq!(world.lines("whole", USES), expected);
    assert_eq!(world.lines("steps", USES), expected);
}

#[test]
fn with_several_files_a_capability_is_used_in_part_until_all_are_there() {
    let world = world();
    let mut git = world.repository("shop");
    git.commit("main", day("01-02", "Begin").file("main.rs", ""));
    git.commit("main", day("01-05", "Watch").file("observability.yml", "dashboards: []\n"));
    git.commit("main", day("01-09", "Alert").file("ops/alerts/slo.yml", "slo: 99\n"));
    git.commit("main", day("01-16", "Mute").file("ops/alerts/slo.yml", "# none\n"));
    let capability = r#"
[[capability]]
id = "observability"
[[capability.file]]
path = "observability.yml"
[[capability.file]]
path = "ops/**/*.yml"
contains = '(?m)^slo:'
"#;
    read(&world, &git, "lake", capability).ok();
    let expected = [
        "shop | observability | partial | - | 01-05 | 01-09",
        "shop | observability | adopted | - | 01-09 | 01-16",
        "shop | observability | partial | - | 01-16 | -",
    ];
    assert_eq!(world.lines("lake", USES), expected);
}

#[test]
fn services_of_one_repository_adopt_each_for_itself_and_share_what_is_nobodys() {
    let world = world();
    let rows = "service_id,repository_id,include_globs\n\
                api,shop,\"[\"\"api/**\"\"]\"\nacme/web,shop,\"[\"\"web/**\"\"]\"\n";
    let file = world.file("service_repositories.csv", rows);
    world.milepost(&["ingest", "files", &file, "--lake", &world.place("lake")]).ok();
    let mut git = world.repository("shop");
    let begin = day("01-02", "Begin").file("api/a.rs", "").file("web/a.ts", "");
    git.commit("main", begin);
    git.commit("main", day("01-05", "Base").file("api/Dockerfile", "FROM acme/base:3\n"));
    git.commit("main", day("01-07", "Lint").file(".lint.yml", "extends: acme\n"));
    git.commit("main", day("01-09", "Deploy").file(".github/workflows/web.yml", workflow("v1")));
    let capabilities = r#"
[[capability]]
id = "base-image"
[[capability.file]]
path = "**/Dockerfile"
contains = 'FROM acme/base:(?<version>\S+)'
[[capability]]
id = "lint"
[[capability.file]]
path = ".lint.yml"
[[capability]]
id = "pipeline"
[[capability.file]]
path = ".github/workflows/{service}.yml"
"#;
    read(&world, &git, "lake", capabilities).ok();
    let expected = [
        "acme/web | lint | adopted | - | 01-07 | -",
        "acme/web | pipeline | adopted | - | 01-09 | -",
        "api | base-image | adopted | 3 | 01-05 | -",
        "api | lint | adopted | - | 01-07 | -",
    ];
    // The repository as a whole has all of it.
    let of_parts = USES.replace("where", "where service_id <> 'shop' and");
    assert_eq!(world.lines("lake", &of_parts), expected);
}

#[test]
fn runs_of_a_pipeline_show_its_use_until_there_was_none_for_ninety_days() {
    let world = World::as_of("2026-12-01T00:00:00Z");
    let run = |id: &str, name: &str, at: &str| {
        format!("{id},shop,{name},.github/workflows/x.yml,main,{at}T09:00:00Z\n")
    };
    let rows = [
        "pipeline_run_id,repository_id,name,path,branch,started_at\n".to_owned(),
        run("1", "Golden deploy", "2026-01-05"),
        run("2", "Golden deploy", "2026-03-01"),
        run("3", "Own deploy", "2026-04-01"),
        run("4", "Golden deploy", "2026-10-01"),
    ];
    let file = world.file("pipeline_runs.csv", &rows.concat());
    let capability = r#"
[[capability]]
id = "pipeline"
[[capability.pipeline]]
workflow = "^Golden"
branch = "^main$"
"#;
    let config = world.file("milepost.toml", capability);
    let lake = world.place("lake");
    world.milepost(&["ingest", "files", &file, "--config", &config, "--lake", &lake]).ok();
    // The last run before the gap was on 1 March; 90 days later is 30 May.
    let expected = [
        "shop | pipeline | adopted | - | 01-05 | 05-30",
        "shop | pipeline | adopted | - | 10-01 | -",
    ];
    assert_eq!(world.lines("lake", USES), expected);
}

#[test]
fn annotations_of_the_catalogue_show_use_from_the_read_that_finds_them() {
    let world = world();
    let capability = r#"
[[capability]]
id = "scaffolding"
[[capability.annotation]]
name = "backstage.io/source-template"
value = '^template:default/golden-(?<version>.+)$'
"#;
    let config = world.file("milepost.toml", capability);
    let component = |name: &str, annotations: &str| {
        format!(
            "apiVersion: backstage.io/v1alpha1\nkind: Component\n\
             metadata: {{name: {name}, annotations: {{{annotations}}}}}\n\
             spec: {{type: service, lifecycle: production, owner: door}}\n"
        )
    };
    let read = |at: &str, components: &[String]| {
        let path = world.file("catalog-info.yaml", &components.join("---\n"));
        let lake = world.place("lake");
        let all = ["ingest", "backstage", &path, "--lake", &lake, "--config", &config];
        world.milepost(&[&all[..], &["--as-of", at]].concat()).ok()
    };
    let made = |version: &str| {
        format!("backstage.io/source-template: 'template:default/golden-{version}'")
    };
    read("2026-01-10T00:00:00Z", &[component("shop", &made("v1")), component("till", "")]);
    read("2026-01-20T00:00:00Z", &[component("shop", &made("v2")), component("till", "")]);
    read("2026-01-30T00:00:00Z", &[component("shop", ""), component("till", &made("v2"))]);
    let expected = [
        "shop | scaffolding | adopted | v1 | 01-01 | 01-20",
        "shop | scaffolding | adopted | v2 | 01-20 | 01-30",
        "till | scaffolding | adopted | v2 | 01-30 | -",
    ];
    // `till` was read before without it, so it began between the reads and not in 1970.
    assert_eq!(world.lines("lake", USES), expected);
}

#[test]
fn history_that_was_cut_off_is_told_and_a_file_that_is_too_large_is_no_evidence() {
    let world = world();
    let mut git = world.repository("shop");
    for draft in story() {
        git.commit("main", draft);
    }
    let large = format!("{}{}", workflow("v4"), " ".repeat(1 << 20));
    git.commit("main", day("02-09", "Grow").file(WORKFLOW, large));
    let place = format!("file://{}", git.place());
    world.git(&world.path("."), &["clone", "-q", "--depth", "2", &place, "clone"]);
    let lake = world.place("lake");
    let config = world.file("milepost.toml", PIPELINE);
    let clone = world.place("clone");
    let all = ["ingest", "git", &clone, "--repository", "shop", "--lake", &lake];
    let run = world.milepost(&[&all[..], &["--config", &config]].concat());
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert!(run.stderr.contains("what its services used before then is not known"));
    assert!(run.stderr.contains("larger than 1 MiB"), "{}", run.stderr);
    let expected = ["shop | deploy-pipeline | adopted | v3 | 02-02 | 02-09"];
    assert_eq!(world.lines("lake", USES), expected);
}

#[test]
fn a_capability_that_is_none_is_refused_with_what_to_do() {
    let world = world();
    let refused = |text: &str, words: &str| {
        let config = world.file("milepost.toml", text);
        let run = world.milepost(&["config", "check", "--config", &config]);
        assert_eq!(run.code, Some(2), "{text}: {}", run.stderr);
        assert!(run.stderr.contains(words), "{text}: {}", run.stderr);
    };
    let capability = |rest: &str| format!("[[capability]]\nid = \"a\"\n{rest}");
    refused("[[capability]]\nname = \"A\"\n", "`id`");
    refused(&capability("golden_path = [\"b\"]\n"), "golden_paths");
    refused(&capability("[[capability.file]]\npath = \"a[\"\n"), "`a[` is no glob of paths");
    for path in ["/a.yml", "./a.yml", "", "../a", "a//b"] {
        let file = format!("[[capability.file]]\npath = \"{path}\"\n");
        refused(&capability(&file), "matches no file");
    }
    let broken = "[[capability.file]]\npath = \"a\"\ncontains = \"(\"\n";
    refused(&capability(broken), "`(` is no regular expression");
    refused(&capability("[[capability.pipeline]]\n"), "names a workflow, a path or a branch");
    let both = "[[capability.file]]\npath = \"a\"\n[[capability.pipeline]]\nworkflow = \"b\"\n";
    refused(&capability(both), "keep one of");
    let broken = "[[capability.annotation]]\nname = \"a\"\nvalue = \"(\"\n";
    refused(&capability(broken), "`(` is no regular expression");
    refused(&(capability("") + &capability("")), "two capabilities have the id `a`");
    let days = "released_on = 2026-02-01\nsunset_on = 2026-01-01\n";
    refused(&capability(days), "follow one another");
}
