//! The configuration file: found upward from the working directory, never in what is read.

use std::path::{Path, PathBuf};

use milepost_analytics::{Definition, DeploymentRule};
use serde::Deserialize;

use crate::exit::Failure;

const NAME: &str = "milepost.toml";

/// What a configuration file may say.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    /// Directory of the lake, relative to the file.
    pub(crate) lake: Option<PathBuf>,
    /// Which facts count.
    #[serde(deserialize_with = "Definition::deserialize_over_preset")]
    pub(crate) definition: Definition,
    /// Pipeline runs that are deployments.
    pub(crate) deployment_rule: Vec<DeploymentRule>,
    /// Set that levels are taken from, such as `dora_2021`.
    pub(crate) level_set: Option<String>,
    /// The file, and its folder.
    #[serde(skip)]
    pub(crate) path: Option<PathBuf>,
    #[serde(skip)]
    pub(crate) folder: PathBuf,
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
        let text = std::fs::read_to_string(path).map_err(|error| {
            Failure::Usage(format!("failed to read the configuration {}: {error}", path.display()))
        })?;
        let mut config: Config = toml::from_str(&text).map_err(|error| {
            Failure::Usage(format!("the configuration {} can't be used: {error}", path.display()))
        })?;
        config.path = Some(path.to_owned());
        config.folder = path.parent().map(Path::to_owned).unwrap_or_default();
        config.lake = config.lake.map(|lake| config.folder.join(lake));
        Ok(config)
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
    upward.or_else(|| {
        use etcetera::BaseStrategy;
        let users = etcetera::choose_base_strategy().ok()?;
        Some(users.config_dir().join("milepost").join(NAME)).filter(|path| path.is_file())
    })
}
