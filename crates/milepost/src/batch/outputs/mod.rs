//! Where reports go, one kind a file.

mod bucket;
mod email;
mod folder;
mod message;
mod webhook;

use std::path::Path;

use chrono::{DateTime, Utc};
use milepost_report::page::Page;

use crate::config::{EmailConfig, ReportConfig, WebhookConfig};
use crate::globals::Globals;
use crate::reports::Written;

/// How long a server is waited for.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);

/// Where a report goes.
pub(super) enum Output<'a> {
    Folder(&'a Path),
    Bucket(&'a str),
    Webhook(&'a WebhookConfig),
    Email(&'a EmailConfig),
}

/// A report on its way.
pub(super) struct Parcel<'a> {
    pub(super) globals: &'a Globals,
    pub(super) report: &'a ReportConfig,
    pub(super) page: &'a Page,
    pub(super) due_at: DateTime<Utc>,
}

impl<'a> Output<'a> {
    /// All outputs of a report. Files come first, as messages lead to them.
    pub(super) fn all(report: &'a ReportConfig) -> Vec<Output<'a>> {
        let folder = report.folder.iter().map(|folder| Output::Folder(folder));
        let buckets = report.bucket.iter().map(|bucket| Output::Bucket(bucket));
        let files = folder.chain(buckets);
        let webhooks = report.webhook.iter().map(Output::Webhook);
        files.chain(webhooks).chain(report.email.iter().map(Output::Email)).collect()
    }

    /// What it is called: never a secret, and the same as long as the configuration is.
    pub(super) fn name(&self) -> String {
        match self {
            Output::Folder(folder) => format!("folder {}", folder.display()),
            Output::Bucket(bucket) => format!("bucket {bucket}"),
            Output::Webhook(webhook) => format!("webhook {}", webhook.url_env),
            Output::Email(email) => format!("email to {}", email.to.join(", ")),
        }
    }

    /// Delivers a report.
    ///
    /// # Errors
    /// Why it could not be delivered, in words without a secret.
    pub(super) async fn deliver(&self, parcel: &Parcel<'_>) -> Result<(), String> {
        match self {
            Output::Folder(folder) => folder::deliver(folder, parcel),
            Output::Bucket(bucket) => bucket::deliver(bucket, parcel).await,
            Output::Webhook(webhook) => webhook::deliver(webhook, parcel).await,
            Output::Email(email) => email::deliver(email, parcel).await,
        }
    }
}

impl Parcel<'_> {
    /// Name of the report's file in a format: `dora-2026-04-01.html`, with the time of day where
    /// it is not due at midnight.
    fn file(&self, format: Written) -> String {
        let due = self.due_at.with_timezone(&self.globals.zone);
        let is_midnight = due.time() == chrono::NaiveTime::MIN;
        let when = due.format(if is_midnight { "%Y-%m-%d" } else { "%Y-%m-%dT%H%M" });
        format!("{}-{when}.{}", self.report.name.name(), format.ending())
    }
}
