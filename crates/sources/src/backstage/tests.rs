//! What entities become, each case a catalogue of a few lines.

use arrow::array::{Array, ArrayRef};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::fuzz::check;

fn on(day: u32) -> DateTime<Utc> {
    format!("2026-01-{day:02}T00:00:00Z").parse().expect("an instant")
}

fn catalogue_on(text: &str, types: &[&str], known: &Known, day: u32) -> Result<Catalogue, String> {
    let mut snapshot = Snapshot::default();
    let types: Vec<String> = types.iter().map(|name| (*name).to_owned()).collect();
    snapshot.take(&PathBuf::from("catalog-info.yaml"), text.as_bytes(), &types);
    rows(snapshot, known, on(day)).map_err(|error| error.to_string())
}

fn catalogue(text: &str) -> Catalogue {
    catalogue_on(text, &[], &Known::default(), 5).expect("a catalogue")
}

/// Values of columns of a table's rows, with ` | ` between, lists with `,`.
fn lines(catalogue: &Catalogue, table: &str, columns: &str) -> Vec<String> {
    let Some(file) = catalogue.files.iter().find(|file| file.table.name == table) else {
        return Vec::new();
    };
    let options = FormatOptions::default().with_null("-");
    let arrays: Vec<&ArrayRef> =
        columns.split(' ').map(|name| file.rows.column_by_name(name).expect("a column")).collect();
    let value = |array: &ArrayRef, row: usize| match array.is_null(row) {
        true => "-".to_owned(),
        false => {
            let formatter = ArrayFormatter::try_new(array.as_ref(), &options).expect("texts");
            formatter.value(row).to_string()
        }
    };
    (0..file.rows.num_rows())
        .map(|row| arrays.iter().map(|array| value(array, row)).collect::<Vec<_>>().join(" | "))
        .collect()
}

const PAYMENTS: &str = "
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: payments
  title: Payments API
  labels: {acme.test/tier: '1'}
  tags: [go, aws, pci-dss]
  annotations:
    github.com/project-slug: acme/mono
    backstage.io/source-location: url:https://github.com/acme/mono/tree/main/services/payments/
    pagerduty.com/service-id: PXYZ123
    argocd/app-name: payments-prod
spec: {type: service, lifecycle: production, owner: door, system: checkout}
";

#[test]
fn a_component_is_a_service_with_its_repository_names_and_owner() {
    let catalogue = catalogue(PAYMENTS);
    assert_eq!(
        lines(
            &catalogue,
            "services",
            "service_id name tier language lifecycle system clouds compliance_tags source source_id"
        ),
        ["payments | Payments API | 1 | go | production | checkout | [aws] | [pci-dss] | \
          backstage | component:default/payments"]
    );
    assert_eq!(
        lines(&catalogue, "service_repositories", "service_id repository_id include_globs"),
        ["payments | github.com/acme/mono | [services/payments/**]"]
    );
    assert_eq!(
        lines(&catalogue, "service_aliases", "provider alias service_id"),
        [
            "argocd | payments-prod | payments",
            "backstage | Payments API | payments",
            "backstage | component:default/payments | payments",
            "backstage | component:payments | payments",
            "backstage | default/payments | payments",
            "pagerduty | PXYZ123 | payments",
        ]
    );
    assert_eq!(
        lines(&catalogue, "service_owners", "service_id team_id valid_from valid_to"),
        ["payments | door | 1970-01-01T00:00:00Z | -"]
    );
    assert_eq!(catalogue.remarks, []);
}

