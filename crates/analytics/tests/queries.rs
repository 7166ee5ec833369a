//! Runs the tests beside the metrics, and the example of CONTRIBUTING.md.
//!
//! A `.slt` file first fills tables (`statement ok` with `insert into`), derived ones too, then
//! asks `metrics.NAME`. The clock stands at 2026-02-15T00:00:00Z, the zone is UTC, and windows
//! of all kinds run from the first deployment on.

#![expect(clippy::expect_used, reason = "a test says so by panicking")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::prelude::SessionContext;
use milepost_analytics::diagnosis::explain::{self, Question};
use milepost_analytics::{
    Analytics, Catalogue, Definition, Metric, Span, Trial, WindowKind, trial_script, trial_texts,
};

const AS_OF: &str = "2026-02-15T00:00:00Z";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// What does not hold; `None` where all does.
fn run(name: &str, script: &str, catalogue: &Catalogue) -> Option<String> {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let _entered = runtime.enter();
    trial_script(name, script, &Arc::new(catalogue.clone())).err()
}

fn tables(catalogue: Catalogue) -> Trial {
    Trial::new(Arc::new(catalogue)).expect("tables")
}

#[test]
fn every_metric_has_a_test_beside_it_that_holds() {
    let catalogue = Catalogue::load(&[]).expect("a catalogue");
    assert!(!catalogue.metrics.is_empty());
    let mut wrong = Vec::new();
    for name in catalogue.metrics.keys() {
        let path = root().join(format!("queries/metrics/{name}.slt"));
        let script =
            std::fs::read_to_string(&path).unwrap_or_else(|_| panic!("{name} has no .slt"));
        assert!(script.contains("NULL"), "{name}.slt shows no empty window");
        wrong.extend(run(name, &script, &catalogue));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_metrics_stand_on_holds_where_it_has_a_test_beside_it() {
    let catalogue = Catalogue::load(&[]).expect("a catalogue");
    let mut names = Vec::new();
    let folders = ["queries/entities", "queries/windowed"];
    let entries = folders.map(|folder| std::fs::read_dir(root().join(folder)).expect("a folder"));
    for entry in entries.into_iter().flatten() {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "slt") {
            let script = std::fs::read_to_string(&path).expect("a script");
            let name = path.file_stem().expect("a stem").to_string_lossy().into_owned();
            assert_eq!(run(&name, &script, &catalogue), None);
            names.push(name);
        }
    }
    names.sort();
    assert_eq!(
        names,
        [
            "adoption",
            "adoptions",
            "ai_bands",
            "automation_candidates",
            "satisfaction_beside_delivery",
            "service_path_status",
            "subject_status"
        ]
    );
}

#[test]
fn the_metric_of_the_contributing_guide_works_as_written() {
    let guide = std::fs::read_to_string(root().join("CONTRIBUTING.md")).expect("the guide");
    let block = |language: &str| -> String {
        let start = format!("```{language}\n");
        let (_, rest) = guide.split_once(&start).unwrap_or_else(|| panic!("no {language} block"));
        rest.split_once("```").expect("the block's end").0.to_owned()
    };
    let (sql, script) = (block("sql"), block("slt"));
    let name =
        sql.lines().next().and_then(|line| line.strip_prefix("-- metric: ")).expect("a name");
    let catalogue = Catalogue::load(&[(name.to_owned(), sql.clone())]).expect("a valid metric");
    assert_eq!(run("CONTRIBUTING.md", &script, &catalogue), None);
}

/// A session over the facts of `varied.sql`.
async fn varied(catalogue: &Catalogue) -> SessionContext {
    let mut engine = tables(catalogue.clone());
    for statement in include_str!("varied.sql").split("\n\n").skip(1) {
        rows(&engine.session(statement).expect("a session"), statement).await;
    }
    engine.session("select").expect("a session")
}

async fn rows(session: &SessionContext, sql: &str) -> Vec<Vec<String>> {
    let batches = session.sql(sql).await.expect("a plan").collect().await.expect("rows");
    batches.iter().flat_map(|batch| trial_texts(batch).expect("texts")).collect()
}

/// Statistics with a sample of their own, less than the counted rows of the population.
const PARTS: [(&str, &str); 3] = [
    ("quick_check_score", "throughput"),
    ("quick_check_score", "stability"),
    ("self_service_completion_rate", "common_tasks"),
];

#[tokio::test]
async fn a_sample_size_is_what_a_population_counts_and_the_rest_says_why() {
    let catalogue = Catalogue::load(&[]).expect("a catalogue");
    let session = varied(&catalogue).await;
    for Metric { name, population, .. } in catalogue.metrics.values() {
        let placed = "subject_kind, subject_id, window_kind, window_start";
        let parts = PARTS.iter().filter(|(metric, _)| metric == name);
        let parts: String = parts.map(|(_, statistic)| format!("'{statistic}', ")).collect();
        let wrong = format!(
            "with facts as (
               select {placed}, count(case when exclusion_reason is null then 1 end) as counted,
                      count(case when exclusion_reason <> '' then 1 end) as excluded,
                      count(*) as facts, count(distinct concat(service_id, ' ', fact_id)) as apart
               from populations.{population} group by {placed})
             select m.subject_id, m.window_kind, m.window_start, m.statistic, m.sample_size,
                    f.counted, m.excluded_count, f.excluded, f.facts, f.apart
             from metrics.{name} m
             left join facts f on f.subject_kind = m.subject_kind and f.subject_id = m.subject_id
              and f.window_kind = m.window_kind and f.window_start = m.window_start
             where m.statistic not in ({parts}'') and m.sample_size <> coalesce(f.counted, 0)
                or m.excluded_count <> coalesce(f.excluded, 0)
                or coalesce(f.counted + f.excluded <> f.facts or f.apart <> f.facts, false)"
        );
        assert_eq!(rows(&session, &wrong).await, Vec::<Vec<String>>::new(), "{name}");
        // Both kinds of fact are there, so that the above says something.
        let both = format!(
            "select bool_or(exclusion_reason is null), bool_or(exclusion_reason is not null)
             from populations.{population}"
        );
        assert_eq!(rows(&session, &both).await, [["true", "true"]], "{name}");
    }
}

