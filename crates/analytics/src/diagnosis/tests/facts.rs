//! Facts in memory, filled with SQL, and the session that looks at them.

use std::future::Future;
use std::sync::Arc;

use datafusion::catalog::{MemorySchemaProvider, SchemaProvider};
use datafusion::datasource::MemTable;
use datafusion::prelude::SessionContext;
use milepost_events::{Kind, tables_by_contract};

use crate::diagnosis::{Diagnosis, Finding, diagnose};
use crate::{Analytics, Catalogue, Definition, Span, facts_session};

/// The clock of every test.
pub(super) const AS_OF: &str = "2026-02-15T00:00:00Z";

/// Fact tables in memory; derived ones where a test fills them itself.
#[derive(Clone)]
pub(super) struct Facts {
    tables: Arc<MemorySchemaProvider>,
    pub(super) definition: Definition,
    pub(super) catalogue: Catalogue,
}

impl Facts {
    /// Derived tables follow from the facts.
    pub(super) fn new() -> Facts {
        Facts::with(|kind| kind != Kind::Derived)
    }

    /// Derived tables are filled by hand as well.
    pub(super) fn with_derived() -> Facts {
        Facts::with(|_| true)
    }

    fn with(is_wanted: impl Fn(Kind) -> bool) -> Facts {
        let tables = MemorySchemaProvider::new();
        for table in tables_by_contract().iter().filter(|table| is_wanted(table.kind)) {
            let rows = MemTable::try_new(table.schema.clone(), vec![vec![]]).expect("a table");
            tables.register_table(table.name.to_owned(), Arc::new(rows)).expect("a free name");
        }
        // Metrics are asked only by the tests that are about them: each takes its time.
        let mut catalogue = Catalogue::load(&[]).expect("a catalogue");
        catalogue.metrics.clear();
        Facts { tables: Arc::new(tables), definition: Definition::default(), catalogue }
    }

    /// With these of the bundled metrics.
    pub(super) fn asking(mut self, metrics: &[&str]) -> Facts {
        let mut all = Catalogue::load(&[]).expect("a catalogue");
        all.metrics.retain(|name, _| metrics.contains(&name.as_str()));
        self.catalogue = all;
        self
    }

    /// Fills a table: `add("teams (team_id)", "('a'), ('b')")`.
    pub(super) async fn add(&self, table: &str, rows: &str) {
        let session = facts_session(self.tables.clone()).expect("a session");
        let sql = format!("insert into {table} values {rows}");
        session.sql(&sql).await.expect("a statement").collect().await.expect("rows");
    }

    /// Commits, each the child of the one before: `shop`, and the letters as ids.
    pub(super) async fn commits(&self, repository: &str, names: &[&str]) {
        let mut parent = "cast(make_array() as varchar[])".to_owned();
        for (at, name) in names.iter().enumerate() {
            let day = at + 1;
            self.add(
                "commits (repository_id, sha, parent_shas, author_email, authored_at, committed_at, is_merge, subject)",
                &format!(
                    "('{repository}', '{name}', {parent}, 'ann@acme.test', '2026-01-{day:02}T08:00:00Z', '2026-01-{day:02}T08:00:00Z', false, 'Subject of {name}')"
                ),
            )
            .await;
            parent = format!("make_array('{name}')");
        }
    }

    /// A recorded deployment of the repository `shop`.
    pub(super) async fn deployment(&self, id: &str, environment: &str, sha: &str, day: u32) {
        let sha = if sha.is_empty() { "null".to_owned() } else { format!("'{sha}'") };
        self.add(
            "deployments (deployment_id, service_id, repository_id, environment, sha, finished_at, outcome, basis)",
            &format!(
                "('{id}', 'shop', 'shop', '{environment}', {sha}, '2026-01-{day:02}T12:00:00Z', 'succeeded', 'recorded')"
            ),
        )
        .await;
    }

    pub(super) fn session(&self) -> SessionContext {
        let analytics = Analytics {
            facts: self.tables.clone(),
            definition: self.definition.clone(),
            as_of: AS_OF.parse().expect("an instant"),
            span: Span::everything(),
            level_set: Catalogue::DEFAULT_LEVEL_SET.to_owned(),
            catalogue: Arc::new(self.catalogue.clone()),
        };
        analytics.session().expect("a session")
    }

    pub(super) async fn diagnose(&self) -> Diagnosis {
        let session = self.session();
        let diagnosis = diagnose(&session, &session, &self.catalogue, &self.definition).await;
        diagnosis.expect("a diagnosis")
    }

    /// The findings of one check.
    pub(super) async fn findings(&self, check: &str) -> Vec<Finding> {
        let all = self.diagnose().await.findings;
        all.into_iter().filter(|finding| finding.check == check).collect()
    }

    /// The one finding of a check.
    pub(super) async fn finding(&self, check: &str) -> Finding {
        let mut findings = self.findings(check).await;
        assert_eq!(findings.len(), 1, "{check}: {findings:?}");
        findings.remove(0)
    }
}

/// Planning nests deeply: views within views.
pub(super) fn run<T: Send>(test: impl Future<Output = T> + Send) -> T {
    std::thread::scope(|scope| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime");
        let thread = std::thread::Builder::new().stack_size(64 << 20);
        let thread = thread.spawn_scoped(scope, move || runtime.block_on(test));
        match thread.expect("a thread").join() {
            Ok(value) => value,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}
