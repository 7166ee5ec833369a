use std::sync::Arc;
use std::time::Duration;

use chrono::NaiveDate;
use clap::Args;
use milepost_sources::Patience;
use milepost_sources::pagerduty::{
    Counted, Filter, PAGERDUTY_COM, Pagerduty, ReadOptions as Options,
};
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;

use super::server::{LONGEST_WAIT, longest_wait, read, start_of};
use crate::exit::Failure;
use crate::globals::Globals;
use crate::ingest::Writer;
use crate::progress::Told;
use crate::secret::{self, TokenArgs};

/// Read incidents of PagerDuty, and from their logs when they were acknowledged
///
/// What was read is kept page by page: an interrupted read goes on where it ended. Open incidents
/// are asked for again at every read. `service_aliases` say which of your services one of PagerDuty is.
#[derive(Debug, Clone, Args, Deserialize, JsonSchema)]
#[command(after_help = "Examples:
  PAGERDUTY_TOKEN=… milepost ingest pagerduty
  milepost ingest pagerduty --since 2026-01-01 --service PCHK001 --service PSRCH
  milepost ingest pagerduty --api-url https://api.eu.pagerduty.com --token-file pagerduty.token
  milepost ingest pagerduty --dry-run")]
pub(crate) struct IngestPagerdutyArgs {
    /// Base of the REST API: that of the European region is `https://api.eu.pagerduty.com`
    #[arg(long, value_name = "URL", default_value = PAGERDUTY_COM)]
    #[serde(default = "pagerduty_com")]
    api_url: String,
    #[command(flatten)]
    #[serde(flatten)]
    pub(super) token: TokenArgs,
    /// Name of the account, where you read several: each then goes on where it ended
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    /// Read nothing that was created before
    #[arg(long, value_name = "DATE")]
    #[serde(default, deserialize_with = "crate::config::day")]
    since: Option<NaiveDate>,
    /// Id of a service to read, such as PCHK001; may come several times [default: all]
    #[arg(long = "service", value_name = "ID")]
    #[serde(default)]
    services: Vec<String>,
    /// Id of a team to read; may come several times [default: all]
    #[arg(long = "team", value_name = "ID")]
    #[serde(default)]
    teams: Vec<String>,
    /// Urgency that counts; may come several times
    #[arg(long = "urgency", value_name = "URGENCY", default_value = "high")]
    #[serde(default = "high")]
    urgencies: Vec<Urgency>,
    /// Priority that counts, such as P1; may come several times [default: all, and none]
    #[arg(long = "priority", value_name = "NAME")]
    #[serde(default)]
    priorities: Vec<String>,
    /// Type of incident that counts; may come several times [default: all]
    #[arg(long = "incident-type", value_name = "NAME")]
    #[serde(default)]
    incident_types: Vec<String>,
    /// Leave out incidents that their own service ended within two minutes
    #[arg(long)]
    #[serde(default)]
    skip_transient: bool,
    /// Never wait longer than this at once for a limit of the server
    #[arg(long, value_name = "SECONDS", default_value_t = LONGEST_WAIT)]
    #[serde(default = "longest_wait")]
    max_wait: u64,
}

/// PagerDuty's words for how soon somebody must look.
#[derive(Debug, Clone, Copy, clap::ValueEnum, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Urgency {
    High,
    Low,
}

/// Requests that PagerDuty allows in a minute.
const A_MINUTE: u64 = 960;

fn pagerduty_com() -> String {
    PAGERDUTY_COM.to_owned()
}

fn high() -> Vec<Urgency> {
    vec![Urgency::High]
}

impl IngestPagerdutyArgs {
    /// # Errors
    /// Where a key says nothing, in words.
    pub(super) fn check(&self) -> Result<(), String> {
        match self.urgencies.is_empty() {
            true => Err("urgencies is empty; leave it out for `high`".to_owned()),
            false => Ok(()),
        }
    }

    /// A token of the usual environment variable is one for PagerDuty's own hosts, and goes nowhere
    /// else.
    fn secret(&self, globals: &Globals) -> Result<SecretString, Failure> {
        let url = self.api_url.trim_end_matches('/');
        let is_own = [PAGERDUTY_COM, "https://api.eu.pagerduty.com"].contains(&url);
        let usual = || is_own.then(|| secret::of_any_env(&["PAGERDUTY_TOKEN"])).flatten();
        let token = self.token.token(globals.config.is_users_own)?.or_else(usual);
        token.ok_or_else(|| {
            Failure::Usage(
                "PagerDuty answers only with a token; name one with --token-env or --token-file (a read-only key of the REST API will do)".to_owned(),
            )
        })
    }

    fn options(&self, globals: &Globals) -> Options {
        let word = |urgency: &Urgency| match urgency {
            Urgency::High => "high".to_owned(),
            Urgency::Low => "low".to_owned(),
        };
        Options {
            filter: Filter {
                services: self.services.clone(),
                teams: self.teams.clone(),
                counted: Counted {
                    urgencies: self.urgencies.iter().map(word).collect(),
                    priorities: self.priorities.clone(),
                    incident_types: self.incident_types.clone(),
                    skips_transient: self.skip_transient,
                },
            },
            account: self.account.clone(),
            since: start_of(self.since),
            observed_at: globals.as_of,
        }
    }
}

pub(super) async fn run(
    args: &IngestPagerdutyArgs,
    writer: &mut Writer<'_>,
) -> Result<(), Failure> {
    args.check().map_err(Failure::Usage)?;
    let globals = writer.globals;
    let told = Arc::new(Told::new(globals));
    let patience = Patience { longest_wait: Duration::from_secs(args.max_wait) };
    let token = args.secret(globals)?;
    let pagerduty = Pagerduty::connect(&args.api_url, &token, patience, told.clone())?;
    let options = args.options(globals);
    let name = pagerduty.name(&options);
    if writer.is_dry {
        return costs(&pagerduty, &name, &options, writer).await;
    }
    read(&name, |cursor| pagerduty.incidents(&options, cursor), &told, writer).await?;
    globals.detail(&format!("{} requests sent", pagerduty.requests()));
    Ok(())
}

/// Says what reading would take.
async fn costs(
    pagerduty: &Pagerduty,
    name: &str,
    options: &Options,
    writer: &mut Writer<'_>,
) -> Result<(), Failure> {
    let last = writer.lake.checkpoint(name).await?;
    let cursor = last.as_ref().and_then(|last| last.cursor.as_deref());
    match tokio::task::block_in_place(|| pagerduty.costs(options, cursor)) {
        Ok(costs) => writer.globals.remark(&format!(
            "{name}: {} incidents to read, about {} requests with one for the log of each, {} min at {A_MINUTE} a minute; nothing was written",
            costs.incidents_count,
            costs.requests_count,
            costs.requests_count.div_ceil(A_MINUTE),
        )),
        Err(error) => writer.gap(&error.to_string()),
    }
    Ok(())
}
