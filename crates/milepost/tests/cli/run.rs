//! `run`: what is due is delivered once, whatever fails or ends in between.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::Value;

use crate::fake_mail::FakeMail;
use crate::server::{Answer, Asked, Server};
use crate::world::{Run, World, files_below};

/// A Wednesday. The last week began on the 13th, the month and the quarter on the first.
const AS_OF: &str = "2026-04-15T06:00:00Z";
const PASSWORD: &str = "canary-5b1f07";

/// Two deployments, a configuration that reads them, and these reports.
fn world(reports: &str) -> World {
    let world = World::as_of(AS_OF);
    world.file(
        "facts/deployments.csv",
        "deployment_id,service_id,repository_id,environment,outcome,finished_at\n\
         1,shop,shop,production,succeeded,2026-01-05T00:00:00Z\n\
         2,shop,shop,production,succeeded,2026-01-06T00:00:00Z\n",
    );
    let sources = "lake = \"lake\"\n[[source]]\nkind = \"files\"\npaths = [\"facts\"]\n";
    world.file("milepost.toml", &format!("{sources}{reports}"));
    world
}

/// `golden-path`, weekly, with outputs as TOML.
fn weekly(outputs: &str) -> String {
    format!("[[report]]\nname = \"golden-path\"\ncadence = \"weekly\"\n{outputs}")
}

fn webhook(name: &str) -> String {
    format!("[[report.webhook]]\nurl_env = \"{name}\"\n")
}

fn email(mail: &FakeMail) -> String {
    format!(
        "[[report.email]]\nhost = \"127.0.0.1\"\nport = {}\nsecurity = \"none\"\n\
         username = \"reports\"\npassword_env = \"PASSWORD\"\n\
         from = \"Milepost <reports@acme.test>\"\nto = [\"ann@acme.test\", \"bo@acme.test\"]\n",
        mail.port
    )
}

fn command(world: &World, arguments: &[&str], secrets: &[(&str, &str)]) -> Command {
    let mut command = world.command(env!("CARGO_BIN_EXE_milepost"));
    command.arg("run").args(arguments).env("PASSWORD", PASSWORD).envs(secrets.iter().copied());
    if !arguments.contains(&"--as-of") {
        command.args(["--as-of", AS_OF]);
    }
    command
}

fn run(world: &World, arguments: &[&str], secrets: &[(&str, &str)]) -> Run {
    World::finished(command(world, arguments, secrets))
}

/// It did everything that was due. Deployments whose commits nobody knows are a problem, which a check
/// tells with exit code 4.
fn worked(run: Run) -> Run {
    assert_eq!(run.code, Some(4), "{}", run.stderr);
    run
}

fn names(world: &World, folder: &str) -> Vec<String> {
    let name =
        |path: &std::path::PathBuf| path.file_name().map(|n| n.to_string_lossy().into_owned());
    files_below(&world.path(folder)).keys().filter_map(name).collect()
}

fn good(_: &Asked) -> Answer {
    Answer::text(200, "ok")
}

#[test]
fn a_run_that_comes_twice_in_a_row_delivers_once() {
    let server = Server::start(good);
    let outputs = "formats = [\"html\", \"markdown\"]\nfolder = \"out\"\n\
                   link = \"https://reports.acme.test/\"\n";
    let world = world(&weekly(&format!("{outputs}{}", webhook("HOOK"))));
    let plan = run(&world, &["--dry-run"], &[]).ok().stdout;
    assert_eq!(
        plan,
        "source files-1\nreport golden-path (weekly): due since 2026-04-13T00:00:00Z, \
         to folder out; webhook HOOK\n"
    );
    assert!(!world.path("lake").exists(), "it only says what it would do");
    let secrets = [("HOOK", server.url.as_str())];
    let first = worked(run(&world, &[], &secrets));
    assert!(first.stderr.contains("golden-path (weekly) delivered to folder out"), "{first:?}");
    assert_eq!(first.stdout, "");
    let expected = ["golden-path-2026-04-13.html", "golden-path-2026-04-13.md"];
    assert_eq!(names(&world, "out"), expected);
    let asked = server.asked();
    assert_eq!(asked.len(), 1);
    let message: Value = serde_json::from_slice(&asked[0].body).expect("JSON");
    let text = message["text"].as_str().expect("a text");
    assert!(text.starts_with("*Golden path against off-road*\nServices in 2026 Q1\n"), "{text}");
    let link =
        "<https://reports.acme.test/golden-path-2026-04-13.html|golden-path-2026-04-13.html>";
    assert!(text.ends_with(link), "{text}");
    let before = files_below(&world.path("out"));
    let second = worked(run(&world, &[], &secrets));
    assert!(second.stderr.contains("nothing was delivered"), "{second:?}");
    assert!(server.asked().is_empty());
    assert_eq!(files_below(&world.path("out")), before);
    let plan = run(&world, &["--dry-run"], &[]).ok().stdout;
    assert!(plan.contains("golden-path (weekly): delivered for 2026-04-13T00:00:00Z"), "{plan}");
    assert_eq!(names(&world, "lake/.published/golden-path"), ["000001.json"], "published once");
}

