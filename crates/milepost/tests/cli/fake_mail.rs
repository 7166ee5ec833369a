//! A mail server on this machine that keeps what it is given.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A mail server under way; it ends with the test's process.
pub(crate) struct FakeMail {
    pub(crate) port: u16,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    refuses: bool,
    commands: Vec<String>,
    mails: Vec<String>,
}

impl FakeMail {
    pub(crate) fn start() -> FakeMail {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let state = Arc::new(Mutex::new(State::default()));
        let own = state.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().filter_map(Result::ok) {
                let own = own.clone();
                // Whoever hangs up is done.
                std::thread::spawn(move || drop(serve(&stream, &own)));
            }
        });
        FakeMail { port, state }
    }

    /// Refuses every login from now on, saying what it was told; or takes them again.
    pub(crate) fn refuses(&self, refuses: bool) {
        self.state.lock().expect("the state").refuses = refuses;
    }

    /// Mails taken since this was last called, heads and bodies as they came.
    pub(crate) fn mails(&self) -> Vec<String> {
        std::mem::take(&mut self.state.lock().expect("the state").mails)
    }

    /// Commands heard since this was last called.
    pub(crate) fn commands(&self) -> Vec<String> {
        std::mem::take(&mut self.state.lock().expect("the state").commands)
    }
}

fn serve(mut stream: &TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    stream.write_all(b"220 here\r\n")?;
    while let Some(line) = lines.next().transpose()? {
        let word = line.split(' ').next().unwrap_or_default().to_uppercase();
        state.lock().expect("the state").commands.push(line.clone());
        let refuses = state.lock().expect("the state").refuses;
        let answer = match word.as_str() {
            "EHLO" => "250-here\r\n250 AUTH PLAIN".to_owned(),
            "AUTH" if refuses => format!("535 {line} is not known here"),
            "AUTH" => "235 welcome".to_owned(),
            "DATA" => {
                stream.write_all(b"354 go on\r\n")?;
                let mut mail = String::new();
                while let Some(line) = lines.next().transpose()? {
                    if line == "." {
                        break;
                    }
                    mail += &(line + "\n");
                }
                state.lock().expect("the state").mails.push(mail);
                "250 taken".to_owned()
            }
            "QUIT" => "221 bye".to_owned(),
            _ => "250 fine".to_owned(),
        };
        stream.write_all((answer + "\r\n").as_bytes())?;
    }
    Ok(())
}
