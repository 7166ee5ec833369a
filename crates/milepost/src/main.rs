//! The `milepost` command: flags, configuration, printing and exit codes.
//!
//! This is the only place that prints, reads the environment or knows "now". A command is one
//! file in [`commands`]; its `Args` doc comment is its help.

mod allocation;
mod answer;
mod assess;
mod batch;
mod bucket;
mod capabilities;
mod capitalization;
mod checks;
mod clock;
mod commands;
mod config;
mod exit;
mod explain;
mod fault;
mod globals;
mod goals;
mod ingest;
mod log;
mod network;
mod output;
mod progress;
mod quickstart;
mod reports;
mod secret;
mod serve;
mod shell;
mod statements;

use std::process::ExitCode;

use clap::Parser;

use commands::Command;
use exit::Failure;
use globals::{GlobalArgs, Globals};

/// Engineering metrics from the events teams already have.
///
/// Start with `milepost quickstart` in any git repository: it needs no token, no configuration
/// and no server.
#[derive(Debug, Parser)]
#[command(name = "milepost", version, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    globals: GlobalArgs,
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    fault::keep_panics();
    let cli = Cli::parse();
    let result = Globals::resolve(cli.globals, cli.command.reads_configuration())
        .and_then(|globals| run(cli.command, &globals));
    match result {
        Ok(code) => code.into(),
        Err(failure) => failure.report(),
    }
}

fn run(command: Command, globals: &Globals) -> Result<exit::Exit, Failure> {
    // Planning nests deeply: views within views within a metric.
    const STACK_BYTES: usize = 32 << 20;
    let fail = |error| Failure::failed("failed to start the runtime", error);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_stack_size(STACK_BYTES)
        .build()
        .map_err(fail)?;
    std::thread::scope(|scope| {
        std::thread::Builder::new()
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, || runtime.block_on(interruptible(command, globals)))
            .map_err(fail)?
            .join()
            .map_err(|_| Failure::Failed(fault::first().unwrap_or_default()))?
    })
}

/// Runs the command until it ends or somebody interrupts it. What was being written is left as
/// after a loss of power, which the next run takes up.
async fn interruptible(command: Command, globals: &Globals) -> Result<exit::Exit, Failure> {
    if command.ends_itself() {
        return command.run(globals).await;
    }
    let interrupted = tokio::spawn(async {
        // Where the signal can't be listened to, it ends the process as it always did.
        if tokio::signal::ctrl_c().await.is_ok() {
            exit::interrupted();
        }
    });
    let result = command.run(globals).await;
    interrupted.abort();
    result
}
