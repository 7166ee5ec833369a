//! A server on this machine that answers as its test says, and remembers what it was asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A request as it came.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asked {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    pub(crate) fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }

    /// A parameter of the query, as it stands there.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query().split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Sends only half of the body it promised.
    pub(crate) breaks_off: bool,
}

impl Answer {
    pub(crate) fn json(value: &serde_json::Value) -> Answer {
        Answer::text(200, &value.to_string())
    }

    pub(crate) fn text(status: u16, body: &str) -> Answer {
        Answer { status, headers: Vec::new(), body: body.as_bytes().to_vec(), breaks_off: false }
            .with("content-type", "application/json; charset=utf-8")
    }

    pub(crate) fn with(mut self, name: &str, value: impl std::fmt::Display) -> Answer {
        self.headers.retain(|(own, _)| own != name);
        self.headers.push((name.to_owned(), value.to_string()));
        self
    }

    pub(crate) fn broken_off(mut self) -> Answer {
        self.breaks_off = true;
        self
    }
}

/// A server under way; it ends with the test's process.
pub(crate) struct Server {
    pub(crate) url: String,
    log: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    pub(crate) fn start(answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let log = Arc::new(Mutex::new(Vec::new()));
        let (answer, kept) = (Arc::new(answer), log.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().filter_map(Result::ok) {
                let (answer, log) = (answer.clone(), kept.clone());
                std::thread::spawn(move || serve(stream, &*answer, &log));
            }
        });
        Server { url, log }
    }

    /// What it was asked since it was last called.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut *self.log.lock().expect("the log"))
    }
}

/// The answer of another server to the same request for another target.
pub(crate) fn forward(url: &str, asked: &Asked, target: &str) -> Answer {
    let mut stream =
        TcpStream::connect(url.trim_start_matches("http://")).expect("the other server");
    let mut head =
        format!("{} {target} HTTP/1.1\r\ncontent-length: {}\r\n", asked.method, asked.body.len());
    for (name, value) in asked.headers.iter().filter(|(name, _)| name != "content-length") {
        head += &format!("{name}: {value}\r\n");
    }
    stream.write_all((head + "\r\n").as_bytes()).expect("it reads");
    stream.write_all(&asked.body).expect("it reads");
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).expect("a status");
    let mut answer = Answer::text(
        line.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status"),
        "",
    );
    loop {
        line.clear();
        reader.read_line(&mut line).expect("a header");
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        if !matches!(name, "connection" | "content-length") {
            answer = answer.with(name, value);
        }
    }
    reader.read_to_end(&mut answer.body).expect("a body");
    answer
}

fn serve(stream: TcpStream, answer: &dyn Fn(&Asked) -> Answer, log: &Mutex<Vec<Asked>>) {
    let Some(asked) = read(&stream) else { return };
    log.lock().expect("the log").push(asked.clone());
    let Answer { status, headers, body, breaks_off } = answer(&asked);
    let mut head = format!("HTTP/1.1 {status} Status\r\nconnection: close\r\n");
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    head += &format!("content-length: {}\r\n\r\n", body.len());
    let sent = if breaks_off { &body[..body.len() / 2] } else { &body[..] };
    let mut stream = &stream;
    // Whoever does not listen any more misses nothing.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(sent));
    let _ = stream.flush();
}

fn read(stream: &TcpStream) -> Option<Asked> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut asked = Asked { method, target, ..Asked::default() };
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        asked.headers.push((name.to_lowercase(), value.trim().to_owned()));
    }
    if asked.header("expect").is_some() {
        let mut stream = stream;
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").ok()?;
    }
    if asked.header("transfer-encoding") == Some("chunked") {
        loop {
            let mut size = String::new();
            reader.read_line(&mut size).ok()?;
            let size = usize::from_str_radix(size.trim(), 16).ok()?;
            let mut chunk = vec![0; size + 2];
            reader.read_exact(&mut chunk).ok()?;
            asked.body.extend_from_slice(&chunk[..size]);
            if size == 0 {
                break;
            }
        }
    } else {
        let length = asked.header("content-length").and_then(|length| length.parse().ok());
        asked.body = vec![0; length.unwrap_or(0)];
        reader.read_exact(&mut asked.body).ok()?;
    }
    Some(asked)
}
