//! Attribution of random histories against a model that is slow and plain: sets of ancestors, one
//! deployment after the other, as DORA's words read. And what must hold of any input: the order
//! of rows decides nothing, windows sum to the whole, no value is impossible.

#![expect(clippy::expect_used, clippy::panic, reason = "a test says so by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{Float64Type, Int64Type};
use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::catalog::{MemorySchemaProvider, SchemaProvider};
use datafusion::datasource::MemTable;
use milepost_analytics::{Analytics, Catalogue, Definition, Span, derive, facts_session};
use milepost_events::tables::{Commit, Deployment, Incident, Outcome};
use milepost_events::{Basis, Provenance, batch, tables_by_contract};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngSeed, TestRunner};

const FIRST: i64 = 1_767_225_600; // 2026-01-01
const HOUR: i64 = 3_600;

/// A commit's parents among the earlier ones, and its hour.
#[derive(Debug, Clone)]
struct Made {
    parents: Vec<Index>,
    hour: i64,
}

/// Which commit was deployed at which hour, and whether it succeeded.
#[derive(Debug, Clone)]
struct Shipped {
    commit: Index,
    hour: i64,
    is_success: bool,
}

#[derive(Debug, Clone)]
struct World {
    commits: Vec<Made>,
    deployments: Vec<Shipped>,
    incidents: Vec<(i64, Option<i64>, Option<Index>)>,
}

fn worlds() -> impl Strategy<Value = World> {
    let made =
        (vec(any::<Index>(), 0..3), 0..600i64).prop_map(|(parents, hour)| Made { parents, hour });
    let shipped = (any::<Index>(), 0..1200i64, 0..5u8).prop_map(|(commit, hour, luck)| Shipped {
        commit,
        hour,
        is_success: luck > 0,
    });
    let incident =
        (0..1300i64, proptest::option::of(0..1300i64), proptest::option::of(any::<Index>()));
    (vec(made, 1..24), vec(shipped, 0..16), vec(incident, 0..4))
        .prop_map(|(commits, deployments, incidents)| World { commits, deployments, incidents })
}

fn check(cases: u32, property: impl Fn(World)) {
    let config = Config {
        cases,
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        ..Config::default()
    };
    let run = TestRunner::new(config).run(&worlds(), |world| {
        property(world);
        Ok(())
    });
    if let Err(error) = run {
        panic!("{error}");
    }
}

fn at(hour: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(FIRST + hour * HOUR, 0)
}

fn provenance() -> Provenance {
    Provenance {
        source: "model".to_owned(),
        source_id: None,
        source_url: None,
        observed_at: DateTime::UNIX_EPOCH,
        deleted_at: None,
        basis: Basis::Recorded,
    }
}

impl World {
    fn parents(&self, at: usize) -> BTreeSet<usize> {
        let made = &self.commits[at];
        if at == 0 {
            BTreeSet::new()
        } else {
            made.parents.iter().map(|parent| parent.index(at)).collect()
        }
    }

    /// The id of a commit: in no order of theirs.
    fn sha(at: usize) -> String {
        format!("{:040x}", (at as u128 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835))
    }

    fn commits(&self) -> Vec<Commit> {
        let commit = |(place, made): (usize, &Made)| Commit {
            repository_id: "shop".to_owned(),
            sha: World::sha(place),
            parent_shas: self.parents(place).into_iter().map(World::sha).collect(),
            author_name: String::new(),
            author_email: "ann@acme.test".to_owned(),
            authored_at: at(made.hour),
            committer_name: String::new(),
            committer_email: String::new(),
            committed_at: at(made.hour),
            subject: format!("Change {place}"),
            is_merge: self.parents(place).len() > 1,
            files_changed_count: None,
            additions_count: None,
            deletions_count: None,
            reverts_sha: None,
            cherry_picked_from_sha: None,
            patch_id: None,
            work_item_keys: Vec::new(),
            co_author_emails: Vec::new(),
            ai_tools: Vec::new(),
            provenance: provenance(),
        };
        self.commits.iter().enumerate().map(commit).collect()
    }

    fn deployments(&self) -> Vec<Deployment> {
        let deployment = |(place, one): (usize, &Shipped)| Deployment {
            deployment_id: format!("d{place:02}"),
            service_id: "shop".to_owned(),
            repository_id: "shop".to_owned(),
            environment: Some("production".to_owned()),
            source_environment: None,
            sha: Some(World::sha(one.commit.index(self.commits.len()))),
            r#ref: None,
            artifact_digest: None,
            config_digest: None,
            created_at: None,
            started_at: None,
            finished_at: at(one.hour),
            outcome: Some(if one.is_success { Outcome::Succeeded } else { Outcome::Failed }),
            source_outcome: None,
            rollout_id: None,
            target: None,
            deployed_by: None,
            is_planned: None,
            declared_kind: None,
            fixes_deployment_id: None,
            approving_team_ids: None,
            manual_steps_count: None,
            provenance: provenance(),
        };
        self.deployments.iter().enumerate().map(deployment).collect()
    }

