//! Secrets: read where they are needed, never printed, logged or kept. A configuration says where
//! one is, never what it is.

use std::path::{Path, PathBuf};

use clap::Args;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;

use crate::exit::Failure;

/// Where a token is.
#[derive(Debug, Clone, Default, Args, Deserialize, JsonSchema)]
#[group(id = "named_token", multiple = false)]
pub(crate) struct TokenArgs {
    /// Environment variable that holds the token
    #[arg(long, value_name = "NAME")]
    pub(crate) token_env: Option<String>,
    /// File that holds the token and nothing else
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// Program that prints the token, with its arguments; counts in the user's own configuration
    /// only
    #[arg(skip)]
    pub(crate) token_command: Option<Vec<String>>,
}

impl TokenArgs {
    /// Places of files from there on.
    pub(crate) fn within(&mut self, folder: &Path) {
        self.token_file = self.token_file.as_ref().map(|file| folder.join(file));
    }

    /// The token; `None` where none is named. `runs_programs` is true for what the user's own
    /// configuration says.
    ///
    /// # Errors
    /// Where it is not where it should be.
    pub(crate) fn token(&self, runs_programs: bool) -> Result<Option<SecretString>, Failure> {
        let named =
            [self.token_env.is_some(), self.token_file.is_some(), self.token_command.is_some()];
        if named.iter().filter(|is_named| **is_named).count() > 1 {
            return Err(Failure::Usage(
                "a token is named twice; keep one of token_env, token_file and token_command"
                    .to_owned(),
            ));
        }
        if let Some(name) = &self.token_env {
            return of_env(name).map(Some);
        }
        if let Some(path) = &self.token_file {
            return of_file(path).map(Some);
        }
        match &self.token_command {
            Some(words) if runs_programs => of_program(words).map(Some),
            Some(_) => Err(Failure::Usage(
                "`token_command` counts in your own configuration only (the one in your home), as it runs a program; use token_env or token_file here".to_owned(),
            )),
            None => Ok(None),
        }
    }
}

/// The secret that an environment variable holds.
///
/// # Errors
/// Where it is not set or empty.
pub(crate) fn of_env(name: &str) -> Result<SecretString, Failure> {
    // Whoever writes the token in the place of the variable's name must not see it in a log.
    let is_token = name.len() > 30 || name.starts_with("gh") || name.starts_with("github_pat_");
    let shown =
        if is_token { "that was named (the name, not the token, belongs there)" } else { name };
    set(name).ok_or_else(|| {
        Failure::Usage(format!(
            "the environment variable {shown} is not set or empty; it must hold the secret"
        ))
    })
}

/// The secret of the first of these environment variables that is set.
pub(crate) fn of_any_env(names: &[&str]) -> Option<SecretString> {
    names.iter().find_map(|name| set(name))
}

/// The secret that a file holds.
///
/// # Errors
/// Where it can't be read or is empty.
pub(crate) fn of_file(path: &Path) -> Result<SecretString, Failure> {
    let place = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::Usage(format!("failed to read the secret in {place}: {error}"))
    })?;
    trimmed(&text)
        .ok_or_else(|| Failure::Usage(format!("the file {place} holds no secret: it is empty")))
}

/// What a program of the user prints.
#[expect(
    clippy::disallowed_methods,
    reason = "the one program that is started: the user's own configuration names it"
)]
fn of_program(words: &[String]) -> Result<SecretString, Failure> {
    let Some((program, arguments)) = words.split_first() else {
        return Err(Failure::Usage("`token_command` is empty; name a program".to_owned()));
    };
    let fail = |why: String| Failure::Usage(format!("the token_command `{program}` {why}"));
    let output = std::process::Command::new(program)
        .args(arguments)
        .stdin(std::process::Stdio::null())
        .stderr(std::process::Stdio::inherit())
        .output()
        .map_err(|error| fail(format!("can't be run: {error}")))?;
    if !output.status.success() {
        return Err(fail(format!("failed ({})", output.status)));
    }
    let text = String::from_utf8(output.stdout).map_err(|_| fail("printed no text".to_owned()))?;
    trimmed(&text).ok_or_else(|| fail("printed nothing".to_owned()))
}

fn set(name: &str) -> Option<SecretString> {
    trimmed(&std::env::var(name).ok()?)
}

fn trimmed(text: &str) -> Option<SecretString> {
    let text = text.trim();
    (!text.is_empty()).then(|| SecretString::from(text.to_owned()))
}
