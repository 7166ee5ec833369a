//! The configuration file: found upward from the working directory, never in what is read.

mod allocation;
mod capability;
mod capitalization;
mod effort;
mod page;
mod readiness;
mod report;
mod serve;
mod shape;
mod value;

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use milepost_analytics::allocation::Scheme;
use milepost_analytics::{Definition, DeploymentRule};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de::Error};

use crate::commands::IngestSource;
use crate::exit::Failure;
pub(crate) use allocation::AllocationRuleConfig;
pub(crate) use capability::{CapabilityConfig, Patterns};
pub(crate) use capitalization::CapitalizationConfig;
pub(crate) use effort::EffortConfig;
pub(crate) use page::{AnnotationConfig, ChartConfig, PageConfig, PartConfig, known as known_page};
pub(crate) use readiness::{GoalConfig, PlatformConfig, ReadinessConfig};
pub(crate) use report::{EmailConfig, ReportConfig, Security, WebhookConfig};
pub(crate) use serve::ServeConfig;
pub(crate) use shape::schema;
pub(crate) use value::{GainConfig, ValueConfig};

pub(crate) const NAME: &str = "milepost.toml";
/// No configuration that people write is larger.
const LARGEST_BYTES: u64 = 1 << 20;

/// What a configuration file may say.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct Config {
    /// Directory of the lake, relative to the file.
    pub(crate) lake: Option<PathBuf>,
    /// Where events come from, in the order in which they are read.
    pub(crate) source: Vec<SourceConfig>,
    /// Which facts count.
    #[serde(deserialize_with = "Definition::deserialize_over_preset")]
    pub(crate) definition: Definition,
    /// Pipeline runs that are deployments.
    pub(crate) deployment_rule: Vec<DeploymentRule>,
    /// Parts of the platform that services adopt, and what shows that they do.
    pub(crate) capability: Vec<CapabilityConfig>,
    /// How working time is told from what it leaves traces of.
    pub(crate) effort: EffortConfig,
    /// What kind of work a work item is, before the rules that are shipped.
    pub(crate) allocation_rule: Vec<AllocationRuleConfig>,
    /// How software is capitalized.
    pub(crate) capitalization: CapitalizationConfig,
    /// How the quarterly assessment is made.
    pub(crate) readiness: ReadinessConfig,
    /// The platform.
    pub(crate) platform: PlatformConfig,
    /// Targets for metrics, which `check` watches.
    pub(crate) goal: Vec<GoalConfig>,
    /// What the platform's work is worth, by the user's own assumptions.
    pub(crate) value: ValueConfig,
    /// Reports of the user's own.
    pub(crate) page: Vec<PageConfig>,
    /// What happened on which day, to be read beside the numbers.
    pub(crate) annotation: Vec<AnnotationConfig>,
    /// Reports that `run` delivers.
    pub(crate) report: Vec<ReportConfig>,
    /// Who may log in to `serve`.
    pub(crate) serve: ServeConfig,
    /// Set that levels are taken from, such as `dora_2021`.
    pub(crate) level_set: Option<String>,
    /// The file, and its folder.
    #[serde(skip)]
    pub(crate) path: Option<PathBuf>,
    #[serde(skip)]
    pub(crate) folder: PathBuf,
    /// True for the file in the user's own home.
    #[serde(skip)]
    pub(crate) is_users_own: bool,
}

/// A source of the configuration.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub(crate) struct SourceConfig {
    /// Name to read it by; the kind with a number where none is given.
    #[serde(default)]
    pub(crate) name: String,
    /// What it is.
    #[serde(flatten)]
    pub(crate) source: IngestSource,
}

impl Config {
    /// The file given, else the nearest one upward, else the user's, else none.
    ///
    /// # Errors
    /// Where a file can't be read or says what it can't.
    pub(crate) fn load(given: Option<&Path>) -> Result<Config, Failure> {
        match given.map(Path::to_owned).or_else(nearest) {
            Some(path) => Config::read(&path),
            None => Ok(Config::default()),
        }
    }

