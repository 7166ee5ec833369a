//! Checking a bundle without the lake: every file is the one that the manifest names, and the rows
//! follow from the inputs again.

use std::collections::BTreeSet;
use std::path::Path;

use csv::StringRecord;
use milepost_analytics::capitalization::{Case, CostMode, Currency, Reporting};
use milepost_report::sheet::Profile;

use super::costs::{self, Read};
use super::manifest::Claimed;
use super::sheets::COST_COLUMNS;
use super::{EXCHANGE_RATES, INPUTS, MANIFEST, Order, export, sha256};
use crate::exit::Failure;

/// Files that follow from the inputs.
const WORKED_OUT: [&str; 3] = ["cap_summary.csv", "cap_detail.csv", "cap_evidence.csv"];
/// The largest file of a bundle that is read.
const LARGEST_BYTES: u64 = 4 << 30;

/// What a check found.
#[derive(Debug)]
pub(crate) struct Verdict {
    pub(crate) digest: String,
    pub(crate) run_id: String,
    pub(crate) files: usize,
    /// What was worked out again, in words.
    pub(crate) again: String,
    /// What does not hold, a sentence each.
    pub(crate) faults: Vec<String>,
}

/// Checks a bundle.
///
/// # Errors
/// Where it can't be read at all.
pub(crate) fn verify(
    folder: &Path,
    expected: Option<&str>,
    rates: Option<&Path>,
) -> Result<Verdict, Failure> {
    let text = bytes(folder, MANIFEST)?;
    let digest = sha256(&text);
    let claimed: Claimed = serde_json::from_slice(&text).map_err(|error| {
        Failure::Failed(format!("{} is no manifest: {error}", folder.join(MANIFEST).display()))
    })?;
    let mut faults = Vec::new();
    if let Some(expected) = expected.filter(|expected| !expected.eq_ignore_ascii_case(&digest)) {
        faults.push(format!("the manifest's digest is {digest}, not the expected {expected}"));
    }
    if claimed.run.id() != claimed.run_id {
        faults.push("the run id does not follow from what the manifest says".to_owned());
    }
    faults.extend(of_files(folder, &claimed)?);
    let again = if faults.is_empty() {
        worked_out(folder, &claimed, rates, &mut faults)?
    } else {
        "nothing was worked out again, since the files are not the ones that were sealed".to_owned()
    };
    Ok(Verdict { digest, run_id: claimed.run_id, files: claimed.files.len(), again, faults })
}

fn bytes(folder: &Path, name: &str) -> Result<Vec<u8>, Failure> {
    let path = folder.join(name);
    let fail = |error: std::io::Error| {
        Failure::Failed(format!("failed to read {}: {error}", path.display()))
    };
    let size = std::fs::metadata(&path).map_err(fail)?.len();
    if size > LARGEST_BYTES {
        return Err(Failure::Failed(format!("{} is too large to be checked", path.display())));
    }
    std::fs::read(&path).map_err(fail)
}

/// Files that are not the ones that the manifest names, are missing, or are in no manifest.
fn of_files(folder: &Path, claimed: &Claimed) -> Result<Vec<String>, Failure> {
    let mut faults = Vec::new();
    for (name, entry) in &claimed.files {
        let is_plain = !name.contains(['/', '\\']) && name != "..";
        if !is_plain || !folder.join(name).is_file() {
            faults.push(format!("the file `{name}` is missing"));
            continue;
        }
        if sha256(&bytes(folder, name)?) != entry.sha256 {
            faults.push(format!("the file `{name}` is not the one that was sealed"));
        }
    }
    let fail = |error: std::io::Error| {
        Failure::Failed(format!("failed to list {}: {error}", folder.display()))
    };
    for entry in std::fs::read_dir(folder).map_err(fail)? {
        let name = entry.map_err(fail)?.file_name().to_string_lossy().into_owned();
        if name != MANIFEST && !claimed.files.contains_key(&name) {
            faults.push(format!("the file `{name}` is not in the manifest"));
        }
    }
    if let Some(entry) = claimed.files.get(INPUTS) {
        if entry.sha256 != claimed.run.inputs_sha256 {
            faults.push("the inputs are not those of the run".to_owned());
        }
    } else {
        faults.push("the bundle has no inputs".to_owned());
    }
    Ok(faults)
}