#[test]
fn a_service_of_another_namespace_or_with_a_name_elsewhere_keeps_that_name() {
    let ops = "apiVersion: x\nkind: Component\nmetadata: {name: payments, namespace: ops}\n";
    let rows = |text: &str, known: &Known| {
        let catalogue = catalogue_on(text, &[], known, 5).expect("a catalogue");
        lines(&catalogue, "services", "service_id")
    };
    assert_eq!(rows(ops, &Known::default()), ["ops/payments"]);
    let alias = ("component:ops/payments".to_owned(), "github.com/acme/pay".to_owned());
    let known = Known { aliases: vec![alias], ..Known::default() };
    assert_eq!(rows(ops, &known), ["github.com/acme/pay"]);
    let own = ops.replace("ops}", "ops, annotations: {milepost/service-id: pay}}");
    assert_eq!(rows(&own, &known), ["pay"]);
}

#[test]
fn a_name_that_two_services_go_by_means_neither() {
    let two = "
apiVersion: x
kind: Component
metadata: {name: a, title: API}
---
apiVersion: x
kind: Component
metadata: {name: b, title: API}
---
apiVersion: x
kind: Component
metadata: {name: c, title: a}
";
    let catalogue = catalogue(two);
    let aliases = lines(&catalogue, "service_aliases", "alias service_id");
    assert!(!aliases.iter().any(|line| line.starts_with("API ")), "{aliases:?}");
    // `a` is a service of its own, so it can't be another name of `c`.
    assert!(!aliases.contains(&"a | c".to_owned()), "{aliases:?}");
    assert!(catalogue.remarks[0].text.ends_with("mean none: API"), "{:?}", catalogue.remarks);
}

const ORGANISATION: &str = "
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: Door}
spec: {type: team, parent: home, profile: {displayName: The door}, members: [ann]}
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: home}
spec: {type: department, children: [wall]}
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: wall}
spec: {type: team}
---
apiVersion: backstage.io/v1alpha1
kind: User
metadata: {name: ann, annotations: {github.com/user-login: Ann-L}}
spec: {profile: {displayName: Ann Lee, email: Ann@Acme.test}, memberOf: [wall]}
---
apiVersion: backstage.io/v1alpha1
kind: User
metadata: {name: bo}
spec: {memberOf: [group:default/wall]}
";

#[test]
fn groups_are_teams_and_users_the_people_that_git_knows_by_their_address() {
    let catalogue = catalogue(ORGANISATION);
    assert_eq!(
        lines(&catalogue, "teams", "team_id name parent_team_id"),
        ["Door | The door | home", "home | home | -", "wall | wall | home"]
    );
    assert_eq!(
        lines(&catalogue, "people", "person_id name kind"),
        ["ann@acme.test | Ann Lee | human", "user:default/bo | bo | human"]
    );
    assert_eq!(
        lines(&catalogue, "identities", "provider identifier person_id"),
        [
            "backstage | user:default/ann | ann@acme.test",
            "git | ann@acme.test | ann@acme.test",
            "github | Ann-L | ann@acme.test",
            "backstage | user:default/bo | user:default/bo",
        ]
    );
    assert_eq!(
        lines(&catalogue, "team_members", "team_id person_id valid_from"),
        [
            "Door | ann@acme.test | 1970-01-01T00:00:00Z",
            "wall | ann@acme.test | 1970-01-01T00:00:00Z",
            "wall | user:default/bo | 1970-01-01T00:00:00Z",
        ]
    );
}

#[test]
fn users_and_repositories_are_those_that_the_lake_knows_whatever_the_case() {
    let mut known = Known::default();
    known.with_identity("git", "ann@acme.test", "p-ann");
    known.with_identity("github", "BO", "p-bo");
    known.with_repository("github.com/Acme/Mono");
    let text =
        ORGANISATION.replace("{name: bo}", "{name: bo, annotations: {github.com/user-login: bo}}");
    let catalogue = catalogue_on(&text, &[], &known, 5).expect("a catalogue");
    assert_eq!(lines(&catalogue, "people", "person_id"), ["p-ann", "p-bo"]);
    let identities = lines(&catalogue, "identities", "provider identifier person_id");
    assert!(identities.contains(&"github | BO | p-bo".to_owned()), "{identities:?}");
    let catalogue = catalogue_on(PAYMENTS, &[], &known, 5).expect("a catalogue");
    let repository = lines(&catalogue, "service_repositories", "repository_id");
    assert_eq!(repository, ["github.com/Acme/Mono"]);
}