    fn read(path: &Path) -> Result<Config, Failure> {
        let place = path.display();
        let fail = |why: String| {
            Failure::Usage(format!("failed to read the configuration {place}: {why}"))
        };
        let size = std::fs::metadata(path).map_err(|error| fail(error.to_string()))?.len();
        if size > LARGEST_BYTES {
            return Err(fail(format!("it has {size} bytes, more than a configuration can")));
        }
        let text = std::fs::read_to_string(path).map_err(|error| fail(error.to_string()))?;
        shape::check(&text).map_err(|fault| Failure::Usage(format!("{place}:{fault}")))?;
        let mut config: Config = toml::from_str(&text).map_err(|error| {
            Failure::Usage(format!("the configuration {place} can't be used: {error}"))
        })?;
        config.path = Some(path.to_owned());
        config.folder = path.parent().map(Path::to_owned).unwrap_or_default();
        config.lake = config.lake.map(|lake| config.folder.join(lake));
        config.is_users_own = users_own().is_some_and(|own| own == path);
        for source in &mut config.source {
            source.source.within(&config.folder);
        }
        let fault = |fault: String| Failure::Usage(format!("{place}: {fault}"));
        config.name_sources().map_err(fault)?;
        capability::check(&config.capability).map_err(fault)?;
        config.scheme().map_err(fault)?;
        config.value.check().map_err(fault)?;
        page::check(&config.page).map_err(fault)?;
        config.capitalization.check().map_err(fault)?;
        config.serve.within(&config.folder);
        config.serve.check().map_err(fault)?;
        let line = |keys: &[&str], at: usize| shape::place_of(&text, keys, at);
        readiness::check(&config.readiness, &config.goal, line)
            .map_err(|fault| Failure::Usage(format!("{place}:{fault}")))?;
        report::check(&config.report, &config.page, |at| line(&["report"], at))
            .map_err(|fault| Failure::Usage(format!("{place}:{fault}")))?;
        Ok(config)
    }

    /// How working time is told and labelled.
    ///
    /// # Errors
    /// What can't be used, in words.
    pub(crate) fn scheme(&self) -> Result<Scheme, String> {
        allocation::scheme(&self.effort, &self.allocation_rule)
    }

    /// Gives a name to each source that has none.
    fn name_sources(&mut self) -> Result<(), String> {
        let mut names: Vec<String> = Vec::new();
        for source in &mut self.source {
            let kind = source.source.kind();
            if source.name.is_empty() {
                let mut free = (1..).map(|number| format!("{kind}-{number}"));
                source.name = free.find(|name| !names.contains(name)).unwrap_or_default();
            } else if IngestSource::KINDS.contains(&source.name.as_str()) {
                return Err(format!(
                    "a source can't be named `{0}`: `milepost ingest {0}` reads one without a configuration; name it otherwise",
                    source.name
                ));
            } else if names.contains(&source.name) {
                return Err(format!("two sources are named `{}`; rename one", source.name));
            }
            names.push(source.name.clone());
            source.source.check().map_err(|fault| format!("source {}: {fault}", source.name))?;
        }
        Ok(())
    }

    /// The user's own queries beside the configuration: `queries/metrics/*.sql`, stem and text.
    ///
    /// # Errors
    /// Where a file can't be read.
    pub(crate) fn queries(&self) -> Result<Vec<(String, String)>, Failure> {
        let folder = self.folder.join("queries").join("metrics");
        if self.folder.as_os_str().is_empty() || !folder.is_dir() {
            return Ok(Vec::new());
        }
        let fail = |error| Failure::failed(&format!("failed to read {}", folder.display()), error);
        let mut queries = Vec::new();
        for entry in std::fs::read_dir(&folder).map_err(fail)? {
            let path = entry.map_err(fail)?.path();
            let is_sql = path.extension().is_some_and(|extension| extension == "sql");
            if let Some(stem) = path.file_stem().and_then(|stem| stem.to_str()).filter(|_| is_sql) {
                queries.push((stem.to_owned(), std::fs::read_to_string(&path).map_err(fail)?));
            }
        }
        queries.sort();
        Ok(queries)
    }
}

fn nearest() -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    let upward = here.ancestors().map(|folder| folder.join(NAME)).find(|path| path.is_file());
    upward.or_else(|| users_own().filter(|path| path.is_file()))
}

/// The user's own configuration.
fn users_own() -> Option<PathBuf> {
    use etcetera::BaseStrategy;
    let users = etcetera::choose_base_strategy().ok()?;
    Some(users.config_dir().join("milepost").join(NAME))
}

/// A day, in quotes or as TOML writes dates.
///
/// # Errors
/// Where it is none.
pub(crate) fn day<'de, D: Deserializer<'de>>(from: D) -> Result<Option<NaiveDate>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Text(String),
        Date(toml::value::Datetime),
    }
    let text = match Option::<Written>::deserialize(from)? {
        None => return Ok(None),
        Some(Written::Text(text)) => text,
        Some(Written::Date(date)) => date.to_string(),
    };
    text.parse()
        .map(Some)
        .map_err(|_| D::Error::custom(format!("`{text}` is no day; write one such as 2026-01-31")))
}
