//! `serve` over the Postgres protocol: who gets in, what is answered, and what never is.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use postgres::error::SqlState;
use postgres::{Client, Config, NoTls};

use crate::world::{World, files_below};

const AS_OF: &str = "2026-04-15T06:00:00Z";
const PASSWORD: &str = "canary-77aa10";

/// A server under way; it is killed when the test ends.
struct Served {
    process: Child,
    port: u16,
    http: String,
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// A shop with two deployments, a commit of Ann, and an answer to a survey.
fn world(config: &str) -> World {
    let world = World::as_of(AS_OF);
    world.file("milepost.toml", &format!("lake = \"lake\"\n{config}"));
    world.file(
        "facts/deployments.csv",
        "deployment_id,service_id,repository_id,environment,outcome,finished_at\n\
         1,shop,shop,production,succeeded,2026-01-05T00:00:00Z\n\
         2,shop,shop,production,succeeded,2026-01-06T00:00:00Z\n",
    );
    world.file(
        "facts/commits.csv",
        "repository_id,sha,author_name,author_email,authored_at,committed_at,subject,is_merge\n\
         shop,aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,Ann,ann@acme.test,2026-01-04T00:00:00Z,2026-01-04T00:00:00Z,Add,false\n\
         shop,bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb,Ann,ann@acme.test,2026-01-04T01:00:00Z,2026-01-04T01:00:00Z,Mend,false\n",
    );
    world.file(
        "facts/survey_responses.csv",
        "survey_id,wave,respondent_hash,question_id,team_id,scale,score,answered_at\n\
         s,w,h,q,red,nps_0_10,9,2026-01-10T12:00:00Z\n",
    );
    world.milepost(&["ingest", "files", "facts"]).ok();
    world
}

/// Two users, one of whom sees people.
const USERS: &str = "[[serve.user]]\nname = \"ann\"\npassword_env = \"PASSWORD\"\n\
    [[serve.user]]\nname = \"root\"\npassword_env = \"PASSWORD\"\npeople = true\n";

fn command(world: &World, flags: &[&str]) -> Command {
    let mut command = world.command(env!("CARGO_BIN_EXE_milepost"));
    command
        .args(["serve", "--postgres", "127.0.0.1:0", "--http", "127.0.0.1:0", "--as-of", AS_OF])
        .args(flags)
        .env("PASSWORD", PASSWORD)
        .stderr(Stdio::piped());
    command
}

impl Served {
    fn start(world: &World, flags: &[&str]) -> Served {
        let mut process = command(world, flags).spawn().expect("the program");
        let stderr = process.stderr.as_mut().expect("its remarks");
        let (mut port, mut http) = (None, None);
        for line in BufReader::new(stderr).lines() {
            let line = line.expect("a line");
            if let Some((_, rest)) = line.split_once("clients of Postgres at 127.0.0.1:") {
                port = rest.split(',').next().and_then(|port| port.parse().ok());
            }
            if let Some((_, rest)) = line.split_once("browsers at http://") {
                http = Some(rest.trim_end_matches('/').to_owned());
            }
            if port.is_some() && http.is_some() {
                break;
            }
        }
        Served { process, port: port.expect("a port"), http: http.expect("an address") }
    }

    fn config(&self, user: &str) -> Config {
        let mut config = Config::new();
        config.host("127.0.0.1").port(self.port).user(user).dbname("milepost").password(PASSWORD);
        config
    }

    fn client(&self, user: &str) -> Client {
        self.config(user).connect(NoTls).expect("a connection")
    }

