//! Levels: dated, named sets of bands that others published, from `queries/seeds/levels.csv`.

use serde::Deserialize;

use crate::AnalyticsError;

const FILE: &str = "levels.csv";
const COMPARATORS: [&str; 4] = ["<", "<=", ">", ">="];
/// Below this many counted facts a value says too little for a level.
const ENOUGH: u32 = 5;

const PAGE: &str = "
## Levels

`seeds/levels.csv`, also the table `seeds.levels`. A report describes the clusters that it found among \
the answers of its year, so a level is told with the name of its set: `level_set` in the configuration, \
`dora_2019` unless it says another. The first band that holds is the level, in the statistic's unit \
(a month is 730.5 hours, half a year 4383).

- A value between two published bands has the worse of the two levels; one beyond the last is `below_low`.
- Where levels were published with the same band, the best has it and the worst has the gap that follows \
(2019 and 2024: recovery within a day is high, within a week medium). Without such a gap nobody can tell \
them apart, and the level names all: `elite/high`, `high/medium/low`.
- The fail rates of 2023 and 2024 were published as single values: a band reaches up to its value. \
That of high (20 %) was above that of medium (10 %) in 2024, so that the two are one.
- On demand, several times a day, is a median of more than 5 deployments a week, once every working day. \
Where no week or month is complete, what needs its median has no level.
- `insufficient_data` below a sample size of 5; `borderline` where the two ends of a share's Wilson interval \
fall into different bands.
- Nobody published levels of rework, nor any for 2025.

Sources: the reports of 2019 (p. 18) and 2021 (p. 9) for those years; for 2023 and 2024 what Octopus Deploy \
reported of the clusters; time to first deployment is the guide's.

| set | metric | levels |
|---|---|---|
";

/// A level of a metric in a set. The first band by position that holds is the level.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Band {
    /// Name of the set: who published it and for which year.
    pub level_set: String,
    /// Metric it is of.
    pub metric: String,
    /// Place among the bands of the metric, from 1.
    pub position: u32,
    /// Name of the level; `elite/high` where the set can't tell two apart.
    pub level: String,
    /// Statistic of the metric that is compared.
    pub statistic: String,
    /// `<`, `<=`, `>` or `>=`; empty for the last band, which takes the rest.
    pub comparator: String,
    /// What the statistic is compared with, in the statistic's unit; `None` for the last band.
    pub threshold: Option<f64>,
}

impl Band {
    fn words(&self) -> String {
        let Band { level, statistic, comparator, .. } = self;
        match self.threshold {
            None => format!("{level} else"),
            Some(threshold) => format!("{level} `{statistic} {comparator} {threshold}`"),
        }
    }
}

/// All sets of levels.
#[derive(Debug, Clone, Default)]
pub struct Levels(Vec<Band>);

impl Levels {
    /// Reads and checks the bands.
    ///
    /// # Errors
    /// Where a line is none, or the bands of a metric do not end with one that takes the rest.
    pub(crate) fn read(csv: &str) -> Result<Levels, AnalyticsError> {
        let fault = |reason| AnalyticsError::Query { file: FILE.to_owned(), reason };
        let bands = csv::Reader::from_reader(csv.as_bytes())
            .deserialize()
            .collect::<Result<Vec<Band>, _>>()
            .map_err(|error| fault(format!("can't be read: {error}")))?;
        let levels = Levels(bands);
        for (at, band) in levels.0.iter().enumerate() {
            let Band { level_set, metric, position, .. } = band;
            let is_last = levels.0.get(at + 1).is_none_or(|next| next.position == 1);
            let is_rest = band.comparator.is_empty() && band.threshold.is_none();
            let is_compared =
                COMPARATORS.contains(&band.comparator.as_str()) && band.threshold.is_some();
            if !(if is_last { is_rest } else { is_compared }) {
                return Err(fault(format!(
                    "has for {metric} of {level_set} at position {position} a wrong comparator or threshold: all bands compare, but the last takes the rest"
                )));
            }
        }
        Ok(levels)
    }

