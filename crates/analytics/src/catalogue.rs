//! The query catalogue: one SQL file a metric or entity, with its description at the head.

pub(crate) mod glossary;
pub(crate) mod levels;
mod quantiles;
mod traits;

use std::collections::BTreeMap;

use include_dir::{Dir, include_dir};
use levels::Levels;
pub use traits::{About, Coverage, Interval, Named};

use crate::AnalyticsError;

static QUERIES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../queries");

const KEYS: [&str; 17] = [
    "metric",
    "title",
    "question",
    "unit",
    "better",
    "statistic",
    "population",
    "excludes",
    "reference",
    "needs",
    "empty",
    "reasons",
    "about",
    "people",
    "by",
    "interval",
    "coverage",
];

/// What the head keys that not every metric has mean.
const HEAD_KEYS: &str = "
## Head keys

Beside what the tables above show, a head may say:

| key | values |
|---|---|
| `about` | `services` (default); `teams`, subjects are then all teams that any table names, and whether a service is live does not matter; `people`, the same, and groups of fewer than five people are hidden |
| `people` | of what is about people, and needed there: the column of its population that names the person behind a fact, NULL where nobody is named; with ` within COLUMN` where a name is one person's only there, as in one wave of a survey; with ` of VIEW` where people are not those behind the facts, but those of another view, with a row for every person, subject and window |
| `by` | kinds of subjects that it says anything of, all by default; others have the reason `not_by_service`, `not_by_team` or `not_by_organization` |
| `interval` | `wilson`: Wilson's of a ratio, for every subject, where the units are independent; `own`: the SQL returns `ci_low` and `ci_high`; `none`. By default ratios have Wilson's for single services |
| `coverage` | `deployments` (default about services); `own`: the SQL returns `coverage_ratio` and `basis`; `none` (default about teams and people) |
| `empty`, `reasons` | the word of a window in which nothing counts; the words that the SQL's own column `reason` may hold |
| `needs` | `failure_source` where it means nothing without one |

Of what is about people a figure of fewer than five is hidden: the value, its interval, its counts and its coverage are NULL with the reason `group_too_small`. People are those of the counted facts, and where none counts those of the facts that are left out; of several waves of a survey those of the largest. Nor can a hidden figure be had by subtraction. Where a shown group less the shown groups below it, or a shown window less the shown windows within it, would tell of fewer than five people, another group below it, with all that is below that, or another window within it is hidden too, the one of the fewest people; and so on for what is hidden then, until no figure that is hidden follows from those that are shown. A month is within its quarter, the quarter within its year, years and weeks within everything; weeks and months, which do not nest, are not set against each other. What is hidden is judged over all kinds of windows of the whole history, whichever are asked for, so that an answer adds nothing to an earlier one; of other spans of whole months nothing is shown but what follows from shown months, quarters and years. Windows that the asked span cuts are hidden with the reason `cut_window`.
";

const STUDENT_T: &str = "
## Student's t

`seeds/student_t.csv`, also the table `seeds.student_t`: the 97.5 % quantiles of Student's t distribution for 1 to 200 degrees of freedom, 12 digits, made with scipy 1.17 (`scipy.stats.t.ppf(0.975, df)`), because the engine has no function for it. Above 200 the last one stands, which makes an interval at most 0.7 % too wide.
";

/// What a value can be measured in.
const UNITS: [&str; 6] = ["seconds", "ratio", "count", "count_per_day", "score", "cost"];

/// A metric: what it says at the head of its file, and its SQL.
#[derive(Debug, Clone)]
pub struct Metric {
    /// Name in SQL and on the command line; the file's.
    pub name: String,
    /// Name for people.
    pub title: String,
    /// Question it answers.
    pub question: String,
    /// What its value is measured in: one of `seconds ratio count count_per_day score cost`.
    pub unit: String,
    /// `higher` or `lower`.
    pub better: String,
    /// Statistics it gives, the headline first.
    pub statistics: Vec<String>,
    /// Units of the statistics that have another than the metric, by name.
    pub units: BTreeMap<String, String>,
    /// What it counts, and so what its sample size is a number of.
    pub population: String,
    /// What it leaves out, in words.
    pub excludes: String,
    /// Where the definition comes from.
    pub reference: String,
    /// Word of a window in which nothing counts: `no_` and the population, unless it says another.
    pub empty: String,
    /// Words that its own column `reason` may hold, for values that are NULL although something
    /// counts; without any there is no such column.
    pub reasons: Vec<String>,
    /// True where it means nothing without a source of failures.
    pub needs_failures: bool,
    /// What its units are, which decides what its subjects are and whether small groups are hidden.
    pub about: About,
    /// How its people are named; `None` where it is not about people.
    pub people: Option<Named>,
    /// Kinds of subjects that it says anything of: of `service team organization`.
    pub by: Vec<String>,
    /// Which values have an interval.
    pub interval: Interval,
    /// What its coverage and basis are.
    pub coverage: Coverage,
    /// The query as written, its head included.
    pub sql: String,
}

