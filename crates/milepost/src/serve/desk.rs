//! Where sessions for others are opened: each question is answered from one state of the lake,
//! within limits of time and memory.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, SubsecRound as _, Utc};
use datafusion::catalog::CatalogProvider;
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::prelude::SessionContext;
use milepost_analytics::{Analytics, Catalogue, Dictionary, Span, bare_session};
use tokio::sync::OnceCell;

use super::exposed::Exposed;
use super::veil::Veil;
use crate::answer;
use crate::clock;
use crate::exit::Failure;
use crate::globals::Globals;

/// The one catalog of a session.
pub(super) const CATALOG: &str = "milepost";

/// What a question may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Time until its last row.
    pub(crate) deadline: Duration,
    /// Memory of all questions together, in bytes.
    pub(crate) memory: usize,
}

/// Opens sessions.
pub(crate) struct Desk {
    globals: Globals,
    catalogue: Arc<Catalogue>,
    runtime: Arc<RuntimeEnv>,
    pub(super) deadline: Duration,
    dictionary: OnceCell<Arc<Dictionary>>,
    veil: Veil,
}

impl Desk {
    /// # Errors
    /// Where a query file or the system can't be used.
    pub(crate) fn new(globals: &Globals, limits: Limits) -> Result<Desk, Failure> {
        let pool = Arc::new(FairSpillPool::new(limits.memory));
        let runtime = RuntimeEnvBuilder::new()
            .with_memory_pool(pool)
            .build_arc()
            .map_err(|error| Failure::failed("failed to set the limits", error))?;
        Ok(Desk {
            globals: globals.clone(),
            catalogue: answer::catalogue(globals)?,
            runtime,
            deadline: limits.deadline,
            dictionary: OnceCell::new(),
            veil: Veil::new()?,
        })
    }

    /// What there is to ask for.
    ///
    /// # Errors
    /// Where a query can't be planned.
    pub(super) async fn dictionary(&self) -> Result<Arc<Dictionary>, Failure> {
        let made = self.dictionary.get_or_try_init(|| async {
            Ok::<_, Failure>(Arc::new(Dictionary::of(&self.catalogue).await?))
        });
        made.await.cloned()
    }

    /// The instant up to which questions see: the one that was asked for, else that of the
    /// question.
    pub(super) fn as_of(&self) -> DateTime<Utc> {
        match self.globals.is_as_of_given {
            true => self.globals.as_of,
            false => clock::now().trunc_subsecs(0),
        }
    }

    /// A session without tables.
    pub(super) fn bare(&self) -> SessionContext {
        bare_session(self.globals.zone, self.runtime.clone())
    }

    /// The flags and the configuration, with the clock of now.
    pub(super) fn globals(&self) -> Globals {
        Globals { as_of: self.as_of(), ..self.globals.clone() }
    }

    /// The queries.
    pub(super) fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// A session over the lake's state of now.
    ///
    /// # Errors
    /// Where the definition or a query can't be used.
    pub(super) fn session(&self, span: Span) -> Result<SessionContext, Failure> {
        let globals = &self.globals;
        let as_of = self.as_of();
        let level_set = globals.config.level_set.as_deref().unwrap_or(Catalogue::DEFAULT_LEVEL_SET);
        let analytics = Analytics {
            facts: globals.lake.facts(&globals.definition.id(), as_of),
            definition: globals.definition.clone(),
            as_of,
            span,
            level_set: level_set.to_owned(),
            catalogue: self.catalogue.clone(),
        };
        Ok(analytics.session_on(self.runtime.clone())?)
    }

    /// All tables in the lake's state of now, as somebody may see them.
    ///
    /// # Errors
    /// Where the definition or a query can't be used.
    pub(super) async fn catalog(&self, sees_people: bool) -> Result<Arc<Exposed>, Failure> {
        let session = self.session(Span::everything())?;
        let catalog: Option<Arc<dyn CatalogProvider>> = session.catalog(CATALOG);
        let catalog =
            catalog.ok_or_else(|| Failure::Failed("the session has no tables".to_owned()))?;
        let veil = (!sees_people).then(|| self.veil.clone());
        Ok(Arc::new(Exposed::new(session, catalog, self.dictionary().await?, veil)))
    }
}