#[test]
fn what_the_catalogue_itself_says_of_owners_counts_before_the_description() {
    let with = |relations: &str| {
        let text = format!("{PAYMENTS}relations: {relations}\n");
        let catalogue = catalogue(&text);
        let owners = lines(&catalogue, "service_owners", "team_id");
        let remarks: Vec<String> = catalogue.remarks.into_iter().map(|one| one.text).collect();
        (owners, remarks.join("; "))
    };
    let (owners, _) = with(
        "[{type: ownedBy, targetRef: 'group:default/wall'}, {type: partOf, targetRef: 'system:default/x'}]",
    );
    assert_eq!(owners, ["wall"]);
    let (owners, remarks) = with("[{type: ownedBy, targetRef: 'user:default/ann'}]");
    assert_eq!(owners, [""; 0]);
    assert!(remarks.ends_with("payments by user:default/ann"), "{remarks}");
    assert_eq!(with("[]").0, ["door"]);
}

#[test]
fn an_owner_that_stands_elsewhere_changes_nothing_and_one_that_is_gone_ends() {
    let open = Interval {
        subject: "payments".to_owned(),
        object: "wall".to_owned(),
        valid_from: on(1),
        valid_to: None,
    };
    let owners = dated::Known { intervals: vec![open], last_snapshot_at: Some(on(2)) };
    let known = Known { owners, ..Known::default() };
    let rows = |text: &str, day| {
        let catalogue = catalogue_on(text, &[], &known, day).expect("a catalogue");
        lines(&catalogue, "service_owners", "team_id valid_from valid_to")
    };
    let elsewhere = PAYMENTS.replace("owner: door", "owner: {$text: ./owner.txt}");
    assert_eq!(rows(&elsewhere, 5), [""; 0]);
    let ended = "wall | 2026-01-01T00:00:00Z | 2026-01-05T00:00:00Z";
    assert_eq!(rows(&PAYMENTS.replace("owner: door, ", ""), 5), [ended]);
    assert_eq!(rows(PAYMENTS, 5), [ended, "door | 2026-01-05T00:00:00Z | -"]);
    // Read as of a day before the last read: nothing is dated back.
    assert_eq!(rows(PAYMENTS, 1), [""; 0]);
}

#[test]
fn members_stay_where_neither_the_group_nor_users_tell_of_them() {
    let open = Interval {
        subject: "wall".to_owned(),
        object: "cy".to_owned(),
        valid_from: on(1),
        valid_to: None,
    };
    let members = dated::Known { intervals: vec![open], last_snapshot_at: Some(on(2)) };
    let known = Known { members, ..Known::default() };
    let rows = |text: &str| {
        let catalogue = catalogue_on(text, &[], &known, 5).expect("a catalogue");
        lines(&catalogue, "team_members", "team_id person_id valid_to")
    };
    let wall = "apiVersion: x\nkind: Group\nmetadata: {name: wall}\nspec: {type: team}\n";
    assert_eq!(rows(wall), [""; 0]);
    let ended = "wall | cy | 2026-01-05T00:00:00Z";
    assert_eq!(rows(&format!("{wall}relations: []\n")), [ended]);
    assert_eq!(rows(&wall.replace("team}", "team, members: []}")), [ended]);
    let user = "---\napiVersion: x\nkind: User\nmetadata: {name: bo}\nspec: {memberOf: [wall]}\n";
    assert_eq!(rows(&format!("{wall}{user}")), [ended, "wall | user:default/bo | -"]);
    assert_eq!(rows(user.trim_start_matches("---\n")), ["wall | user:default/bo | -"]);
}