/// All queries, checked.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    /// Metrics by name.
    pub metrics: BTreeMap<String, Metric>,
    /// SQL of the entities by name: small tables that do not depend on windows.
    pub entities: BTreeMap<String, String>,
    /// SQL of the populations by name: one row for every fact a metric looks at, subject and
    /// window, with its value or why it is left out.
    pub populations: BTreeMap<String, String>,
    /// SQL of the facts placed in subjects and windows, by name.
    pub windowed: BTreeMap<String, String>,
    /// Sets of levels.
    pub levels: Levels,
    /// SQL of the small tables kept by hand, by name.
    pub seeds: BTreeMap<String, String>,
}

impl Catalogue {
    /// Set of levels of the guide that the product is built on.
    pub const DEFAULT_LEVEL_SET: &str = "dora_2019";

    /// The queries that come with the program, and those of the user: file stem and text.
    ///
    /// # Errors
    /// Where a file breaks the rules of `queries/README.md`.
    pub fn load(users: &[(String, String)]) -> Result<Catalogue, AnalyticsError> {
        Catalogue::load_for("milepost", users)
    }

    /// The same, with what a preset of the definition aggregates otherwise
    /// (`queries/presets/NAME/`) in place of the usual queries of that name.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn load_for(preset: &str, users: &[(String, String)]) -> Result<Catalogue, AnalyticsError> {
        let mut catalogue = Catalogue::default();
        let owned = |(name, sql): (&str, &str)| (name.to_owned(), sql.to_owned());
        catalogue.entities = bundled("entities").map(owned).collect();
        let (populations, metrics) =
            (format!("presets/{preset}/populations"), format!("presets/{preset}/metrics"));
        catalogue.populations =
            bundled("populations").chain(bundled(&populations)).map(owned).collect();
        catalogue.windowed = bundled("windowed").map(owned).collect();
        catalogue.levels = Levels::read(seed("levels"))?;
        catalogue.seeds = BTreeMap::from([
            ("levels".to_owned(), catalogue.levels.sql()),
            ("student_t".to_owned(), quantiles::student_t(seed("student_t"))?),
        ]);
        let bundled = bundled("metrics").chain(bundled(&metrics)).map(owned);
        for (name, sql) in bundled.chain(users.iter().cloned()) {
            let name = name.as_str();
            let metric = parse(name, &sql)?;
            if !catalogue.populations.contains_key(&metric.population) {
                let known: Vec<&str> = catalogue.populations.keys().map(String::as_str).collect();
                return Err(fault(
                    name,
                    format!(
                        "has the unknown population `{}`; known are {}",
                        metric.population,
                        known.join(", ")
                    ),
                ));
            }
            if let Some(view) = metric.people.as_ref().and_then(|people| people.of.as_deref())
                && !catalogue.has_view(view)
            {
                return Err(fault(name, format!("has people of the unknown view `{view}`")));
            }
            catalogue.metrics.insert(name.to_owned(), metric);
        }
        Ok(catalogue)
    }

    /// Whether `windowed.NAME` or `populations.NAME` is a view.
    fn has_view(&self, view: &str) -> bool {
        match view.split_once('.') {
            Some(("windowed", name)) => self.windowed.contains_key(name),
            Some(("populations", name)) => self.populations.contains_key(name),
            _ => false,
        }
    }

    /// The catalogue as the page `queries/README.md`.
    pub fn page(&self) -> String {
        let mut page = String::from(
            "# Queries\n\n<!-- Generated: scripts/test says how to renew it. -->\n\n\
             One file a metric in `metrics/`, its test beside it as `.slt`; what several of them share in `entities/` (small tables, computed once a session), `windowed/` (facts placed in subjects and windows, views `windowed.NAME`) and `populations/` (the facts a metric looks at, views `populations.NAME`). `seeds/` holds small tables kept by hand.\n\
             A population has a row for every fact, subject and window: `subject_kind, subject_id, window_kind, window_start, fact_kind, fact_id, service_id, repository_id, at, value` (the number that goes into the aggregate) and `exclusion_reason` (NULL where it is counted). A metric aggregates the counted rows of its population; a value's `sample_size` is their number and `excluded_count` that of the others.\n\
             Heads are `-- key: value`. Every metric is also the view `metrics.NAME`.\n\n\
             | metric | question | unit | better | statistics | counts | leaves out | source |\n\
             |---|---|---|---|---|---|---|---|\n",
        );
        for metric in self.metrics.values() {
            page += &format!(
                "| `{}` | {} | {} | {} | {} | {} | {} | {} |\n",
                metric.name,
                metric.question,
                metric.unit,
                metric.better,
                metric.statistics.join(", "),
                metric.population.replace('_', " "),
                metric.excludes,
                metric.reference
            );
        }
        let kinds = [
            ("entity", &self.entities),
            ("windowed", &self.windowed),
            ("population", &self.populations),
        ];
        for (kind, queries) in kinds {
            page += &format!("\n| {kind} | what a row is |\n|---|---|\n");
            for (name, sql) in queries {
                page += &format!("| `{name}` | {} |\n", comment(sql));
            }
        }
        page + HEAD_KEYS + &self.levels.page() + STUDENT_T
    }
}

