use std::net::SocketAddr;

use clap::Args;

use crate::exit::{Exit, Failure};
use crate::globals::Globals;
use crate::secret::TokenArgs;
use crate::serve::Server;

/// Take in events that tools push (`POST /v1/events`), for the next `ingest`
///
/// Events are CloudEvents, or what `ingest cloudevents` reads besides. They are on the disk of the
/// lake before the answer 202 goes out, and wait there until `ingest` reads them. The server holds
/// no lock, so an ingest may run beside it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost serve --token-env MILEPOST_INTAKE_TOKEN
  milepost serve --http 127.0.0.1:9000 --token-file /run/secrets/intake

  curl -H \"authorization: Bearer $MILEPOST_INTAKE_TOKEN\" \\
       -H 'content-type: application/cloudevents+json' \\
       --data @event.json http://127.0.0.1:8421/v1/events")]
pub(crate) struct ServeArgs {
    /// Address of this machine to listen at
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8421")]
    http: SocketAddr,
    #[command(flatten)]
    token: TokenArgs,
}

pub(crate) async fn run(args: ServeArgs, globals: &Globals) -> Result<Exit, Failure> {
    // Tokens would go over the network in the clear.
    if !args.http.ip().is_loopback() {
        return Err(Failure::Usage(format!(
            "{} can be reached from elsewhere, and what is sent there is not encrypted; listen at 127.0.0.1 and put a server in front that speaks https",
            args.http
        )));
    }
    let Some(token) = args.token.token(false)? else {
        return Err(Failure::Usage(
            "the intake needs a token that whoever pushes events must show; name it with --token-env or --token-file".to_owned(),
        ));
    };
    let server = Server::listen(args.http, &globals.lake, token).await?;
    let address = server.address()?;
    globals.remark(&format!("taking in events at http://{address}/v1/events; Ctrl-C ends it"));
    server.run().await?;
    Ok(Exit::Done)
}
