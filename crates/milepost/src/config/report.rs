//! Reports that `milepost run` delivers: which, how often, and to whom.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{PageConfig, known_page};
use crate::batch::Cadence;
use crate::bucket::Place;
use crate::reports::{Report, Written};

/// A report that is delivered again and again.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub(crate) struct ReportConfig {
    /// Which one.
    pub(crate) name: Report,
    /// How often: `weekly`, `monthly`, `quarterly`, or a cron expression such as `0 7 * * MON`, in
    /// the reporting time zone.
    pub(crate) cadence: String,
    /// Formats of the files in `folder` and `bucket`. Default: html.
    #[serde(default = "html")]
    pub(crate) formats: Vec<Written>,
    /// Folder that a file of each format is written to, relative to the configuration.
    #[serde(default)]
    pub(crate) folder: Option<PathBuf>,
    /// Place in an object store that a file of each format is written to, such as
    /// `s3://acme-reports/milepost`. Credentials, region and endpoint come from the `AWS_…`
    /// variables of the environment.
    #[serde(default)]
    pub(crate) bucket: Option<String>,
    /// Address under which others reach the folder or the bucket, for messages.
    #[serde(default)]
    pub(crate) link: Option<String>,
    /// Channels that get a message.
    #[serde(default)]
    pub(crate) webhook: Vec<WebhookConfig>,
    /// Mails with the report.
    #[serde(default)]
    pub(crate) email: Vec<EmailConfig>,
}

/// A channel of Slack, or of what takes messages in the same form.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub(crate) struct WebhookConfig {
    /// Environment variable that holds the address, which is a secret.
    pub(crate) url_env: String,
}

/// A mail with the report.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub(crate) struct EmailConfig {
    /// Server that takes mails to be sent.
    pub(crate) host: String,
    /// Its port. Default: 587, 465 with tls, 25 with none.
    #[serde(default)]
    pub(crate) port: Option<u16>,
    /// How the connection is encrypted.
    #[serde(default)]
    pub(crate) security: Security,
    /// Name to log in with; nobody logs in where there is none.
    #[serde(default)]
    pub(crate) username: Option<String>,
    /// Environment variable that holds the password.
    #[serde(default)]
    pub(crate) password_env: Option<String>,
    /// Address that the mail is from.
    pub(crate) from: String,
    /// Addresses that it goes to.
    pub(crate) to: Vec<String>,
}

/// How a connection to a mail server is encrypted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Security {
    /// From the first word that matters, or nothing is sent.
    #[default]
    Starttls,
    /// From the beginning.
    Tls,
    /// Not at all: for servers within one's own network, without a password.
    None,
}

fn html() -> Vec<Written> {
    vec![Written::Html]
}

impl ReportConfig {
    /// Environment variables that hold its secrets.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &str> {
        let addresses = self.webhook.iter().map(|webhook| webhook.url_env.as_str());
        addresses.chain(self.email.iter().filter_map(|email| email.password_env.as_deref()))
    }

    fn check(&self) -> Result<(), String> {
        Cadence::parse(&self.cadence)?;
        let has_files = self.folder.is_some() || self.bucket.is_some();
        if !has_files && self.webhook.is_empty() && self.email.is_empty() {
            return Err(
                "a report must go somewhere: name a `folder`, a `bucket`, a [[report.webhook]] or an [[report.email]]"
                    .to_owned(),
            );
        }
        if let Some(bucket) = &self.bucket {
            Place::parse(bucket)?;
        }
        if has_files && self.formats.is_empty() {
            return Err("`formats` is empty; name one, such as html".to_owned());
        }
        let is_address =
            |link: &String| link.starts_with("https://") || link.starts_with("http://");
        if self.link.as_ref().is_some_and(|link| !is_address(link)) {
            return Err(
                "`link` is no address; write one such as https://reports.acme.example".to_owned()
            );
        }
        if self.secrets().any(|name| !is_name(name)) {
            // Whatever stands there may be the secret itself.
            return Err(
                "`url_env` and `password_env` are names of environment variables, such as REPORTS_WEBHOOK; the secret itself belongs into the environment"
                    .to_owned(),
            );
        }
        self.email.iter().try_for_each(EmailConfig::check)
    }
}

impl EmailConfig {
    fn check(&self) -> Result<(), String> {
        if self.to.is_empty() {
            return Err("`to` is empty; name who gets the mail".to_owned());
        }
        for address in self.to.iter().chain([&self.from]) {
            if address.parse::<lettre::message::Mailbox>().is_err() {
                return Err(format!(
                    "`{address}` is no address of a mail; write one such as reports@acme.example"
                ));
            }
        }
        if self.username.is_some() != self.password_env.is_some() {
            return Err("a login needs both `username` and `password_env`".to_owned());
        }
        if self.security == Security::None && self.username.is_some() && !self.is_here() {
            return Err(
                "a password would go over the network in the clear; use `security = \"starttls\"` or \"tls\""
                    .to_owned(),
            );
        }
        Ok(())
    }

    /// True for a server on this machine.
    fn is_here(&self) -> bool {
        matches!(self.host.as_str(), "localhost" | "127.0.0.1" | "::1")
    }
}

/// True for what may be the name of an environment variable.
fn is_name(name: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
    name.bytes().next().is_some_and(is_letter)
        && name.bytes().all(|byte| is_letter(byte) || byte.is_ascii_digit())
}

/// Checks the reports of a configuration. `place` gives the line of one by its place in the list.
///
/// # Errors
/// What is wrong, with its line.
pub(super) fn check(
    reports: &[ReportConfig],
    pages: &[PageConfig],
    place: impl Fn(usize) -> String,
) -> Result<(), String> {
    for (at, report) in reports.iter().enumerate() {
        known_page(pages, &report.name).map_err(|fault| format!("{}{fault}", place(at)))?;
        report.check().map_err(|fault| format!("{}{fault}", place(at)))?;
        let is_same =
            |other: &ReportConfig| other.name == report.name && other.cadence == report.cadence;
        if reports[..at].iter().any(is_same) {
            return Err(format!(
                "{}`{}` stands here a second time with the cadence `{}`; give the first one the outputs of both",
                place(at),
                report.name.name(),
                report.cadence
            ));
        }
    }
    Ok(())
}
