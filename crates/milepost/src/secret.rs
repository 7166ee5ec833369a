//! Secrets: read where they are needed, never printed, logged or kept.

use secrecy::SecretString;

use crate::exit::Failure;

/// The secret that an environment variable holds.
///
/// # Errors
/// Where it is not set or empty.
pub(crate) fn of_env(name: &str) -> Result<SecretString, Failure> {
    set(name).ok_or_else(|| {
        Failure::Usage(format!(
            "the environment variable {name} is not set or empty; it must hold the token"
        ))
    })
}

/// The secret of the first of these environment variables that is set.
pub(crate) fn of_any_env(names: &[&str]) -> Option<SecretString> {
    names.iter().find_map(|name| set(name))
}

fn set(name: &str) -> Option<SecretString> {
    let value = std::env::var(name).ok()?;
    let value = value.trim();
    (!value.is_empty()).then(|| SecretString::from(value.to_owned()))
}