#[test]
fn a_run_that_is_killed_is_completed_by_the_next() {
    let first = Server::start(good);
    let hangs = Arc::new(AtomicBool::new(true));
    let held = hangs.clone();
    let second = Server::start(move |asked| {
        while held.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(5));
        }
        good(asked)
    });
    let world = world(&weekly(&(webhook("FIRST") + &webhook("SECOND"))));
    let secrets = [("FIRST", first.url.as_str()), ("SECOND", second.url.as_str())];
    let mut process =
        command(&world, &[], &secrets).stderr(Stdio::null()).spawn().expect("the program");
    while second.asked().is_empty() {
        assert!(process.try_wait().expect("a process").is_none(), "it waits for its answer");
        std::thread::sleep(Duration::from_millis(5));
    }
    process.kill().expect("killed");
    process.wait().expect("ended");
    hangs.store(false, Ordering::SeqCst);
    assert_eq!(first.asked().len(), 1);
    let run = worked(run(&world, &[], &secrets));
    assert!(run.stderr.contains("1 delivery"), "{run:?}");
    assert!(first.asked().is_empty(), "it has got it");
    assert_eq!(second.asked().len(), 1);
}

#[test]
fn a_failing_webhook_holds_up_nobody_and_is_tried_again() {
    let fails = Arc::new(AtomicBool::new(true));
    let own = fails.clone();
    let server = Server::start(move |_| match own.load(Ordering::SeqCst) {
        true => Answer::text(503, "try again"),
        false => Answer::text(200, "ok"),
    });
    let mail = FakeMail::start();
    let world = world(&weekly(&format!("{}{}", webhook("HOOK"), email(&mail))));
    let secrets = [("HOOK", server.url.as_str())];
    let run_once = || run(&world, &[], &secrets);
    let first = run_once();
    assert_eq!(first.code, Some(3), "{first:?}");
    let sentence = "report golden-path (weekly) to webhook HOOK: its server answered 503; \
                    it stays due for the next run";
    assert!(first.stderr.contains(sentence), "{}", first.stderr);
    assert_eq!((server.asked().len(), mail.mails().len()), (1, 1));
    fails.store(false, Ordering::SeqCst);
    worked(run_once());
    assert_eq!((server.asked().len(), mail.mails().len()), (1, 0));
}

#[test]
fn a_mail_is_text_with_the_page_attached_and_comes_again_where_it_was_refused() {
    let mail = FakeMail::start();
    let world = world(&weekly(&email(&mail)));
    mail.refuses(true);
    let refused = run(&world, &[], &[]);
    assert_eq!(refused.code, Some(3), "{refused:?}");
    assert!(refused.stderr.contains("the mail server refused it with code 535"), "{refused:?}");
    assert!(mail.mails().is_empty());
    mail.refuses(false);
    mail.commands();
    worked(run(&world, &[], &[]));
    let commands = mail.commands();
    for said in
        ["MAIL FROM:<reports@acme.test>", "RCPT TO:<ann@acme.test>", "RCPT TO:<bo@acme.test>"]
    {
        assert!(commands.iter().any(|one| one.starts_with(said)), "{said}: {commands:?}");
    }
    let mails = mail.mails();
    assert_eq!(mails.len(), 1);
    for said in [
        "Subject: Golden path against off-road: Services in 2026 Q1\n",
        "Date: Wed, 15 Apr 2026 06:00:00 +0000\n",
        "Content-Type: text/plain; charset=utf-8",
        "# Golden path against off-road",
        "Content-Type: text/html",
        "golden-path-2026-04-13.html",
    ] {
        assert!(mails[0].contains(said), "{said} is not in {}", mails[0]);
    }
}

