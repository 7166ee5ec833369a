//! The capitalization of a month: from the lake to files that finance can sign and anybody can check.

pub(crate) mod adjustments;
pub(crate) mod costs;
pub(crate) mod manifest;
mod pivot;
pub(crate) mod record;
mod review;
pub(crate) mod sample;
mod sheets;
pub(crate) mod verify;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use milepost_analytics::capitalization::{
    Capitalization, CapitalizationProblem, Case, CostMode, Currency, Policy, Project, Reporting,
    books,
};
use milepost_analytics::effort::{Inputs, Month, Question, Unrecorded, tell};
use milepost_analytics::{Span, WindowKind};
use milepost_report::sheet::Profile;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::answer;
use crate::exit::Failure;
use crate::globals::Globals;
use adjustments::Adjustment;
use costs::Read;
use manifest::{Claimed, CostsFrom, Manifest, Payroll, Run};

pub(crate) const INPUTS: &str = "inputs.json";
pub(crate) const MANIFEST: &str = "cap_manifest.json";
const REVIEW: &str = "cap_review.html";
const EXCHANGE_RATES: &str = "cap_exchange_rates.csv";

/// How a wide file is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Pivot {
    /// A row for each person, a column for each project
    Person,
    /// A row for each project, a column for each person
    Project,
}

/// What an export is asked for, beside the case.
#[derive(Debug, Default)]
pub(crate) struct Order {
    pub(crate) rates: Option<Read<CostMode>>,
    /// Currency of the export, with the exchange rates and the file that they are from.
    pub(crate) reporting: Option<(Read<Reporting>, Vec<u8>)>,
    pub(crate) payroll: Option<(Currency, i128)>,
    pub(crate) profile: Profile,
    pub(crate) pivot: Option<Pivot>,
    /// Digits that nobody can guess, of a month that is closed.
    pub(crate) seal: Option<String>,
}

