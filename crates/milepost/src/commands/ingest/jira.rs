use std::sync::Arc;
use std::time::Duration;

use chrono::NaiveDate;
use clap::Args;
use milepost_sources::Patience;
use milepost_sources::jira::{Edition, Jira, JiraAuth, ReadOptions as Options, Rules};
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;

use super::server::{LONGEST_WAIT, longest_wait, read, start_of};
use crate::exit::Failure;
use crate::globals::Globals;
use crate::ingest::Writer;
use crate::progress::Told;
use crate::secret::{self, TokenArgs};

/// Read issues of Jira: work items, their changes of status and assignee, and incidents
///
/// What was read is kept page by page: an interrupted read goes on where it ended. A further read
/// asks for what was updated since.
#[derive(Debug, Clone, Args, Deserialize, JsonSchema)]
#[command(after_help = "Examples:
  JIRA_TOKEN=… milepost ingest jira PAY OPS --url https://acme.atlassian.net --user ann@acme.test
  milepost ingest jira OPS --url https://acme.atlassian.net --user ann@acme.test --token-file jira.token \\
    --incident-type Incident --incident-label outage --impact-start-field customfield_10050
  milepost ingest jira PAY --url https://jira.acme.test --api server --token-env JIRA_TOKEN")]
pub(crate) struct IngestJiraArgs {
    /// Keys of the projects to read [default: all that the token may see]
    #[arg(value_name = "PROJECT")]
    #[serde(default)]
    projects: Vec<String>,
    /// Address of the Jira, as a browser opens it
    #[arg(long, value_name = "URL")]
    url: String,
    /// Which Jira it is: Atlassian's own, or a company's
    #[arg(long, value_name = "EDITION", default_value = "cloud")]
    #[serde(default)]
    api: Api,
    /// Address of the user whose token it is; Atlassian's own Jira needs it
    #[arg(long, value_name = "EMAIL")]
    user: Option<String>,
    #[command(flatten)]
    #[serde(flatten)]
    pub(super) token: TokenArgs,
    /// A further condition in JQL, such as 'issuetype != Epic'
    #[arg(long, value_name = "CONDITION")]
    jql: Option<String>,
    /// Read nothing that was last updated before
    #[arg(long, value_name = "DATE")]
    #[serde(default, deserialize_with = "crate::config::day")]
    since: Option<NaiveDate>,
    /// Type of issues that are incidents; may come several times
    #[arg(long = "incident-type", value_name = "NAME", default_values = ["Incident", "[System] Incident"])]
    #[serde(default = "incident")]
    incident_types: Vec<String>,
    /// Label of issues that are incidents; may come several times
    #[arg(long = "incident-label", value_name = "LABEL")]
    #[serde(default)]
    incident_labels: Vec<String>,
    /// Id of the field that names an incident's service [default: the first component]
    #[arg(long, value_name = "FIELD")]
    service_field: Option<String>,
    /// Service of incidents that name none
    #[arg(long, value_name = "SERVICE")]
    default_service: Option<String>,
    /// Id of the field that says when the impact began, such as customfield_10050
    #[arg(long, value_name = "FIELD")]
    impact_start_field: Option<String>,
    /// Id of the field that says when the impact ended
    #[arg(long, value_name = "FIELD")]
    impact_end_field: Option<String>,
    /// Never wait longer than this at once for a limit of the server
    #[arg(long, value_name = "SECONDS", default_value_t = LONGEST_WAIT)]
    #[serde(default = "longest_wait")]
    max_wait: u64,
}

/// Which Jira it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Api {
    #[default]
    Cloud,
    Server,
}

fn incident() -> Vec<String> {
    vec!["Incident".to_owned(), "[System] Incident".to_owned()]
}

impl IngestJiraArgs {
    /// # Errors
    /// Where a key is missing or can't be what it says, in words.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.api == Api::Cloud && self.user.is_none() {
            return Err(
                "Atlassian's own Jira wants the address of the user beside the token: give user; a company's own has api = \"server\"".to_owned(),
            );
        }
        let fields = [&self.service_field, &self.impact_start_field, &self.impact_end_field];
        let is_id = |field: &str| field.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        match fields.into_iter().flatten().find(|field| !is_id(field)) {
            Some(field) => Err(format!(
                "`{field}` is no id of a field; ids are like customfield_10050, and {}/rest/api/2/field lists them",
                self.url.trim_end_matches('/')
            )),
            None => Ok(()),
        }
    }

    fn auth(&self, globals: &Globals) -> Result<JiraAuth, Failure> {
        let token = self.secret(globals)?;
        Ok(match (&self.user, self.api) {
            (Some(user), _) => JiraAuth::Basic { user: user.clone(), token },
            (None, _) => JiraAuth::Bearer(token),
        })
    }

    /// A token of the usual environment variable is one for Atlassian's own hosts, and goes nowhere
    /// else.
    fn secret(&self, globals: &Globals) -> Result<SecretString, Failure> {
        let host = self.url.strip_prefix("https://").unwrap_or_default();
        let host = host.split('/').next().unwrap_or_default();
        let usual = || {
            host.ends_with(".atlassian.net").then(|| secret::of_any_env(&["JIRA_TOKEN"])).flatten()
        };
        let token = self.token.token(globals.config.is_users_own)?.or_else(usual);
        token.ok_or_else(|| {
            Failure::Usage(
                "Jira answers only with a token; name one with --token-env or --token-file"
                    .to_owned(),
            )
        })
    }

    fn options(&self, globals: &Globals) -> Options {
        Options {
            projects: self.projects.clone(),
            jql: self.jql.clone(),
            rules: Rules {
                incident_types: self.incident_types.clone(),
                incident_labels: self.incident_labels.clone(),
                service_field: self.service_field.clone(),
                default_service: self.default_service.clone(),
                impact_start_field: self.impact_start_field.clone(),
                impact_end_field: self.impact_end_field.clone(),
            },
            since: start_of(self.since),
            observed_at: globals.as_of,
        }
    }
}

pub(super) async fn run(args: &IngestJiraArgs, writer: &mut Writer<'_>) -> Result<(), Failure> {
    args.check().map_err(Failure::Usage)?;
    let globals = writer.globals;
    let told = Arc::new(Told::new(globals));
    let patience = Patience { longest_wait: Duration::from_secs(args.max_wait) };
    let edition = match args.api {
        Api::Cloud => Edition::Cloud,
        Api::Server => Edition::Server,
    };
    let jira = Jira::connect(&args.url, edition, &args.auth(globals)?, patience, told.clone())?;
    let options = args.options(globals);
    let name = jira.name(&options);
    if writer.is_dry {
        return costs(&jira, &name, &options, writer).await;
    }
    read(&name, |cursor| jira.issues(&options, cursor), &told, writer).await?;
    globals.detail(&format!("{} requests sent", jira.requests()));
    Ok(())
}

/// Says what reading would take.
async fn costs(
    jira: &Jira,
    name: &str,
    options: &Options,
    writer: &mut Writer<'_>,
) -> Result<(), Failure> {
    let last = writer.lake.checkpoint(name).await?;
    let cursor = last.as_ref().and_then(|last| last.cursor.as_deref());
    match tokio::task::block_in_place(|| jira.costs(options, cursor)) {
        Ok(costs) => writer.globals.remark(&format!(
            "{name}: about {} issues to read, {} requests; nothing was written",
            costs.issues_count, costs.requests_count,
        )),
        Err(error) => writer.gap(&error.to_string()),
    }
    Ok(())
}