#[test]
fn a_report_goes_to_a_bucket_as_a_file_of_each_format_and_comes_again_where_it_was_refused() {
    let fails = Arc::new(AtomicBool::new(true));
    let own = fails.clone();
    let store = Server::start(move |_| match own.load(Ordering::SeqCst) {
        true => Answer::text(403, "<Error><Code>AccessDenied</Code></Error>"),
        false => Answer::text(200, "").with("etag", "\"1\""),
    });
    let outputs = "formats = [\"html\", \"csv\"]\nbucket = \"s3://acme-reports/milepost\"\n";
    let world = world(&weekly(outputs));
    let secrets = [
        ("AWS_ENDPOINT_URL", store.url.as_str()),
        ("AWS_ACCESS_KEY_ID", "reports"),
        ("AWS_SECRET_ACCESS_KEY", PASSWORD),
    ];
    let refused = run(&world, &[], &secrets);
    assert_eq!(refused.code, Some(3), "{refused:?}");
    let sentence = "report golden-path (weekly) to bucket s3://acme-reports/milepost: failed to \
                    write s3://acme-reports/milepost/golden-path-2026-04-13.html: these \
                    credentials may not; it stays due for the next run";
    assert!(refused.stderr.contains(sentence), "{}", refused.stderr);
    store.asked();
    fails.store(false, Ordering::SeqCst);
    let run = worked(run(&world, &[], &secrets));
    let asked = store.asked();
    let said: Vec<_> = asked
        .iter()
        .map(|asked| (asked.method.as_str(), asked.path(), asked.header("content-type")))
        .collect();
    let folder = "/acme-reports/milepost/golden-path-2026-04-13";
    let (page, rows) = (format!("{folder}.html"), format!("{folder}.csv"));
    let expected = [
        ("PUT", page.as_str(), Some("text/html; charset=utf-8")),
        ("PUT", rows.as_str(), Some("text/csv; charset=utf-8")),
    ];
    assert_eq!(said, expected);
    assert!(asked[0].body.starts_with(b"<!DOCTYPE html>"));
    for asked in &asked {
        let signed = asked.header("authorization").expect("it is signed");
        assert!(signed.starts_with("AWS4-HMAC-SHA256 Credential=reports/"), "{signed}");
        assert!(!format!("{:?}", asked.headers).contains(PASSWORD));
    }
    assert!(!run.stderr.contains(PASSWORD), "{run:?}");
}

#[test]
fn an_object_store_elsewhere_is_reached_encrypted_only() {
    let world = world(&weekly("bucket = \"s3://acme-reports\"\n"));
    let secrets = [
        ("AWS_ENDPOINT_URL", "http://store.example.test"),
        ("AWS_ACCESS_KEY_ID", "reports"),
        ("AWS_SECRET_ACCESS_KEY", PASSWORD),
    ];
    let run = run(&world, &[], &secrets);
    assert_eq!(run.code, Some(3), "{run:?}");
    assert!(
        run.stderr.contains("the endpoint in the environment does not begin with https"),
        "{run:?}"
    );
    let without = command(&world, &["--quiet"], &[]);
    let without = World::finished(without);
    assert_eq!(without.code, Some(3), "{without:?}");
    assert!(without.stderr.contains("there are no credentials in the environment"), "{without:?}");
}

