//! Events that are pushed: kept before they are answered, read once, and by nobody without the
//! token.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};

use serde_json::{Value, json};

use crate::world::{World, assert_same};

const TOKEN: &str = "canary-8f2b61";
const JSON: &str = "application/cloudevents+json";
const INCIDENTS: &str = "select incident_id, service_id, title, resolved_at from incidents \
                         order by incident_id";

/// A server under way; it is killed when the test ends.
struct Served {
    process: Child,
    address: String,
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

impl Served {
    fn start(world: &World) -> Served {
        let mut command = world.command(env!("CARGO_BIN_EXE_milepost"));
        command
            .args(["serve", "--http", "127.0.0.1:0", "--postgres", "127.0.0.1:0"])
            .args(["--token-env", "INTAKE", "--lake"])
            .arg(world.place("lake"))
            .env("INTAKE", TOKEN)
            .stderr(Stdio::piped());
        let mut process = command.spawn().expect("the program");
        let stderr = process.stderr.as_mut().expect("its remarks");
        let mut lines = BufReader::new(stderr).lines();
        let line = lines.find_map(|line| line.ok().filter(|line| line.contains("http://")));
        let line = line.expect("where it listens");
        let address = line.split("http://").nth(1).and_then(|rest| rest.split('/').next());
        Served { address: address.unwrap_or_else(|| panic!("{line}")).to_owned(), process }
    }

    /// Sends a request as it stands and gives the status and the body of the answer.
    fn send(&self, head: &str, body: &[u8]) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).expect("the server");
        let length = body.len();
        let head =
            format!("{head}host: a\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n");
        // A server that has refused a request need not read it to its end.
        let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        let status = answer.split(' ').nth(1).and_then(|code| code.parse().ok());
        let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        (status.unwrap_or_else(|| panic!("no answer: {answer}")), body.to_owned())
    }

    fn post(&self, token: &str, content_type: &str, body: &str) -> (u16, String) {
        let head = format!(
            "POST /v1/events HTTP/1.1\r\nauthorization: Bearer {token}\r\n\
             content-type: {content_type}\r\n"
        );
        self.send(&head, body.as_bytes())
    }

    fn accepts(&self, event: &Value) {
        let (status, body) = self.post(TOKEN, JSON, &event.to_string());
        assert_eq!((status, body.as_str()), (202, "{\"accepted\":1}\n"));
    }
}

fn incident(id: &str, title: &str) -> Value {
    json!({
        "specversion": "1.0", "id": id, "source": "/pager", "type": "dev.milepost.incidents.v1",
        "data": {
            "incident_id": id, "service_id": "shop", "title": title,
            "created_at": "2026-01-05T09:00:00Z"
        }
    })
}

fn world() -> World {
    World::as_of("2026-02-01T00:00:00Z")
}

fn ingest(world: &World) -> crate::world::Run {
    world.milepost(&["ingest", "--lake", &world.place("lake")])
}

#[test]
fn events_are_taken_in_and_read_by_the_next_ingest_once() {
    let world = world();
    let served = Served::start(&world);
    served.accepts(&incident("1", "Down"));
    let batch = json!([incident("2", "Slow"), incident("1", "Down, again")]);
    let (status, body) =
        served.post(TOKEN, "application/cloudevents-batch+json", &batch.to_string());
    assert_eq!((status, body.as_str()), (202, "{\"accepted\":2}\n"));
    let head = format!(
        "POST /v1/events HTTP/1.1\r\nAuthorization: bearer {TOKEN}\r\n\
         Content-Type: application/json\r\nce-specversion: 1.0\r\nce-id: 3\r\n\
         ce-source: /pager\r\nce-type: dev.milepost.incidents.v1\r\n"
    );
    let data = incident("3", "Lost")["data"].to_string();
    assert_eq!(served.send(&head, data.as_bytes()).0, 202);

    let dry = world.milepost(&["ingest", "intake", "--dry-run", "--lake", &world.place("lake")]);
    assert!(dry.ok().stderr.contains("3 incidents"));
    let run = ingest(&world).ok();
    assert!(run.stderr.contains("3 incidents"), "{}", run.stderr);
    let expected = ["1 | shop | Down, again | -", "2 | shop | Slow | -", "3 | shop | Lost | -"];
    assert_eq!(world.lines("lake", INCIDENTS), expected);
    let again = world.milepost(&["ingest", "intake", "--lake", &world.place("lake")]).ok();
    assert_eq!(again.stderr, "intake: nothing waits\n");
    let contents = world.contents("lake");
    served.accepts(&incident("2", "Slow"));
    ingest(&world).ok();
    assert_same(&world.contents("lake"), &contents);
}

#[test]
fn what_was_accepted_survives_the_death_of_the_server() {
    let world = world();
    let served = Served::start(&world);
    served.accepts(&incident("1", "Down"));
    drop(served);
    let served = Served::start(&world);
    served.accepts(&incident("2", "Slow"));
    drop(served);
    ingest(&world).ok();
    assert_eq!(world.lines("lake", INCIDENTS).len(), 2);
}

