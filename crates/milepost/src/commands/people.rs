use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use clap::{Args, Subcommand};
use milepost_events::persons::{Claim, who_is_who};

use crate::answer::held;
use crate::exit::{Exit, Failure};
use crate::globals::Globals;
use crate::output::OutputArgs;

/// The people whose work the lake tells of, and which logins and addresses are theirs
///
/// Two ids are one person's where two sources name the same address for both. The id shown is the
/// one given by hand, else an address, else a login. To say more, write rows of `identities` into a
/// file: the same `person_id` for every login and address of somebody.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:
  milepost people
  milepost people --format json
  milepost people forget ann@acme.test"
)]
pub(crate) struct PeopleArgs {
    #[command(flatten)]
    output: OutputArgs,
    #[command(subcommand)]
    task: Option<PeopleTask>,
}

#[derive(Debug, Subcommand)]
enum PeopleTask {
    Forget(ForgetArgs),
}

/// Replace a person by a pseudonym, in every table and every earlier version
///
/// Takes the place of the person's id, logins and addresses wherever they stand; names and
/// employment details become NULL, counts stay what they were. What is read later is treated the
/// same, and the lake keeps only hashes to tell whom. Versions on which a closed month rests stay
/// until their time is over; they are named.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost sql 'select person_id, name from people'
  milepost people forget ann@acme.test")]
struct ForgetArgs {
    /// The person's `person_id`
    id: String,
    #[command(flatten)]
    output: OutputArgs,
}

pub(crate) async fn run(args: PeopleArgs, globals: &Globals) -> Result<Exit, Failure> {
    match args.task {
        Some(PeopleTask::Forget(args)) => forget(args, globals).await,
        None => list(&args.output, globals).await,
    }
}

/// A person under one id.
#[derive(Default)]
struct One {
    name: Option<String>,
    kind: Option<String>,
    identifiers: BTreeSet<String>,
}

async fn list(output: &OutputArgs, globals: &Globals) -> Result<Exit, Failure> {
    let lake = &globals.lake;
    let sql = "select provider, identifier, person_id from identities \
               where person_id is not null and deleted_at is null";
    let claims: Vec<Claim> = held(globals, lake, "identities", sql)
        .await?
        .into_iter()
        .filter_map(|row| {
            let [provider, identifier, person_id] = <[String; 3]>::try_from(row).ok()?;
            Some(Claim { provider, identifier, person_id })
        })
        .collect();
    let ids = who_is_who(&claims);
    let one = |id: &str| ids.get(&id.to_lowercase()).cloned().unwrap_or_else(|| id.to_owned());
    let mut people: BTreeMap<String, One> = BTreeMap::new();
    for claim in &claims {
        let identifier = format!("{}:{}", claim.provider, claim.identifier);
        people.entry(one(&claim.person_id)).or_default().identifiers.insert(identifier);
    }
    let sql =
        "select person_id, name, kind from people where deleted_at is null order by person_id";
    for row in held(globals, lake, "people", sql).await? {
        let person = people.entry(one(&row[0])).or_default();
        let given = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        // The name under the person's own id counts before that of another of theirs.
        let is_own = row[0] == one(&row[0]);
        person.name = if is_own {
            given(&row[1]).or(person.name.take())
        } else {
            person.name.take().or(given(&row[1]))
        };
        person.kind = person.kind.take().or(given(&row[2]));
    }
    let identifiers = people
        .values()
        .map(|person| person.identifiers.iter().cloned().collect::<Vec<_>>().join(" "));
    let rows = RecordBatch::try_from_iter_with_nullable([
        ("person_id", Arc::new(StringArray::from_iter_values(people.keys())) as ArrayRef, false),
        (
            "name",
            Arc::new(people.values().map(|one| one.name.clone()).collect::<StringArray>()),
            true,
        ),
        (
            "kind",
            Arc::new(people.values().map(|one| one.kind.clone()).collect::<StringArray>()),
            true,
        ),
        ("identifiers", Arc::new(StringArray::from_iter_values(identifiers)), false),
    ])
    .map_err(|error| Failure::failed("failed to list people", error))?;
    output.write(&rows.schema(), &[rows])?;
    Ok(Exit::Done)
}

async fn forget(args: ForgetArgs, globals: &Globals) -> Result<Exit, Failure> {
    let lake = &globals.lake;
    let place = lake.root().display();
    if !lake.exists() {
        return Err(Failure::Usage(format!(
            "there is no lake at {place}; give another with --lake"
        )));
    }
    let _lock = lake.lock(globals.wait).await?;
    let Some(done) = lake.forget(&args.id).await? else {
        return Err(Failure::Usage(format!(
            "the lake {place} has no person `{}`; `milepost sql 'select person_id, name from people'` lists them",
            args.id
        )));
    };
    let tables: Vec<&str> = done.rows.keys().copied().collect();
    let counts: Int64Array = done.rows.values().map(|count| Some(*count as i64)).collect();
    let rows = RecordBatch::try_from_iter([
        ("table_name", Arc::new(StringArray::from(tables)) as _),
        ("rows_count", Arc::new(counts) as _),
    ])
    .map_err(|error| Failure::failed("failed to put the rows together", error))?;
    args.output.write(&rows.schema(), std::slice::from_ref(&rows))?;
    globals.remark(&format!("{} is {} now, also in what is read later", args.id, done.pseudonym));
    for (period, until) in &done.kept {
        let until = until.map_or("without an end".to_owned(), |until| format!("until {until}"));
        globals.remark(&format!("the closed month {period} is kept as it was, {until}"));
    }
    globals.remark(
        "what lies outside the lake still names the person: repositories, files that were read, reports that were written",
    );
    Ok(Exit::Done)
}
