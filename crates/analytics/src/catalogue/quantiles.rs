//! Quantiles of Student's t distribution, which the engine has no function for.

use serde::Deserialize;

use crate::AnalyticsError;

const FILE: &str = "seeds/student_t.csv";

#[derive(Deserialize)]
struct Quantile {
    degrees_of_freedom: u32,
    t: f64,
}

/// The query behind `seeds.student_t`: the 97.5 % quantile by degrees of freedom, from 1 without a
/// gap.
///
/// # Errors
/// Where a line is none, or not of the next degree of freedom.
pub(super) fn student_t(csv: &str) -> Result<String, AnalyticsError> {
    let fault = |reason| AnalyticsError::Query { file: FILE.to_owned(), reason };
    let quantiles = csv::Reader::from_reader(csv.as_bytes())
        .deserialize()
        .collect::<Result<Vec<Quantile>, _>>()
        .map_err(|error| fault(format!("can't be read: {error}")))?;
    let mut rows = Vec::new();
    for (expected, Quantile { degrees_of_freedom, t }) in (1..).zip(quantiles) {
        if degrees_of_freedom != expected {
            return Err(fault(format!("has {degrees_of_freedom} in place of {expected}")));
        }
        rows.push(format!("({degrees_of_freedom}, {t:?})"));
    }
    Ok(format!(
        "select column1 as degrees_of_freedom, column2 as t from (values {})",
        rows.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_degree_of_freedom_that_is_missing_is_named() {
        let error = |csv: &str| student_t(csv).err().map(|error| error.to_string());
        assert_eq!(error("degrees_of_freedom,t\n1,12.7\n2,4.3\n"), None);
        let gap = error("degrees_of_freedom,t\n1,12.7\n3,3.18\n");
        assert!(gap.is_some_and(|text| text.contains("has 3 in place of 2")));
        assert!(error("degrees_of_freedom,t\n1,x\n").is_some());
    }
}
