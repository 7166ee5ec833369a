//! The catalogue of Backstage, read once and again, with files and git beside it.

use std::path::Path;

use serde_json::json;

use crate::small_lake::SmallLake;
use crate::world::{Run, World, assert_same};

const FIRST: &str = "2026-01-10T00:00:00Z";
const SECOND: &str = "2026-02-10T00:00:00Z";
const THIRD: &str = "2026-02-20T00:00:00Z";

/// A component of that name, with fields of its metadata and of its spec.
fn component(name: &str, metadata: &str, spec: &str) -> String {
    format!(
        "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {{name: {name}, {metadata}}}\n\
         spec: {{type: service, {spec}}}\n"
    )
}

fn group(name: &str, spec: &str) -> String {
    format!(
        "apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {{name: {name}}}\n\
         spec: {{type: team, {spec}}}\n"
    )
}

fn world() -> World {
    World::as_of("2026-03-01T00:00:00Z")
}

fn read(world: &World, path: &str, as_of: &str) -> Run {
    let (path, lake) = (world.place(path), world.place("lake"));
    world.milepost(&["ingest", "backstage", &path, "--lake", &lake, "--as-of", as_of])
}

fn read_file(world: &World, path: &str, as_of: &str) -> Run {
    let (path, lake) = (world.place(path), world.place("lake"));
    world.milepost(&["ingest", "files", &path, "--lake", &lake, "--as-of", as_of]).ok()
}

const SERVICES: &str = "select service_id, name, tier, lifecycle, source from services order by 1";
const OWNERS: &str = "select service_id, team_id, to_char(valid_from, '%Y-%m-%d') as f, \
                      to_char(valid_to, '%Y-%m-%d') as t from service_owners order by 1, 3, 2";

#[test]
fn a_folder_of_descriptors_gives_services_teams_and_what_they_are_built_from() {
    let world = world();
    let slug = "annotations: {github.com/project-slug: acme/shop}";
    world.file("src/shop/catalog-info.yaml", &component("shop", slug, "owner: door"));
    world.file("src/till/catalog-info.yml", &component("till", "title: Till", "owner: wall"));
    let teams = [group("door", "parent: home"), group("wall", ""), group("home", "")].join("---\n");
    world.file("src/catalog-info.yaml", &teams);
    world.file("src/other.yaml", &component("other", "", ""));
    let run = read(&world, "src", FIRST).ok();
    assert!(run.stderr.starts_with("backstage: "), "{}", run.stderr);
    assert_eq!(
        world.lines("lake", SERVICES),
        ["shop | shop | - | - | backstage", "till | Till | - | - | backstage"]
    );
    assert_eq!(
        world.lines("lake", "select service_id, repository_id from service_repositories"),
        ["shop | github.com/acme/shop"]
    );
    assert_eq!(
        world.lines("lake", "select team_id, parent_team_id from teams order by 1"),
        ["door | home", "home | -", "wall | -"]
    );
    assert_eq!(
        world.lines("lake", OWNERS),
        ["shop | door | 1970-01-01 | -", "till | wall | 1970-01-01 | -"]
    );
    let before = world.contents("lake");
    let again = read(&world, "src", SECOND).ok();
    assert!(again.stderr.contains("backstage: nothing new"), "{}", again.stderr);
    assert_same(&world.contents("lake"), &before);
}

#[test]
fn a_tier_from_a_file_survives_and_all_else_follows_the_catalogue_in_either_order() {
    let mut contents = Vec::new();
    for is_file_first in [true, false] {
        let world = world();
        world.file("services.csv", "service_id,tier\nshop,1\n");
        let first = "labels: {tier: '3'}, title: Shop";
        world.file("shop.yaml", &component("shop", first, "lifecycle: experimental"));
        if is_file_first {
            read_file(&world, "services.csv", FIRST);
        }
        read(&world, "shop.yaml", FIRST).ok();
        if !is_file_first {
            read_file(&world, "services.csv", FIRST);
        }
        assert_eq!(world.lines("lake", SERVICES), ["shop | Shop | 1 | experimental | files"]);
        let second = "labels: {tier: '2'}, title: The shop";
        world.file("shop.yaml", &component("shop", second, "lifecycle: production"));
        read(&world, "shop.yaml", SECOND).ok();
        assert_eq!(world.lines("lake", SERVICES), ["shop | The shop | 1 | production | files"]);
        contents.push(world.contents("lake"));
    }
    assert_same(&contents[0], &contents[1]);
}

