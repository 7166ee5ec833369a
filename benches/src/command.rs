//! Timing whole commands.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

/// What one run of a command took.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    /// Wall time.
    pub wall: Duration,
    /// Largest resident memory in kilobytes; `None` where GNU time is not installed.
    pub peak_kilobytes: Option<u64>,
}

/// Runs both commands in turn, `rounds` times each after one uncounted round, and gives the
/// runs of each. `before` is called before every run of the first.
///
/// # Errors
/// Where a command can't be started or fails.
pub fn alternate(
    rounds: usize,
    ours: &dyn Fn() -> Vec<String>,
    peer: &dyn Fn() -> Vec<String>,
    before: &dyn Fn() -> std::io::Result<()>,
) -> std::io::Result<(Vec<Run>, Vec<Run>)> {
    let (mut our_runs, mut peer_runs) = (Vec::new(), Vec::new());
    for round in 0..=rounds {
        before()?;
        let our_run = timed(&ours())?;
        let peer_run = timed(&peer())?;
        if round > 0 {
            our_runs.push(our_run);
            peer_runs.push(peer_run);
        }
    }
    Ok((our_runs, peer_runs))
}

#[expect(clippy::disallowed_methods, reason = "a bench starts its peers and reads the clock")]
fn timed(command: &[String]) -> std::io::Result<Run> {
    let measured = PathBuf::from("/usr/bin/time").is_file();
    let report = tempfile::NamedTempFile::new()?;
    let mut process = if measured {
        let mut process = Command::new("/usr/bin/time");
        process.args(["-f", "%M", "-o"]).arg(report.path()).arg(&command[0]);
        process
    } else {
        Command::new(&command[0])
    };
    process.args(&command[1..]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let start = std::time::Instant::now();
    let status = process.status()?;
    let wall = start.elapsed();
    if !status.success() {
        return Err(std::io::Error::other(format!("`{}` failed: {status}", command.join(" "))));
    }
    let peak = std::fs::read_to_string(report.path())?;
    Ok(Run { wall, peak_kilobytes: peak.trim().parse().ok() })
}

/// The `milepost` binary built with the profile of the bench.
///
/// # Errors
/// Where it was not built.
pub fn find_milepost() -> std::io::Result<PathBuf> {
    let bench = std::env::current_exe()?;
    let folder = bench.ancestors().nth(2).map(|folder| folder.join("milepost"));
    folder
        .filter(|path| path.is_file())
        .ok_or_else(|| std::io::Error::other("build it first: `cargo build --release -p milepost`"))
}
