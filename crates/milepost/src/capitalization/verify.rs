//! Checking a bundle without the lake: every file is the one that the manifest names, and the rows
//! follow from the inputs again.

use std::collections::BTreeSet;
use std::path::Path;

use csv::StringRecord;
use milepost_analytics::capitalization::{Case, CostMode, Currency, Reporting};
use milepost_analytics::effort::Rational;
use milepost_report::sheet::Profile;

use super::costs::{self, Read};
use super::manifest::Claimed;
use super::sheets::COST_COLUMNS;
use super::{EXCHANGE_RATES, INPUTS, MANIFEST, Order, REVIEW, export, sha256};
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
    /// True where anything was.
    pub(crate) is_again: bool,
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
    if !folder.join(MANIFEST).is_file() {
        return Err(Failure::Failed(format!(
            "there is no bundle at {}: no {MANIFEST} is in it; name the folder that `period close` wrote",
            folder.display()
        )));
    }
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
    let (again, is_again) = if faults.is_empty() {
        worked_out(folder, &claimed, &text, rates, &mut faults)?
    } else {
        ("not worked out again, since the files are not the ones of the manifest".to_owned(), false)
    };
    let files = claimed.files.len();
    Ok(Verdict { digest, run_id: claimed.run_id, files, again, is_again, faults })
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
        let is_file = std::fs::symlink_metadata(folder.join(name)).is_ok_and(|file| file.is_file());
        if !is_plain || !is_file {
            faults.push(format!("the file `{name}` is missing, or no plain file"));
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

/// Works the rows out again and compares them. True where that could be done.
fn worked_out(
    folder: &Path,
    claimed: &Claimed,
    manifest: &[u8],
    rates: Option<&Path>,
    faults: &mut Vec<String>,
) -> Result<(String, bool), Failure> {
    if claimed.run.engine_version != env!("CARGO_PKG_VERSION") {
        let why = format!(
            "not worked out again, since version {} made it and this is {}",
            claimed.run.engine_version,
            env!("CARGO_PKG_VERSION")
        );
        return Ok((why, false));
    }
    let inputs = bytes(folder, INPUTS)?;
    let case: Case = serde_json::from_slice(&inputs).map_err(|error| {
        Failure::Failed(format!("the inputs of the bundle can't be read: {error}"))
    })?;
    let rates = rates.map(costs::rates).transpose()?;
    let own = claimed.costs.as_ref().map(|costs| &costs.rates_sha256);
    if let Some(read) = &rates
        && own != Some(&read.sha256)
    {
        faults.push("the rates are not those of the bundle: their digest differs".to_owned());
        return Ok(("not worked out again".to_owned(), false));
    }
    let is_whole = rates.is_some() || claimed.costs.is_none();
    let again = export(&case, order(folder, claimed, rates)?, &[])?;
    // Without rates the summary can't be told apart by currency.
    for name in WORKED_OUT.into_iter().filter(|name| is_whole || *name != "cap_summary.csv") {
        if !is_same(&bytes(folder, name)?, again.files.get(name), is_whole)? {
            faults.push(format!("the rows of `{name}` do not follow from the inputs"));
        }
    }
    if is_whole {
        if again.files.get(REVIEW) != Some(&bytes(folder, REVIEW)?) {
            faults.push(format!("`{REVIEW}` does not follow from the inputs"));
        }
        if said(manifest)? != said(again.files.get(MANIFEST).map_or(&[], Vec::as_slice))? {
            faults.push("what the manifest says does not follow from the inputs".to_owned());
        }
    }
    let words = match (faults.is_empty(), is_whole) {
        (false, _) => "do not follow from the inputs",
        (true, true) => "all rows follow from the inputs to the byte",
        (true, false) => {
            "FTE and hours of detail and evidence follow from the inputs; give --rates to check costs and summary as well"
        }
    };
    Ok((words.to_owned(), true))
}

/// What a manifest says beside the hashes of its files, which are checked one by one.
fn said(manifest: &[u8]) -> Result<serde_json::Value, Failure> {
    let mut value: serde_json::Value = serde_json::from_slice(manifest)
        .map_err(|error| Failure::failed("failed to read the manifest", error))?;
    if let Some(fields) = value.as_object_mut() {
        fields.remove("files");
    }
    Ok(value)
}

fn order(
    folder: &Path,
    claimed: &Claimed,
    rates: Option<Read<CostMode>>,
) -> Result<Order, Failure> {
    let currency = claimed.costs.as_ref().and_then(|costs| costs.currency.as_deref());
    // Without rates there is nothing to convert.
    let reporting = match (currency.and_then(Currency::new), &rates) {
        (Some(currency), Some(_)) => {
            let read = costs::exchange_rates(&folder.join(EXCHANGE_RATES))?;
            let value = Reporting { currency, rates: read.value };
            Some((Read { value, sha256: read.sha256 }, bytes(folder, EXCHANGE_RATES)?))
        }
        _ => None,
    };
    let payroll = claimed.payroll.as_ref().and_then(|payroll| {
        let currency = Currency::new(&payroll.currency)?;
        let total = Rational::from_decimal(&payroll.payroll_total)?;
        Some((currency, costs::minor_units(&total, currency).ok()?))
    });
    let profile = match claimed.run.profile.as_str() {
        "excel" => Profile::Excel,
        _ => Profile::Rfc4180,
    };
    let seal = claimed.seal.clone();
    Ok(Order { rates, reporting, payroll, profile, pivot: None, seal })
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
