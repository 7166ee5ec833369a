//! `pg_catalog`: what clients of Postgres look tables and columns up in.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Int64Type, SchemaRef};
use datafusion::catalog::{CatalogProvider, MemoryCatalogProvider, SchemaProvider, TableProvider};
use datafusion::common::ScalarValue;
use datafusion::datasource::{MemTable, TableType};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility, create_udf,
};
use datafusion::prelude::SessionContext;
use datafusion_postgres::datafusion_pg_catalog::pg_catalog::catalog_info::CatalogInfo;
use datafusion_postgres::datafusion_pg_catalog::pg_catalog::context::EmptyContextProvider;
use datafusion_postgres::datafusion_pg_catalog::pg_catalog::{
    PgCatalogSchemaProvider, PgCatalogStaticTables, setup_pg_catalog,
};
use milepost_analytics::Dictionary;
use tokio::sync::OnceCell;

use super::statements::SERVER_VERSION;
use crate::exit::Failure;
use crate::serve::columns;
use crate::serve::desk::{CATALOG, Desk};

/// Number of `pg_class` in `pg_description.classoid`.
const PG_CLASS: i64 = 1259;

/// The tables of `pg_catalog`, the same for all connections.
#[derive(Default)]
pub(super) struct PgCatalog(OnceCell<Listed>);

/// What is listed there, and what is said of it.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) schema: Arc<dyn SchemaProvider>,
    /// Numbers of tables that are found without their schema's name.
    visible: Arc<HashSet<i64>>,
    /// Comments by number of table and place of column, 0 being the table itself.
    comments: Arc<BTreeMap<(i64, i64), String>>,
}

impl PgCatalog {
    /// # Errors
    /// Where the queries can't be planned.
    pub(super) async fn listed(&self, desk: &Desk) -> std::result::Result<&Listed, Failure> {
        let made = self.0.get_or_try_init(|| async {
            let dictionary = desk.dictionary().await?;
            let listed = Listed::of(desk, dictionary).await;
            listed.map_err(|error| Failure::failed("failed to make pg_catalog", error))
        });
        made.await
    }
}

impl Listed {
    async fn of(desk: &Desk, dictionary: Arc<Dictionary>) -> Result<Listed> {
        let tables = Arc::new(PgCatalogStaticTables::try_new()?);
        let known = Known(dictionary.clone());
        let schema: Arc<dyn SchemaProvider> =
            Arc::new(PgCatalogSchemaProvider::try_new(known, tables, EmptyContextProvider)?);
        let (mut visible, mut comments) = (HashSet::new(), BTreeMap::new());
        for (number, schema, table) in numbers(desk, &schema).await? {
            if schema == "public" {
                visible.insert(number);
            }
            if let Some(entry) = dictionary.entry(&schema, &table) {
                comments.insert((number, 0), entry.doc.clone());
                let columns = entry.columns.iter().zip(1..);
                comments.extend(columns.map(|(column, at)| ((number, at), column.doc.clone())));
            }
        }
        let description = schema.table("pg_description").await?;
        let description = match description {
            Some(table) => Some(descriptions(&table.schema(), &comments)?),
            None => None,
        };
        let schema = Arc::new(Commented { schema, description });
        Ok(Listed { schema, visible: Arc::new(visible), comments: Arc::new(comments) })
    }
}