#[tokio::test]
async fn a_value_is_a_number_that_can_be_or_null_with_a_reason() {
    let catalogue = Catalogue::load(&[]).expect("a catalogue");
    let session = varied(&catalogue).await;
    for name in catalogue.metrics.keys() {
        let wrong = format!(
            "select subject_id, window_kind, window_start, statistic, value, sample_size, reason
             from metrics.{name}
             where (value < 0 and metric <> 'nps') or isnan(value) or value > 1e12 or (unit = 'ratio' and value > 1)
                or ci_low > value + 1e-9 or ci_high < value - 1e-9
                or (value is null) <> (reason is not null)
                or (value is not null and sample_size = 0 and metric <> 'deployment_frequency')
                or (value is null and level is not null)"
        );
        assert_eq!(rows(&session, &wrong).await, Vec::<Vec<String>>::new(), "{name}");
        let some = format!("select count(value) > 0 from metrics.{name}");
        assert_eq!(rows(&session, &some).await, [["true"]], "{name}");
    }
}

#[tokio::test]
async fn a_value_about_people_is_explained_for_a_team_without_a_service() {
    let catalogue = Catalogue::load(&[]).expect("a catalogue");
    let mut engine = tables(catalogue.clone());
    let answers = ["a", "b", "c", "d", "e"].map(|person| {
        format!("('s', 'w', '{person}', 'q', 'big', 'nps_0_10', 9, '2026-01-10T12:00:00Z', 'files', '2026-01-01T00:00:00Z', 'recorded')")
    });
    let insert = format!(
        "insert into survey_responses (survey_id, wave, respondent_hash, question_id, team_id, scale, score, answered_at, source, observed_at, basis) values {}",
        answers.join(", ")
    );
    rows(&engine.session(&insert).expect("a session"), &insert).await;
    let session = engine.session("select").expect("a session");
    let question = Question {
        subject_kind: "team".to_owned(),
        subject_id: "big".to_owned(),
        window_kind: "month".to_owned(),
        start_on: "2026-01-01".parse().ok(),
    };
    let definition = Definition::default();
    let metric = |name: &str| &catalogue.metrics[name];
    let story = explain::metric(&session, metric("nps"), &definition, &question).await;
    let story = story.expect("an answer").expect("a team");
    assert_eq!(story.values[0].value, Some(100.0));
    assert_eq!(story.counted.len(), 5);
    // It owns nothing that could be deployed.
    let none = explain::metric(&session, metric("change_lead_time"), &definition, &question).await;
    assert_eq!(none.expect("an answer").expect_err("no team").what, "team");
}