    /// Names of the sets, sorted.
    pub fn sets(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.0.iter().map(|band| band.level_set.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Checks that there is a set of that name.
    ///
    /// # Errors
    /// Where there is none; the message names those there are.
    pub fn check(&self, set: &str) -> Result<(), AnalyticsError> {
        let known = self.sets();
        if known.contains(&set) {
            return Ok(());
        }
        Err(AnalyticsError::Definition(format!(
            "there is no level set `{set}`; there are {}",
            known.join(", ")
        )))
    }

    /// Bands of a metric in a set, by position; none where the set has no opinion on it.
    pub fn of(&self, set: &str, metric: &str) -> Vec<&Band> {
        let is_meant = |band: &&Band| band.level_set == set && band.metric == metric;
        let mut bands: Vec<&Band> = self.0.iter().filter(is_meant).collect();
        bands.sort_by_key(|band| band.position);
        bands
    }

    /// The sets as a section of the page `queries/README.md`.
    pub(crate) fn page(&self) -> String {
        let mut page = PAGE.to_owned();
        for bands in self.0.chunk_by(|one, next| one.position < next.position) {
            let levels: Vec<String> = bands.iter().map(Band::words).collect();
            if let Some(Band { level_set, metric, .. }) = bands.first() {
                page += &format!("| `{level_set}` | `{metric}` | {} |\n", levels.join(", "));
            }
        }
        page
    }

    /// The bands as the query behind `seeds.levels`.
    pub(crate) fn sql(&self) -> String {
        let rows: Vec<String> = self
            .0
            .iter()
            .map(|band| {
                let Band { level_set, metric, position, level, statistic, comparator, .. } = band;
                let threshold = band.threshold.map_or("null".to_owned(), |at| format!("{at:?}"));
                format!(
                    "('{level_set}', '{metric}', {position}, '{level}', '{statistic}', nullif('{comparator}', ''), cast({threshold} as double))"
                )
            })
            .collect();
        format!(
            "select column1 as level_set, column2 as metric, column3 as position, column4 as level, \
             column5 as statistic, column6 as comparator, column7 as threshold from (values {})",
            rows.join(", ")
        )
    }
}

/// Statistics other than the headline that the bands look at.
pub(crate) fn others<'a>(bands: &[&'a Band], headline: &str) -> Vec<&'a str> {
    let compared = bands.iter().filter(|band| band.threshold.is_some());
    let mut names: Vec<&str> = compared.map(|band| band.statistic.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names.retain(|name| *name != headline);
    names
}

/// The level of a row: of its `value`, and of what [`others`] names as columns. With the two ends
/// of an interval it is `borderline` where they fall into different bands.
pub(crate) fn level(bands: &[&Band], headline: &str, ends: Option<(&str, &str)>) -> String {
    if bands.is_empty() {
        return "null".to_owned();
    }
    let level = match ends {
        None => band(bands, headline, "value"),
        Some((low, high)) => {
            let (low, high) = (band(bands, headline, low), band(bands, headline, high));
            format!("case when {low} = {high} then {low} else 'borderline' end")
        }
    };
    format!(
        "case when statistic <> '{headline}' or value is null then null \
         when sample_size < {ENOUGH} then 'insufficient_data' else {level} end"
    )
}

/// Band that `value` falls into; NULL where a statistic that decides is.
fn band(bands: &[&Band], headline: &str, value: &str) -> String {
    let cases: Vec<String> = bands
        .iter()
        .map(|band| {
            let Band { level, statistic, comparator, .. } = band;
            let compared = if statistic == headline { value } else { statistic };
            match band.threshold {
                None => format!("else '{level}'"),
                Some(threshold) => format!(
                    "when {compared} is null then null \
                     when {compared} {comparator} {threshold:?} then '{level}'"
                ),
            }
        })
        .collect();
    format!("(case {} end)", cases.join(" "))
}