    /// The answer to a request of a browser.
    fn asked(&self, path: &str, host: &str) -> String {
        let mut stream = TcpStream::connect(&self.http).expect("the server");
        write!(stream, "GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n")
            .expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    }
}

fn code(error: &postgres::Error) -> String {
    error.code().map(|code| code.code().to_owned()).unwrap_or_else(|| format!("{error:?}"))
}

/// The first value of a query's first row, as text.
fn first(client: &mut Client, sql: &str) -> String {
    for message in client.simple_query(sql).expect("an answer") {
        if let postgres::SimpleQueryMessage::Row(row) = message {
            return row.get(0).unwrap_or("NULL").to_owned();
        }
    }
    "no row".to_owned()
}

fn sizes(world: &World) -> BTreeMap<PathBuf, usize> {
    let files = files_below(&world.path("."));
    files.into_iter().map(|(path, bytes)| (path, bytes.len())).collect()
}

#[test]
fn what_writes_or_escapes_is_refused_in_both_protocols_and_changes_no_file() {
    let world = world("");
    let served = Served::start(&world, &[]);
    let mut client = served.client("ann");
    let before = sizes(&world);
    let out = world.place("out.csv");
    for statement in [
        "create table x as select 1",
        "create view x as select 1",
        "create schema x",
        "create external table x stored as csv location '/etc/passwd'",
        "create function f() returns int return 1",
        "insert into teams (team_id) values ('x')",
        "update teams set name = 'x'",
        "delete from teams",
        "truncate teams",
        "drop table teams",
        "select 1 into x",
        &format!("copy teams to '{out}'"),
        &format!("copy (select 1) to '{out}'"),
        &format!("explain analyze copy (select 1) to '{out}'"),
        "copy teams from '/etc/passwd'",
        "explain analyze insert into teams (team_id) values ('x')",
        "prepare p as select 1",
        "execute p",
        "set datafusion.runtime.memory_limit = '100G'",
        "declare c cursor for with w as (select 1) insert into teams (team_id) values ('x')",
        "select 1; drop table teams",
        "select * from '/etc/passwd'",
        "select * from \"/etc/passwd\"",
        "select pg_read_file('/etc/passwd')",
        "select lo_import('/etc/passwd')",
        "select now()",
        "select pseudonym('ann')",
        "select * from hidden.nps",
    ] {
        let simple = client.simple_query(statement).err();
        let simple = simple.unwrap_or_else(|| panic!("it is answered: {statement}"));
        assert!(simple.code().is_some(), "{statement}: {simple}");
        let extended = client.query(statement, &[]).err();
        let extended = extended.unwrap_or_else(|| panic!("it is answered: {statement}"));
        assert!(extended.code().is_some(), "{statement}: {extended}");
    }
    for statement in ["create table x as select 1", "drop table teams", "copy teams to 'x'"] {
        let refused = client.simple_query(statement).expect_err("a refusal");
        assert_eq!(refused.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE), "{statement}");
    }
    assert_eq!(sizes(&world), before);
    assert_eq!(first(&mut client, "select count(*) from deployments"), "2", "it goes on");
}

#[test]
fn only_users_with_their_password_get_in_and_who_knocks_learns_no_names() {
    let world = world(USERS);
    let served = Served::start(&world, &[]);
    assert_eq!(first(&mut served.client("ann"), "select 1"), "1");
    let knock = |user: &str, password: &str| {
        let error = served.config(user).password(password).connect(NoTls).err().expect("a refusal");
        (code(&error), error.to_string().replace(user, "X"))
    };
    let (wrong, unknown) = (knock("ann", "wrong"), knock("nobody", PASSWORD));
    assert_eq!(wrong, unknown);
    assert_eq!(wrong.0, "28P01");
}

#[test]
fn what_can_be_reached_from_elsewhere_is_encrypted_and_asks_for_a_password() {
    let world = world("");
    let elsewhere = |flags: &[&str]| {
        let mut command = command(&world, &[]);
        command.args(["--postgres", "0.0.0.0:0"]).args(flags);
        World::finished(command)
    };
    // The flag given twice is refused by itself; so begin anew without the default one.
    let mut bare = world.command(env!("CARGO_BIN_EXE_milepost"));
    bare.args(["serve", "--postgres", "0.0.0.0:0", "--http", "127.0.0.1:0"]);
    let open = World::finished(bare);
    assert_eq!(open.code, Some(2), "{open:?}");
    assert!(
        open.stderr.contains("needs --tls-cert and --tls-key, and a [[serve.user]]"),
        "{open:?}"
    );
    let broken = world.file("broken.pem", "no certificate");
    let run = elsewhere(&["--tls-cert", &broken, "--tls-key", &broken]);
    assert_eq!(run.code, Some(2), "{run:?}");
}