#[test]
fn a_change_of_owner_is_dated_and_an_earlier_read_that_comes_late_changes_no_owner() {
    let world = world();
    world.file("door.yaml", &component("shop", "", "owner: door"));
    world.file("wall.yaml", &component("shop", "title: New", "owner: group:default/wall"));
    read(&world, "door.yaml", FIRST).ok();
    read(&world, "wall.yaml", SECOND).ok();
    let dated = ["shop | door | 1970-01-01 | 2026-02-10", "shop | wall | 2026-02-10 | -"];
    assert_eq!(world.lines("lake", OWNERS), dated);
    let run = read(&world, "door.yaml", "2026-01-20T00:00:00Z").ok();
    assert!(run.stderr.contains("owners and members stay as they were"), "{}", run.stderr);
    assert_eq!(world.lines("lake", OWNERS), dated);
    assert_eq!(world.lines("lake", "select name from services"), ["New"]);
    read(&world, "door.yaml", THIRD).ok();
    assert_eq!(
        world.lines("lake", OWNERS),
        [
            "shop | door | 1970-01-01 | 2026-02-10",
            "shop | wall | 2026-02-10 | 2026-02-20",
            "shop | door | 2026-02-20 | -"
        ]
    );
}

#[test]
fn a_repository_that_a_service_is_not_built_from_any_more_is_marked() {
    let world = world();
    let slug = |name: &str| format!("annotations: {{github.com/project-slug: acme/{name}}}");
    world.file("shop.yaml", &component("shop", &slug("old"), ""));
    read(&world, "shop.yaml", FIRST).ok();
    world.file("shop.yaml", &component("shop", &slug("new"), ""));
    read(&world, "shop.yaml", SECOND).ok();
    let rows = "select repository_id, to_char(deleted_at, '%m-%d') as d from service_repositories order by 1";
    let expected = ["github.com/acme/new | -", "github.com/acme/old | 02-10"];
    assert_eq!(world.lines("lake", rows), expected);
    read(&world, "shop.yaml", THIRD).ok();
    assert_eq!(world.lines("lake", rows), expected);
}

#[test]
fn answers_of_the_api_are_read_from_the_standard_input() {
    let world = world();
    let entities = json!([
        {
            "apiVersion": "backstage.io/v1alpha1", "kind": "Component",
            "metadata": {"name": "shop", "namespace": "default", "uid": "1", "annotations": {}},
            "spec": {"type": "service", "owner": "nobody", "lifecycle": "production"},
            "relations": [{"type": "ownedBy", "targetRef": "group:default/door"}]
        },
        {
            "apiVersion": "backstage.io/v1alpha1", "kind": "Component",
            "metadata": {"name": "lib", "namespace": "default"},
            "spec": {"type": "library", "owner": "door", "lifecycle": "production"}
        }
    ]);
    let lake = world.place("lake");
    let flags = ["ingest", "backstage", "-", "--type", "service", "--lake", &lake];
    let run = world.milepost_reading(&flags, &entities.to_string()).ok();
    assert!(
        run.stderr.contains("1 entities are not read: Component of type library"),
        "{}",
        run.stderr
    );
    assert_eq!(world.lines("lake", OWNERS), ["shop | door | 1970-01-01 | -"]);
}

#[test]
fn a_circle_of_groups_is_refused_as_a_path_and_nothing_is_kept() {
    let world = world();
    let groups = [group("a", "parent: b"), group("b", "parent: a")].join("---\n");
    world.file("org.yaml", &format!("{groups}---\n{}", component("shop", "", "")));
    let run = read(&world, "org.yaml", FIRST);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(run.stderr.contains("a → b → a; give one of them another parent"), "{}", run.stderr);
    assert!(!world.path("lake").join("services").exists());
}