#[cfg(test)]
mod tests {
    use datafusion::prelude::SessionContext;

    use super::*;

    const HEAD: &str = "level_set,metric,position,level,statistic,comparator,threshold\n";

    fn error(lines: &str) -> String {
        Levels::read(&format!("{HEAD}{lines}"))
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default()
    }

    /// Levels of a set for values of a metric, at a sample size of 5.
    async fn levels_of(set: &str, metric: &str, headline: &str, values: &[f64]) -> Vec<String> {
        let levels = Levels::read(include_str!("../../../../queries/seeds/levels.csv"));
        let levels = levels.expect("levels");
        let level = level(&levels.of(set, metric), headline, None);
        let mut got = Vec::new();
        for value in values {
            got.push(
                answer(
                    &level,
                    &format!("'{headline}' as statistic, {value:?} as value, 5 as sample_size"),
                )
                .await,
            );
        }
        got
    }

    async fn answer(level: &str, row: &str) -> String {
        let sql = format!("select coalesce({level}, '-') as level from (select {row})");
        let rows = SessionContext::new().sql(&sql).await.expect("a plan").collect().await;
        let rows = rows.expect("a row");
        crate::columns::Texts::of(&rows[0], "level")
            .expect("texts")
            .get(0)
            .expect("a level")
            .to_owned()
    }

    const HOUR: f64 = 3600.0;
    const DAY: f64 = 24.0 * HOUR;
    const WEEK: f64 = 7.0 * DAY;
    const MONTH: f64 = 730.5 * HOUR;
    const HALF_YEAR: f64 = 4383.0 * HOUR;

    #[tokio::test]
    async fn lead_times_have_the_levels_of_the_reports() {
        let values = [HOUR - 1.0, HOUR, DAY - 1.0, DAY, WEEK - 1.0, WEEK, MONTH, HALF_YEAR];
        for (set, expected) in [
            (
                "dora_2019",
                ["elite", "elite", "elite", "high", "high", "medium", "low", "below_low"],
            ),
            // Nobody was between an hour and a day, nor between a week and a month.
            ("dora_2021", ["elite", "high", "high", "high", "high", "medium", "medium", "low"]),
            (
                "dora_2023",
                ["elite", "elite", "elite", "high", "high", "medium/low", "below_low", "below_low"],
            ),
            (
                "dora_2024",
                ["elite", "elite", "elite", "high", "high", "medium", "low", "below_low"],
            ),
        ] {
            assert_eq!(levels_of(set, "change_lead_time", "p50", &values).await, expected, "{set}");
        }
    }

    #[tokio::test]
    async fn recovery_times_have_the_levels_of_the_reports() {
        let values = [HOUR - 1.0, HOUR, DAY, WEEK, MONTH, HALF_YEAR];
        for (set, expected) in [
            ("dora_2019", ["elite", "high", "medium", "low", "below_low", "below_low"]),
            ("dora_2021", ["elite", "high", "medium", "low", "low", "low"]),
            ("dora_2023", ["elite", "high", "medium", "low", "low", "below_low"]),
            ("dora_2024", ["elite", "high", "medium", "low", "below_low", "below_low"]),
        ] {
            let metric = "failed_deployment_recovery_time";
            assert_eq!(levels_of(set, metric, "p50", &values).await, expected, "{set}");
        }
    }

    #[tokio::test]
    async fn fail_rates_have_the_levels_of_the_reports() {
        let values = [0.05, 0.1, 0.15, 0.2, 0.3, 0.45, 0.46, 0.65];
        for (set, expected) in [
            (
                "dora_2019",
                [
                    "elite/high",
                    "elite/high",
                    "elite/high",
                    "medium",
                    "medium",
                    "medium",
                    "low",
                    "low",
                ],
            ),
            (
                "dora_2021",
                [
                    "elite",
                    "elite",
                    "elite",
                    "high/medium/low",
                    "high/medium/low",
                    "below_low",
                    "below_low",
                    "below_low",
                ],
            ),
            ("dora_2023", ["elite", "high", "medium", "low", "low", "low", "low", "below_low"]),
            (
                "dora_2024",
                [
                    "elite",
                    "high/medium",
                    "high/medium",
                    "high/medium",
                    "low",
                    "below_low",
                    "below_low",
                    "below_low",
                ],
            ),
        ] {
            assert_eq!(
                levels_of(set, "change_fail_rate", "ratio", &values).await,
                expected,
                "{set}"
            );
        }
    }