#[test]
fn what_a_component_does_not_give_any_more_is_taken_back() {
    let given = |table: &str, key: &[&str]| Given {
        table: table.to_owned(),
        entity: "component:default/payments".to_owned(),
        key: key.iter().map(|part| (*part).to_owned()).collect(),
    };
    let mut other = given("services", &["till"]);
    other.entity = "component:default/till".to_owned();
    let known = Known {
        given: vec![
            given("services", &["payments"]),
            given("services", &["pay"]),
            given("service_repositories", &["payments", "github.com/acme/old"]),
            given("service_aliases", &["pagerduty", "POLD"]),
            other,
        ],
        ..Known::default()
    };
    let catalogue = catalogue_on(PAYMENTS, &[], &known, 5).expect("a catalogue");
    let deleted = |table: &str, columns: &str| {
        let all = lines(&catalogue, table, &format!("{columns} deleted_at"));
        let is_deleted = |line: &String| line.ends_with("Z");
        all.into_iter().filter(is_deleted).collect::<Vec<_>>()
    };
    assert_eq!(deleted("services", "service_id"), ["pay | 2026-01-05T00:00:00Z"]);
    assert_eq!(
        deleted("service_repositories", "repository_id"),
        ["github.com/acme/old | 2026-01-05T00:00:00Z"]
    );
    assert_eq!(deleted("service_aliases", "alias"), ["POLD | 2026-01-05T00:00:00Z"]);
}

#[test]
fn a_circle_of_parents_is_refused_as_a_path() {
    let group = |name: &str, parent: &str| {
        format!(
            "---\napiVersion: x\nkind: Group\nmetadata: {{name: {name}}}\nspec: {{parent: {parent}}}\n"
        )
    };
    let text = group("a", "b") + &group("b", "c") + &group("c", "a");
    let error = catalogue_on(&text, &[], &Known::default(), 5).expect_err("a circle");
    assert!(error.contains("a → b → c → a;"), "{error}");
}

#[test]
fn what_is_no_entity_is_refused_with_its_line_and_other_kinds_are_counted() {
    let text = format!(
        "{PAYMENTS}---\nkind: Component\n---\na: [\n---\napiVersion: x\nkind: Location\nmetadata: {{name: l}}\n\
         ---\napiVersion: x\nkind: Component\nmetadata: {{name: lib}}\nspec: {{type: library}}\n"
    );
    let catalogue = catalogue_on(&text, &["service"], &Known::default(), 5).expect("a catalogue");
    assert_eq!(lines(&catalogue, "services", "service_id"), ["payments"]);
    let rejected = &catalogue.files.last().expect("a file").rejected;
    let reasons: Vec<(u64, &str)> =
        rejected.iter().map(|one| (one.line, one.reason.as_str())).collect();
    assert_eq!(
        reasons,
        [(15, "it is no entity, for it lacks `apiVersion`"), (17, "it is no YAML")]
    );
    let remark = "2 entities are not read: Component of type library, Location";
    assert_eq!(catalogue.remarks[0].text, remark);
}

#[test]
fn any_text_gives_rows_or_refusals_and_reading_it_again_gives_the_same() {
    let pieces = prop_oneof![
        Just(PAYMENTS.to_owned()),
        Just(ORGANISATION.to_owned()),
        Just("---\n".to_owned()),
        Just("relations: [{type: ownedBy}, {targetRef: x}, 3]\n".to_owned()),
        Just("spec: {owner: [a], members: {a: b}, parent: [x]}\n".to_owned()),
        Just(
            "apiVersion: x\nkind: Component\nmetadata: {name: a, tags: 3, labels: []}\n".to_owned()
        ),
        Just("{\"kind\": \"Group\", \"metadata\": {\"name\": 1}}".to_owned()),
        "[ -~\n]{0,40}",
    ];
    check(200, &vec(pieces, 0..6), |pieces| {
        let text = pieces.concat();
        let told = |catalogue: Result<Catalogue, String>| format!("{catalogue:?}");
        let read = || catalogue_on(&text, &[], &Known::default(), 5);
        assert_eq!(told(read()), told(read()));
    });
}