fn seed(name: &str) -> &'static str {
    let file = QUERIES.get_file(format!("seeds/{name}.csv"));
    file.and_then(|file| file.contents_utf8()).unwrap_or_default()
}

fn bundled(folder: &str) -> impl Iterator<Item = (&'static str, &'static str)> + use<> {
    let files = QUERIES.get_dir(folder).map(Dir::files).into_iter().flatten();
    files.filter_map(|file| {
        let path = file.path();
        let is_sql = path.extension().is_some_and(|extension| extension == "sql");
        is_sql.then_some((path.file_stem()?.to_str()?, file.contents_utf8()?))
    })
}

fn parse(name: &str, sql: &str) -> Result<Metric, AnalyticsError> {
    let head = head(name, sql)?;
    let value = |key: &str| {
        head.get(key).cloned().ok_or_else(|| fault(name, format!("lacks the line `-- {key}: …`")))
    };
    if value("metric")? != name {
        return Err(fault(name, "does not name itself in its line `-- metric: …`".to_owned()));
    }
    let unit = value("unit")?;
    let (statistics, units) = statistics(&value("statistic")?);
    for unit in units.values().chain([&unit]) {
        if !UNITS.contains(&unit.as_str()) {
            let known = UNITS.join(", ");
            return Err(fault(name, format!("has the unknown unit `{unit}`; known are {known}")));
        }
    }
    let better = value("better")?;
    if !["higher", "lower"].contains(&better.as_str()) {
        return Err(fault(name, format!("says better is `{better}`; it is `higher` or `lower`")));
    }
    let said = |key: &str| head.get(key).map(String::as_str);
    let about = traits::about(said("about")).map_err(|reason| fault(name, reason))?;
    let people = traits::people(said("people"), about).map_err(|reason| fault(name, reason))?;
    let by = traits::by(said("by")).map_err(|reason| fault(name, reason))?;
    let interval =
        traits::interval(said("interval"), &unit).map_err(|reason| fault(name, reason))?;
    let coverage =
        traits::coverage(said("coverage"), about).map_err(|reason| fault(name, reason))?;
    for needed in ["select *", "approx_"] {
        if sql.to_lowercase().contains(needed) {
            return Err(fault(name, format!("uses `{needed}`, which a metric must not")));
        }
    }
    Ok(Metric {
        name: name.to_owned(),
        title: value("title")?,
        question: value("question")?,
        unit,
        better,
        statistics,
        units,
        empty: head
            .get("empty")
            .cloned()
            .map_or_else(|| value("population").map(|population| format!("no_{population}")), Ok)?,
        reasons: head.get("reasons").map(|reasons| words(reasons)).unwrap_or_default(),
        population: value("population")?,
        excludes: value("excludes")?,
        reference: value("reference")?,
        needs_failures: head.get("needs").is_some_and(|needs| needs == "failure_source"),
        about,
        people,
        by,
        interval,
        coverage,
        sql: sql.to_owned(),
    })
}

/// Names of statistics, and units of those that say `NAME in UNIT`.
fn statistics(list: &str) -> (Vec<String>, BTreeMap<String, String>) {
    let mut units = BTreeMap::new();
    let names = words(list).into_iter().map(|word| match word.split_once(" in ") {
        Some((name, unit)) => {
            units.insert(name.to_owned(), unit.trim().to_owned());
            name.to_owned()
        }
        None => word,
    });
    (names.collect(), units)
}