#[test]
fn a_broken_certificate_keeps_the_server_from_listening() {
    let world = world(USERS);
    let broken = world.file("broken.pem", "no certificate");
    let run = World::finished(command(&world, &["--tls-cert", &broken, "--tls-key", &broken]));
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.stderr.contains("can't be used for encryption"), "{run:?}");
    assert!(!run.stderr.contains("answering"), "{run:?}");
}

#[test]
fn persons_have_pseudonyms_but_for_who_may_see_them() {
    let world = world(USERS);
    let served = Served::start(&world, &[]);
    let (mut ann, mut root) = (served.client("ann"), served.client("root"));
    let who = "select min(author_email) from commits";
    assert_eq!(first(&mut root, who), "ann@acme.test");
    let pseudonym = first(&mut ann, who);
    assert!(pseudonym.starts_with("p_") && pseudonym.len() == 18, "{pseudonym}");
    let joined = "select count(*) from commits a join commits b on a.author_email = b.author_email";
    assert_eq!(first(&mut ann, joined), "4");
    let guessed = "select count(*) from commits where author_email = 'ann@acme.test'";
    assert_eq!(first(&mut ann, guessed), "0");
    assert_eq!(first(&mut root, guessed), "2");
    let answers = "select count(*) from survey_responses";
    let refused = ann.simple_query(answers).expect_err("a refusal");
    assert_eq!(refused.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE));
    let made_of_it = ann.simple_query("select * from populations.nps_answers").expect_err("too");
    assert_eq!(made_of_it.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE));
    assert_eq!(first(&mut root, answers), "1");
    // One answer is a group too small, whoever asks.
    let nps = "select reason from metrics.nps where subject_kind = 'organization' and window_kind = 'all'";
    assert_eq!(
        (first(&mut ann, nps), first(&mut root, nps)),
        ("group_too_small".to_owned(), "group_too_small".to_owned())
    );
}

#[test]
fn the_wire_the_shell_and_the_json_say_the_same_number() {
    let world = world("");
    let served = Served::start(&world, &[]);
    let mut client = served.client("ann");
    let sql = "select value from metrics.deployment_frequency where subject_kind = 'service' \
               and statistic = 'rate' and window_kind = 'month' and window_start = '2026-01-01T00:00:00Z'";
    let wire: f64 = client.query_one(sql, &[]).expect("a row").get(0);
    let shell = world.sql("lake", sql)[0]["value"].as_f64().expect("a number");
    // Two in the 27 days of January from the first one on.
    assert!((wire - 2.0 / 27.0).abs() < 1e-12, "{wire}");
    assert_eq!(wire.to_bits(), shell.to_bits());
    let answer = served.asked(
        "/api/v1/metrics/deployment_frequency?window=month&from=2026-01-01&to=2026-02-01",
        "localhost",
    );
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains(&format!("\"value\":{wire}")), "{answer}");
    // A parameter is bound, not spliced.
    let bound = "select count(*) from deployments where service_id = $1";
    let count: i64 = client.query_one(bound, &[&"shop"]).expect("a row").get(0);
    let nothing: i64 = client.query_one(bound, &[&"shop' or '1' = '1"]).expect("a row").get(0);
    assert_eq!((count, nothing), (2, 0));
}

#[test]
fn a_prepared_statement_sees_what_was_read_in_since() {
    let world = world("");
    let served = Served::start(&world, &[]);
    let mut client = served.client("ann");
    let statement = client.prepare("select count(*) from deployments").expect("a statement");
    let count =
        |client: &mut Client| -> i64 { client.query_one(&statement, &[]).expect("a row").get(0) };
    assert_eq!(count(&mut client), 2);
    world.file(
        "more/deployments.csv",
        "deployment_id,service_id,repository_id,environment,outcome,finished_at\n\
         3,shop,shop,production,succeeded,2026-01-07T00:00:00Z\n",
    );
    world.milepost(&["ingest", "files", "more"]).ok();
    assert_eq!(count(&mut client), 3);
}

