use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use clap::Args;
use milepost_lake::{Checkpoint, Lake, Written};
use milepost_sources::git::Application;
use milepost_sources::gitops::{Catalogue, Configuration, KnownService, Survey};
use milepost_sources::{Remark, Source};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::answer::held;
use crate::exit::Failure;
use crate::globals::Globals;
use crate::ingest::{Start, Writer, pull, pulled_whole, sentence};
use crate::progress::Bar;

/// Read a configuration repository: deployments of all services that the lake knows
///
/// An image's tag or digest that changes in the manifests of an environment is a deployment.
/// Which service an image is of is known from the repositories in the lake, or from rows of
/// `service_aliases` whose provider is `image`.
#[derive(Debug, Clone, Args, Deserialize, JsonSchema)]
#[command(after_help = "Examples:
  milepost ingest gitops ~/src/clusters
  milepost ingest gitops /srv/git/clusters.git --repository github.com/acme/clusters")]
pub(crate) struct IngestGitopsArgs {
    /// Configuration repository, bare or not, or a folder within one
    pub(super) path: PathBuf,
    /// Name to keep it under [default: the origin remote's host/owner/name, else the folder's name]
    #[arg(long, value_name = "NAME")]
    repository: Option<String>,
}

/// A configuration that was looked at, nothing of it kept yet.
pub(super) struct Configured {
    name: String,
    last: Option<Checkpoint>,
    /// `None` where nothing is new.
    survey: Option<Survey>,
    /// Services that it deploys.
    pub(super) services: Vec<String>,
}

pub(super) async fn run(args: &IngestGitopsArgs, writer: &mut Writer<'_>) -> Result<(), Failure> {
    let as_of = writer.globals.as_of;
    let configuration = Configuration::open(&args.path, args.repository.clone(), as_of)?;
    if writer.is_dry {
        let name = configuration.source_name();
        writer.globals.remark(&format!("{name} can be read; nothing was written"));
        return Ok(());
    }
    writer.lock().await?;
    let configured = survey(configuration, None, writer.globals, writer.lake).await?;
    let mut remarks = Vec::new();
    let sentence = keep(configured, &mut remarks, writer).await?;
    writer.tell(&remarks);
    writer.globals.remark(&sentence);
    Ok(())
}

/// Finds what a configuration deploys. `application` is a repository that is read with it.
///
/// # Errors
/// Where the configuration or the lake can't be read.
pub(super) async fn survey(
    configuration: Configuration,
    application: Option<&Application>,
    globals: &Globals,
    lake: &Lake,
) -> Result<Configured, Failure> {
    let name = configuration.source_name();
    let last = lake.checkpoint(&name).await?;
    let catalogue = catalogue(globals, lake).await?;
    let cursor = last.as_ref().and_then(|last| last.cursor.as_deref());
    let bar = Bar::new(globals, "reading manifests");
    let survey = tokio::task::block_in_place(|| {
        configuration.read(cursor, catalogue, application, &bar.callback())
    })?;
    let services = match &survey {
        Some(survey) => survey.services().to_vec(),
        None => Configuration::services(cursor),
    };
    Ok(Configured { name, last, survey, services })
}

/// Keeps the deployments of a configuration, each with the commit that the lake knows by now.
///
/// # Errors
/// Where the lake can't be read or written.
pub(super) async fn keep(
    configured: Configured,
    remarks: &mut Vec<Remark>,
    writer: &Writer<'_>,
) -> Result<String, Failure> {
    let (globals, lake) = (writer.globals, writer.lake);
    let mut written = Written::default();
    if let Some(survey) = configured.survey {
        let commits = commits(&survey.repositories(), globals, lake).await?;
        let mut source = survey.resolve(&commits)?;
        let pulled = pull(lake, &mut source, Start::after(configured.last), globals.as_of).await?;
        written = pulled_whole(pulled)?;
        remarks.extend(source.remarks());
    } else {
        lake.saw(&configured.name, globals.as_of)?;
    }
    Ok(sentence(&configured.name, &written))
}

/// What the lake knows of services, and of what they are built from.
async fn catalogue(globals: &Globals, lake: &Lake) -> Result<Catalogue, Failure> {
    let known = |table, sql| held(globals, lake, table, sql);
    let three = |row: &Vec<String>| (row[0].clone(), row[1].clone(), row[2].clone());
    let aliases = known(
        "service_aliases",
        "select alias, service_id from service_aliases \
         where provider = 'image' and deleted_at is null",
    );
    let services = known(
        "service_repositories",
        "select service_id, repository_id, tag_prefix from service_repositories \
         where deleted_at is null",
    );
    let repositories =
        known("repositories", "select repository_id from repositories where deleted_at is null");
    let artifacts = known(
        "artifacts",
        "select artifact_digest, repository_id, sha from artifacts \
         where repository_id is not null and sha is not null and deleted_at is null",
    );
    let tags = known(
        "deployments",
        "select distinct repository_id, ref, sha from deployments \
         where source = 'git' and deployment_id = concat(service_id, '@', ref) \
         and deleted_at is null",
    );
    let commits = known(
        "commits",
        "select repository_id, count(*) from commits where deleted_at is null group by repository_id",
    );
    let resolved = known(
        "deployments",
        "select distinct repository_id, ref, sha from deployments \
         where source = 'gitops' and ref is not null and sha is not null",
    );
    let mut services: BTreeSet<KnownService> = services
        .await?
        .into_iter()
        .map(|row| KnownService {
            service_id: row[0].clone(),
            repository_id: row[1].clone(),
            tag_prefix: Some(row[2].clone()).filter(|prefix| !prefix.is_empty()),
        })
        .collect();
    for row in repositories.await? {
        let repository_id = row[0].clone();
        if !services.iter().any(|service| service.repository_id == repository_id) {
            let service_id = repository_id.clone();
            services.insert(KnownService { service_id, repository_id, tag_prefix: None });
        }
    }
    let counted = |row: &Vec<String>| (row[0].clone(), row[1].parse().unwrap_or_default());
    Ok(Catalogue {
        aliases: aliases.await?.into_iter().map(|row| (row[0].clone(), row[1].clone())).collect(),
        services,
        artifacts: artifacts
            .await?
            .into_iter()
            .map(|row| (row[0].to_lowercase(), (row[1].clone(), row[2].to_lowercase())))
            .collect(),
        tags: tags.await?.iter().map(three).collect(),
        commits: commits.await?.iter().map(counted).collect(),
        resolved: resolved.await?.iter().map(three).collect(),
    })
}

/// The commits of repositories, sorted.
async fn commits(
    repositories: &BTreeSet<&str>,
    globals: &Globals,
    lake: &Lake,
) -> Result<BTreeMap<String, Vec<String>>, Failure> {
    let names: Vec<String> =
        repositories.iter().map(|name| format!("'{}'", name.replace('\'', "''"))).collect();
    if names.is_empty() {
        return Ok(BTreeMap::new());
    }
    let sql = format!(
        "select repository_id, sha from commits where repository_id in ({}) and deleted_at is null \
         order by repository_id, sha",
        names.join(", ")
    );
    let mut commits: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in held(globals, lake, "commits", &sql).await? {
        commits.entry(row[0].clone()).or_default().push(row[1].clone());
    }
    Ok(commits)
}
