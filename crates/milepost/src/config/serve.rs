//! Who may log in to `milepost serve`.

use std::path::PathBuf;

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;

use crate::exit::Failure;
use crate::secret;

/// What `serve` is told.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct ServeConfig {
    /// Who may log in through the Postgres protocol; whoever reaches this machine where nobody is
    /// named.
    pub(crate) user: Vec<UserConfig>,
}

/// Somebody who may log in.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub(crate) struct UserConfig {
    /// Name to log in with.
    pub(crate) name: String,
    /// Environment variable that holds the password.
    #[serde(default)]
    pub(crate) password_env: Option<String>,
    /// File that holds the password and nothing else.
    #[serde(default)]
    pub(crate) password_file: Option<PathBuf>,
    /// True for who may see persons and what tells of them; others see pseudonyms.
    #[serde(default)]
    pub(crate) people: bool,
}

impl ServeConfig {
    /// What the types alone can't say.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub(super) fn check(&self) -> Result<(), String> {
        for (at, user) in self.user.iter().enumerate() {
            let name = &user.name;
            if name.trim().is_empty() {
                return Err("a [[serve.user]] needs a `name`".to_owned());
            }
            if self.user[..at].iter().any(|other| other.name == *name) {
                return Err(format!("there are two [[serve.user]] named `{name}`; keep one"));
            }
            if user.password_env.is_some() == user.password_file.is_some() {
                return Err(format!(
                    "the [[serve.user]] `{name}` needs one of `password_env` and `password_file`; the password itself belongs into neither"
                ));
            }
        }
        Ok(())
    }

    /// Places of files from there on.
    pub(super) fn within(&mut self, folder: &std::path::Path) {
        for user in &mut self.user {
            user.password_file = user.password_file.as_ref().map(|file| folder.join(file));
        }
    }

    /// Environment variables that hold its secrets.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &str> {
        self.user.iter().filter_map(|user| user.password_env.as_deref())
    }

    /// Names, passwords, and whether they see people.
    ///
    /// # Errors
    /// Where a password is not where it should be.
    pub(crate) fn users(&self) -> Result<Vec<(String, SecretString, bool)>, Failure> {
        let user = |user: &UserConfig| {
            let password = match (&user.password_env, &user.password_file) {
                (Some(name), _) => secret::of_env(name)?,
                (None, Some(path)) => secret::of_file(path)?,
                (None, None) => {
                    return Err(Failure::Usage(format!("`{}` has no password", user.name)));
                }
            };
            Ok((user.name.clone(), password, user.people))
        };
        self.user.iter().map(user).collect()
    }
}