#[tokio::test]
async fn nothing_about_people_is_told_of_a_window_that_the_span_cuts() {
    let mut engine = tables(Catalogue::load(&[]).expect("a catalogue"));
    let answers = ["a", "b", "c", "d", "e"].map(|person| {
        format!("('s', 'w', '{person}', 'q', 'big', 'nps_0_10', 9, '2026-01-12T12:00:00Z', 'files', '2026-01-01T00:00:00Z', 'recorded')")
    });
    let insert = format!(
        "insert into survey_responses (survey_id, wave, respondent_hash, question_id, team_id, scale, score, answered_at, source, observed_at, basis) values {}",
        answers.join(", ")
    );
    rows(&engine.session(&insert).expect("a session"), &insert).await;
    for (from, told) in [("2026-01-10", "NULL NULL cut_window"), ("2026-01-01", "100.0 5 NULL")] {
        let analytics = Analytics {
            facts: engine.facts.clone(),
            definition: Definition::default(),
            as_of: AS_OF.parse().expect("an instant"),
            span: Span { kinds: vec![WindowKind::Month], from: from.parse().ok(), to: None },
            level_set: Catalogue::DEFAULT_LEVEL_SET.to_owned(),
            catalogue: engine.catalogue.clone(),
        };
        let session = analytics.session().expect("a session");
        let sql = "select value, sample_size, reason from metrics.nps where subject_kind = 'organization' order by window_start";
        let months: Vec<String> =
            rows(&session, sql).await.iter().map(|row| row.join(" ")).collect();
        assert_eq!(months, [told, "NULL 0 no_nps_answers"], "from {from}");
    }
}

#[tokio::test]
async fn a_hidden_month_follows_from_no_other_window_asked_for_alone() {
    // Red's three of December would be the quarter less October and November.
    let crowd = [("red", [6, 7, 3]), ("green", [9, 9, 9])];
    let answers = crowd.iter().flat_map(|(team, months)| {
        months.iter().zip(["10", "11", "12"]).flat_map(move |(people, month)| {
            (0..*people).map(move |person| {
                format!("('s', 'w', '{team}-{person}', 'q{month}', '{team}', 'nps_0_10', 9, '2025-{month}-12T12:00:00Z', 'files', '2026-01-01T00:00:00Z', 'recorded')")
            })
        })
    });
    let insert = format!(
        "insert into survey_responses (survey_id, wave, respondent_hash, question_id, team_id, scale, score, answered_at, source, observed_at, basis) values {}",
        answers.collect::<Vec<_>>().join(", ")
    );
    let mut engine = tables(Catalogue::load(&[]).expect("a catalogue"));
    rows(&engine.session(&insert).expect("a session"), &insert).await;
    let span = |kind, from: &str, to: &str| Span {
        kinds: vec![kind],
        from: from.parse().ok(),
        to: to.parse().ok(),
    };
    let (all, month) = (WindowKind::All, WindowKind::Month);
    for (span, told) in [
        (span(WindowKind::Quarter, "", ""), ["green 27", "organization 43", "red 16"].as_slice()),
        (
            span(month, "", ""),
            &["green 9", "organization 12", "organization 15", "organization 16", "red 7"],
        ),
        (span(month, "2025-12-01", ""), &["organization 12"]),
        (span(all, "2025-10-01", "2025-12-01"), &["organization 31"]),
        (span(all, "2025-10-01", "2026-01-01"), &["green 27", "organization 43", "red 16"]),
        (span(all, "2025-09-01", ""), &["green 27", "organization 43", "red 16"]),
    ] {
        let asked = format!("{span:?}");
        let analytics = Analytics {
            facts: engine.facts.clone(),
            definition: Definition::default(),
            as_of: AS_OF.parse().expect("an instant"),
            span,
            level_set: Catalogue::DEFAULT_LEVEL_SET.to_owned(),
            catalogue: engine.catalogue.clone(),
        };
        let session = analytics.session().expect("a session");
        let sql = "select subject_id, sample_size from metrics.nps where value is not null order by subject_id, sample_size";
        let shown: Vec<String> =
            rows(&session, sql).await.iter().map(|row| row.join(" ")).collect();
        assert_eq!(shown, told, "{asked}");
    }
}

