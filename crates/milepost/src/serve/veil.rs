//! Pseudonyms in the place of what names persons. The same name gives the same pseudonym as long as
//! the server runs, so that joins and counts stay right; nobody without its key can go back.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, ListArray, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::catalog::TableProvider;
use datafusion::datasource::{ViewTable, provider_as_source};
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, Expr, LogicalPlanBuilder, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl,
    Signature, Volatility, col, lit, when,
};
use milepost_analytics::TableEntry;
use sha2::{Digest as _, Sha256};

use crate::capitalization::hex;
use crate::exit::Failure;

/// Characters of a pseudonym behind its `p_`.
const DIGITS: usize = 16;

/// A veil with a key of its own.
#[derive(Debug, Clone)]
pub(super) struct Veil(Arc<ScalarUDF>);

impl Veil {
    /// # Errors
    /// Where the system has no random numbers.
    pub(super) fn new() -> std::result::Result<Veil, Failure> {
        let mut key = [0; 32];
        getrandom::fill(&mut key)
            .map_err(|error| Failure::failed("failed to draw a key for pseudonyms", error))?;
        Ok(Veil(Arc::new(ScalarUDF::from(Pseudonym::new(key)))))
    }

    /// The table with pseudonyms in its personal columns.
    pub(super) fn over(
        &self,
        table: Arc<dyn TableProvider>,
        entry: &TableEntry,
    ) -> Result<Arc<dyn TableProvider>> {
        let plan = LogicalPlanBuilder::scan(&entry.name, provider_as_source(table.clone()), None)?;
        let is_personal = |name: &str| {
            entry.columns.iter().any(|column| column.is_personal && column.name == name)
        };
        let shown = |field: &Arc<Field>| -> Result<Expr> {
            let name = field.name();
            let own = || col(datafusion::common::Column::from_name(name));
            if !is_personal(name) {
                return Ok(own());
            }
            let veiled = self.0.call(vec![own()]);
            // A ticket's transition names persons where it is about the assignee only.
            let veiled = match name.as_str() {
                "from_value" | "to_value" => {
                    when(col("field").eq(lit("assignee")), veiled).otherwise(own())?
                }
                _ => veiled,
            };
            Ok(veiled.alias(name))
        };
        let columns = table.schema().fields().iter().map(shown).collect::<Result<Vec<_>>>()?;
        Ok(Arc::new(ViewTable::new(plan.project(columns)?.build()?, None)))
    }
}

/// `pseudonym(name)`: a function without a name in SQL, so that nobody tries names out with it.
#[derive(PartialEq, Eq, Hash)]
struct Pseudonym {
    key: [u8; 32],
    signature: Signature,
}

impl std::fmt::Debug for Pseudonym {
    /// Never the key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pseudonym")
    }
}

impl Pseudonym {
    fn new(key: [u8; 32]) -> Pseudonym {
        Pseudonym { key, signature: Signature::any(1, Volatility::Immutable) }
    }

    fn of(&self, name: &str) -> String {
        let mut hash = Sha256::new();
        hash.update(self.key);
        hash.update(name.as_bytes());
        format!("p_{}", &hex(&hash.finalize())[..DIGITS])
    }

    fn of_all(&self, names: &ArrayRef) -> Result<ArrayRef> {
        if let DataType::List(element) = names.data_type() {
            let lists = names.as_list::<i32>();
            let values = self.of_all(lists.values())?;
            let element =
                Arc::new(Field::new(element.name(), DataType::Utf8, element.is_nullable()));
            let (offsets, nulls) = (lists.offsets().clone(), lists.nulls().cloned());
            return Ok(Arc::new(ListArray::try_new(element, offsets, values, nulls)?));
        }
        let names = cast(names, &DataType::Utf8)?;
        let names = names.as_string::<i32>();
        Ok(Arc::new(
            names.iter().map(|name| name.map(|name| self.of(name))).collect::<StringArray>(),
        ))
    }
}

impl ScalarUDFImpl for Pseudonym {
    fn name(&self) -> &str {
        "pseudonym"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, given: &[DataType]) -> Result<DataType> {
        Ok(match given.first() {
            Some(DataType::List(element)) => DataType::List(Arc::new(Field::new(
                element.name(),
                DataType::Utf8,
                element.is_nullable(),
            ))),
            _ => DataType::Utf8,
        })
    }

    fn invoke_with_args(&self, given: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&given.args)?;
        self.of_all(&arrays[0]).map(ColumnarValue::Array)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_pseudonym_under_one_key_and_has_another_under_another() {
        let (one, other) = (Pseudonym::new([1; 32]), Pseudonym::new([2; 32]));
        assert_eq!(one.of("ann@acme.example"), one.of("ann@acme.example"));
        assert_ne!(one.of("ann@acme.example"), one.of("bo@acme.example"));
        assert_ne!(one.of("ann@acme.example"), other.of("ann@acme.example"));
        assert!(one.of("ann").starts_with("p_") && one.of("ann").len() == DIGITS + 2);
        assert!(!format!("{one:?}").contains('1'));
    }
}