fn words(list: &str) -> Vec<String> {
    list.split(',').map(|word| word.trim().to_owned()).collect()
}

fn head(name: &str, sql: &str) -> Result<BTreeMap<String, String>, AnalyticsError> {
    let mut head = BTreeMap::new();
    for line in sql.lines().take_while(|line| line.starts_with("--")) {
        let (key, value) = line.trim_start_matches("--").split_once(':').ok_or_else(|| {
            fault(name, format!("has the head line `{line}`, which is no `-- key: value`"))
        })?;
        let (key, value) = (key.trim(), value.trim());
        if !KEYS.contains(&key) {
            return Err(fault(
                name,
                format!("has the unknown key `{key}`; known are {}", KEYS.join(", ")),
            ));
        }
        if head.insert(key.to_owned(), value.to_owned()).is_some() {
            return Err(fault(name, format!("has the key `{key}` twice")));
        }
    }
    Ok(head)
}

/// The comment an entity begins with, on one line.
pub(crate) fn comment(sql: &str) -> String {
    let lines = sql.lines().take_while(|line| line.starts_with("--"));
    lines.map(|line| line.trim_start_matches('-').trim()).collect::<Vec<_>>().join(" ")
}

fn fault(name: &str, reason: String) -> AnalyticsError {
    AnalyticsError::Query { file: format!("{name}.sql"), reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "-- metric: x\n-- title: X\n-- question: How many?\n-- unit: count\n\
                        -- better: higher\n-- statistic: value\n-- population: deployments\n\
                        -- excludes: nothing\n-- reference: none\n";

    fn error(sql: &str) -> String {
        let users = [("x".to_owned(), sql.to_owned())];
        Catalogue::load(&users).err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn the_bundled_queries_keep_the_rules() {
        let catalogue = Catalogue::load(&[]).expect("a catalogue");
        for name in [
            "change_lead_time",
            "deployment_frequency",
            "failed_deployment_recovery_time",
            "change_fail_rate",
            "deployment_rework_rate",
        ] {
            assert!(catalogue.metrics.contains_key(name), "{name}");
        }
    }

    #[test]
    fn a_users_metric_loads_the_same_way() {
        assert_eq!(error(&format!("{HEAD}select 1")), "");
    }

    #[test]
    fn a_broken_head_is_named() {
        assert!(error("select 1").contains("lacks the line `-- metric: …`"));
        assert!(error(&HEAD.replace("count\n", "parsecs\n")).contains("unknown unit `parsecs`"));
        let of_one = HEAD.replace("statistic: value", "statistic: value, week in parsecs");
        assert!(error(&of_one).contains("unknown unit `parsecs`"));
        assert!(error(&HEAD.replace("-- unit", "-- units")).contains("unknown key `units`"));
        assert!(
            error(&HEAD.replace("deployments", "unicorns"))
                .contains("unknown population `unicorns`")
        );
        assert!(error(&format!("{HEAD}select * from x")).contains("`select *`"));
        let with = |line: &str| error(&format!("{HEAD}-- {line}\nselect 1"));
        assert!(with("about: pets").contains("is about `pets`"));
        assert!(with("people: person_id").contains("is not about them"));
        let of_people = |people: &str| with(&format!("about: people\n-- people: {people}"));
        assert!(with("about: people").contains("names none"));
        assert!(of_people("a b").contains("`COLUMN within COLUMN`"));
        assert!(of_people("person_id of windowed.unicorns").contains("view `windowed.unicorns`"));
        assert_eq!(of_people("respondent_id within wave_id"), "");
        assert_eq!(of_people("person_id of windowed.developer_days"), "");
        assert!(with("by: team, galaxy").contains("is by `galaxy`"));
        assert!(with("interval: wide").contains("has the interval `wide`"));
        assert!(with("interval: wilson").contains("is of ratios"));
        assert!(with("coverage: full").contains("has the coverage `full`"));
        assert_eq!(with("by: organization"), "");
    }

    #[test]
    fn the_page_of_queries_is_in_step() {
        let page = Catalogue::load(&[]).expect("a catalogue").page();
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../queries/README.md");
        if std::env::var_os("MILEPOST_RENEW").is_some() {
            std::fs::write(path, &page).expect("a writable page");
        }
        let written = std::fs::read_to_string(path).expect("queries/README.md");
        assert_eq!(page, written, "run `MILEPOST_RENEW=1 cargo nextest run the_page_of_queries`");
    }
}
