//! What a look at the data found.

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Numbers are missing or wrong because of it.
    Problem,
    /// Worth knowing; the numbers that are there hold.
    Remark,
}

impl Severity {
    /// The word in rows: `problem` or `remark`.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Problem => "problem",
            Severity::Remark => "remark",
        }
    }

    /// The weight of something that holds for some of many: a problem from a tenth on. Below
    /// that, an old clock or two in a long history, it does not move a median.
    pub(crate) fn of_share(count: i64, of: i64) -> Severity {
        if count * 10 >= of { Severity::Problem } else { Severity::Remark }
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Name of the check that found it.
    pub check: String,
    /// How much it weighs.
    pub severity: Severity,
    /// What it is about: a metric, service, repository, team or table; `None`: the whole lake.
    pub subject: Option<String>,
    /// How many rows, things or cases.
    pub count: i64,
    /// What is the case, a sentence without its full stop.
    pub message: String,
    /// What would help, without a full stop; `None` where nothing is to be done.
    pub suggestion: Option<String>,
    /// Up to [`EXAMPLES`] of them, sorted.
    pub examples: Vec<String>,
}

/// Examples that a finding shows at most.
pub(crate) const EXAMPLES: usize = 3;

impl Finding {
    pub(crate) fn new(check: &str, severity: Severity, count: i64, message: String) -> Finding {
        Finding {
            check: check.to_owned(),
            severity,
            subject: None,
            count,
            message,
            suggestion: None,
            examples: Vec::new(),
        }
    }

    pub(crate) fn about(mut self, subject: &str) -> Finding {
        self.subject = Some(subject.to_owned());
        self
    }

    pub(crate) fn suggest(mut self, suggestion: impl Into<String>) -> Finding {
        self.suggestion = Some(suggestion.into());
        self
    }

    pub(crate) fn with_examples(mut self, examples: impl IntoIterator<Item = String>) -> Finding {
        self.examples = examples.into_iter().take(EXAMPLES).collect();
        self
    }
}

/// "1 deployment", "2 deployments", "0 deployments"; `things` is the plural.
pub(crate) fn counted(count: i64, things: &str) -> String {
    match (count, things.strip_suffix("ies"), things.strip_suffix('s')) {
        (1, Some(stem), _) => format!("1 {stem}y"),
        (1, None, Some(thing)) => format!("1 {thing}"),
        _ => format!("{count} {things}"),
    }
}

/// Names in backticks: `` `a`, `b` ``.
pub(crate) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