#[test]
fn an_endless_query_ends_at_the_deadline_and_others_are_answered_meanwhile() {
    let world = world("");
    let served = Served::start(&world, &["--deadline", "3s", "--memory", "64"]);
    let endless = [
        "with recursive r as (select 1 as n union all select n + 1 from r) select count(*) from r",
        "select count(*) from generate_series(1, 1000000000000)",
    ];
    std::thread::scope(|scope| {
        for statement in endless {
            let mut client = served.client("ann");
            scope.spawn(move || {
                let error = client.simple_query(statement).expect_err("it does not end by itself");
                assert!(
                    ["57014", "53200"].contains(&code(&error).as_str()),
                    "{statement}: {error}"
                );
            });
        }
        let mut other = served.client("bo");
        for _ in 0..5 {
            assert_eq!(first(&mut other, "select count(*) from deployments"), "2");
        }
    });
    let sorted = "select max(b) from (select distinct concat(value, repeat('x', 200)) as b from generate_series(1, 3000000))";
    let error = served.client("ann").simple_query(sorted).expect_err("too large");
    assert!(["57014", "53200"].contains(&code(&error).as_str()), "{error}");
}

#[test]
fn a_client_may_cancel_its_query_and_goes_on() {
    let world = world("");
    let served = Served::start(&world, &["--deadline", "1h"]);
    let mut client = served.client("ann");
    for endless in [
        "with recursive r as (select 1 as n union all select n + 1 from r) select count(*) from r",
        "select count(*) from generate_series(1, 1000000000000)",
    ] {
        let cancel = client.cancel_token();
        let stops = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(700));
            cancel.cancel_query(NoTls).expect("asked");
        });
        let error = client.simple_query(endless).expect_err("it was cancelled");
        assert_eq!(code(&error), "57014", "{endless}");
        stops.join().expect("asked");
        assert_eq!(first(&mut client, "select 1"), "1");
    }
    client.simple_query("set session statement_timeout = '500ms'").expect("set");
    let endless = "select count(*) from generate_series(1, 1000000000000)";
    assert_eq!(code(&client.simple_query(endless).expect_err("too long")), "57014");
}

#[test]
fn a_hundred_clients_are_served_and_one_more_is_told_that_there_is_no_room() {
    let world = world("");
    let served = Served::start(&world, &[]);
    let mut clients: Vec<Client> = (0..100).map(|_| served.client("ann")).collect();
    let error = served.config("ann").connect(NoTls).err().expect("no room");
    assert_eq!(code(&error), "53300");
    for client in &mut clients {
        assert_eq!(first(client, "select 1"), "1");
    }
    drop(clients.pop());
    let again = (0..50).find_map(|_| {
        std::thread::sleep(Duration::from_millis(20));
        served.config("ann").connect(NoTls).ok()
    });
    assert!(again.is_some(), "who leaves makes room");
}

#[test]
fn browsers_are_answered_for_this_machine_alone() {
    let world = world("");
    let served = Served::start(&world, &[]);
    let front = served.asked("/", "127.0.0.1");
    assert!(front.starts_with("HTTP/1.1 200"), "{front}");
    assert!(front.contains("href=\"/reports/dora\"") && front.contains("deployment_frequency"));
    assert!(served.asked("/", "evil.example").starts_with("HTTP/1.1 421"));
    assert!(served.asked("/reports/nope", "localhost").starts_with("HTTP/1.1 404"));
    assert!(served.asked("/api/v1/metrics/nope", "localhost").starts_with("HTTP/1.1 404"));
    let wrong = served.asked("/api/v1/metrics/nps?by=galaxy", "localhost");
    assert!(
        wrong.starts_with("HTTP/1.1 400") && wrong.contains("it is service, team or organization")
    );
    let page = served.asked("/reports/data-quality", "localhost");
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("<!DOCTYPE html>"), "{page}");
}
