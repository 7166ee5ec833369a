//! `ingest github` against a server that answers as GitHub does, on good days and bad ones.

use crate::fake_github::{FakeGithub, Hosted, deployment, pull, sha};
use crate::repository::Draft;
use crate::server::Answer;
use crate::world::{Run, World, assert_same};
use serde_json::json;

pub(crate) const AS_OF: &str = "2026-03-01T00:00:00Z";
/// Nobody may ever see it.
pub(crate) const TOKEN: &str = "ghp_canary0123456789";

/// Reads these repositories of the server into the lake.
pub(crate) fn ingest(world: &World, hub: &FakeGithub, names: &[&str], flags: &[&str]) -> Run {
    let lake = world.place("lake");
    let mut command = world.command(env!("CARGO_BIN_EXE_milepost"));
    command.args(["ingest", "github"]).args(names).args(flags);
    command.args(["--api-url", &hub.server.url, "--lake", &lake]);
    command.args(["--token-env", "HUB_TOKEN"]).env("HUB_TOKEN", TOKEN);
    if !flags.contains(&"--as-of") {
        command.args(["--as-of", AS_OF]);
    }
    let run = World::finished(command);
    assert!(!run.stdout.contains(TOKEN) && !run.stderr.contains(TOKEN), "{}", run.stderr);
    run
}

pub(crate) fn hub() -> FakeGithub {
    let hub = FakeGithub::new();
    hub.state().token = Some(TOKEN.to_owned());
    hub
}

/// Pull requests 1 to `count`, each opened and merged on a minute of its own.
fn pulls(count: i64) -> Vec<serde_json::Value> {
    let at = |number: i64| {
        let first = chrono::DateTime::parse_from_rfc3339("2026-01-05T09:00:00Z").expect("a time");
        (first + chrono::TimeDelta::minutes(number))
            .to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
    };
    (1..=count).map(|number| pull(number, &at(number), Some(&at(number + 60)))).collect()
}

pub(crate) fn shop() -> Hosted {
    Hosted {
        number: 7,
        pulls: vec![
            pull(1, "2026-01-05T09:00:00Z", Some("2026-01-06T09:00:00Z")),
            pull(2, "2026-01-07T09:00:00Z", None),
        ],
        deployments: vec![deployment(
            31,
            "2026-01-06T10:00:00Z",
            &[
                ("QUEUED", "2026-01-06T10:00:01Z"),
                ("IN_PROGRESS", "2026-01-06T10:01:00Z"),
                ("SUCCESS", "2026-01-06T10:05:00Z"),
                ("INACTIVE", "2026-02-01T00:00:00Z"),
            ],
        )],
        issues: vec![json!({"id": 501, "number": 9, "title": "Checkout down",
            "html_url": "https://github.test/acme/shop/issues/9", "state": "closed",
            "created_at": "2026-01-06T11:00:00Z", "closed_at": "2026-01-06T12:00:00Z",
            "labels": [{"name": "incident"}, {"name": "sev1"}]})],
        ..Hosted::default()
    }
}

#[test]
fn pull_requests_reviews_deployments_and_incidents_become_rows() {
    let (world, hub) = (World::as_of(AS_OF), hub());
    hub.host("acme/shop", shop());
    ingest(&world, &hub, &["acme/shop"], &[]).ok();
    assert_eq!(
        world.lines(
            "lake",
            "select pull_request_id, state, author_login, first_commit_at, first_review_at, \
             merged_at, merge_sha, merge_method, array_to_string(labels, ' '), source_id, \
             array_to_string(work_item_keys, ' ') from pull_requests order by number"
        ),
        [
            format!(
                "127.0.0.1/acme/shop#1 | merged | ann | 2026-01-05T09:00:00Z | 2026-01-06T09:00:00Z | \
                 2026-01-06T09:00:00Z | {} | merge | a b | 9007199254740994 | PAY-1",
                sha(1, "m")
            ),
            "127.0.0.1/acme/shop#2 | open | ann | 2026-01-07T09:00:00Z | 2026-01-07T09:00:00Z | \
             - | - | - | a b | 9007199254740995 | PAY-2"
                .to_owned(),
        ]
    );
    assert_eq!(
        world.lines(
            "lake",
            "select deployment_id, service_id, environment, source_environment, sha, ref, \
             started_at, finished_at, outcome, source_outcome, deployed_by from deployments"
        ),
        [format!(
            "127.0.0.1/acme/shop/deployments/31 | 127.0.0.1/acme/shop | production | Prod-EU | {} | main | \
             2026-01-06T10:01:00Z | 2026-01-06T10:05:00Z | succeeded | success | github-actions[bot]",
            sha(31, "d")
        )]
    );
    assert_eq!(
        world.lines(
            "lake",
            "select incident_id, service_id, severity, created_at, resolved_at from incidents"
        ),
        [
            "127.0.0.1/acme/shop#9 | 127.0.0.1/acme/shop | sev1 | 2026-01-06T11:00:00Z | 2026-01-06T12:00:00Z"
        ]
    );
    assert_eq!(
        world.lines(
            "lake",
            "select review_id, pull_request_id, reviewer_login, state from reviews order by 1"
        ),
        [
            "127.0.0.1/101 | 127.0.0.1/acme/shop#1 | bo | approved",
            "127.0.0.1/102 | 127.0.0.1/acme/shop#2 | bo | approved"
        ]
    );
}

#[test]
fn a_server_without_graphql_gives_the_same_rows() {
    let (world, hub) = (World::as_of(AS_OF), hub());
    hub.host("acme/shop", shop());
    ingest(&world, &hub, &["acme/shop"], &[]).ok();
    let mut told = world.contents("lake");
    hub.state().speaks_graphql = false;
    let other = World::as_of(AS_OF);
    ingest(&other, &hub, &["acme/shop"], &[]).ok();
    let mut rest = other.contents("lake");
    for contents in [&mut told, &mut rest] {
        contents.remove("raw_pages");
        // REST tells neither the parents of a merge, nor how many comments a review has, nor
        // whether a pull request ever was a draft.
        for rows in contents.values_mut() {
            for row in rows {
                *row = row
                    .replace("merge_method=merge", "merge_method=-")
                    .replace("comments_count=0", "comments_count=-");
                *row = row
                    .split("; ")
                    .filter(|part| !part.starts_with("ready_at="))
                    .collect::<Vec<_>>()
                    .join("; ");
            }
        }
    }
    assert_same(&rest, &told);
}

