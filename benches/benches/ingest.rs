//! Ingest of a whole history, derived tables included, against `git log --no-renames --numstat`
//! on the same bare repository.
//!
//! ```sh
//! cargo build --release -p milepost
//! cargo bench -p milepost-benches --bench ingest -- [REPOSITORY] [ROUNDS]
//! ```
//!
//! Without a repository a generated one of 5,000 commits is used.

use std::path::PathBuf;

use milepost_benches::{Run, alternate, find_milepost, generate};

#[expect(clippy::print_stdout, reason = "a bench prints what it measured")]
fn main() -> std::io::Result<()> {
    let mut args = std::env::args().skip(1).filter(|arg| !arg.starts_with("--"));
    let folder = tempfile::tempdir()?;
    let repository = match args.next() {
        Some(path) => PathBuf::from(path),
        None => {
            let path = folder.path().join("generated.git");
            generate(&path, 5000, 1)?;
            path
        }
    };
    let rounds = args.next().and_then(|rounds| rounds.parse().ok()).unwrap_or(5);
    let milepost = find_milepost()?.display().to_string();
    let repository = repository.display().to_string();
    let lake = folder.path().join("lake");
    let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
    let lake_path = lake.display().to_string();
    let ingest = || words(&[&milepost, "ingest", "git", &repository, "--lake", &lake_path]);
    let log =
        || words(&["git", "-C", &repository, "log", "--no-renames", "--numstat", "HEAD", "--tags"]);
    let fresh = || if lake.exists() { std::fs::remove_dir_all(&lake) } else { Ok(()) };

    let (ours, peers) = alternate(rounds, &ingest, &log, &fresh)?;
    println!("first ingest against git log, {rounds} rounds in turn");
    print_pair(&ours, &peers);
    let (again, peers) = alternate(rounds, &ingest, &log, &|| Ok(()))?;
    println!("ingest again, nothing new");
    print_pair(&again, &peers);
    Ok(())
}

#[expect(clippy::print_stdout, reason = "a bench prints what it measured")]
fn print_pair(ours: &[Run], peers: &[Run]) {
    let mut ratios: Vec<f64> = ours
        .iter()
        .zip(peers)
        .map(|(ours, peer)| ours.wall.as_secs_f64() / peer.wall.as_secs_f64())
        .collect();
    ratios.sort_by(f64::total_cmp);
    for (name, runs) in [("milepost", ours), ("git log", peers)] {
        let mut seconds: Vec<f64> = runs.iter().map(|run| run.wall.as_secs_f64()).collect();
        seconds.sort_by(f64::total_cmp);
        let peak = runs.iter().filter_map(|run| run.peak_kilobytes).max();
        let peak = peak.map_or("not measured".to_owned(), |peak| format!("{} MB", peak / 1024));
        println!("  {name:9} median {:.3} s, peak memory {peak}", seconds[seconds.len() / 2]);
    }
    println!(
        "  ratio     median {:.2} (from {:.2} to {:.2})",
        ratios[ratios.len() / 2],
        ratios[0],
        ratios[ratios.len() - 1]
    );
}
