//! A company made of a few numbers, in the files of its tables: what an assessment is worked from.

use std::collections::BTreeMap;

use crate::small_lake::sha;
use crate::world::World;

/// What a company is like in the third quarter of 2026.
pub(crate) struct Shape {
    /// Engineers, with the five who joined in July.
    pub(crate) engineers: usize,
    /// Teams that they are spread over.
    pub(crate) teams: &'static [&'static str],
    /// Minutes that each of three requests for infrastructure waited.
    pub(crate) wait_minutes: u32,
    /// Services in production, all of team `a`.
    pub(crate) services: usize,
    /// How many of them are on no golden path.
    pub(crate) off_road: usize,
    /// Clouds, one service after the other.
    pub(crate) clouds: &'static [&'static str],
    /// Environments of each service.
    pub(crate) environments: &'static [&'static str],
    /// Whether the first service is under a regime.
    pub(crate) is_regulated: bool,
    /// How many of ten say that infrastructure slows them down.
    pub(crate) agreeing: usize,
    /// Day of July on which the joiners' commits reached production.
    pub(crate) shipped_on: u32,
    /// Percent of the time for infrastructure and for the product.
    pub(crate) time: (i64, i64),
}

/// Green in everything.
pub(crate) const GREEN: Shape = Shape {
    engineers: 120,
    teams: &["a", "b"],
    wait_minutes: 30 * 60,
    services: 30,
    off_road: 7,
    clouds: &["aws", "gcp"],
    environments: &["production", "staging", "dev"],
    is_regulated: true,
    agreeing: 5,
    shipped_on: 21,
    time: (35, 50),
};

/// Yellow in everything.
pub(crate) const YELLOW: Shape = Shape {
    engineers: 70,
    wait_minutes: 3 * 60,
    services: 10,
    off_road: 1,
    environments: &["production"],
    is_regulated: false,
    agreeing: 3,
    shipped_on: 6,
    time: (20, 60),
    ..GREEN
};

/// Red in everything.
pub(crate) const RED: Shape = Shape {
    engineers: 40,
    teams: &["a"],
    wait_minutes: 10,
    services: 3,
    off_road: 0,
    clouds: &["aws"],
    environments: &["production"],
    is_regulated: false,
    agreeing: 1,
    shipped_on: 2,
    time: (10, 85),
};

const HEADS: [(&str, &str); 13] = [
    ("people", "person_id,role,hired_on"),
    ("team_members", "team_id,person_id,valid_from"),
    ("survey_responses", "survey_id,wave,respondent_hash,question_id,scale,score,answered_at"),
    ("support_tickets", "ticket_id,team_id,category,created_at,source_url"),
    (
        "self_service_runs",
        "run_id,action_id,target,person_id,team_id,requested_at,finished_at,outcome",
    ),
    ("services", "service_id,lifecycle,production_since,clouds,compliance_tags"),
    ("service_owners", "service_id,team_id,valid_from"),
    ("service_repositories", "service_id,repository_id"),
    ("capabilities", "capability_id,golden_path_ids"),
    ("capability_adoptions", "service_id,capability_id,valid_from,status"),
    ("deployments", "deployment_id,service_id,repository_id,environment,sha,finished_at,outcome"),
    ("commits", "repository_id,sha,parent_shas,author_email,authored_at,committed_at"),
    ("identities", "provider,identifier,person_id"),
];

/// Rows on their way into a lake.
pub(crate) struct Company {
    tables: BTreeMap<&'static str, Vec<String>>,
}

impl Company {
    pub(crate) fn new() -> Company {
        Company { tables: BTreeMap::new() }
    }

    pub(crate) fn of(shape: &Shape) -> Company {
        let mut company = Company::new();
        let each = (shape.engineers - 5) / shape.teams.len();
        let mut left = shape.engineers - 5;
        for (at, team) in shape.teams.iter().enumerate() {
            let count = if at + 1 == shape.teams.len() { left } else { each };
            company.engineers(team, count, "2025-01-01");
            left -= count;
        }
        for at in 0..3 {
            let finished = chrono::NaiveDate::from_ymd_opt(2026, 8, 3 + at)
                .and_then(|day| day.and_hms_opt(9, 0, 0))
                .expect("an instant")
                + chrono::Duration::minutes(shape.wait_minutes.into());
            company.row(
                "self_service_runs",
                format!(
                    "r{at},database,t{at},,a,2026-08-{:02}T09:00:00Z,{}Z,succeeded",
                    3 + at,
                    finished.format("%Y-%m-%dT%H:%M:%S")
                ),
            );
        }
        company.fleet(shape);
        let answers: Vec<i64> = (0..10).map(|at| if at < shape.agreeing { 4 } else { 2 }).collect();
        company.answers("infrastructure_slows_me", "likert_1_5", &answers);
        company.answers("percent_time_infrastructure", "percent", &[shape.time.0; 6]);
        company.answers("percent_time_product", "percent", &[shape.time.1; 6]);
        company.joiners(shape);
        company
    }

