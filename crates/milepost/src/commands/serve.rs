use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use milepost_analytics::parse_duration;

use crate::exit::{Exit, Failure};
use crate::globals::Globals;
use crate::secret::TokenArgs;
use crate::serve::{self, Access, Desk, Http, Intake, Limits, Wire, acceptor};

/// Answer SQL through the Postgres protocol, browsers, and tools that push events
///
/// Queries only read, each from one state of the lake. Whoever is a `[[serve.user]]` of milepost.toml
/// may log in; without any, whoever reaches this machine's own address. Persons have pseudonyms
/// unless a user has `people = true` (docs/serve.md). Browsers on this machine find reports, the catalogue
/// and how fresh the data is, and programs finished metrics as JSON. With a token, events are taken in at
/// `POST /v1/events`: CloudEvents, or what `ingest cloudevents` reads besides. They are on the disk of the
/// lake before the answer 202 goes out, and wait there until `ingest` reads them. The server holds no
/// lock, so an ingest may run beside it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost serve
  psql 'host=127.0.0.1 port=5433 dbname=milepost' -c 'select * from metrics.change_lead_time limit 5'

  milepost serve --postgres 0.0.0.0:5433 --tls-cert server.crt --tls-key server.key

  milepost serve --token-env MILEPOST_INTAKE_TOKEN
  curl -H \"authorization: Bearer $MILEPOST_INTAKE_TOKEN\" \\
       -H 'content-type: application/cloudevents+json' \\
       --data @event.json http://127.0.0.1:8421/v1/events")]
pub(crate) struct ServeArgs {
    /// Address to listen at for clients of Postgres
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:5433")]
    postgres: SocketAddr,
    /// Address of this machine to listen at for browsers and events
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8421")]
    http: SocketAddr,
    /// Certificates in PEM: clients of Postgres must then encrypt
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Their key in PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Longest time that a query may take
    #[arg(long, value_name = "DURATION", default_value = "1min", value_parser = length)]
    deadline: Duration,
    /// Memory of all queries together, in MiB
    #[arg(long, value_name = "MIB", default_value = "1024")]
    memory: u32,
    /// Clients of Postgres at a time
    #[arg(long, value_name = "COUNT", default_value = "100")]
    connections: u16,
    #[command(flatten)]
    token: TokenArgs,
}

fn length(text: &str) -> Result<Duration, String> {
    let length = parse_duration(text).and_then(|length| length.to_std().ok());
    length.filter(|length| !length.is_zero()).ok_or_else(|| "write 30s, 5min or 1h".to_owned())
}

pub(crate) async fn run(args: ServeArgs, globals: &Globals) -> Result<Exit, Failure> {
    // Tokens would go over the network in the clear.
    if !args.http.ip().is_loopback() {
        return Err(Failure::Usage(format!(
            "{} can be reached from elsewhere, and what is sent there is not encrypted; listen at 127.0.0.1 and put a server in front that speaks https",
            args.http
        )));
    }
    let users = globals.config.serve.users()?;
    let tls = match (&args.tls_cert, &args.tls_key) {
        (Some(certificate), Some(key)) => Some(acceptor(certificate, key)?),
        _ => None,
    };
    if !args.postgres.ip().is_loopback() && (tls.is_none() || users.is_empty()) {
        return Err(Failure::Usage(format!(
            "{} can be reached from elsewhere: that needs --tls-cert and --tls-key, and a [[serve.user]] in milepost.toml",
            args.postgres
        )));
    }
    let intake = match args.token.token(false)? {
        Some(token) => Some(Intake::new(globals.lake.intake()?, token)),
        None => None,
    };
    let limits = Limits { deadline: args.deadline, memory: (args.memory as usize) << 20 };
    let desk = Arc::new(Desk::new(globals, limits)?);
    crate::answer::warn_without_lake(globals, &globals.lake);
    let takes_events = intake.is_some();
    let is_open = users.is_empty();
    let http = Http::listen(args.http, desk.clone(), intake).await?;
    let access = Access::of(users)?;
    let wire = Wire::listen(args.postgres, desk, access, tls, args.connections.into()).await?;
    globals.remark(&format!(
        "answering clients of Postgres at {}, database milepost",
        wire.address()?
    ));
    if is_open {
        globals.remark(
            "nobody has to log in there: name a [[serve.user]] in milepost.toml where others use this machine",
        );
    }
    globals.remark(&format!("answering browsers at http://{}/", http.address()?));
    if takes_events {
        globals.remark(&format!("taking in events at http://{}/v1/events", http.address()?));
    }
    globals.remark("Ctrl-C ends it");
    serve::run(http, wire).await?;
    Ok(Exit::Done)
}