pub(crate) fn count(world: &World, table: &str) -> String {
    world.lines("lake", &format!("select count(*) from {table}")).concat()
}

/// Questions for pages of the list of pull requests.
fn pages_asked(hub: &FakeGithub) -> Vec<(u64, Option<String>)> {
    let asked = hub.server.asked();
    let questions = asked.iter().filter(|asked| asked.path().ends_with("/graphql"));
    let questions = questions.map(|asked| -> serde_json::Value {
        serde_json::from_slice(&asked.body).expect("a question")
    });
    questions
        .filter(|question| question["query"].as_str().is_some_and(|q| q.contains("pullRequests(")))
        .map(|question| {
            let variables = &question["variables"];
            (
                variables["first"].as_u64().expect("a size"),
                variables["after"].as_str().map(str::to_owned),
            )
        })
        .collect()
}

#[test]
fn a_second_read_asks_for_what_is_new_only() {
    let (world, hub) = (World::as_of(AS_OF), hub());
    hub.host("acme/shop", Hosted { number: 7, pulls: pulls(60), ..Hosted::default() });
    ingest(&world, &hub, &["acme/shop"], &[]).ok();
    assert_eq!(pages_asked(&hub).len(), 3);
    hub.state().repositories.get_mut("acme/shop").expect("it").pulls.push(pull(
        61,
        "2026-02-01T09:00:00Z",
        None,
    ));
    let again = ingest(&world, &hub, &["acme/shop"], &[]).ok();
    assert!(again.stderr.contains("pull_requests: 1 pull_requests"), "{}", again.stderr);
    assert_eq!(pages_asked(&hub).len(), 1);
    assert_eq!(count(&world, "pull_requests"), "61");
    let again = ingest(&world, &hub, &["acme/shop"], &[]).ok();
    assert!(again.stderr.contains("pull_requests: nothing new"), "{}", again.stderr);
}

#[test]
fn a_read_that_fails_half_way_goes_on_at_its_last_page_and_loses_nothing() {
    let (world, hub) = (World::as_of(AS_OF), hub());
    hub.host("acme/shop", Hosted { number: 7, pulls: pulls(200), ..shop() });
    // From the fourth page on.
    hub.fails("\"after\":\"75\"", 99, Answer::text(500, "{}"));
    let run = ingest(&world, &hub, &["acme/shop"], &["--max-wait", "0"]);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert!(
        run.stderr.contains("pull requests of acme/shop: 127.0.0.1 failed (500)"),
        "{}",
        run.stderr
    );
    assert_eq!(count(&world, "pull_requests"), "75");
    // One kind that fails holds up no other.
    assert_eq!(count(&world, "deployments"), "1");
    hub.heal();
    hub.server.asked();
    ingest(&world, &hub, &["acme/shop"], &[]).ok();
    assert_eq!(pages_asked(&hub)[0], (25, Some("75".to_owned())));
    assert_eq!(count(&world, "pull_requests"), "200");
}

#[test]
fn ten_thousand_pull_requests_survive_a_kill_and_go_on_where_it_struck() {
    let (world, hub) = (World::as_of(AS_OF), hub());
    hub.host("acme/shop", Hosted { number: 7, pulls: pulls(10_000), ..Hosted::default() });
    let (reached, wait) = std::sync::mpsc::channel();
    hub.fault(move |asked| {
        let body = String::from_utf8_lossy(&asked.body).into_owned();
        if body.contains("\"after\":\"5000\"") {
            // Nobody is left to answer.
            reached.send(()).ok();
            return Some(Answer::text(500, "{}").with("retry-after", 600));
        }
        None
    });
    let mut command = world.command(env!("CARGO_BIN_EXE_milepost"));
    command.args(["ingest", "github", "acme/shop", "--api-url", &hub.server.url]);
    command.args(["--lake", &world.place("lake"), "--as-of", AS_OF]);
    command.args(["--token-env", "HUB_TOKEN"]).env("HUB_TOKEN", TOKEN);
    let mut process = command.spawn().expect("the program");
    wait.recv_timeout(std::time::Duration::from_secs(300)).expect("the middle of the list");
    process.kill().expect("it ends");
    process.wait().expect("it ended");
    hub.heal();
    hub.server.asked();
    ingest(&world, &hub, &["acme/shop"], &[]).ok();
    let pages = pages_asked(&hub);
    let first = pages[0].1.as_deref().and_then(|after| after.parse::<u32>().ok());
    assert_eq!(first, Some(5000));
    assert_eq!(count(&world, "pull_requests"), "10000");
    assert_eq!(count(&world, "(select distinct number from pull_requests)"), "10000");
}

