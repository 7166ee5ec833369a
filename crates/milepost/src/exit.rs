//! Exit codes, decided in one place.

use std::process::ExitCode;

use milepost_analytics::AnalyticsError;
use milepost_lake::LakeError;
use milepost_report::ReportError;
use milepost_sources::SourceError;
use milepost_sources::backstage::BackstageError;
use milepost_sources::files::FilesError;
use milepost_sources::json::{JsonError, MappingError};

/// How a command ended that did what it could.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything was done.
    Done,
    /// Done, but for gaps that were all named.
    Gaps,
    /// Done, and what was looked at is not as it should be.
    Unsound,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        match exit {
            Exit::Done => ExitCode::SUCCESS,
            Exit::Gaps => ExitCode::from(3),
            Exit::Unsound => ExitCode::from(4),
        }
    }
}

/// Ends the process at once because somebody interrupted it: 130, and nothing is said.
#[expect(clippy::disallowed_methods, reason = "the one place where the process ends by itself")]
pub(crate) fn interrupted() -> ! {
    std::process::exit(130)
}

/// Why a command ended before it was done.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It could not be done: 1.
    Failed(String),
    /// What was asked for can't be: 2.
    Usage(String),
    /// Another process writes to the lake: 75.
    Locked(String),
    /// One of the others, which was said already.
    Said(Box<Failure>),
    /// Nobody reads the output any more: what was written is whole, and nothing is said.
    Unread,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Failure::Failed(text) | Failure::Usage(text) | Failure::Locked(text) => {
                formatter.write_str(text)
            }
            Failure::Said(failure) => failure.fmt(formatter),
            Failure::Unread => Ok(()),
        }
    }
}

impl Failure {
    pub(crate) fn failed(doing: &str, error: impl std::fmt::Display) -> Failure {
        Failure::Failed(format!("{doing}: {error}"))
    }

    /// Says what went wrong and gives the exit code.
    #[expect(clippy::print_stderr, reason = "the one place where a failure is printed")]
    pub(crate) fn report(self) -> ExitCode {
        if !matches!(self, Failure::Unread | Failure::Said(_)) {
            eprintln!("milepost: {}", milepost_report::plain(&self.to_string()));
        }
        ExitCode::from(self.code())
    }

    fn code(&self) -> u8 {
        match self {
            Failure::Unread => 0,
            Failure::Failed(_) => 1,
            Failure::Usage(_) => 2,
            Failure::Locked(_) => 75,
            Failure::Said(failure) => failure.code(),
        }
    }
}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Failure {
        match error {
            SourceError::NoRepository { .. }
            | SourceError::OtherRepository { .. }
            | SourceError::Configuration(_)
            | SourceError::Pattern(_) => Failure::Usage(error.to_string()),
            error => Failure::Failed(error.to_string()),
        }
    }
}

impl From<LakeError> for Failure {
    fn from(error: LakeError) -> Failure {
        match error {
            LakeError::Locked(_) | LakeError::BatchLocked(_) | LakeError::Conflict { .. } => {
                Failure::Locked(error.to_string())
            }
            error => Failure::Failed(error.to_string()),
        }
    }
}

impl From<AnalyticsError> for Failure {
    fn from(error: AnalyticsError) -> Failure {
        match error {
            AnalyticsError::Definition(text) => Failure::Usage(text),
            AnalyticsError::Query { .. } => Failure::Usage(error.to_string()),
            error => Failure::Failed(error.to_string()),
        }
    }
}

impl From<FilesError> for Failure {
    fn from(error: FilesError) -> Failure {
        Failure::Failed(error.to_string())
    }
}

impl From<BackstageError> for Failure {
    fn from(error: BackstageError) -> Failure {
        match error {
            BackstageError::Circle { .. } => Failure::Usage(error.to_string()),
            error => Failure::Failed(error.to_string()),
        }
    }
}

impl From<JsonError> for Failure {
    fn from(error: JsonError) -> Failure {
        Failure::Failed(error.to_string())
    }
}

impl From<MappingError> for Failure {
    fn from(error: MappingError) -> Failure {
        match error {
            MappingError::Unknown { .. } => Failure::Usage(error.to_string()),
            error => Failure::Failed(error.to_string()),
        }
    }
}

impl From<ReportError> for Failure {
    fn from(error: ReportError) -> Failure {
        match &error {
            ReportError::Write(source) if source.kind() == std::io::ErrorKind::BrokenPipe => {
                Failure::Unread
            }
            _ => Failure::Failed(error.to_string()),
        }
    }
}