/// The number, schema and name of every table, as `pg_class` has them.
async fn numbers(
    desk: &Desk,
    schema: &Arc<dyn SchemaProvider>,
) -> Result<Vec<(i64, String, String)>> {
    let session = desk.bare();
    let catalog = Arc::new(MemoryCatalogProvider::new());
    catalog.register_schema("pg_catalog", schema.clone())?;
    session.register_catalog(CATALOG, catalog);
    let sql = "select c.oid, n.nspname, c.relname from pg_catalog.pg_class c \
               join pg_catalog.pg_namespace n on n.oid = c.relnamespace";
    let mut all = Vec::new();
    for rows in session.sql(sql).await?.collect().await? {
        let numbers = cast(rows.column(0), &DataType::Int64)?;
        let numbers = numbers.as_primitive::<Int64Type>();
        let text = |column: usize| cast(rows.column(column), &DataType::Utf8);
        let (schemas, names) = (text(1)?, text(2)?);
        let (schemas, names) = (schemas.as_string::<i32>(), names.as_string::<i32>());
        for row in 0..rows.num_rows() {
            let text = |column: &StringArray| column.value(row).to_owned();
            all.push((numbers.value(row), text(schemas), text(names)));
        }
    }
    Ok(all)
}

/// The comments as `pg_description` has them.
fn descriptions(
    schema: &SchemaRef,
    comments: &BTreeMap<(i64, i64), String>,
) -> Result<Arc<dyn TableProvider>> {
    let number = |of: &dyn Fn(&(i64, i64)) -> i64| -> ArrayRef {
        Arc::new(comments.keys().map(of).collect::<Int64Array>())
    };
    let column = |field: &Arc<Field>| {
        let values: ArrayRef = match field.name().as_str() {
            "objoid" => number(&|(table, _)| *table),
            "classoid" => number(&|_| PG_CLASS),
            "objsubid" => number(&|(_, column)| *column),
            _ => Arc::new(comments.values().map(Some).collect::<StringArray>()),
        };
        cast(&values, field.data_type())
    };
    let columns = schema.fields().iter().map(column).collect::<std::result::Result<Vec<_>, _>>()?;
    let rows = RecordBatch::try_new(schema.clone(), columns)?;
    Ok(Arc::new(MemTable::try_new(schema.clone(), vec![vec![rows]])?))
}

/// `pg_catalog` with our comments in it.
#[derive(Debug)]
struct Commented {
    schema: Arc<dyn SchemaProvider>,
    description: Option<Arc<dyn TableProvider>>,
}

#[async_trait]
impl SchemaProvider for Commented {
    fn table_names(&self) -> Vec<String> {
        self.schema.table_names()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        match (name, &self.description) {
            ("pg_description", Some(description)) => Ok(Some(description.clone())),
            _ => self.schema.table(name).await,
        }
    }

    fn table_exist(&self, name: &str) -> bool {
        self.schema.table_exist(name)
    }
}

/// The functions that clients of Postgres call.
///
/// # Errors
/// Never for a session that has the catalog.
pub(super) fn functions(session: &SessionContext, listed: &Listed, user: &str) -> Result<()> {
    setup_pg_catalog(session, CATALOG, EmptyContextProvider).map_err(|error| *error)?;
    let version = format!("PostgreSQL {SERVER_VERSION} (Milepost {})", env!("CARGO_PKG_VERSION"));
    let told = move |_: &[ColumnarValue]| {
        Ok(ColumnarValue::Scalar(ScalarValue::Utf8(Some(version.clone()))))
    };
    let version =
        create_udf("version", Vec::new(), DataType::Utf8, Volatility::Stable, Arc::new(told));
    session.register_udf(version);
    let user = user.to_owned();
    session.register_udf(lookup("session_user", 0, DataType::Utf8, move |_| {
        ScalarValue::Utf8(Some(user.clone()))
    }));
    // Nothing is ever locked; pools of connections unlock all the same.
    session.register_udf(lookup("pg_advisory_unlock_all", 0, DataType::Utf8, |_| {
        ScalarValue::Utf8(None)
    }));
    let visible = listed.visible.clone();
    // Their own tables, which have smaller numbers, are always found.
    let is_visible = move |number: i64| number < FIRST_OWN || visible.contains(&number);
    session.register_udf(lookup("pg_table_is_visible", 1, DataType::Boolean, move |numbers| {
        ScalarValue::Boolean(Some(is_visible(numbers[0])))
    }));
    for (name, arguments, place) in [
        ("obj_description", 2, None),
        ("col_description", 2, Some(1)),
        ("shobj_description", 2, None),
    ] {
        let comments = listed.comments.clone();
        let own = name != "shobj_description";
        session.register_udf(lookup(name, arguments, DataType::Utf8, move |numbers| {
            let column = place.map_or(0, |place: usize| numbers[place]);
            let comment = comments.get(&(numbers[0], column)).filter(|_| own);
            ScalarValue::Utf8(comment.cloned())
        }));
    }
    Ok(())
}

