//! What a metric's head says of its units, subjects, intervals and coverage.

const SUBJECT_KINDS: [&str; 3] = ["service", "team", "organization"];

/// What the units of a metric are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum About {
    /// Services, or what happened to them. Subjects are those of `subjects`.
    #[default]
    Services,
    /// Teams: those without a service too, as `groups` has them.
    Teams,
    /// People: subjects as for teams, and groups of fewer than five are hidden.
    People,
}

/// How the people of a metric about people are named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Column with the person behind a fact; NULL where nobody is named.
    pub person: String,
    /// View with a row for every person, subject and window, where people are not those behind the
    /// facts of the population; `None` where they are.
    pub of: Option<String>,
    /// Column with what a name is one person's within, such as the wave of a survey that asks
    /// without names; `None` where the same person has the same name everywhere.
    pub within: Option<String>,
}

/// Which values have an interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interval {
    /// Wilson's, of single services: deployments of several services are not independent.
    WilsonOfServices,
    /// Wilson's, of all subjects: the units are independent.
    Wilson,
    /// The metric's SQL returns `ci_low` and `ci_high`.
    Own,
    /// None has.
    None,
}

/// What the columns `coverage_ratio` and `basis` are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coverage {
    /// How far the deployments can be trusted.
    Deployments,
    /// The metric's SQL returns both.
    Own,
    /// NULL.
    None,
}

impl About {
    /// Word in heads.
    pub fn name(self) -> &'static str {
        match self {
            About::Services => "services",
            About::Teams => "teams",
            About::People => "people",
        }
    }
}

impl Interval {
    /// Word in heads; `wilson_of_services` is what ratios have by default.
    pub fn name(self) -> &'static str {
        match self {
            Interval::WilsonOfServices => "wilson_of_services",
            Interval::Wilson => "wilson",
            Interval::Own => "own",
            Interval::None => "none",
        }
    }
}

impl Coverage {
    /// Word in heads.
    pub fn name(self) -> &'static str {
        match self {
            Coverage::Deployments => "deployments",
            Coverage::Own => "own",
            Coverage::None => "none",
        }
    }
}

pub(super) fn about(said: Option<&str>) -> Result<About, String> {
    match said {
        None | Some("services") => Ok(About::Services),
        Some("teams") => Ok(About::Teams),
        Some("people") => Ok(About::People),
        Some(other) => Err(format!("is about `{other}`; known are services, teams, people")),
    }
}

pub(super) fn people(said: Option<&str>, about: About) -> Result<Option<Named>, String> {
    let said = match (said, about) {
        (None, About::People) => return Err("is about people and names none (`people`)".to_owned()),
        (None, _) => return Ok(None),
        (Some(_), About::Services | About::Teams) => {
            return Err("names `people`, and is not about them".to_owned());
        }
        (Some(said), About::People) => said,
    };
    let words: Vec<&str> = said.split_whitespace().collect();
    let (person, within, of) = match words.as_slice() {
        [person] => (*person, None, None),
        [person, "within", within] => (*person, Some((*within).to_owned()), None),
        [person, "of", view] => (*person, None, Some((*view).to_owned())),
        _ => {
            return Err(format!(
                "has the people `{said}`; it is `COLUMN`, `COLUMN within COLUMN` or `COLUMN of VIEW`"
            ));
        }
    };
    Ok(Some(Named { person: person.to_owned(), of, within }))
}

pub(super) fn by(said: Option<&str>) -> Result<Vec<String>, String> {
    let kinds = match said {
        None => return Ok(SUBJECT_KINDS.map(str::to_owned).to_vec()),
        Some(said) => super::words(said),
    };
    match kinds.iter().find(|kind| !SUBJECT_KINDS.contains(&kind.as_str())) {
        Some(other) => Err(format!("is by `{other}`; known are {}", SUBJECT_KINDS.join(", "))),
        None => Ok(kinds),
    }
}

pub(super) fn interval(said: Option<&str>, unit: &str) -> Result<Interval, String> {
    match said {
        None if unit == "ratio" => Ok(Interval::WilsonOfServices),
        None | Some("none") => Ok(Interval::None),
        Some("wilson") if unit != "ratio" => {
            Err(format!("has Wilson's interval, which is of ratios, and the unit `{unit}`"))
        }
        Some("wilson") => Ok(Interval::Wilson),
        Some("own") => Ok(Interval::Own),
        Some(other) => Err(format!("has the interval `{other}`; known are wilson, own, none")),
    }
}

pub(super) fn coverage(said: Option<&str>, about: About) -> Result<Coverage, String> {
    match said {
        None if about == About::Services => Ok(Coverage::Deployments),
        None | Some("none") => Ok(Coverage::None),
        Some("deployments") => Ok(Coverage::Deployments),
        Some("own") => Ok(Coverage::Own),
        Some(other) => Err(format!("has the coverage `{other}`; known are deployments, own, none")),
    }
}