/// Works the rows out again and compares them.
fn worked_out(
    folder: &Path,
    claimed: &Claimed,
    rates: Option<&Path>,
    faults: &mut Vec<String>,
) -> Result<String, Failure> {
    if claimed.run.engine_version != env!("CARGO_PKG_VERSION") {
        return Ok(format!(
            "not worked out again, since version {} made it and this is {}",
            claimed.run.engine_version,
            env!("CARGO_PKG_VERSION")
        ));
    }
    let inputs = bytes(folder, INPUTS)?;
    let case: Case = serde_json::from_slice(&inputs).map_err(|error| {
        Failure::Failed(format!("the inputs of the bundle can't be read: {error}"))
    })?;
    let rates = rates.map(costs::rates).transpose()?;
    let has_rates = rates.is_some();
    if let Some(read) = &rates
        && claimed.run.rates_sha256.as_ref() != Some(&read.sha256)
    {
        faults.push("the rates are not those of the run: their digest differs".to_owned());
        return Ok("nothing was worked out again".to_owned());
    }
    let again = export(&case, order(folder, claimed, rates)?, &[])?;
    let is_whole = has_rates || claimed.run.rates_sha256.is_none();
    // Without rates the summary can't be told apart by currency, and it follows from the detail.
    for name in WORKED_OUT.into_iter().filter(|name| is_whole || *name != "cap_summary.csv") {
        if !is_same(&bytes(folder, name)?, again.files.get(name), is_whole)? {
            faults.push(format!("the rows of `{name}` do not follow from the inputs"));
        }
    }
    Ok(if is_whole {
        "all rows follow from the inputs to the byte".to_owned()
    } else {
        "FTE and hours follow from the inputs; give --rates to check the costs as well".to_owned()
    })
}

fn order(
    folder: &Path,
    claimed: &Claimed,
    rates: Option<Read<CostMode>>,
) -> Result<Order, Failure> {
    let currency = claimed.run.currency.as_deref().and_then(Currency::new);
    // Without rates there is nothing to convert.
    let reporting = match (currency, &rates) {
        (Some(currency), Some(_)) => {
            let read = costs::exchange_rates(&folder.join(EXCHANGE_RATES))?;
            let value = Reporting { currency, rates: read.value };
            Some((Read { value, sha256: read.sha256 }, bytes(folder, EXCHANGE_RATES)?))
        }
        _ => None,
    };
    let profile = match claimed.run.profile.as_str() {
        "excel" => Profile::Excel,
        _ => Profile::Rfc4180,
    };
    Ok(Order { rates, reporting, payroll: None, profile, pivot: None })
}

/// True where the rows are the same; without rates all but the costs, and but the run, whose id
/// depends on them.
fn is_same(sealed: &[u8], again: Option<&Vec<u8>>, is_whole: bool) -> Result<bool, Failure> {
    let Some(again) = again else { return Ok(false) };
    if is_whole {
        return Ok(sealed == again.as_slice());
    }
    Ok(bare(sealed)? == bare(again)?)
}

/// The rows without costs and run.
fn bare(text: &[u8]) -> Result<Vec<Vec<String>>, Failure> {
    let fail = |error| Failure::failed("failed to read the rows of the bundle", error);
    let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
    let mut reader = csv::Reader::from_reader(text);
    let head = reader.headers().map_err(fail)?.clone();
    let kept: BTreeSet<usize> = head
        .iter()
        .enumerate()
        .filter(|(_, name)| !COST_COLUMNS.contains(name) && *name != "run_id")
        .map(|(at, _)| at)
        .collect();
    let of = |row: &StringRecord| -> Vec<String> {
        kept.iter().filter_map(|at| row.get(*at)).map(str::to_owned).collect()
    };
    let mut rows = vec![of(&head)];
    for row in reader.records() {
        rows.push(of(&row.map_err(fail)?));
    }
    Ok(rows)
}