#[test]
fn nobody_without_the_token_is_heard_and_the_token_is_nowhere() {
    let world = world();
    let served = Served::start(&world);
    let event = incident("1", "Down").to_string();
    for token in ["", "canary", "canary-8f2b62", "canary-8f2b61x"] {
        let (status, body) = served.post(token, JSON, &event);
        assert_eq!(status, 401, "{token}");
        assert!(!body.contains(TOKEN), "{body}");
    }
    let head = format!("POST /v1/events HTTP/1.1\r\ncontent-type: {JSON}\r\n");
    assert_eq!(served.send(&head, event.as_bytes()).0, 401);
    let basic = format!("{head}authorization: Basic {TOKEN}\r\n");
    assert_eq!(served.send(&basic, event.as_bytes()).0, 401);
    served.accepts(&incident("2", "Slow"));
    drop(served);
    ingest(&world).ok();
    assert_eq!(world.lines("lake", INCIDENTS), ["2 | shop | Slow | -"]);
    let has_token = |path: &std::path::Path| {
        let bytes = std::fs::read(path).expect("a file");
        bytes.windows(TOKEN.len()).any(|window| window == TOKEN.as_bytes())
    };
    let mut folders = vec![world.path("lake")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            match path.is_dir() {
                true => folders.push(path),
                false => assert!(!has_token(&path), "{}", path.display()),
            }
        }
    }
}

#[test]
fn what_is_no_event_is_refused_with_its_reason_and_nothing_of_the_request_is_kept() {
    let world = world();
    let served = Served::start(&world);
    let text = format!("{}\n{{\"id\":1}}\n", incident("1", "Down"));
    let (status, body) = served.post(TOKEN, "application/x-ndjson", &text);
    assert_eq!(status, 400);
    assert!(body.contains("event 2: it is no CloudEvent, for it lacks `specversion`"), "{body}");
    assert_eq!(served.post(TOKEN, JSON, "hello").0, 400);
    assert_eq!(served.post(TOKEN, JSON, "").0, 400);
    assert_eq!(served.post(TOKEN, "text/plain", "{}").0, 415);
    let large = " ".repeat((8 << 20) + 1);
    let (status, body) = served.post(TOKEN, JSON, &large);
    assert_eq!(status, 413, "{body}");
    assert_eq!(served.send("GET /v1/events HTTP/1.1\r\n", b"").0, 405);
    assert_eq!(served.send("GET /else HTTP/1.1\r\n", b"").0, 404);
    drop(served);
    let run = world.milepost(&["ingest", "intake", "--lake", &world.place("lake")]).ok();
    assert_eq!(run.stderr, "intake: nothing waits\n");
}

#[test]
fn an_event_that_can_be_no_row_is_kept_as_a_rejected_record_and_the_rest_goes_on() {
    let world = world();
    let served = Served::start(&world);
    let mut bad = incident("1", "Down");
    bad["data"]["created_at"] = json!("yesterday");
    served.accepts(&bad);
    served.accepts(&incident("2", "Slow"));
    let run = ingest(&world);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert!(run.stderr.contains("yesterday"), "{}", run.stderr);
    assert_eq!(world.lines("lake", INCIDENTS), ["2 | shop | Slow | -"]);
    let rejected = "select table_name, record like '%yesterday%' as r from rejected_records";
    assert_eq!(world.lines("lake", rejected), ["incidents | true"]);
}

#[test]
fn a_disk_that_takes_nothing_makes_the_sender_try_again() {
    let world = world();
    let served = Served::start(&world);
    let folder = world.path("lake/.intake");
    std::fs::remove_dir_all(&folder).expect("its folder");
    std::fs::write(&folder, "no folder").expect("a file");
    let (status, body) = served.post(TOKEN, JSON, &incident("1", "Down").to_string());
    assert_eq!(status, 503);
    assert!(body.contains("send them again") && !body.contains("lake"), "{body}");
}

#[test]
fn many_senders_at_once_lose_nothing() {
    let world = world();
    let served = Served::start(&world);
    std::thread::scope(|scope| {
        for sender in 0..8 {
            let served = &served;
            scope.spawn(move || {
                for number in 0..5 {
                    served.accepts(&incident(&format!("{sender}-{number}"), "Down"));
                }
            });
        }
    });
    ingest(&world).ok();
    assert_eq!(world.lines("lake", "select count(*) as n from incidents"), ["40"]);
}

#[test]
fn the_intake_listens_to_this_machine_alone() {
    let world = world();
    let lake = world.place("lake");
    let secret = world.file("secret", TOKEN);
    let open = ["serve", "--http", "0.0.0.0:0", "--token-file", &secret, "--lake", &lake];
    let open = world.milepost(&open);
    assert_eq!(open.code, Some(2));
    assert!(open.stderr.contains("not encrypted"), "{}", open.stderr);
    assert!(!world.path("lake").exists(), "nothing was made");
}

#[test]
fn a_sender_that_never_ends_its_request_does_not_keep_the_server_up() {
    let world = world();
    let mut served = Served::start(&world);
    let mut stalled = TcpStream::connect(&served.address).expect("the server");
    stalled.write_all(b"POST /v1/events HTTP/1.1\r\nhost: a\r\n").expect("it reads");
    let pid = served.process.id().to_string();
    assert!(world.command("kill").args(["-TERM", &pid]).status().expect("kill").success());
    assert_eq!(served.process.wait().expect("its end").code(), Some(0));
    drop(stalled);
}

#[test]
fn the_server_ends_well_when_it_is_told_to() {
    let world = world();
    let mut served = Served::start(&world);
    served.accepts(&incident("1", "Down"));
    let pid = served.process.id().to_string();
    let kill = world.command("kill").args(["-TERM", &pid]).status().expect("kill");
    assert!(kill.success());
    assert_eq!(served.process.wait().expect("its end").code(), Some(0));
}