    #[tokio::test]
    async fn frequency_has_the_level_of_its_weeks_and_months() {
        let levels = Levels::read(include_str!("../../../../queries/seeds/levels.csv"));
        let bands = levels.as_ref().expect("levels").of("dora_2019", "deployment_frequency");
        let level = level(&bands, "rate", None);
        // Medians of weeks and months, deployments a day, and the level.
        for (weekly, monthly, rate, expected) in [
            ("5.5", "24.0", "0.8", "elite"),
            ("5.0", "22.0", "0.7", "high"),
            ("1.0", "4.0", "0.1", "high"),
            ("0.5", "1.0", "0.1", "medium"),
            ("0.0", "0.5", "0.1", "low"),
            // Once in 183 days is less than once in half a year, 182.625 days.
            ("0.0", "0.0", "1.0 / 182", "low"),
            ("0.0", "0.0", "1.0 / 183", "below_low"),
            // A week says nothing about months, a few days nothing about weeks.
            ("0.0", "null", "1.0", "-"),
            ("null", "null", "1.0", "-"),
        ] {
            let row = format!(
                "'rate' as statistic, {rate} as value, 5 as sample_size, \
                 cast({weekly} as double) as weekly_median, cast({monthly} as double) as monthly_median"
            );
            assert_eq!(answer(&level, &row).await, expected, "{row}");
        }
    }

    #[tokio::test]
    async fn a_level_needs_five_facts_and_an_interval_within_one_band() {
        let levels = Levels::read(&format!("{HEAD}a,x,1,good,ratio,<=,0.5\na,x,2,bad,ratio,,\n"));
        let levels = levels.expect("levels");
        let level = level(&levels.of("a", "x"), "ratio", Some(("low", "high")));
        for (size, low, high, expected) in [
            (4, 0.1, 0.2, "insufficient_data"),
            (5, 0.1, 0.5, "good"),
            (5, 0.1, 0.6, "borderline"),
            (5, 0.6, 0.7, "bad"),
        ] {
            let row = format!(
                "'ratio' as statistic, 0.5 as value, {size} as sample_size, {low:?} as low, {high:?} as high"
            );
            assert_eq!(answer(&level, &row).await, expected, "{row}");
        }
        assert_eq!(answer(&super::level(&[], "ratio", None), "1 as value").await, "-");
    }

    #[test]
    fn bands_that_leave_a_value_without_a_level_are_refused() {
        assert_eq!(error("a,x,1,good,p50,<,1\na,x,2,bad,p50,,\n"), "");
        assert!(error("a,x,1,good,p50,<,1\n").contains("x of a at position 1"));
        assert!(error("a,x,1,good,p50,=,1\na,x,2,bad,p50,,\n").contains("position 1"));
        assert!(error("a,x,1,good,p50,,\na,x,2,bad,p50,,\n").contains("position 1"));
        assert!(error("a,x,one,good,p50,<,1\n").contains("can't be read"));
    }

    #[test]
    fn an_unknown_set_is_told_which_there_are() {
        let levels = Levels::read(&format!("{HEAD}b,x,1,any,p50,,\na,x,1,any,p50,,\n"));
        let levels = levels.expect("levels");
        assert!(levels.check("a").is_ok());
        let error = levels.check("c").expect_err("no such set").to_string();
        assert_eq!(error, "there is no level set `c`; there are a, b");
    }
}
