//! The manifest: what an export was made of, and what its files are.
//!
//! `run_id` is the SHA-256 of what decides the files: the facts, the choices, the rates' digest and
//! the program's version. Where the facts came from (versions of tables, order of ingests) decides
//! nothing, so it is not in it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use milepost_analytics::capitalization::{
    Capitalization, Case, ControlTotals, Currency, Reasonableness, SCHEMA_VERSION, disclaimer,
};
use milepost_analytics::effort::{Calendar, Fixed, MODEL, Month, Options};
use milepost_report::sheet::Profile;
use serde::{Deserialize, Serialize};

use super::{Order, sha256};
use crate::exit::Failure;

/// What decides an export's bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Run {
    pub(crate) schema_version: u32,
    pub(crate) engine_version: String,
    pub(crate) model: String,
    pub(crate) period: Month,
    pub(crate) as_of: DateTime<Utc>,
    pub(crate) policy: String,
    pub(crate) profile: String,
    pub(crate) inputs_sha256: String,
    pub(crate) rates_sha256: Option<String>,
    pub(crate) exchange_rates_sha256: Option<String>,
    pub(crate) currency: Option<String>,
}

impl Run {
    pub(super) fn new(case: &Case, inputs_sha256: &str, order: &Order) -> Run {
        let reporting = order.reporting.as_ref().map(|(read, _)| read);
        Run {
            schema_version: SCHEMA_VERSION,
            engine_version: env!("CARGO_PKG_VERSION").to_owned(),
            model: MODEL.to_owned(),
            period: case.period,
            as_of: case.as_of,
            policy: case.policy.clone(),
            profile: match order.profile {
                Profile::Rfc4180 => "rfc4180",
                Profile::Excel => "excel",
            }
            .to_owned(),
            inputs_sha256: inputs_sha256.to_owned(),
            rates_sha256: order.rates.as_ref().map(|read| read.sha256.clone()),
            exchange_rates_sha256: reporting.map(|read| read.sha256.clone()),
            currency: reporting.map(|read| read.value.currency.code().to_owned()),
        }
    }

    /// SHA-256 of all of it.
    pub(crate) fn id(&self) -> String {
        // A struct of texts and numbers always serializes.
        sha256(serde_json::to_string(self).unwrap_or_default().as_bytes())
    }
}

/// The payroll's own total beside the export's.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Payroll {
    currency: Currency,
    payroll_total: Fixed,
    export_total: Fixed,
    is_equal: bool,
}

impl Payroll {
    pub(super) fn against(currency: Currency, units: i128, done: &Capitalization) -> Payroll {
        let digits = currency.digits();
        let export = done.totals.costs.get(&currency).map_or(Fixed::new(0, digits), |all| all.cost);
        let payroll_total = Fixed::new(units, digits);
        Payroll { currency, payroll_total, export_total: export, is_equal: export == payroll_total }
    }

    pub(super) fn gap(&self) -> Option<String> {
        (!self.is_equal).then(|| {
            format!(
                "the costs add up to {} {}, and the payroll to {}",
                self.export_total, self.currency, self.payroll_total
            )
        })
    }
}

/// A file of the export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileEntry {
    pub(crate) bytes: usize,
    pub(crate) sha256: String,
}

/// All that is said of an export.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Manifest {
    pub(crate) run_id: String,
    pub(crate) run: Run,
    disclaimer: String,
    cost_mode: &'static str,
    options: Options,
    calendars: Vec<Calendar>,
    control_totals: ControlTotals,
    payroll: Option<Payroll>,
    reasonableness: Reasonableness,
    is_provisional: bool,
    gaps: Vec<String>,
    pub(crate) files: BTreeMap<String, FileEntry>,
}

impl Manifest {
    pub(super) fn new(
        run: Run,
        case: &Case,
        done: &Capitalization,
        payroll: Option<Payroll>,
        has_costs: bool,
        files: &BTreeMap<String, Vec<u8>>,
        gaps: &[String],
    ) -> Manifest {
        let entry = |bytes: &Vec<u8>| FileEntry { bytes: bytes.len(), sha256: sha256(bytes) };
        Manifest {
            run_id: run.id(),
            disclaimer: disclaimer(&case.policy),
            cost_mode: if has_costs { "from_file" } else { "none" },
            options: case.effort.options.clone(),
            calendars: case.effort.calendars.clone(),
            control_totals: done.totals.clone(),
            payroll,
            reasonableness: done.reasonableness.clone(),
            is_provisional: done.is_provisional,
            gaps: gaps.to_vec(),
            files: files.iter().map(|(name, bytes)| (name.clone(), entry(bytes))).collect(),
            run,
        }
    }

    pub(super) fn text(&self) -> Result<String, Failure> {
        let text = serde_json::to_string_pretty(self);
        text.map(|text| text + "\n")
            .map_err(|error| Failure::failed("failed to write the manifest", error))
    }
}

/// What a check of an export needs of its manifest.
#[derive(Debug, Deserialize)]
pub(crate) struct Claimed {
    pub(crate) run_id: String,
    pub(crate) run: Run,
    pub(crate) files: BTreeMap<String, FileEntry>,
}