    fn incidents(&self) -> Vec<Incident> {
        let named = |index: &Option<Index>| {
            let count = self.deployments.len();
            index.filter(|_| count > 0).map(|index| format!("d{:02}", index.index(count)))
        };
        let incident =
            |(place, (began, ended, cause)): (usize, &(i64, Option<i64>, Option<Index>))| {
                Incident {
                    incident_id: format!("i{place}"),
                    service_id: "shop".to_owned(),
                    environment: None,
                    severity: None,
                    title: None,
                    impact_started_at: at(*began),
                    detected_at: None,
                    created_at: None,
                    acknowledged_at: None,
                    mitigated_at: None,
                    resolved_at: ended.and_then(at),
                    cause: None,
                    caused_by_deployment_id: named(cause),
                    is_user_facing_bug: None,
                    provenance: provenance(),
                }
            };
        self.incidents.iter().enumerate().map(incident).collect()
    }

    /// All facts, every table's rows in this order or the other way round.
    fn facts(&self, is_reversed: bool) -> Arc<MemorySchemaProvider> {
        fn turned<T>(mut rows: Vec<T>, is_reversed: bool) -> Vec<T> {
            if is_reversed {
                rows.reverse();
            }
            rows
        }
        let facts = MemorySchemaProvider::new();
        for table in tables_by_contract() {
            let rows = match table.name {
                "commits" => batch(&turned(self.commits(), is_reversed)).expect("rows"),
                "deployments" => batch(&turned(self.deployments(), is_reversed)).expect("rows"),
                "incidents" => batch(&turned(self.incidents(), is_reversed)).expect("rows"),
                _ if table.kind == milepost_events::Kind::Derived => continue,
                _ => RecordBatch::new_empty(table.schema.clone()),
            };
            let rows = MemTable::try_new(table.schema.clone(), vec![vec![rows]]).expect("a table");
            facts.register_table(table.name.to_owned(), Arc::new(rows)).expect("a free name");
        }
        Arc::new(facts)
    }
}

