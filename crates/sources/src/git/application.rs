//! What a repository says of its own services and releases, before it is read.

use milepost_events::Basis;

use super::commits::Context;
use super::deployments::{Origin, services};
use super::walk::Reader;
use super::{Opened, Tips};
use crate::SourceError;
use crate::gitops::KnownService;

/// A repository that services are built from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    /// The repository's id in all tables.
    pub repository_id: String,
    /// Services that its version tags tell of, else its own.
    pub services: Vec<KnownService>,
    /// All tags that lead to a commit, with its id.
    pub tags: Vec<(String, String)>,
    /// Commit of `HEAD`; `None` before the first.
    pub head: Option<String>,
}

impl Opened {
    /// What the repository says of its own services and releases.
    ///
    /// # Errors
    /// Where references or the tree of a tag can't be read.
    pub fn application(&self) -> Result<Application, SourceError> {
        let tips: Tips = self.tips()?;
        let provenance = self.provenance(Basis::Inferred);
        let context = Context::new(self.repository_id.clone(), provenance.clone(), &[]);
        let reader = Reader::new(&self.repository, &context)?;
        let origin = Origin {
            repository_id: &self.repository_id,
            provenance: &provenance,
            tag_prefixes: &self.options.tag_prefixes,
            deployed_elsewhere: &[],
        };
        let services = services(&reader, &tips.tags, &origin)?;
        Ok(Application {
            repository_id: self.repository_id.clone(),
            services: services
                .into_iter()
                .map(|row| KnownService {
                    service_id: row.service_id,
                    repository_id: row.repository_id,
                    tag_prefix: row.tag_prefix,
                })
                .collect(),
            tags: tips.tags.into_iter().map(|tag| (tag.name, tag.commit.to_string())).collect(),
            head: tips.head.map(|head| head.to_string()),
        })
    }
}
