use chrono::Duration;
use clap::{Args, ValueEnum};
use milepost_analytics::parse_duration;

use crate::batch::{self, Deadline};
use crate::exit::{Exit, Failure};
use crate::globals::Globals;
use crate::log::{Level, Log};
use crate::output::print;

/// Do everything that is due: read all sources, derive, check, deliver reports
///
/// Made for cron: nothing is delivered twice, a run that was killed or failed is taken up by the
/// next one, and two runs never work at the same time (exit 75, or --wait). Reports, how often they
/// are due and where they go stand in `[[report]]` of milepost.toml. Ends with 3 where something is
/// missing or was not delivered, which is named and stays due, and with 4 where a `[[goal]]` is
/// missed or `check` finds a problem; reports are delivered all the same. The values of all metrics
/// are written as the table `metric_values`, for engines that only read files.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost run
  milepost run --dry-run
  milepost run --config /etc/milepost.toml --deadline 30min --log json")]
pub(crate) struct RunArgs {
    /// Say what would be read and which reports are due, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Stop after this time, such as 30min or 2h, and name what is left (exit 3)
    #[arg(long, value_name = "DURATION", value_parser = length)]
    deadline: Option<Duration>,
    /// What is written to the standard error: sentences, or a JSON object a line
    #[arg(long, value_enum, default_value = "text")]
    log: Form,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Text,
    Json,
}

fn length(text: &str) -> Result<Duration, String> {
    parse_duration(text).ok_or_else(|| "write 30min, 2h or 1d".to_owned())
}

pub(crate) async fn run(args: RunArgs, globals: &Globals) -> Result<Exit, Failure> {
    if args.log == Form::Text {
        return work(&args, globals).await;
    }
    let globals = Globals { log: Log::json(), ..globals.clone() };
    work(&args, &globals).await.map_err(|failure| {
        globals.log.say(Level::Error, &failure.to_string());
        Failure::Said(Box::new(failure))
    })
}

async fn work(args: &RunArgs, globals: &Globals) -> Result<Exit, Failure> {
    if globals.config.path.is_none() {
        return Err(Failure::Usage(
            "there is no configuration that says what to run; `milepost init` writes one, `--config` names one"
                .to_owned(),
        ));
    }
    if args.dry_run {
        print(&batch::plan(globals)?)?;
        return Ok(Exit::Done);
    }
    batch::run(globals, Deadline::after(args.deadline)).await
}