#[test]
fn limits_are_waited_for_and_shown_but_never_longer_than_allowed() {
    let (world, hub) = (World::as_of(AS_OF), hub());
    hub.host("acme/shop", shop());
    hub.fails("pullRequests(", 1, Answer::text(429, "{}").with("retry-after", 1));
    let used_up = Answer::text(403, r#"{"message":"API rate limit exceeded"}"#)
        .with("date", "Sun, 01 Mar 2026 00:00:00 GMT")
        .with("x-ratelimit-limit", 5000)
        .with("x-ratelimit-remaining", 0)
        // A second later by the server's clock, whatever this machine's says.
        .with("x-ratelimit-reset", 1_772_323_201);
    hub.fails("deployments(", 1, used_up.clone());
    let run = ingest(&world, &hub, &["acme/shop"], &[]).ok();
    assert!(run.stderr.contains("127.0.0.1 asks for a pause; waiting 1 s"), "{}", run.stderr);
    assert!(
        run.stderr.contains("127.0.0.1 allows 5000 requests an hour and none is left; waiting 2 s"),
        "{}",
        run.stderr
    );
    assert_eq!(count(&world, "pull_requests"), "2");
    // An hour is longer than this user waits.
    let other = World::as_of(AS_OF);
    hub.fails("deployments(", 9, used_up.with("x-ratelimit-reset", 1_772_326_800));
    hub.host("acme/till", Hosted { number: 8, ..Hosted::default() });
    let run = ingest(&other, &hub, &["acme/shop", "acme/till"], &["--max-wait", "60"]);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    let asks = "it asks to wait 3601 s, and 60 s is the longest wait allowed";
    assert!(run.stderr.contains(asks), "{}", run.stderr);
    assert_eq!(count(&other, "pull_requests"), "2");
}

#[test]
fn a_secondary_limit_without_words_on_how_long_waits_a_minute_and_then_longer() {
    let (world, hub) = (World::as_of(AS_OF), hub());
    hub.host("acme/shop", shop());
    let secondary = r#"{"message":"You have exceeded a secondary rate limit"}"#;
    hub.fails("/repos/acme/shop", 1, Answer::text(403, secondary));
    let run = ingest(&world, &hub, &["acme/shop"], &["--max-wait", "59"]);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert!(run.stderr.contains("it asks to wait 60 s"), "{}", run.stderr);
}

#[test]
fn a_server_that_keeps_no_limits_makes_nobody_wait() {
    let (world, hub) = (World::as_of(AS_OF), hub());
    hub.host("acme/shop", shop());
    let zeros = Answer::text(403, r#"{"message":"Resource not accessible by integration"}"#)
        .with("x-ratelimit-limit", 0)
        .with("x-ratelimit-remaining", 0)
        .with("x-accepted-github-permissions", "issues=read");
    hub.fails("/issues", 9, zeros);
    let run = ingest(&world, &hub, &["acme/shop"], &[]);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    let needs =
        "forbids it to this token (Resource not accessible by integration); it needs `issues=read`";
    assert!(
        run.stderr.contains(&format!("incidents of acme/shop: 127.0.0.1 {needs}")),
        "{}",
        run.stderr
    );
    assert_eq!(count(&world, "deployments"), "1");
}

#[test]
fn a_page_that_takes_too_long_is_asked_for_in_halves_and_the_size_is_remembered() {
    let (world, hub) = (World::as_of(AS_OF), hub());
    hub.host("acme/shop", Hosted { number: 7, pulls: pulls(30), ..Hosted::default() });
    hub.fails("\"first\":25", 99, Answer::text(502, "{}"));
    ingest(&world, &hub, &["acme/shop"], &[]).ok();
    assert_eq!(pages_asked(&hub).iter().map(|page| page.0).collect::<Vec<_>>(), [25, 12, 12, 12]);
    assert_eq!(count(&world, "pull_requests"), "30");
    ingest(&world, &hub, &["acme/shop"], &[]).ok();
    assert_eq!(pages_asked(&hub)[0].0, 12);
}

#[test]
fn a_page_size_that_went_well_for_a_while_grows_again() {
    let (world, hub) = (World::as_of(AS_OF), hub());
    hub.host("acme/shop", Hosted { number: 7, pulls: pulls(300), ..Hosted::default() });
    hub.fails("\"first\":25", 1, Answer::text(502, "{}"));
    ingest(&world, &hub, &["acme/shop"], &[]).ok();
    // Ten pages of 12 make 120; 180 are left, seven pages of 24 and twelve more.
    let sizes: Vec<u64> = pages_asked(&hub).iter().map(|page| page.0).collect();
    assert_eq!(sizes, [vec![25], vec![12; 10], vec![24; 8]].concat());
    assert_eq!(count(&world, "pull_requests"), "300");
}

#[test]
fn answers_that_break_off_or_fail_are_asked_for_again() {
    let (world, hub) = (World::as_of(AS_OF), hub());
    hub.state().speaks_graphql = false;
    hub.host("acme/shop", shop());
    hub.fails("/pulls/1/reviews", 1, Answer::text(200, r#"[{"id":1},{"id":2}]"#).broken_off());
    hub.fails("/pulls/2/reviews", 2, Answer::text(503, ""));
    hub.fails("/deployments/31/statuses", 1, Answer::text(200, r#"[{"id":1},"#));
    let run = ingest(&world, &hub, &["acme/shop"], &["--max-wait", "0"]).ok();
    assert!(run.stderr.contains("2 pull_requests"), "{}", run.stderr);
    assert_eq!(count(&world, "reviews"), "2");
    assert_eq!(count(&world, "deployments where outcome = 'succeeded'"), "1");
}

#[test]
fn a_login_page_of_a_proxy_is_named_and_nothing_of_it_kept() {
    let (world, hub) = (World::as_of(AS_OF), hub());
    hub.host("acme/shop", shop());
    hub.fails("/issues", 9, Answer::text(200, "<html>").with("content-type", "text/html"));
    let run = ingest(&world, &hub, &["acme/shop"], &[]);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert!(run.stderr.contains("answered with a web page instead of data"), "{}", run.stderr);
}

#[test]
fn a_renamed_repository_keeps_its_identity_and_its_old_name_may_be_anothers() {
    let (world, hub) = (World::as_of(AS_OF), hub());
    hub.host("acme/shop", shop());
    ingest(&world, &hub, &["acme/shop"], &[]).ok();
    let moved = hub.state().repositories.remove("acme/shop").expect("it");
    hub.host("acme/store", moved);
    hub.state().renamed.insert("acme/shop".to_owned(), "acme/store".to_owned());
    let run = ingest(&world, &hub, &["acme/shop"], &[]).ok();
    assert!(
        run.stderr.contains("127.0.0.1/acme/store is kept as 127.0.0.1/acme/shop"),
        "{}",
        run.stderr
    );
    assert_eq!(
        world.lines("lake", "select repository_id, name, source_id from repositories"),
        ["127.0.0.1/acme/shop | store | 7"]
    );
    assert_eq!(count(&world, "pull_requests"), "2");
    // Somebody takes the old name.
    hub.state().renamed.clear();
    hub.host("acme/shop", Hosted { number: 8, pulls: pulls(1), ..Hosted::default() });
    ingest(&world, &hub, &["acme/*"], &[]).ok();
    assert_eq!(
        world.lines(
            "lake",
            "select repository_id, count(*) from pull_requests group by 1 order by 1"
        ),
        ["127.0.0.1/acme/shop | 2", "127.0.0.1/acme/shop~8 | 1"]
    );
}

#[test]
fn a_token_never_goes_to_another_host() {
    let (world, hub) = (World::as_of(AS_OF), hub());
    let other = crate::server::Server::start(|_| Answer::text(200, "[]"));
    hub.host("acme/shop", shop());
    let elsewhere = format!("{}/repositories/7", other.url);
    hub.fails("/repos/acme/shop", 1, Answer::text(301, "{}").with("location", &elsewhere));
    let run = ingest(&world, &hub, &["acme/shop"], &[]);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert!(run.stderr.contains("leads to 127.0.0.1, which is not followed"), "{}", run.stderr);
    hub.heal();
    // The same for the next page of a list.
    let next = format!("<{}/issues?page=2>; rel=\"next\"", other.url);
    hub.fails("/issues", 1, Answer::text(200, "[]").with("link", next));
    let run = ingest(&world, &hub, &["acme/shop"], &[]);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert!(other.asked().is_empty());
}

#[test]
fn a_redirect_in_circles_and_pages_that_come_again_end_with_an_error() {
    let (world, hub) = (World::as_of(AS_OF), hub());
    hub.host("acme/shop", shop());
    let again = format!("{}/repos/acme/shop/deployments?page=2", hub.server.url);
    hub.state().speaks_graphql = false;
    let page = format!("<{again}>; rel=\"next\"");
    hub.fails("/repos/acme/shop/deployments?", 99, Answer::text(200, "[]").with("link", page));
    hub.host("acme/till", Hosted { number: 8, ..Hosted::default() });
    let itself = format!("{}/repos/acme/till", hub.server.url);
    hub.fails("/repos/acme/till", 99, Answer::text(302, "{}").with("location", itself));
    let run = ingest(&world, &hub, &["acme/shop", "acme/till"], &[]);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert!(run.stderr.contains("leads back to one that was read already"), "{}", run.stderr);
    assert!(run.stderr.contains("acme/till: 127.0.0.1 redirects in circles"), "{}", run.stderr);
    assert_eq!(count(&world, "pull_requests"), "2");
}

#[test]
fn an_empty_page_in_the_middle_ends_no_list() {
    let (world, hub) = (World::as_of(AS_OF), hub());
    hub.host("acme/shop", shop());
    let second = format!("{}/repos/acme/shop/issues?labels=incident&page=2", hub.server.url);
    let first = Answer::text(200, "[]").with("link", format!("<{second}>; rel=\"next\""));
    hub.fault(move |asked| {
        (asked.path().ends_with("/issues") && asked.parameter("page").is_none())
            .then(|| first.clone())
    });
    // The second page is the first one of this server, under another name.
    hub.fault(|asked| {
        let issue = json!([{"id": 501, "number": 9, "title": "Down", "labels": [{"name": "incident"}],
            "created_at": "2026-01-06T11:00:00Z", "closed_at": null}]);
        (asked.parameter("page") == Some("2")).then(|| Answer::json(&issue))
    });
    ingest(&world, &hub, &["acme/shop"], &[]).ok();
    assert_eq!(world.lines("lake", "select incident_id from incidents"), ["127.0.0.1/acme/shop#9"]);
}

#[test]
fn errors_within_a_good_answer_fail_that_repository_only() {
    let (world, hub) = (World::as_of(AS_OF), hub());
    hub.host("acme/shop", shop());
    hub.host("acme/till", Hosted { number: 8, pulls: pulls(3), ..Hosted::default() });
    let partial = json!({"data": {"repository": {"pullRequests": {"nodes": []}}},
        "errors": [{"type": "FORBIDDEN", "message": "Resource protected by SAML"}]});
    hub.fault(move |asked| {
        let body = String::from_utf8_lossy(&asked.body).into_owned();
        let is_shops = body.contains("pullRequests(") && body.contains("\"name\":\"shop\"");
        is_shops.then(|| Answer::json(&partial))
    });
    let run = ingest(&world, &hub, &["acme/shop", "acme/till", "acme/none"], &[]);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    let why =
        "pull requests of acme/shop: 127.0.0.1 answers with an error: Resource protected by SAML";
    assert!(run.stderr.contains(why), "{}", run.stderr);
    assert!(run.stderr.contains("acme/none: 127.0.0.1 knows no such thing"), "{}", run.stderr);
    assert_eq!(
        world.lines("lake", "select repository_id, count(*) from pull_requests group by 1"),
        ["127.0.0.1/acme/till | 3"]
    );
}

#[test]
fn a_token_that_is_revoked_ends_the_read_at_once_and_says_so() {
    let (world, hub) = (World::as_of(AS_OF), hub());
    hub.host("acme/shop", shop());
    hub.host("acme/till", Hosted { number: 8, pulls: pulls(3), ..Hosted::default() });
    hub.fails("deployments(", 99, Answer::text(401, r#"{"message":"Bad credentials"}"#));
    let run = ingest(&world, &hub, &["acme/shop", "acme/till"], &[]);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert!(
        run.stderr.contains("does not accept the token (401: Bad credentials)"),
        "{}",
        run.stderr
    );
    let asked = hub.server.asked();
    assert!(asked.iter().all(|asked| !asked.target.contains("till")), "nothing more is asked");
    assert_eq!(count(&world, "pull_requests"), "2");
    hub.heal();
    ingest(&world, &hub, &["acme/shop", "acme/till"], &[]).ok();
    assert_eq!(count(&world, "pull_requests"), "5");
}

#[test]
fn a_record_that_can_not_be_read_is_kept_aside_and_the_others_become_rows() {
    let (world, hub) = (World::as_of(AS_OF), hub());
    let mut odd = shop();
    odd.pulls[0]["createdAt"] = json!("last week");
    odd.pulls[0]["updatedAt"] = json!(null);
    odd.pulls[1]["title"] = json!(null);
    odd.pulls[1]["reviews"]["nodes"][0]["state"] = json!("BRAND_NEW");
    odd.pulls.push(json!({"number": "3", "databaseId": "12", "createdAt": "2026-01-08T09:00:00Z",
        "updatedAt": "2026-01-08T09:00:00Z", "unheard_of": [1]}));
    odd.deployments[0]["databaseId"] = json!(null);
    hub.host("acme/shop", odd);
    let run = ingest(&world, &hub, &["acme/shop"], &[]);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert_eq!(
        world.lines("lake", "select table_name, reason from rejected_records order by 1"),
        [
            "deployments | deployments of acme/shop: `databaseId` is missing",
            "pull_requests | pull requests of acme/shop: `createdAt` is no instant: last week"
        ]
    );
    assert_eq!(
        world.lines("lake", "select number, source_id from pull_requests order by 1"),
        ["2 | 9007199254740995", "3 | 12"]
    );
    assert_eq!(world.lines("lake", "select state from reviews"), ["brand_new"]);
}

#[test]
fn ghosts_and_bots_are_told_from_people() {
    let (world, hub) = (World::as_of(AS_OF), hub());
    let mut told = shop();
    told.pulls[0]["author"] = json!(null);
    told.pulls[1]["author"] = json!({"__typename": "Bot", "login": "dependabot"});
    told.pulls[1]["reviews"]["nodes"] = json!([
        {"databaseId": 1, "state": "COMMENTED", "submittedAt": "2026-01-07T09:01:00Z",
            "author": {"__typename": "Bot", "login": "copilot"}, "comments": {"totalCount": 1}},
        {"databaseId": 2, "state": "COMMENTED", "submittedAt": "2026-01-07T10:00:00Z",
            "author": null, "comments": {"totalCount": 1}},
        {"databaseId": 3, "state": "APPROVED", "submittedAt": "2026-01-07T11:00:00Z",
            "author": {"__typename": "User", "login": "bo"}, "comments": {"totalCount": 0}},
    ]);
    hub.host("acme/shop", told);
    ingest(&world, &hub, &["acme/shop"], &[]).ok();
    assert_eq!(
        world.lines(
            "lake",
            "select number, author_login, first_review_at, approved_at from pull_requests order by 1"
        ),
        [
            "1 | - | 2026-01-06T09:00:00Z | 2026-01-06T09:00:00Z",
            "2 | dependabot[bot] | 2026-01-07T10:00:00Z | 2026-01-07T11:00:00Z"
        ]
    );
}

#[test]
fn a_pull_request_with_very_many_commits_and_reviews_is_read_whole() {
    let (world, hub) = (World::as_of(AS_OF), hub());
    let mut large = pull(1, "2026-01-05T09:00:00Z", Some("2026-01-06T09:00:00Z"));
    let commits: Vec<_> = (0..230)
        .map(|number| {
            json!({"commit": {"oid": sha(number, "x"), "authoredDate": "2026-01-05T08:00:00Z",
            "messageHeadline": "x", "author": {"email": null, "user": null}}})
        })
        .collect();
    let part = |from: usize, to: usize| {
        json!({"totalCount": 230, "nodes": commits[from..to],
            "pageInfo": {"hasNextPage": to < 230, "endCursor": to.to_string()}})
    };
    large["commits"] = part(0, 100);
    let (second, third) = (part(100, 200), part(200, 230));
    hub.host("acme/shop", Hosted { number: 7, pulls: vec![large], ..Hosted::default() });
    hub.fault(move |asked| {
        let question: serde_json::Value = serde_json::from_slice(&asked.body).ok()?;
        question["query"].as_str().filter(|query| query.contains("node(id"))?;
        let part = if question["variables"]["after"] == "100" { &second } else { &third };
        Some(Answer::json(&json!({"data": {"node": {"commits": part}}})))
    });
    ingest(&world, &hub, &["acme/shop"], &[]).ok();
    assert_eq!(
        world.lines("lake", "select commits_count, array_length(head_shas) from pull_requests"),
        ["230 | 230"]
    );
}

#[test]
fn a_day_with_more_runs_than_github_gives_at_once_is_read_in_parts() {
    let (world, hub) = (World::as_of(AS_OF), hub());
    let first = chrono::DateTime::parse_from_rfc3339("2026-02-03T00:00:00Z").expect("a time");
    let runs = (0..1500)
        .map(|number| {
            let at = (first + chrono::TimeDelta::seconds(50 * number))
                .to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
            json!({"id": 9000 + number, "name": "Deploy", "path": ".github/workflows/deploy.yml@main",
                "head_sha": sha(number, "r"), "head_branch": "main", "event": "push",
                "status": if number == 7 { "in_progress" } else { "completed" },
                "conclusion": if number == 7 { json!(null) } else { json!("success") },
                "run_attempt": 2, "created_at": at, "run_started_at": at, "updated_at": at,
                "html_url": "https://github.test/run"})
        })
        .collect();
    hub.host("acme/shop", Hosted { number: 7, runs, ..Hosted::default() });
    ingest(&world, &hub, &["acme/shop"], &["--workflow-runs"]).ok();
    assert_eq!(count(&world, "pipeline_runs"), "1500");
    assert_eq!(
        world.lines(
            "lake",
            "select pipeline_run_id, path, attempt, finished_at, outcome from pipeline_runs \
             where pipeline_run_id in ('127.0.0.1/9000/2', '127.0.0.1/9007/2') order by 1"
        ),
        [
            "127.0.0.1/9000/2 | .github/workflows/deploy.yml | 2 | 2026-02-03T00:00:00Z | success",
            "127.0.0.1/9007/2 | .github/workflows/deploy.yml | 2 | - | -"
        ]
    );
    // What had not ended is asked for again, though no window comes to it.
    let mut state = hub.state();
    let run = &mut state.repositories.get_mut("acme/shop").expect("it").runs[7];
    run["status"] = json!("completed");
    run["conclusion"] = json!("failure");
    drop(state);
    ingest(&world, &hub, &["acme/shop"], &["--workflow-runs"]).ok();
    assert_eq!(count(&world, "pipeline_runs where outcome = 'failure'"), "1");
}

#[test]
fn a_deployment_ends_with_its_first_result_and_a_retry_is_an_attempt_of_its_own() {
    let (world, hub) = (World::as_of(AS_OF), hub());
    let mut retried = deployment(
        41,
        "2026-02-27T09:00:00Z",
        &[
            ("IN_PROGRESS", "2026-02-27T09:01:00Z"),
            ("FAILURE", "2026-02-27T09:05:00Z"),
            ("IN_PROGRESS", "2026-02-27T10:00:00Z"),
            ("SUCCESS", "2026-02-27T10:04:00Z"),
            ("INACTIVE", "2026-02-28T00:00:00Z"),
        ],
    );
    retried["payload"] = json!(r#"{"service":"checkout"}"#);
    let running = deployment(42, "2026-02-01T09:00:00Z", &[("WAITING", "2026-02-01T09:01:00Z")]);
    let replaced = deployment(43, "2026-02-20T09:00:00Z", &[("INACTIVE", "2026-02-21T09:01:00Z")]);
    let deployments = vec![retried, running, replaced];
    hub.host("acme/shop", Hosted { number: 7, deployments, ..Hosted::default() });
    ingest(&world, &hub, &["acme/shop"], &[]).ok();
    let rows = |world: &World| {
        world.lines(
            "lake",
            "select replace(deployment_id, '127.0.0.1/acme/shop/deployments/', ''), service_id, \
             started_at, finished_at, outcome, source_outcome from deployments order by 1",
        )
    };
    let own = "127.0.0.1/acme/shop";
    let same = [
        "41 | checkout | 2026-02-27T09:01:00Z | 2026-02-27T09:05:00Z | failed | failure".to_owned(),
        "41#2 | checkout | 2026-02-27T10:00:00Z | 2026-02-27T10:04:00Z | succeeded | success"
            .to_owned(),
    ];
    let (waiting, inactive) =
        (format!("42 | {own} | - | - | - | waiting"), format!("43 | {own} | - | - | - | inactive"));
    assert_eq!(rows(&world), [&same[..], &[waiting, inactive.clone()]].concat());
    // The one that waited goes on, long after newer ones were read.
    let mut state = hub.state();
    let states =
        &mut state.repositories.get_mut("acme/shop").expect("it").deployments[1]["statuses"];
    states["nodes"] = json!([{"state": "WAITING", "createdAt": "2026-02-01T09:01:00Z"},
        {"state": "SUCCESS", "createdAt": "2026-02-28T09:00:00Z"}]);
    drop(state);
    ingest(&world, &hub, &["acme/shop"], &[]).ok();
    let ended = format!("42 | {own} | - | 2026-02-28T09:00:00Z | succeeded | success");
    assert_eq!(rows(&world), [&same[..], &[ended, inactive]].concat());
}

#[test]
fn an_issue_that_lost_its_label_is_no_incident_any_more() {
    let (world, hub) = (World::as_of(AS_OF), hub());
    hub.host("acme/shop", shop());
    ingest(&world, &hub, &["acme/shop"], &[]).ok();
    hub.state().repositories.get_mut("acme/shop").expect("it").issues[0]["labels"] = json!([]);
    ingest(&world, &hub, &["acme/shop"], &[]).ok();
    assert_eq!(count(&world, "incidents where deleted_at is null"), "0");
    assert_eq!(count(&world, "incidents"), "1");
}

#[test]
fn commits_come_from_a_mirror_and_git_first_or_github_first_gives_the_same_rows() {
    let hub = hub();
    let home = World::as_of(AS_OF);
    let mut origin = home.repository("origin");
    origin.commit("main", Draft::new("Begin", "2026-01-05 09:00").file("a.txt", "1\n"));
    origin.commit("main", Draft::new("Change (#1)", "2026-01-06 09:00").file("a.txt", "2\n"));
    origin.tag("v1.0.0", "main");
    let git = std::path::Path::new(origin.place()).join(".git");
    let hosted = Hosted { git: Some(git), ..shop() };
    hub.host("acme/shop", hosted);
    let flags = ["--repository", "127.0.0.1/acme/shop"];
    let (first, then) = (World::as_of(AS_OF), World::as_of(AS_OF));
    ingest(&first, &hub, &["acme/shop"], &[]).ok();
    assert_eq!(count(&first, "commits"), "2");
    // The same history read from a clone, before and after.
    first.ingest(&origin, "lake", &flags);
    then.ingest(&origin, "lake", &flags);
    ingest(&then, &hub, &["acme/shop"], &[]).ok();
    assert_same(&then.living("lake"), &first.living("lake"));
    let mirror = first.path("cache/milepost/mirrors/127.0.0.1/acme/shop.git");
    assert!(mirror.join("HEAD").is_file());
    for (path, bytes) in crate::world::files_below(first.path("").as_path()) {
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(TOKEN), "the token is in {}", path.display());
    }
}

#[test]
fn whoever_is_forgotten_is_in_no_kept_answer_either_and_does_not_come_back() {
    let (world, hub) = (World::as_of(AS_OF), hub());
    let mut told = shop();
    told.pulls[0]["author"] = json!({"__typename": "User", "login": "ann-canary"});
    told.pulls[0]["commits"]["nodes"][0]["commit"]["author"] =
        json!({"email": "ann@canary.test", "user": {"login": "ann-canary"}});
    hub.host("acme/shop", told);
    ingest(&world, &hub, &["acme/shop"], &[]).ok();
    let lake = world.place("lake");
    // By the address: that it is of this login GitHub said.
    world.file("people.csv", "person_id,name\nann@canary.test,Ann\n");
    world.file(
        "identities.csv",
        "provider,identifier,person_id\ngit,ann@canary.test,ann@canary.test\n",
    );
    let (people, identities) = (world.place("people.csv"), world.place("identities.csv"));
    world.milepost(&["ingest", "files", &people, &identities, "--lake", &lake]).ok();
    assert_eq!(
        world.lines(
            "lake",
            "select body like '%ann-canary%' from raw_pages where source like '%pull%'"
        ),
        ["true"]
    );
    world.milepost(&["people", "forget", "ann@canary.test", "--lake", &lake]).ok();
    let named = |world: &World| {
        let bodies = world.lines("lake", "select body from raw_pages").concat();
        let logins = world.lines("lake", "select author_login from pull_requests").concat();
        (bodies + &logins).contains("canary")
    };
    assert!(!named(&world));
    hub.state().repositories.get_mut("acme/shop").expect("it").pulls[0]["updatedAt"] =
        json!("2026-02-20T00:00:00Z");
    hub.state().repositories.get_mut("acme/shop").expect("it").pulls[0]["title"] = json!("New");
    ingest(&world, &hub, &["acme/shop"], &[]).ok();
    assert_eq!(count(&world, "pull_requests where title = 'New'"), "1");
    assert!(!named(&world));
}

#[test]
fn kept_answers_are_read_again_without_a_server() {
    let (world, hub) = (World::as_of(AS_OF), hub());
    hub.host("acme/shop", shop());
    ingest(&world, &hub, &["acme/shop"], &[]).ok();
    hub.server.asked();
    // Somebody's file spoilt a value that the answer had right.
    let lake = world.place("lake");
    let spoilt = world.file("pull_requests.csv", "pull_request_id,repository_id,number,title\n127.0.0.1/acme/shop#1,127.0.0.1/acme/shop,1,Wrong\n");
    let run = world.milepost(&["ingest", "files", &spoilt, "--lake", &lake]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(count(&world, "pull_requests where title = 'Wrong'"), "1");
    let run = world.milepost(&["ingest", "--replay", "--lake", &lake]).ok();
    assert!(run.stderr.contains("1 pull_requests changed"), "{}", run.stderr);
    assert_eq!(count(&world, "pull_requests where title = 'PAY-1 Change 1'"), "1");
    assert!(hub.server.asked().is_empty());
    let again = world.milepost(&["ingest", "--replay", "--lake", &lake]).ok();
    assert!(!again.stderr.contains("changed"), "{}", again.stderr);
    // The cursor is what it was: nothing is asked for twice.
    ingest(&world, &hub, &["acme/shop"], &[]).ok();
    assert_eq!(pages_asked(&hub).len(), 1);
}

#[test]
fn one_person_is_known_by_the_address_that_git_and_github_name() {
    let (world, hub) = (World::as_of(AS_OF), hub());
    hub.host("acme/shop", shop());
    ingest(&world, &hub, &["acme/shop"], &[]).ok();
    let lake = world.place("lake");
    let people = world.file("people.csv", "person_id,name,kind\nann@acme.test,Ann,human\n");
    let own = world
        .file("identities.csv", "provider,identifier,person_id\ngit,ann@acme.test,ann@acme.test\n");
    world.milepost(&["ingest", "files", &people, &own, "--lake", &lake]).ok();
    let run = world.milepost(&["people", "--format", "csv", "--lake", &lake]).ok();
    assert_eq!(
        run.stdout,
        "person_id,name,kind,identifiers\r\n\
         ann@acme.test,Ann,human,git:ann@acme.test github:ann github_email:ann@acme.test\r\n\
         github:bo,,,github:bo\r\n"
    );
}

#[test]
fn members_of_teams_are_dated_by_comparing_reads() {
    let (world, hub) = (World::as_of(AS_OF), hub());
    hub.host("acme/shop", Hosted { number: 7, ..Hosted::default() });
    let team = |parent: Option<&str>, logins: &[&str]| {
        (parent.map(str::to_owned), logins.iter().map(|login| (*login).to_owned()).collect())
    };
    hub.state().teams.insert("platform".to_owned(), team(None, &["Ann", "bo"]));
    hub.state().teams.insert("payments".to_owned(), team(Some("platform"), &["bo"]));
    let at = |world: &World, as_of: &str| {
        ingest(world, &hub, &["acme/*"], &["--teams", "--as-of", as_of]).ok();
        world.lines(
            "lake",
            "select team_id, person_id, valid_from, valid_to from team_members order by 1, 2, 3",
        )
    };
    let first = "1970-01-01T00:00:00Z";
    assert_eq!(
        at(&world, "2026-02-01T00:00:00Z"),
        [
            format!("acme/payments | github:bo | {first} | -"),
            format!("acme/platform | github:ann | {first} | -"),
            format!("acme/platform | github:bo | {first} | -"),
        ]
    );
    assert_eq!(
        world.lines("lake", "select team_id, name, parent_team_id from teams order by 1"),
        ["acme/payments | PAYMENTS | acme/platform", "acme/platform | PLATFORM | -"]
    );
    hub.state().teams.remove("payments");
    hub.state().teams.insert("platform".to_owned(), team(None, &["ann", "cy"]));
    let (second, third) = ("2026-02-08T00:00:00Z", "2026-02-15T00:00:00Z");
    let changed = [
        format!("acme/payments | github:bo | {first} | {second}"),
        format!("acme/platform | github:ann | {first} | -"),
        format!("acme/platform | github:bo | {first} | {second}"),
        format!("acme/platform | github:cy | {second} | -"),
    ];
    assert_eq!(at(&world, second), changed);
    assert_eq!(at(&world, third), changed);
    assert_eq!(
        world.lines("lake", "select team_id from teams where deleted_at is null"),
        ["acme/platform"]
    );
}

#[test]
fn an_app_asks_with_the_token_of_its_installation() {
    let (world, hub) = (World::as_of(AS_OF), hub());
    hub.host("acme/shop", shop());
    let key = world.place("app.pem");
    let mut openssl = world.command("openssl");
    let made = openssl.args(["genrsa", "-out", &key, "2048"]).output().expect("openssl");
    assert!(made.status.success());
    hub.fault(|asked| {
        let is_for_token = asked.path() == "/app/installations/5/access_tokens";
        // Signed by the app: three parts between dots.
        let signed = asked
            .header("authorization")
            .is_some_and(|given| given.starts_with("Bearer ") && given.matches('.').count() == 2);
        let token =
            json!({"token": TOKEN, "expires_at": "2099-01-01T00:00:00Z", "permissions": {}});
        (is_for_token && signed).then(|| {
            let mut answer = Answer::json(&token);
            answer.status = 201;
            answer
        })
    });
    let lake = world.place("lake");
    let flags = ["--app-id", "3", "--installation-id", "5", "--token-file", &key];
    let mut arguments =
        vec!["ingest", "github", "acme/shop", "--api-url", &hub.server.url, "--lake", &lake];
    arguments.extend(flags);
    let run = world.milepost(&arguments).ok();
    assert!(!run.stderr.contains(TOKEN), "{}", run.stderr);
    assert_eq!(count(&world, "pull_requests"), "2");
    let asked = hub.server.asked();
    let tokens = asked.iter().filter(|asked| asked.path().ends_with("access_tokens")).count();
    assert_eq!(tokens, 1, "one token serves all requests");
}

#[test]
fn a_token_is_not_sent_unencrypted_beyond_this_machine() {
    let (world, hub) = (World::as_of(AS_OF), hub());
    let lake = world.place("lake");
    for address in [
        "http://github.acme.test/api/v3",
        "ftp://x",
        "https://user:word@github.acme.test",
        "nonsense",
    ] {
        let mut command = world.command(env!("CARGO_BIN_EXE_milepost"));
        command.args(["ingest", "github", "acme/shop", "--api-url", address, "--lake", &lake]);
        command.args(["--token-env", "HUB_TOKEN"]).env("HUB_TOKEN", TOKEN);
        let run = World::finished(command);
        assert_eq!(run.code, Some(2), "{address}: {}", run.stderr);
        assert!(
            run.stderr
                .contains(&format!("the GitHub address `{}`", address.replace("user:word@", ""))),
            "{}",
            run.stderr
        );
    }
    assert!(hub.server.asked().is_empty() && !world.path("lake").exists());
}

#[test]
fn a_github_of_ones_own_is_asked_below_its_path_and_for_graphql_beside_it() {
    let (world, hub) = (World::as_of(AS_OF), hub());
    hub.host("acme/shop", shop());
    // The same server, with everything below /api/v3, and GraphQL at /api/graphql.
    let inner = hub.server.url.clone();
    let outer = crate::server::Server::start(move |asked| {
        let target = match asked.target.strip_prefix("/api/v3") {
            Some(rest) => rest.to_owned(),
            None if asked.target == "/api/graphql" => "/graphql".to_owned(),
            None => return Answer::text(404, "{}"),
        };
        crate::server::forward(&inner, asked, &target)
    });
    let lake = world.place("lake");
    let mut command = world.command(env!("CARGO_BIN_EXE_milepost"));
    let base = format!("{}/api/v3", outer.url);
    command.args(["ingest", "github", "acme/shop", "--api-url", &base, "--lake", &lake]);
    command.args(["--token-env", "HUB_TOKEN"]).env("HUB_TOKEN", TOKEN);
    World::finished(command).ok();
    assert_eq!(count(&world, "pull_requests"), "2");
    assert_eq!(count(&world, "deployments"), "1");
    assert_eq!(pages_asked(&hub).len(), 1);
}

#[test]
fn an_empty_repository_is_no_gap_and_one_that_is_barred_is_named() {
    let (world, hub) = (World::as_of(AS_OF), hub());
    let empty = world.place("empty.git");
    world.git(&world.path(""), &["init", "--bare", &empty]);
    hub.host("acme/empty", Hosted { number: 7, git: Some(empty.into()), ..Hosted::default() });
    let run = ingest(&world, &hub, &["acme/empty"], &[]).ok();
    assert!(run.stderr.contains("git:127.0.0.1/acme/empty: no commits yet"), "{}", run.stderr);
    hub.host("acme/shop", shop());
    hub.fails(
        "/repos/acme/shop",
        9,
        Answer::text(451, r#"{"message":"Repository access blocked"}"#),
    );
    let run = ingest(&world, &hub, &["acme/shop"], &[]);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    let why = "acme/shop: 127.0.0.1 does not give it out for legal reasons (451: Repository access blocked)";
    assert!(run.stderr.contains(why), "{}", run.stderr);
}

#[test]
fn an_answer_that_is_far_too_large_or_compressed_unasked_is_refused() {
    let (world, hub) = (World::as_of(AS_OF), hub());
    hub.host("acme/shop", shop());
    let large = Answer::text(200, &format!("[{}]", " ".repeat(65 << 20)));
    hub.fails("/issues", 9, large);
    let run = ingest(&world, &hub, &["acme/shop"], &[]);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert!(run.stderr.contains("sent more than 64 MiB in one answer"), "{}", run.stderr);
    hub.heal();
    hub.fails("/issues", 9, Answer::text(200, "[]").with("content-encoding", "gzip"));
    let run = ingest(&world, &hub, &["acme/shop"], &[]);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert!(run.stderr.contains("sent compressed data that was not asked for"), "{}", run.stderr);
}

#[test]
fn a_name_that_leads_out_of_its_folder_is_refused() {
    let (world, hub) = (World::as_of(AS_OF), hub());
    hub.host("acme/shop", shop());
    let evil = json!({"id": 7, "full_name": "../../../evil", "clone_url": hub.server.url});
    hub.fails("/repos/acme/shop", 1, Answer::json(&evil));
    let run = ingest(&world, &hub, &["acme/shop"], &[]);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert!(run.stderr.contains("`full_name` is no owner/name: ../../../evil"), "{}", run.stderr);
    assert!(!world.path("evil.git").exists() && !world.path("cache").exists());
}

#[test]
fn a_secret_that_stands_in_a_wrong_place_is_not_repeated() {
    let world = World::as_of(AS_OF);
    let lake = world.place("lake");
    for arguments in [
        ["git", "https://user:canary@git.acme.test/shop.git", "--lake", &lake],
        ["github", "acme/shop", "--api-url", "https://user:canary@github.acme.test"],
        ["github", "acme/shop", "--token-env", "ghp_canary0123456789"],
    ] {
        let run = world.milepost(&[&["ingest"], &arguments[..]].concat());
        assert_eq!(run.code, Some(2), "{}", run.stderr);
        assert!(!run.stderr.contains("canary"), "{}", run.stderr);
    }
}

#[test]
fn a_server_that_refuses_graphql_in_whatever_way_is_asked_through_rest() {
    for status in [400, 405, 422, 501] {
        let (world, hub) = (World::as_of(AS_OF), hub());
        hub.host("acme/shop", shop());
        hub.fails("/graphql", 99, Answer::text(status, "no"));
        ingest(&world, &hub, &["acme/shop"], &[]).ok();
        assert_eq!(count(&world, "pull_requests"), "2", "{status}");
        assert_eq!(count(&world, "deployments"), "1", "{status}");
    }
}

#[test]
fn a_limit_that_graphql_tells_within_a_good_answer_is_waited_for() {
    let (world, hub) = (World::as_of(AS_OF), hub());
    hub.host("acme/shop", shop());
    let limited =
        json!({"errors": [{"type": "RATE_LIMIT", "message": "API rate limit already exceeded"}]});
    hub.fails("pullRequests(", 1, Answer::json(&limited).with("retry-after", 1));
    let run = ingest(&world, &hub, &["acme/shop"], &[]).ok();
    assert!(
        run.stderr.contains("allows no more GraphQL questions for now; waiting 1 s"),
        "{}",
        run.stderr
    );
    assert_eq!(count(&world, "pull_requests"), "2");
}

#[test]
fn flags_may_stand_before_the_kind_of_a_source() {
    let (world, hub) = (World::as_of(AS_OF), FakeGithub::new());
    hub.host("acme/shop", shop());
    let lake = world.place("lake");
    let flags = [
        "ingest",
        "--lake",
        &lake,
        "--dry-run",
        "github",
        "acme/shop",
        "--api-url",
        &hub.server.url,
    ];
    let run = world.milepost(&flags).ok();
    assert!(run.stderr.contains("acme/shop: 2 pull requests and 1 deployments"), "{}", run.stderr);
    assert!(!world.path("lake").exists());
}

#[test]
fn a_name_that_is_none_is_a_mistake_of_usage_and_makes_no_lake() {
    let world = World::as_of(AS_OF);
    let lake = world.place("lake");
    for name in ["shop", "acme/", "a b/c", "acme/.."] {
        let run = world.milepost(&["ingest", "github", name, "--lake", &lake]);
        assert_eq!(run.code, Some(2), "{}", run.stderr);
        let expected = format!("`{name}` is no name of a repository; write owner/name");
        assert!(run.stderr.contains(&expected), "{}", run.stderr);
    }
    let run = world.milepost(&["ingest", "git", "ssh://git@x/y", "--lake", &lake]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(run.stderr.contains("only https:// addresses are fetched from"), "{}", run.stderr);
    assert!(!world.path("lake").exists());
}
