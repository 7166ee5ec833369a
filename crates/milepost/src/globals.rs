//! Global flags, and what they mean once the configuration and the clock are known.

use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, SubsecRound, Utc};
use chrono_tz::Tz;
use clap::Args;
use milepost_analytics::Definition;
use milepost_lake::Lake;

use crate::clock;
use crate::config::Config;
use crate::exit::Failure;
use crate::log::{Level, Log};

/// Flags that every command has, as given.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct GlobalArgs {
    /// Directory of the lake [default: the configuration's, else ./.milepost/lake]
    #[arg(long, global = true, value_name = "DIR")]
    lake: Option<PathBuf>,
    /// Configuration file [default: milepost.toml here or above, else the user's]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Answer as of this instant (RFC 3339), hiding later events [default: now]
    #[arg(long, global = true, value_name = "INSTANT")]
    as_of: Option<DateTime<Utc>>,
    /// Zone that days, weeks and months are cut in, such as Europe/Berlin [default: the configuration's, else UTC]
    #[arg(long, global = true, value_name = "ZONE")]
    timezone: Option<String>,
    /// Wait this long for another process that writes to the lake [default: 0]
    #[arg(long, global = true, value_name = "SECONDS")]
    wait: Option<u32>,
    /// Print data and failures only
    #[arg(long, short, global = true)]
    quiet: bool,
    /// Say more about what is done
    #[arg(long, short, global = true)]
    verbose: bool,
}

/// What the flags mean.
#[derive(Debug, Clone)]
pub(crate) struct Globals {
    /// `--lake` as given, for commands with a default of their own.
    pub(crate) given_lake: Option<PathBuf>,
    pub(crate) lake: Lake,
    pub(crate) config: Config,
    pub(crate) definition: Definition,
    pub(crate) zone: Tz,
    /// The clock, read once.
    pub(crate) as_of: DateTime<Utc>,
    /// True where `--as-of` said it, so that it stands still however long a command runs.
    pub(crate) is_as_of_given: bool,
    /// How long to wait for another writer.
    pub(crate) wait: Duration,
    pub(crate) is_quiet: bool,
    pub(crate) is_verbose: bool,
    /// Where remarks go.
    pub(crate) log: Log,
}

impl Globals {
    /// # Errors
    /// Where the configuration or the zone can't be used.
    pub(crate) fn resolve(args: GlobalArgs, reads_configuration: bool) -> Result<Globals, Failure> {
        let config = if reads_configuration || args.config.is_some() {
            Config::load(args.config.as_deref())?
        } else {
            Config::default()
        };
        let mut definition = config.definition.clone();
        definition.deployment_rules = config.deployment_rule.clone();
        if let Some(timezone) = args.timezone {
            definition.timezone = timezone;
        }
        definition.check()?;
        let zone = definition.zone()?;
        let lake = args
            .lake
            .clone()
            .or_else(|| config.lake.clone())
            .unwrap_or_else(|| PathBuf::from(".milepost/lake"));
        Ok(Globals {
            given_lake: args.lake,
            lake: Lake::at(lake),
            config,
            definition,
            zone,
            as_of: args.as_of.unwrap_or_else(|| clock::now().trunc_subsecs(0)),
            is_as_of_given: args.as_of.is_some(),
            wait: Duration::from_secs(args.wait.unwrap_or(0).into()),
            is_quiet: args.quiet,
            is_verbose: args.verbose,
            log: Log::default(),
        })
    }

    /// The same flags over another configuration, lake and clock.
    ///
    /// # Errors
    /// Where the configuration can't be used.
    pub(crate) fn under(
        &self,
        config: Config,
        lake: PathBuf,
        as_of: DateTime<Utc>,
    ) -> Result<Globals, Failure> {
        let mut definition = config.definition.clone();
        definition.deployment_rules = config.deployment_rule.clone();
        definition.check()?;
        let zone = definition.zone()?;
        Ok(Globals { lake: Lake::at(lake), config, definition, zone, as_of, ..self.clone() })
    }

    /// Tells the user something that is no data.
    pub(crate) fn remark(&self, text: &str) {
        self.tell(Level::Info, text);
    }

    /// The same, once only however many parts of a command come upon it.
    pub(crate) fn remark_once(&self, text: &str) {
        if self.log.is_new(text) {
            self.remark(text);
        }
    }

    /// Tells the user what is missing.
    pub(crate) fn warn(&self, text: &str) {
        self.tell(Level::Warn, text);
    }

    fn tell(&self, level: Level, text: &str) {
        if !self.is_quiet {
            self.log.say(level, text);
        }
    }

    /// Tells more to a user who wants to know.
    pub(crate) fn detail(&self, text: &str) {
        if self.is_verbose {
            self.remark(text);
        }
    }
}
