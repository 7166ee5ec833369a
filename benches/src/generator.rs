//! Repositories that are the same for the same seed.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

const FILES: u64 = 400;
const FIRST_SECOND: u64 = 1_500_000_000;

/// A small generator of numbers (splitmix64): the same everywhere and for ever.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }
}

/// Makes a bare repository of `commits` commits in `path`: edits of a few of 400 files, every
/// tenth commit a merge of a pull request, a release tag every fifty.
///
/// # Errors
/// Where git can't be started or refuses the history.
#[expect(clippy::disallowed_methods, reason = "git makes the repository that is measured")]
pub fn generate(path: &Path, commits: u64, seed: u64) -> std::io::Result<()> {
    Command::new("git").args(["init", "--bare", "--quiet"]).arg(path).status()?;
    let mut import = Command::new("git")
        .arg("-C")
        .arg(path)
        .args(["fast-import", "--quiet"])
        .stdin(Stdio::piped())
        .spawn()?;
    if let Some(mut input) = import.stdin.take() {
        write_history(&mut input, commits, seed)?;
    }
    let status = import.wait()?;
    if !status.success() {
        return Err(std::io::Error::other("git fast-import refused the history"));
    }
    Command::new("git")
        .arg("-C")
        .arg(path)
        .args(["symbolic-ref", "HEAD", "refs/heads/main"])
        .status()?;
    Command::new("git").arg("-C").arg(path).args(["repack", "-adq"]).status()?;
    Ok(())
}

fn write_history(out: &mut impl Write, commits: u64, seed: u64) -> std::io::Result<()> {
    let mut numbers = Numbers(seed);
    let mut lines: Vec<Vec<u64>> = (0..FILES).map(|_| (0..80).collect()).collect();
    for commit in 1..=commits {
        let at = FIRST_SECOND + commit * 3600;
        let is_merge = commit > 20 && commit % 10 == 0;
        let message = if is_merge {
            format!("Merge pull request #{commit} from ann/branch-{commit}\n\nChange {commit}\n")
        } else {
            format!("Change {commit}\n")
        };
        writeln!(out, "commit refs/heads/main\nmark :{commit}")?;
        writeln!(out, "author Ann <ann@example.org> {at} +0000")?;
        writeln!(out, "committer Ann <ann@example.org> {at} +0000")?;
        writeln!(out, "data {}\n{message}", message.len())?;
        if commit > 1 {
            writeln!(out, "from :{}", commit - 1)?;
        }
        if is_merge {
            writeln!(out, "merge :{}", commit - 5)?;
        }
        for _ in 0..=numbers.below(4) {
            let file = numbers.below(FILES);
            edit(out, file, &mut lines[file as usize], &mut numbers)?;
        }
        writeln!(out)?;
        if commit % 50 == 0 {
            writeln!(out, "reset refs/tags/v1.{}.0\nfrom :{commit}\n", commit / 50)?;
        }
    }
    writeln!(out, "done")
}

fn edit(
    out: &mut impl Write,
    file: u64,
    lines: &mut [u64],
    numbers: &mut Numbers,
) -> std::io::Result<()> {
    for _ in 0..=numbers.below(6) {
        let line = numbers.below(lines.len() as u64) as usize;
        lines[line] = numbers.below(1_000_000);
    }
    let text: String = lines.iter().map(|line| format!("line {line} of the file\n")).collect();
    writeln!(out, "M 100644 inline src/part{}/file{file}.txt", file % 20)?;
    writeln!(out, "data {}\n{text}", text.len())
}
