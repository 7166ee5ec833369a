//! The manifest: what an export was made of, and what its files are.
//!
//! `run_id` is the SHA-256 of the facts, the choices and the program's version. Where the facts came from
//! (versions of tables, order of ingests) decides nothing, so it is not in it; nor are rates, since it is
//! kept in the lake, and whoever knows all but one figure could try them out. For the same reason a sealed
//! manifest holds a number that nobody can guess: the lake keeps the digest of it all.

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
    /// Employing company; left out for all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) entity: Option<String>,
    pub(crate) profile: String,
    pub(crate) inputs_sha256: String,
}

/// What costs were made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CostsFrom {
    pub(crate) rates_sha256: String,
    pub(crate) exchange_rates_sha256: Option<String>,
    /// Currency of the export; `None` leaves the payroll's.
    pub(crate) currency: Option<String>,
}

impl CostsFrom {
    pub(super) fn of(order: &Order) -> Option<CostsFrom> {
        let reporting = order.reporting.as_ref().map(|(read, _)| read);
        Some(CostsFrom {
            rates_sha256: order.rates.as_ref()?.sha256.clone(),
            exchange_rates_sha256: reporting.map(|read| read.sha256.clone()),
            currency: reporting.map(|read| read.value.currency.code().to_owned()),
        })
    }
}

impl Run {
    pub(super) fn new(case: &Case, inputs_sha256: &str, order: &Order) -> Run {
        Run {
            schema_version: SCHEMA_VERSION,
            engine_version: env!("CARGO_PKG_VERSION").to_owned(),
            model: MODEL.to_owned(),
            period: case.period,
            as_of: case.as_of,
            policy: case.policy.name.clone(),
            entity: case.entity.clone(),
            profile: match order.profile {
                Profile::Rfc4180 => "rfc4180",
                Profile::Excel => "excel",
            }
            .to_owned(),
            inputs_sha256: inputs_sha256.to_owned(),
        }
    }

    /// SHA-256 of all of it.
    pub(crate) fn id(&self) -> String {
        // A struct of texts and numbers always serializes.
        sha256(serde_json::to_string(self).unwrap_or_default().as_bytes())
    }
}

/// The payroll's own total beside the export's, in the payroll's currency.
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
        let own = done.detail.iter().filter(|row| row.payroll_currency == Some(currency));
        let units_of_export = own.filter_map(|row| row.payroll_cost).map(|cost| cost.units).sum();
        let (export_total, payroll_total) =
            (Fixed::new(units_of_export, digits), Fixed::new(units, digits));
        Payroll { currency, payroll_total, export_total, is_equal: export_total == payroll_total }
    }

    pub(super) fn sentence(&self) -> String {
        let Payroll { currency, payroll_total, export_total, is_equal } = self;
        match is_equal {
            true => format!("The costs add up to the payroll's {payroll_total} {currency}."),
            false => format!(
                "The costs add up to {export_total} {currency}, the payroll to {payroll_total}: they do not agree."
            ),
        }
    }

    pub(super) fn gap(&self) -> Option<String> {
        (!self.is_equal).then(|| {
            format!(
                "the costs add up to {0} {2}, and the payroll to {1} {2}",
                self.export_total, self.payroll_total, self.currency
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
    costs: Option<CostsFrom>,
    /// Of a closed month: digits that nobody can guess.
    seal: Option<String>,
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
        (payroll, costs): (Option<Payroll>, Option<CostsFrom>),
        seal: Option<String>,
        files: &BTreeMap<String, Vec<u8>>,
        gaps: &[String],
    ) -> Manifest {
        let entry = |bytes: &Vec<u8>| FileEntry { bytes: bytes.len(), sha256: sha256(bytes) };
        Manifest {
            run_id: run.id(),
            disclaimer: disclaimer(&case.policy.name),
            costs,
            seal,
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
    pub(crate) costs: Option<CostsFrom>,
    pub(crate) seal: Option<String>,
    pub(crate) payroll: Option<ClaimedPayroll>,
    pub(crate) files: BTreeMap<String, FileEntry>,
}

/// The payroll's total as a manifest has it.
#[derive(Debug, Deserialize)]
pub(crate) struct ClaimedPayroll {
    pub(crate) currency: String,
    pub(crate) payroll_total: String,
}