    fn row(&mut self, table: &'static str, row: String) {
        self.tables.entry(table).or_default().push(row);
    }

    fn count(&self, table: &str) -> usize {
        self.tables.get(table).map_or(0, Vec::len)
    }

    /// Engineers of a team, hired on a day.
    pub(crate) fn engineers(&mut self, team: &str, count: usize, hired_on: &str) {
        for _ in 0..count {
            let person = format!("p{}@acme.test", self.count("people"));
            self.row("people", format!("{person},engineer,{hired_on}"));
            self.row("team_members", format!("{team},{person},{hired_on}T00:00:00Z"));
        }
    }

    /// Answers to a question, given in August.
    pub(crate) fn answers(&mut self, question: &str, scale: &str, scores: &[i64]) {
        for (at, score) in scores.iter().enumerate() {
            self.row(
                "survey_responses",
                format!("devex,2026Q3,h{at},{question},{scale},{score},2026-08-20T09:00:00Z"),
            );
        }
    }

    /// A ticket of a team.
    pub(crate) fn ticket(&mut self, team: &str, category: &str, day: &str) {
        let number = self.count("support_tickets") + 1;
        self.row(
            "support_tickets",
            format!("t{number},{team},{category},{day}T09:00:00Z,https://desk.acme.test/{number}"),
        );
    }

    /// A deployment of a service.
    pub(crate) fn deployment(&mut self, service: &str, environment: &str, day: &str, commit: &str) {
        let number = self.count("deployments");
        let sha = if commit.is_empty() { String::new() } else { sha(commit) };
        self.row(
            "deployments",
            format!("d{number},{service},{service},{environment},{sha},{day}T00:00:00Z,succeeded"),
        );
    }

    /// Services with clouds, environments and paths.
    fn fleet(&mut self, shape: &Shape) {
        self.row("capabilities", "ci,\"[\"\"web\"\"]\"".to_owned());
        for at in 0..shape.services {
            let service = format!("s{at:02}");
            let cloud = shape.clouds[at % shape.clouds.len()];
            let tags = if shape.is_regulated && at == 0 { "\"[\"\"pci\"\"]\"" } else { "[]" };
            self.row(
                "services",
                format!("{service},production,2026-01-01T00:00:00Z,\"[\"\"{cloud}\"\"]\",{tags}"),
            );
            self.row("service_owners", format!("{service},a,2025-01-01T00:00:00Z"));
            if at >= shape.off_road {
                self.row(
                    "capability_adoptions",
                    format!("{service},ci,2026-01-01T00:00:00Z,adopted"),
                );
            }
            for environment in shape.environments {
                self.deployment(&service, environment, "2026-06-15", "");
            }
        }
    }

    /// Five who were hired on July 1st, and whose commits were deployed together.
    fn joiners(&mut self, shape: &Shape) {
        let first = self.count("people");
        self.engineers(shape.teams[0], 5, "2026-07-01");
        self.row("service_repositories", "s01,s01".to_owned());
        self.commit("c0", "", "old@acme.test", "2026-01-05");
        self.deployment("s01", "production", "2026-02-01", "c0");
        for at in 0..5 {
            let author = format!("p{}@acme.test", first + at);
            self.commit(&format!("c{}", at + 1), &format!("c{at}"), &author, "2026-07-01");
        }
        let day = format!("2026-07-{:02}", shape.shipped_on);
        self.deployment("s01", "production", &day, "c5");
    }

    fn commit(&mut self, name: &str, parent: &str, author: &str, day: &str) {
        let parents =
            if parent.is_empty() { "[]".to_owned() } else { format!("[\"\"{}\"\"]", sha(parent)) };
        let at = format!("{day}T00:00:00Z");
        self.row("commits", format!("s01,{},\"{parents}\",{author},{at},{at}", sha(name)));
    }

    /// Writes the files and reads them.
    pub(crate) fn ingest(&self, world: &World) {
        for (table, head) in HEADS {
            if let Some(rows) = self.tables.get(table) {
                world
                    .file(&format!("facts/{table}.csv"), &format!("{head}\n{}\n", rows.join("\n")));
            }
        }
        let (facts, lake) = (world.place("facts"), world.place("lake"));
        world.milepost(&["ingest", "files", &facts, "--lake", &lake]).ok();
    }
}
