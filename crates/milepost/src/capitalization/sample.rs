//! Rows for an audit: drawn by a seed, each with links to what it rests on.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use csv::StringRecord;

use super::sha256;
use crate::exit::Failure;

/// Links of a row.
const MOST_LINKS: usize = 10;

/// Draws rows of the detail in a folder. The same seed draws the same ones, whatever their order.
///
/// # Errors
/// Where the folder has no such files.
pub(crate) fn sample(
    folder: &Path,
    seed: &str,
    count: usize,
) -> Result<(SchemaRef, RecordBatch), Failure> {
    let (head, rows) = read(&folder.join("cap_detail.csv"))?;
    let links = links(&folder.join("cap_evidence.csv"))?;
    let at = |name: &str| head.iter().position(|column| column == name);
    let (person, item) = (at("person_id"), at("work_item_id"));
    let kept: Vec<usize> = (0..head.len()).filter(|at| head.get(*at) != Some("run_id")).collect();
    let text = |row: &StringRecord| -> Vec<String> {
        kept.iter().map(|at| row.get(*at).unwrap_or_default().to_owned()).collect()
    };
    let mut drawn: Vec<(String, Vec<String>)> = rows
        .iter()
        .map(|row| {
            let mut cells = text(row);
            let lot = sha256(format!("{seed}\n{}", cells.join("\u{1f}")).as_bytes());
            let of =
                |at: Option<usize>| at.and_then(|at| row.get(at)).unwrap_or_default().to_owned();
            let links = links.get(&(of(person), of(item)));
            let links = links.into_iter().flatten().take(MOST_LINKS).cloned();
            cells.push(links.collect::<Vec<_>>().join(" "));
            (lot, cells)
        })
        .collect();
    drawn.sort();
    drawn.truncate(count);
    let mut rows: Vec<Vec<String>> = drawn.into_iter().map(|(_, cells)| cells).collect();
    rows.sort();
    let names = kept.iter().filter_map(|at| head.get(*at)).chain(["urls"]);
    let fields: Vec<Field> = names.map(|name| Field::new(name, DataType::Utf8, false)).collect();
    let schema = Arc::new(Schema::new(fields));
    let columns = (0..schema.fields().len()).map(|at| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(rows.iter().map(|row| row[at].as_str())))
    });
    let batch = RecordBatch::try_new(schema.clone(), columns.collect())
        .map_err(|error| Failure::failed("failed to put rows together", error))?;
    Ok((schema, batch))
}

fn read(path: &Path) -> Result<(StringRecord, Vec<StringRecord>), Failure> {
    let place = path.display();
    let fail = |why: String| Failure::Failed(format!("failed to read {place}: {why}"));
    let bytes = std::fs::read(path).map_err(|error| fail(error.to_string()))?;
    let text = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&bytes);
    let mut reader = csv::Reader::from_reader(text);
    let head = reader.headers().map_err(|error| fail(error.to_string()))?.clone();
    let rows = reader.records().collect::<Result<_, _>>();
    Ok((head, rows.map_err(|error| fail(error.to_string()))?))
}

/// Urls of the evidence by person and work item.
fn links(path: &Path) -> Result<BTreeMap<(String, String), BTreeSet<String>>, Failure> {
    let (head, rows) = read(path)?;
    let at = |name: &str| head.iter().position(|column| column == name);
    let (person, item, url) = (at("person_id"), at("work_item_id"), at("url"));
    let mut links: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    for row in &rows {
        let of = |at: Option<usize>| at.and_then(|at| row.get(at)).unwrap_or_default().to_owned();
        let url = of(url);
        if !url.is_empty() {
            links.entry((of(person), of(item))).or_default().insert(url);
        }
    }
    Ok(links)
}