#[test]
fn a_run_writes_the_values_of_all_metrics_as_a_table() {
    let world = world("");
    worked(run(&world, &[], &[]));
    let differ = "select count(*) as differences from (\
                    select metric, statistic, subject_id, window_kind, window_start, value, \
                           sample_size, reason from metric_values where metric = '{}' except \
                    select metric, statistic, subject_id, window_kind, window_start, value, \
                           sample_size, reason from metrics.{})";
    let sql = |sql: &str| world.milepost(&["--lake", "lake", "sql", "--format", "csv", sql]).ok();
    for metric in ["deployment_frequency", "change_fail_rate"] {
        let rows = format!("select count(*) as rows from metrics.{metric}");
        let stored =
            format!("select count(*) as rows from metric_values where metric = '{metric}'");
        assert_eq!(sql(&rows).stdout, sql(&stored).stdout);
        assert_eq!(sql(&differ.replace("{}", metric)).stdout, "differences\r\n0\r\n");
    }
    // Two deployments in the 27 days of January from the first one on.
    let january = "select value * 27 as deployments, sample_size from metric_values \
                   where metric = 'deployment_frequency' and statistic = 'rate' and subject_kind = 'service' \
                   and window_kind = 'month' and window_start = '2026-01-01T00:00:00Z'";
    assert_eq!(sql(january).stdout, "deployments,sample_size\r\n2.0,2\r\n");
    let whose = "select distinct cast(as_of as varchar) as at from metric_values";
    assert_eq!(sql(whose).stdout, "at\r\n2026-04-15T06:00:00Z\r\n");
}

#[test]
fn a_secret_is_in_no_output_file_or_log() {
    let canary = "canary-a93d42";
    let server = Server::start(|asked| Answer::text(500, &asked.target));
    let moved = Server::start(|asked| Answer::text(307, "").with("location", &asked.target));
    let mail = FakeMail::start();
    mail.refuses(true);
    let outputs = ["HOOK", "MOVED", "GONE", "PLAIN"].map(webhook).concat();
    let world = world(&weekly(&format!("folder = \"out\"\n{outputs}{}", email(&mail))));
    let secrets = [
        ("HOOK", format!("{}/{canary}", server.url)),
        ("MOVED", format!("{}/{canary}", moved.url)),
        // Nobody listens there.
        ("GONE", format!("http://127.0.0.1:1/{canary}")),
        ("PLAIN", format!("http://hooks.acme.test/{canary}")),
    ];
    let secrets = secrets.each_ref().map(|(name, value)| (*name, value.as_str()));
    for arguments in [&["-v"][..], &["--log", "json"]] {
        let run = run(&world, arguments, &secrets);
        assert_eq!(run.code, Some(3), "{run:?}");
        for name in ["HOOK", "MOVED", "GONE", "PLAIN"] {
            assert!(run.stderr.contains(&format!("to webhook {name}: ")), "{run:?}");
        }
        assert!(run.stderr.contains("refused it with code 535"), "{run:?}");
        for text in [&run.stdout, &run.stderr] {
            assert!(!text.contains(canary) && !text.contains(PASSWORD), "{text}");
        }
    }
    assert!(server.asked().iter().all(|asked| asked.target.contains(canary)), "it was used");
    for (path, bytes) in files_below(&world.path(".")) {
        for secret in [canary, PASSWORD] {
            let is_there = bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
            assert!(!is_there, "{} has a secret", path.display());
        }
    }
}

#[test]
fn an_address_where_the_name_of_a_variable_belongs_is_refused_and_not_shown() {
    let world = world(&weekly(&webhook("https://hooks.acme.test/canary-77")));
    for arguments in [&["run"][..], &["config", "check"]] {
        let run = world.milepost(arguments);
        assert_eq!(run.code, Some(2), "{run:?}");
        assert!(run.stderr.contains(":5:1: `url_env` and `password_env` are names"), "{run:?}");
        assert!(!run.stderr.contains("canary"), "{run:?}");
    }
}

#[test]
fn a_check_of_the_configuration_says_which_secrets_are_missing() {
    let world = world(&weekly(&(webhook("HOOK") + &email(&FakeMail::start()))));
    let run = world.milepost(&["config", "check"]);
    assert_eq!(run.code, Some(4), "{run:?}");
    for name in ["HOOK", "PASSWORD"] {
        let sentence = format!("report golden-path: the environment variable {name} is not set");
        assert!(run.stderr.contains(&sentence), "{run:?}");
    }
}

#[test]
fn a_report_that_was_missed_for_weeks_comes_once_for_the_last_of_them() {
    let world = world(&weekly("folder = \"out\"\n"));
    worked(run(&world, &[], &[]));
    // Three weeks later; those of the 20th and the 27th are passed over.
    worked(run(&world, &["--as-of", "2026-05-06T06:00:00Z"], &[]));
    let expected = ["golden-path-2026-04-13.html", "golden-path-2026-05-04.html"];
    assert_eq!(names(&world, "out"), expected);
    let earlier = worked(run(&world, &["--as-of", "2026-04-22T06:00:00Z"], &[]));
    assert!(earlier.stderr.contains("nothing was delivered"), "a later one was: {earlier:?}");
}