/// Teams and the ones above them.
const TREE: [(&str, &str); 9] = [
    ("a", "organization"),
    ("a1", "a"),
    ("a2", "a"),
    ("a21", "a2"),
    ("a22", "a2"),
    ("b", "organization"),
    ("b1", "b"),
    ("c", "organization"),
    ("unowned", "organization"),
];
const WEEKS: usize = 60;

fn is_within(team: &str, group: &str) -> bool {
    let above = TREE.iter().find(|(name, _)| *name == team).map(|(_, above)| *above);
    team == group || above.is_some_and(|above| is_within(above, group))
}

/// Respondents of each team in each week: some of everything, the same in every run.
fn crowds() -> Vec<Vec<usize>> {
    let mut seed = 7_u64;
    let mut next = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 33) as usize
    };
    (0..WEEKS)
        .map(|_| TREE.iter().map(|_| [0, next() % 6, next() % 12][next() % 3]).collect())
        .collect()
}

#[tokio::test]
async fn what_is_shown_of_groups_tells_nothing_of_fewer_than_five_people() {
    let crowds = crowds();
    let mut engine = tables(Catalogue::load(&[]).expect("a catalogue"));
    let teams = TREE.iter().filter(|(name, _)| *name != "unowned").map(|(name, above)| {
        format!("('{name}', nullif('{above}', 'organization'), 'files', '2026-01-01T00:00:00Z', 'recorded')")
    });
    let answers = crowds.iter().enumerate().flat_map(|(week, crowd)| {
        let day = "2024-12-02".parse::<chrono::NaiveDate>().expect("a Monday") + chrono::Days::new(7 * week as u64);
        TREE.iter().zip(crowd).flat_map(move |((team, _), people)| {
            (0..*people).map(move |person| {
                format!("('s', 'w', '{week}-{team}-{person}', 'q', nullif('{team}', 'unowned'), 'nps_0_10', 9, '{day}T12:00:00Z', 'files', '2026-01-01T00:00:00Z', 'recorded')")
            })
        })
    });
    let inserts = [
        format!(
            "insert into teams (team_id, parent_team_id, source, observed_at, basis) values {}",
            teams.collect::<Vec<_>>().join(", ")
        ),
        format!(
            "insert into survey_responses (survey_id, wave, respondent_hash, question_id, team_id, scale, score, answered_at, source, observed_at, basis) values {}",
            answers.collect::<Vec<_>>().join(", ")
        ),
    ];
    for insert in &inserts {
        rows(&engine.session(insert).expect("a session"), insert).await;
    }
    let session = engine.session("select").expect("a session");
    let shown = rows(
        &session,
        "select subject_id, sample_size, date_part('epoch', window_start) / 604800 - date_part('epoch', arrow_cast('2024-12-02T00:00:00Z', 'Timestamp(Microsecond, Some(\"UTC\"))')) / 604800 as week
         from metrics.nps where window_kind = 'week' and subject_kind <> 'service' and sample_size > 0",
    )
    .await;
    let mut hidden = 0;
    for (week, crowd) in crowds.iter().enumerate() {
        let people = |group: &str| -> usize {
            TREE.iter()
                .zip(crowd)
                .filter(|((team, _), _)| is_within(team, group))
                .map(|(_, people)| people)
                .sum()
        };
        let visible: Vec<&str> = shown
            .iter()
            .filter(|row| row[2].parse::<f64>().expect("a week").round() as usize == week)
            .map(|row| {
                assert_eq!(row[1], people(&row[0]).to_string(), "{} in week {week}", row[0]);
                row[0].as_str()
            })
            .collect();
        hidden +=
            TREE.iter().filter(|(team, _)| people(team) > 4 && !visible.contains(team)).count();
        for group in &visible {
            let below: Vec<&&str> =
                visible.iter().filter(|other| *other != group && is_within(other, group)).collect();
            let highest = below
                .iter()
                .filter(|one| !below.iter().any(|other| other != *one && is_within(one, other)));
            let rest = people(group) - highest.map(|one| people(one)).sum::<usize>();
            assert!(rest == 0 || rest > 4, "{group} in week {week} tells of {rest}: {visible:?}");
        }
    }
    assert!(hidden > 10, "hardly anything had to be hidden: {hidden}");
    assert!(shown.len() > 100, "hardly anything was shown: {}", shown.len());
}