/// The first number that is not one of Postgres itself.
const FIRST_OWN: i64 = 16_384;

/// A function of numbers; what is no number counts as 0.
fn lookup(
    name: &'static str,
    arguments: usize,
    returns: DataType,
    find: impl Fn(&[i64]) -> ScalarValue + Send + Sync + 'static,
) -> ScalarUDF {
    ScalarUDF::from(Lookup {
        name,
        signature: match arguments {
            0 => Signature::nullary(Volatility::Stable),
            arguments => Signature::any(arguments, Volatility::Stable),
        },
        returns,
        find: Arc::new(find),
    })
}

type Find = Arc<dyn Fn(&[i64]) -> ScalarValue + Send + Sync>;

struct Lookup {
    name: &'static str,
    signature: Signature,
    returns: DataType,
    find: Find,
}

impl std::fmt::Debug for Lookup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl PartialEq for Lookup {
    fn eq(&self, other: &Lookup) -> bool {
        self.name == other.name
    }
}

impl Eq for Lookup {}

impl std::hash::Hash for Lookup {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ScalarUDFImpl for Lookup {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.returns.clone())
    }

    fn invoke_with_args(&self, given: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = given.number_rows;
        let arrays = ColumnarValue::values_to_arrays(&given.args)?;
        let numbers = arrays
            .iter()
            .map(|array| cast(array, &DataType::Int64))
            .collect::<std::result::Result<Vec<_>, _>>()
            .unwrap_or_default();
        let at = |place: usize, row: usize| {
            numbers
                .get(place)
                .filter(|column| column.is_valid(row))
                .map_or(0, |column| column.as_primitive::<Int64Type>().value(row))
        };
        let found = (0..rows.min(arrays.first().map_or(rows, |array| array.len()))).map(|row| {
            let numbers: Vec<i64> = (0..arrays.len()).map(|place| at(place, row)).collect();
            (self.find)(&numbers)
        });
        ScalarValue::iter_to_array(found).map(ColumnarValue::Array)
    }
}

/// Tables as the dictionary has them: none is opened to be listed.
#[derive(Debug, Clone)]
struct Known(Arc<Dictionary>);

#[async_trait]
impl CatalogInfo for Known {
    async fn catalog_names(&self) -> std::result::Result<Vec<String>, DataFusionError> {
        Ok(vec![CATALOG.to_owned()])
    }

    async fn schema_names(&self, catalog: &str) -> Result<Option<Vec<String>>> {
        let mut names: Vec<String> = Vec::new();
        for entry in &self.0.tables {
            if !names.iter().any(|name| name == entry.schema) {
                names.push(entry.schema.to_owned());
            }
        }
        Ok((catalog == CATALOG).then_some(names))
    }

    async fn table_names(&self, _: &str, schema: &str) -> Result<Option<Vec<String>>> {
        let own = self.0.tables.iter().filter(|entry| entry.schema == schema);
        Ok(Some(own.map(|entry| entry.name.clone()).collect()))
    }

    async fn table_schema(&self, _: &str, schema: &str, table: &str) -> Result<Option<SchemaRef>> {
        Ok(self.0.entry(schema, table).map(columns))
    }

    async fn table_type(&self, _: &str, schema: &str, table: &str) -> Result<Option<TableType>> {
        let entry = self.0.entry(schema, table);
        Ok(entry.map(|entry| match entry.is_view {
            true => TableType::View,
            false => TableType::Base,
        }))
    }
}
