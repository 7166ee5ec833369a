//! Failures in the words and codes of Postgres.

use datafusion::common::SchemaError;
use datafusion::error::DataFusionError;
use datafusion::sql::sqlparser::parser::ParserError;
use datafusion_postgres::pgwire::error::{ErrorInfo, PgWireError};

use crate::answer::one_sentence;
use crate::serve::exposed::DENIED;

/// An error that ends a query.
pub(super) fn error(code: &str, message: &str) -> PgWireError {
    told("ERROR", code, message)
}

/// An error that ends the connection.
pub(super) fn fatal(code: &str, message: &str) -> PgWireError {
    told("FATAL", code, message)
}

fn told(severity: &str, code: &str, message: &str) -> PgWireError {
    let (severity, code) = (severity.to_owned(), code.to_owned());
    PgWireError::UserError(Box::new(ErrorInfo::new(severity, code, message.to_owned())))
}

/// What a query may not do.
pub(super) fn refused(what: &str) -> PgWireError {
    error("42501", &format!("{DENIED}: queries only read, and {what} does more"))
}

/// A query that took too long.
pub(super) fn late(deadline: std::time::Duration) -> PgWireError {
    let seconds = deadline.as_secs_f64();
    error("57014", &format!("canceling statement: it took longer than {seconds} s"))
}

/// What the engine says, with the code that clients look at.
pub(super) fn of_engine(failure: &DataFusionError) -> PgWireError {
    let root = failure.find_root();
    let text = one_sentence(&root.strip_backtrace());
    let code = match root {
        DataFusionError::ResourcesExhausted(_) => "53200",
        DataFusionError::SQL(..) => "42601",
        DataFusionError::NotImplemented(_) if writes(&text) => "42501",
        DataFusionError::NotImplemented(_) => "0A000",
        DataFusionError::SchemaError(error, _) => match **error {
            SchemaError::FieldNotFound { .. } => "42703",
            SchemaError::AmbiguousReference { .. } => "42702",
            _ => "42P16",
        },
        DataFusionError::Plan(_) if text.starts_with(DENIED) => "42501",
        DataFusionError::Plan(_) if text.starts_with("queries only read") => "42501",
        DataFusionError::Plan(_) if text.starts_with("there is no table") => "42P01",
        DataFusionError::Plan(_)
            if text.starts_with("Invalid function") || text.starts_with("table function") =>
        {
            "42883"
        }
        DataFusionError::Plan(_) => "42000",
        DataFusionError::ArrowError(..) | DataFusionError::Execution(_) => "22000",
        _ => "XX000",
    };
    error(code, &text)
}

/// True for what the engine would not do anyway, and nobody may.
fn writes(text: &str) -> bool {
    ["INSERT ", "UPDATE ", "DELETE ", "COPY ", "MERGE "].iter().any(|word| text.contains(word))
}

/// A failure of somebody else's code, whose engine's errors are told as ours are.
pub(super) fn of_others(failure: PgWireError) -> PgWireError {
    match failure {
        PgWireError::ApiError(inner) => match inner.downcast::<DataFusionError>() {
            Ok(inner) => of_engine(&inner),
            Err(inner) => match inner.downcast::<ParserError>() {
                Ok(inner) => error("42601", &one_sentence(&inner.to_string())),
                Err(inner) => PgWireError::ApiError(inner),
            },
        },
        PgWireError::UserError(mut info) if info.message.contains("transaction is aborted") => {
            info.code = "25P02".to_owned();
            PgWireError::UserError(info)
        }
        other => other,
    }
}