/// The kind of every deployment, and the first deployment of every commit that is no merge and
/// came after the baseline.
type Told = (BTreeMap<String, Option<&'static str>>, BTreeMap<String, String>);

fn model(world: &World) -> Told {
    let mut ancestors: Vec<BTreeSet<usize>> = Vec::new();
    let mut depth: Vec<usize> = Vec::new();
    for place in 0..world.commits.len() {
        let mut all = BTreeSet::from([place]);
        for parent in world.parents(place) {
            all.extend(&ancestors[parent]);
        }
        depth.push(1 + world.parents(place).iter().map(|at| depth[*at]).max().unwrap_or(0));
        ancestors.push(all);
    }
    let commit = |one: &Shipped| one.commit.index(world.commits.len());
    let named: BTreeSet<String> =
        world.incidents().into_iter().filter_map(|one| one.caused_by_deployment_id).collect();
    let mut order: Vec<(i64, usize, String, &Shipped)> = world
        .deployments
        .iter()
        .enumerate()
        .map(|(at, one)| (one.hour, depth[commit(one)], format!("d{at:02}"), one))
        .collect();
    order.sort_by(|a, b| (a.0, a.1, &a.2).cmp(&(b.0, b.1, &b.2)));
    let (mut kinds, mut first) = (BTreeMap::new(), BTreeMap::new());
    let (mut deployed, mut live): (BTreeSet<usize>, Option<usize>) = Default::default();
    for (_, _, id, one) in order {
        if !one.is_success && !named.contains(&id) {
            kinds.insert(id, None);
            continue;
        }
        let at = commit(one);
        let kind = match live {
            None => "baseline",
            Some(live) if deployed.contains(&at) && live == at => "redeploy",
            Some(live) if deployed.contains(&at) && ancestors[at].contains(&live) => "roll_forward",
            Some(_) if deployed.contains(&at) => "rollback",
            Some(_) => {
                let new = ancestors[at].difference(&deployed);
                let own: Vec<usize> =
                    new.copied().filter(|at| world.parents(*at).len() < 2).collect();
                own.iter().for_each(|at| {
                    first.insert(World::sha(*at), id.clone());
                });
                if own.is_empty() { "no_change" } else { "change" }
            }
        };
        deployed.extend(&ancestors[at]);
        live = Some(at);
        kinds.insert(id, Some(kind));
    }
    (kinds, first)
}

fn told(
    tables: &[(&'static str, RecordBatch)],
) -> (BTreeMap<String, Option<String>>, BTreeMap<String, String>) {
    let rows = |name: &str| &tables.iter().find(|(table, _)| *table == name).expect("a table").1;
    let text = |rows: &RecordBatch, name: &str, row: usize| {
        let column = rows.column_by_name(name).expect("a column").as_string::<i32>();
        column.is_valid(row).then(|| column.value(row).to_owned())
    };
    let classified = rows("classified_deployments");
    let kinds = (0..classified.num_rows()).map(|row| {
        (text(classified, "deployment_id", row).expect("an id"), text(classified, "kind", row))
    });
    let changes = rows("deployed_changes");
    let first = (0..changes.num_rows()).map(|row| {
        let of = |name| text(changes, name, row).expect("a value");
        (of("change_id"), of("deployment_id"))
    });
    (kinds.collect(), first.collect())
}

fn derived(facts: Arc<MemorySchemaProvider>) -> Vec<(&'static str, RecordBatch)> {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let session = facts_session(facts).expect("a session");
    let definition = Definition::default();
    let derived = derive(&session, &definition, at(2_000).expect("an instant"));
    runtime.block_on(derived).expect("derived tables").tables
}

#[test]
fn every_deployment_is_what_the_plain_model_says_and_ships_what_it_says() {
    check(200, |world| {
        let (kinds, first) = told(&derived(world.facts(false)));
        let (model_kinds, model_first) = model(&world);
        let model_kinds =
            model_kinds.into_iter().map(|(id, kind)| (id, kind.map(str::to_owned))).collect();
        assert_eq!(kinds, model_kinds);
        assert_eq!(first, model_first);
    });
}

#[test]
fn the_order_of_rows_decides_nothing() {
    check(60, |world| {
        let (one, other) = (derived(world.facts(false)), derived(world.facts(true)));
        for ((name, one), (_, other)) in one.iter().zip(&other) {
            let text = |rows: &RecordBatch| {
                pretty_format_batches(std::slice::from_ref(rows)).expect("text").to_string()
            };
            assert_eq!(text(one), text(other), "{name}");
        }
    });
}

/// Value, sample size and left-out rows of every metric by window kind, but for scores, which
/// count answers instead of facts, and for what goes by landing: a change may land in the first
/// month and before the first deployment, with which the whole begins.
fn measured(world: &World) -> Vec<(String, String, Option<f64>, i64, i64)> {
    let analytics = Analytics {
        facts: world.facts(false),
        definition: Definition::default(),
        as_of: at(2_000).expect("an instant"),
        span: Span::everything(),
        catalogue: Arc::new(Catalogue::load(&[]).expect("a catalogue")),
        level_set: "dora_2019".to_owned(),
    };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let sql = "select metric || ' ' || statistic || ' ' || unit as metric, window_kind, value, \
               sample_size, excluded_count from metrics.all where subject_kind = 'service' \
               and unit <> 'score' \
               and metric not in ('change_lead_time_by_merge', 'undeployed_changes', 'undeployed_change_age')";
    let batches = runtime.block_on(async {
        let session = analytics.session().expect("a session");
        session.sql(sql).await.expect("a plan").collect().await.expect("rows")
    });
    let mut measured = Vec::new();
    for rows in &batches {
        let text = |name| {
            let column = rows.column_by_name(name).expect("a column");
            datafusion::arrow::compute::cast(column, &datafusion::arrow::datatypes::DataType::Utf8)
                .expect("text")
        };
        let (metric, kind) = (text("metric"), text("window_kind"));
        let value = rows.column_by_name("value").expect("a column").as_primitive::<Float64Type>();
        let count =
            |name| rows.column_by_name(name).expect("a column").as_primitive::<Int64Type>().clone();
        let (size, excluded) = (count("sample_size"), count("excluded_count"));
        for row in 0..rows.num_rows() {
            measured.push((
                metric.as_string::<i32>().value(row).to_owned(),
                kind.as_string::<i32>().value(row).to_owned(),
                value.is_valid(row).then(|| value.value(row)),
                size.value(row),
                excluded.value(row),
            ));
        }
    }
    measured
}

/// Metrics that count what is there when a window ends, and so the same things in every window.
const OF_THE_END: [&str; 2] = ["adoption_retention", "golden_path_adoption"];

#[test]
fn windows_sum_to_the_whole_and_no_value_is_impossible() {
    check(3, |world| {
        let measured = measured(&world);
        let mut sums: BTreeMap<(String, String), (i64, i64)> = BTreeMap::new();
        for (metric, kind, value, size, excluded) in measured {
            if let Some(value) = value {
                assert!(value.is_finite() && value >= 0.0, "{metric} {kind}: {value}");
                assert!(!metric.ends_with(" ratio") || value <= 1.0, "{metric} {kind}: {value}");
            }
            let sum = sums.entry((metric, kind)).or_default();
            *sum = (sum.0 + size, sum.1 + excluded);
        }
        let is_of_events = |metric: &str| !OF_THE_END.iter().any(|name| metric.starts_with(name));
        let of_events = sums.iter().filter(|((metric, _), _)| is_of_events(metric));
        for ((metric, kind), sum) in of_events {
            let whole = sums.get(&(metric.clone(), "all".to_owned())).expect("the whole");
            assert_eq!(sum, whole, "{metric} by {kind}");
        }
    });
}