/// An export: its files, and what it lacks.
#[derive(Debug)]
pub(crate) struct Export {
    pub(crate) done: Capitalization,
    pub(crate) manifest: Manifest,
    /// SHA-256 of the manifest.
    pub(crate) digest: String,
    /// Name and bytes.
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    /// What is missing, a sentence each.
    pub(crate) gaps: Vec<String>,
    /// What was posted of closed months.
    pub(crate) adjustments: Vec<Adjustment>,
    pub(crate) policy: Policy,
    /// True where it was given what time costs.
    pub(crate) has_costs: bool,
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// The word of something that serializes as one.
fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

/// Whose books, and by which rules.
#[derive(Debug, Clone)]
pub(crate) struct Books {
    /// Employing company; `None` for all of them together.
    pub(crate) entity: Option<String>,
    pub(crate) policy: Policy,
}

/// The facts and choices of a month.
///
/// # Errors
/// Where the lake can't be read.
pub(crate) async fn case(globals: &Globals, period: Month, of: &Books) -> Result<Case, Failure> {
    let day = period.first();
    let next = period.days().last().and_then(|last| last.succ_opt());
    let span = Span { kinds: vec![WindowKind::Month], from: Some(day), to: next };
    let session = answer::open(globals, &globals.lake, span)?;
    let scheme = globals.config.scheme().map_err(Failure::Usage)?;
    let question = Question {
        months: vec![period.before(), period],
        options: scheme.options,
        working_times: scheme.working_times,
        unrecorded: Unrecorded::Nobody,
        zone: globals.zone,
    };
    let told = tell(&session, &question).await?;
    if let Some(entity) = &of.entity {
        check_entity(entity, &told.inputs)?;
    }
    let mut books = books(&session, &told.inputs, period).await?;
    let config = &globals.config.capitalization;
    for project in &mut books.projects {
        set_usual(project, globals);
    }
    let case = Case {
        period,
        as_of: globals.as_of,
        policy: of.policy.clone(),
        entity: of.entity.clone(),
        effort: told.inputs,
        books,
        mapping: config.mapping(),
    };
    Ok(case.in_order())
}

/// A name that employs nobody is mistyped, rather than a company without people.
fn check_entity(entity: &str, inputs: &Inputs) -> Result<(), Failure> {
    let known: BTreeSet<&str> =
        inputs.employments.iter().filter_map(|terms| terms.entity.as_deref()).collect();
    if known.contains(entity) {
        return Ok(());
    }
    let known: Vec<&str> = known.into_iter().collect();
    Err(Failure::Usage(match known.as_slice() {
        [] => "`employments` name no entity, so there are no books of one".to_owned(),
        known => {
            format!("no employment names the entity `{entity}`; there are {}", known.join(", "))
        }
    }))
}

fn set_usual(project: &mut Project, globals: &Globals) {
    let configured = &globals.config.capitalization.project;
    let own = configured.iter().find(|one| one.id == project.project_id);
    project.usual_work_type = own.map(|one| one.work_type);
}

/// Works an export out and writes its files into memory.
///
/// # Errors
/// Where the result would break a promise, such as rows that do not add up.
pub(crate) fn export(
    case: &Case,
    order: Order,
    adjustments: &[Adjustment],
) -> Result<Export, Failure> {
    let fail = |error| Failure::failed("failed to write the case down", error);
    let inputs = case.text().map_err(fail)?;
    let run = Run::new(case, &sha256(inputs.as_bytes()), &order);
    let run_id = run.id();
    let from = CostsFrom::of(&order);
    let has_costs = from.is_some();
    let Order { rates, reporting, payroll, profile, pivot, seal } = order;
    let costs = rates.map_or(CostMode::None, |read| read.value);
    let (reporting, exchange) = match reporting {
        Some((read, bytes)) => (Some(read.value), Some(bytes)),
        None => (None, None),
    };
    let done = case
        .worked_out(&run_id, costs, reporting)
        .map_err(|error| Failure::Failed(error.to_string()))?;
    let mut files = BTreeMap::new();
    let mut put = |name: &str, text: String| files.insert(name.to_owned(), text.into_bytes());
    put("cap_summary.csv", sheets::summary(&done).csv(profile));
    put("cap_detail.csv", sheets::detail(&done).csv(profile));
    put("cap_evidence.csv", sheets::evidence(&done)?.csv(profile));
    put("cap_adjustments.csv", sheets::adjustments(&run_id, adjustments).csv(profile));
    if let Some(by) = pivot {
        let name = match by {
            Pivot::Person => "cap_fte_by_person.csv",
            Pivot::Project => "cap_fte_by_project.csv",
        };
        put(name, pivot::sheet(&done, by).csv(profile));
    }
    put(INPUTS, inputs);
    if let Some(bytes) = exchange {
        files.insert(EXCHANGE_RATES.to_owned(), bytes);
    }
    let payroll = payroll.map(|(currency, units)| Payroll::against(currency, units, &done));
    let gaps = gaps(&done, payroll.as_ref());
    files.insert(
        REVIEW.to_owned(),
        review::page(case, &run_id, &done, &told_gaps(&done, &gaps), payroll.as_ref())?
            .into_bytes(),
    );
    let manifest = Manifest::new(run, case, &done, (payroll, from), seal, &files, &gaps);
    let text = manifest.text()?;
    let digest = sha256(text.as_bytes());
    files.insert(MANIFEST.to_owned(), text.into_bytes());
    Ok(Export {
        done,
        manifest,
        digest,
        files,
        gaps,
        adjustments: adjustments.to_vec(),
        policy: case.policy.clone(),
        has_costs,
    })
}

/// What is missing, what touches money first.
fn gaps(done: &Capitalization, payroll: Option<&Payroll>) -> Vec<String> {
    let is_bare =
        |one: &&CapitalizationProblem| matches!(one, CapitalizationProblem::NoProject { .. });
    let unequal = payroll.and_then(Payroll::gap);
    let effort = done.effort_problems.iter().map(ToString::to_string);
    let books = done.problems.iter().filter(|one| !is_bare(one)).map(ToString::to_string);
    let bare = done.problems.iter().filter(is_bare).map(ToString::to_string);
    unequal.into_iter().chain(effort).chain(books).chain(bare).collect()
}

/// The same for people, who don't want to read of every work item without a project.
pub(crate) fn told_gaps(export: &Capitalization, gaps: &[String]) -> Vec<String> {
    let bare: Vec<String> = export
        .problems
        .iter()
        .filter(|one| matches!(one, CapitalizationProblem::NoProject { .. }))
        .map(ToString::to_string)
        .collect();
    let mut told: Vec<String> = gaps.iter().filter(|gap| !bare.contains(gap)).cloned().collect();
    match bare.as_slice() {
        [] => {}
        [one] => told.push(one.clone()),
        more => told.push(format!(
            "{} work items belong to no project, so that they are expenses; the manifest names them",
            more.len()
        )),
    }
    told
}

/// Writes an export into a folder. Another draft that is there is taken away first, a sealed bundle
/// never; each file appears whole, and the manifest last.
///
/// # Errors
/// Where the folder holds a sealed bundle or something else, or a file can't be written.
pub(crate) fn write(folder: &Path, files: &BTreeMap<String, Vec<u8>>) -> Result<(), Failure> {
    let fail =
        |path: &Path, error| Failure::failed(&format!("failed to write {}", path.display()), error);
    std::fs::create_dir_all(folder).map_err(|error| fail(folder, error))?;
    take_draft_away(folder)?;
    let last = files.get_key_value(MANIFEST);
    let others = files.iter().filter(|(name, _)| *name != MANIFEST);
    for (name, bytes) in others.chain(last) {
        let path = folder.join(name);
        let partial = folder.join(format!(".{name}.partial"));
        let written =
            std::fs::write(&partial, bytes).and_then(|()| std::fs::rename(&partial, &path));
        written.map_err(|error| fail(&path, error))?;
    }
    Ok(())
}

fn take_draft_away(folder: &Path) -> Result<(), Failure> {
    let fail = |error: std::io::Error| {
        Failure::failed(&format!("failed to read {}", folder.display()), error)
    };
    let names: Vec<String> = std::fs::read_dir(folder)
        .map_err(fail)?
        .map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()))
        .collect::<Result<_, _>>()
        .map_err(fail)?;
    if names.is_empty() {
        return Ok(());
    }
    let draft = std::fs::read(folder.join(MANIFEST)).ok();
    let draft = draft.and_then(|text| serde_json::from_slice::<Claimed>(&text).ok());
    let Some(draft) = draft else {
        return Err(Failure::Usage(format!(
            "{} holds other files: an export has a folder of its own",
            folder.display()
        )));
    };
    if draft.seal.is_some() {
        return Err(Failure::Usage(format!(
            "{} holds the sealed bundle of {}, which is never written over; name another folder",
            folder.display(),
            draft.run.period
        )));
    }
    for name in draft.files.keys().map(String::as_str).chain([MANIFEST]) {
        if !name.contains(['/', '\\']) && names.iter().any(|own| own == name) {
            std::fs::remove_file(folder.join(name)).map_err(fail)?;
        }
    }
    Ok(())
}