#[test]
fn reports_are_due_in_the_reporting_zone() {
    let world = world(
        "[definition]\ntimezone = \"Europe/Berlin\"\n[[report]]\nname = \"golden-path\"\n\
         cadence = \"30 7 * * MON\"\nfolder = \"out\"\n",
    );
    // 07:30 in Berlin is 05:30 UTC in summer.
    for (as_of, due_at) in [
        ("2026-04-13T05:29:00Z", "2026-04-06T05:30:00Z"),
        ("2026-04-13T05:30:00Z", "2026-04-13T05:30:00Z"),
    ] {
        let plan = run(&world, &["--dry-run", "--as-of", as_of], &[]).ok().stdout;
        assert!(plan.contains(&format!("due since {due_at}, to folder out")), "{plan}");
    }
    worked(run(&world, &["--as-of", "2026-04-13T05:30:00Z"], &[]));
    assert_eq!(names(&world, "out"), ["golden-path-2026-04-13T0730.html"]);
}

#[test]
fn a_missed_goal_ends_with_4_after_everything_was_delivered() {
    let goal = "[[goal]]\nmetric = \"deployment_frequency\"\nwindow = \"all\"\ntarget = 1000\n\
                direction = \"at_least\"\n";
    let world = world(&format!("{goal}{}", weekly("folder = \"out\"\n")));
    let run = run(&world, &[], &[]);
    assert_eq!(run.code, Some(4), "{run:?}");
    assert!(run.stderr.contains("the goal is missed: deployment_frequency"), "{run:?}");
    assert_eq!(names(&world, "out"), ["golden-path-2026-04-13.html"]);
}

#[test]
fn a_source_that_fails_is_named_and_reports_are_delivered_all_the_same() {
    let gone = "[[source]]\nkind = \"git\"\npath = \"gone\"\n";
    let world = world(&format!("{gone}{}", weekly("folder = \"out\"\n")));
    let run = run(&world, &[], &[]);
    assert_eq!(run.code, Some(3), "{run:?}");
    assert!(run.stderr.contains("source git-1: "), "{run:?}");
    assert_eq!(names(&world, "out"), ["golden-path-2026-04-13.html"]);
}

#[test]
fn two_runs_never_work_at_the_same_time() {
    let world = world(&weekly("folder = \"out\"\n"));
    std::fs::create_dir(world.path("lake")).expect("a folder");
    let file = std::fs::File::create(world.path("lake/.batch.lock")).expect("a file");
    file.lock().expect("the lock");
    let locked = run(&world, &[], &[]);
    assert_eq!(locked.code, Some(75), "{locked:?}");
    assert!(locked.stderr.contains("another `milepost run` works on the lake"), "{locked:?}");
    assert!(!world.path("out").exists());
    let machine = run(&world, &["--log", "json"], &[]);
    assert_eq!(machine.code, Some(75), "{machine:?}");
    let line: Value = serde_json::from_str(&machine.stderr).expect("one line of JSON");
    assert_eq!((&line["level"], &line["step"]), (&"error".into(), &"lock".into()));
    let release = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(300));
        drop(file);
    });
    worked(run(&world, &["--wait", "60"], &[]));
    release.join().expect("released");
    assert_eq!(names(&world, "out"), ["golden-path-2026-04-13.html"]);
}

#[test]
fn a_deadline_that_is_over_names_what_is_left_and_the_next_run_does_it() {
    let world = world(&weekly("folder = \"out\"\n"));
    let run_with = |arguments: &[&str]| run(&world, arguments, &[]);
    let cut = run_with(&["--deadline", "0min"]);
    assert_eq!(cut.code, Some(3), "{cut:?}");
    let sentence = "the deadline came first; left for the next run: source files-1, derived tables, \
                    checks, values of metrics, report golden-path (weekly)";
    assert!(cut.stderr.contains(sentence), "{}", cut.stderr);
    worked(run_with(&["--deadline", "2h"]));
    assert_eq!(names(&world, "out"), ["golden-path-2026-04-13.html"]);
}