#[test]
fn an_entity_that_is_none_is_kept_apart_and_the_rest_goes_on() {
    let world = world();
    let text = format!(
        "kind: Component\n---\n{}---\nmetadata: [\n---\n{}",
        component("shop", "", ""),
        component("'-till'", "", "")
    );
    world.file("all.yaml", &text);
    let run = read(&world, "all.yaml", FIRST);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert_eq!(world.lines("lake", "select service_id from services"), ["shop"]);
    let rejected =
        world.lines("lake", "select reason, record from rejected_records order by ordinal");
    let expected = [
        "all.yaml:1: it is no entity, for it lacks `apiVersion` | kind: Component",
        "all.yaml:7: it is no YAML | ---",
        "all.yaml:9: `Component:default/-till` is no name of an entity",
    ];
    assert_eq!(rejected.len(), expected.len(), "{rejected:#?}");
    for (line, expected) in rejected.iter().zip(expected) {
        assert!(line.contains(expected), "{line}");
    }
    let empty = world.place("lake");
    let missing = world.milepost(&["ingest", "backstage", &empty, "--lake", &empty]);
    assert_eq!(missing.code, Some(1));
    assert!(missing.stderr.contains("no file below it is called `catalog-info.yaml`"));
}

#[test]
fn a_user_is_the_person_behind_the_commits_in_either_order() {
    let mut contents = Vec::new();
    for is_git_first in [true, false] {
        let world = world();
        let mut git = world.repository("shop");
        git.push("main", "a.txt", "2026-01-05 09:00");
        let address =
            String::from_utf8(world.git(Path::new(git.place()), &["log", "-1", "--format=%ae"]));
        let address = address.expect("an address").trim().to_owned();
        world.file(
            "org.yaml",
            &format!(
                "apiVersion: backstage.io/v1alpha1\nkind: User\n\
                 metadata: {{name: ann, annotations: {{github.com/user-login: annl}}}}\n\
                 spec: {{profile: {{displayName: Ann of the catalogue, email: {}}}, memberOf: [door]}}\n---\n{}",
                address.to_uppercase(),
                group("door", "")
            ),
        );
        if is_git_first {
            world.ingest(&git, "lake", &["--as-of", FIRST]);
        }
        read(&world, "org.yaml", FIRST).ok();
        if !is_git_first {
            world.ingest(&git, "lake", &["--as-of", FIRST]);
        }
        let person = address.to_lowercase();
        assert_eq!(
            world.lines("lake", "select person_id, name, source from people"),
            [format!("{person} | Ann of the catalogue | backstage")]
        );
        assert_eq!(
            world
                .lines("lake", "select provider, identifier, person_id from identities order by 1"),
            [
                format!("backstage | user:default/ann | {person}"),
                format!("git | {person} | {person}"),
                format!("github | annl | {person}")
            ]
        );
        assert_eq!(
            world.lines("lake", "select team_id, person_id from team_members"),
            [format!("door | {person}")]
        );
        contents.push(world.contents("lake"));
    }
    assert_same(&contents[0], &contents[1]);
}

#[test]
fn names_that_other_tools_use_lead_to_the_service() {
    let lake = SmallLake::new(&[("a", "", "01-01 09:00"), ("b", "a", "01-02 09:00")]);
    lake.file(
        "deployments",
        "deployment_id,service_id,repository_id,sha,finished_at,outcome,source\n\
         d0,shop-prod,shop,{a},<01-03 12:00>,success,argocd\n\
         d1,component:default/shop,shop,{b},<01-04 12:00>,success,port\n",
    );
    lake.file(
        "incidents",
        "incident_id,service_id,created_at,source\ni1,PXYZ123,<01-04 13:00>,pagerduty\n",
    );
    lake.ingest();
    let names = "annotations: {argocd/app-name: shop-prod, pagerduty.com/service-id: PXYZ123}";
    lake.world.file("shop.yaml", &component("shop", names, "owner: door"));
    let place = lake.world.place("lake");
    let flags = ["services", "--unmatched", "--format", "json", "--lake", &place];
    let before = lake.world.milepost(&flags).json();
    assert!(before.as_array().is_some_and(|rows| !rows.is_empty()), "{before}");
    read(&lake.world, "shop.yaml", "2026-02-01T00:00:00Z").ok();
    assert_eq!(lake.world.milepost(&flags).json(), json!([]));
    let services = "select distinct service_id from classified_deployments";
    assert_eq!(lake.lines(services), ["shop"]);
}
