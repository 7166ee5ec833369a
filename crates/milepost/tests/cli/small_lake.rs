//! Lakes of a handful of facts, each written as its test reads: a history, deployments, and what
//! else the case needs.

use crate::world::{World, as_lines};

pub(crate) const AS_OF: &str = "2026-03-01T00:00:00Z";

/// The id of a commit that a test calls by name.
pub(crate) fn sha(name: &str) -> String {
    let hex: String = name.bytes().map(|byte| format!("{byte:02x}")).collect();
    format!("{hex:0<40}")
}

/// `01-05 09:00` of 2026, UTC, as a file has it.
pub(crate) fn at(time: &str) -> String {
    if time.is_empty() { String::new() } else { format!("2026-{}:00Z", time.replace(' ', "T")) }
}

/// Facts on their way into a lake.
pub(crate) struct SmallLake {
    pub(crate) world: World,
}

impl SmallLake {
    /// The repository `shop` with these commits: name, parents, time of author and committer.
    pub(crate) fn new(commits: &[(&str, &str, &str)]) -> SmallLake {
        let lake = SmallLake { world: World::as_of(AS_OF) };
        let mut rows = "repository_id,sha,parent_shas,author_email,authored_at,committed_at,subject,is_merge\n".to_owned();
        for (name, parents, time) in commits {
            let parents: Vec<String> =
                parents.split_whitespace().map(|name| format!("\"\"{}\"\"", sha(name))).collect();
            rows += &format!(
                "shop,{},\"[{}]\",ann@acme.test,{time},{time},Change {name},{}\n",
                sha(name),
                parents.join(","),
                parents.len() > 1,
                time = at(time),
            );
        }
        lake.file("commits", &rows);
        lake
    }

    /// Adds a file of a table. `{name}` stands for the commit of that name, `<01-05 09:00>` for
    /// that time.
    pub(crate) fn file(&self, table: &str, rows: &str) -> &SmallLake {
        let mut text = String::new();
        let mut rest = rows;
        while let Some(start) = rest.find(['{', '<']) {
            let end = rest[start..].find(['}', '>']).expect("a closing bracket") + start;
            let inner = &rest[start + 1..end];
            text += &rest[..start];
            text += &if rest[start..].starts_with('{') { sha(inner) } else { at(inner) };
            rest = &rest[end + 1..];
        }
        self.world.file(&format!("facts/{table}.csv"), &(text + rest));
        self
    }

    /// Deployments of `api`: id, commit, finish, outcome.
    pub(crate) fn deployments(&self, rows: &[(&str, &str, &str, &str)]) -> &SmallLake {
        let mut text =
            "deployment_id,service_id,repository_id,sha,finished_at,outcome\n".to_owned();
        for (id, commit, time, outcome) in rows {
            text += &format!("{id},api,shop,{{{commit}}},<{time}>,{outcome}\n");
        }
        self.file("deployments", &text)
    }

    /// Reads the files into the lake.
    pub(crate) fn ingest(&self) -> &SmallLake {
        let place = self.world.place("facts");
        self.world.milepost(&["ingest", "files", &place, "--lake", &self.world.place("lake")]).ok();
        self
    }

    /// Answer of a query, a line a row.
    #[track_caller]
    pub(crate) fn lines(&self, sql: &str) -> Vec<String> {
        self.world.lines("lake", sql)
    }

    /// Answer of a query under a configuration, a line a row.
    #[track_caller]
    pub(crate) fn lines_under(&self, config: &str, sql: &str) -> Vec<String> {
        let config = self.world.file("config/milepost.toml", config);
        let lake = self.world.place("lake");
        let flags = ["sql", "--format", "json", "--config", &config, "--lake", &lake, sql];
        as_lines(&self.world.milepost(&flags).json())
    }

    /// Kind of every deployment, with its flags.
    #[track_caller]
    pub(crate) fn kinds(&self) -> Vec<String> {
        self.lines(
            "select deployment_id, kind, array_to_string(quality_flags, ' ') as flags \
             from classified_deployments order by deployment_id",
        )
    }
}