#[test]
fn a_log_for_machines_is_one_object_a_line() {
    let world = world(&weekly("folder = \"out\"\n"));
    let run = worked(run(&world, &["--log", "json"], &[]));
    let lines: Vec<Value> =
        run.stderr.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    for line in &lines {
        let keys: Vec<&str> =
            line.as_object().expect("an object").keys().map(String::as_str).collect();
        assert_eq!(keys.len(), 5, "{line}");
        assert!(keys.iter().all(|key| ["time", "level", "step", "message", "ms"].contains(key)));
    }
    let mut steps: Vec<&str> = lines.iter().filter_map(|line| line["step"].as_str()).collect();
    steps.dedup();
    assert_eq!(steps, ["ingest", "check", "report", "run"]);
    let time = lines[0]["time"].as_str().expect("a time");
    assert!(!time.starts_with("2026-04-15"), "the clock's, not the as-of: {time}");
}

#[test]
fn mistakes_in_a_report_are_told_with_their_line() {
    let report = |rest: &str| format!("[[report]]\nname = \"dora\"\ncadence = \"weekly\"\n{rest}");
    let mail = |rest: &str| {
        let mail = "[[report.email]]\nhost = \"mail.acme.test\"\nfrom = \"a@acme.test\"\n";
        report(&format!("{mail}{rest}"))
    };
    for (reports, expected) in [
        (report(""), ":5:1: a report must go somewhere"),
        (
            report("folder = \"a\"\n").replace("dora", "dorra"),
            ":5:1: there is no report `dorra`; there are dora",
        ),
        (
            report("folder = \"a\"\n").replace("weekly", "daily"),
            ":5:1: `cadence` is `daily`, but must be weekly, monthly, quarterly",
        ),
        (report("folder = \"a\"\nformats = [\"pdf\"]\n"), "pdf"),
        (report("folder = \"a\"\nlink = \"reports\"\n"), ":5:1: `link` is no address"),
        (mail("to = []\n"), ":5:1: `to` is empty"),
        (mail("to = [\"nobody\"]\n"), ":5:1: `nobody` is no address of a mail"),
        (mail("to = [\"b@acme.test\"]\nusername = \"a\"\n"), ":5:1: a login needs both"),
        (
            mail(
                "to = [\"b@acme.test\"]\nusername = \"a\"\npassword_env = \"P\"\nsecurity = \"none\"\n",
            ),
            ":5:1: a password would go over the network in the clear",
        ),
        (
            report("folder = \"a\"\n") + &report("folder = \"b\"\n"),
            ":9:1: `dora` stands here a second time",
        ),
    ] {
        let world = world(&reports);
        let run = world.milepost(&["config", "check"]);
        assert_eq!(run.code, Some(2), "{reports}: {run:?}");
        assert!(run.stderr.contains(expected), "{expected}: {}", run.stderr);
    }
    let world = World::as_of(AS_OF);
    let run = world.milepost(&["run"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.stderr.contains("`milepost init` writes one"), "{run:?}");
}

#[test]
fn every_example_of_a_deployment_runs_what_is_due_with_flags_that_there_are() {
    let world = World::as_of(AS_OF);
    let help = world.milepost(&["run", "--help"]).ok().stdout;
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/deploy");
    let examples = ["crontab", "milepost.service", "kubernetes-cronjob.yaml", "github-actions.yml"];
    for name in examples {
        let text = std::fs::read_to_string(format!("{folder}/{name}")).expect("an example");
        let text = text.replace(['"', ',', '[', ']'], "").replace("args:", "");
        let words: Vec<&str> = text.split_whitespace().collect();
        let is_run = |pair: &[&str]| pair[0].ends_with("milepost") && pair[1] == "run";
        let start = words.windows(2).position(is_run).expect(name);
        let flags = words[start + 2..].iter().take(8).filter(|word| word.starts_with("--"));
        let flags: Vec<&&str> = flags.collect();
        assert!(flags.len() >= 2, "{name}: {flags:?}");
        assert!(flags.iter().all(|flag| help.contains(**flag)), "{name}: {flags:?}");
    }
}
