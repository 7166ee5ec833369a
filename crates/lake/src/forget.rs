//! Forgetting a person: every row, every version, and whatever is read later.
//!
//! A pseudonym takes the place of the person's ids, logins and addresses, so that counts stay
//! what they were. The lake keeps a keyed hash of each of them, because a source that is read
//! again gives them again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, ListBuilder, RecordBatch, StringArray, StringBuilder,
};
use arrow::compute::{nullif, or};
use arrow::datatypes::{DataType, Field};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use milepost_events::persons::{Claim, who_is_who};
use milepost_events::tables_by_contract;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::delta::TableOnDisk;
use crate::ingest::{known, text};
use crate::repair::ASIDE;
use crate::state::LakeState;
use crate::{Lake, LakeError, log};

/// Columns whose whole value, or each element of it, is somebody's id, login or address.
const PERSONS: [&str; 14] = [
    "person_id",
    "identifier",
    "author_email",
    "committer_email",
    "co_author_emails",
    "author_login",
    "reviewer_login",
    "deployed_by",
    "assignee_id",
    "approved_by",
    "requested_by",
    "from_value",
    "to_value",
    "source_id",
];

/// What is said of the person that a column names, column first.
const SAID_OF: [(&str, &str); 7] = [
    ("author_email", "author_name"),
    ("committer_email", "committer_name"),
    ("person_id", "name"),
    ("person_id", "role"),
    ("person_id", "hired_on"),
    ("person_id", "left_on"),
    ("person_id", "employee_id"),
];

/// What a column may tell of persons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Its value is somebody's id, login or address.
    Person,
    /// Records of an upstream, in JSON.
    Records,
    /// Text in which an address may stand.
    Text,
}

impl Kind {
    fn of(column: &str) -> Kind {
        match column {
            column if PERSONS.contains(&column) => Kind::Person,
            "body" | "record" => Kind::Records,
            _ => Kind::Text,
        }
    }
}

/// Whom the lake must not name again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Forgotten {
    /// Key of the hashes, so that those of two lakes can't be compared.
    key: [u8; 32],
    /// Pseudonyms by hash.
    pseudonyms: BTreeMap<String, String>,
    /// Persons so far.
    count: u32,
}

/// What forgetting somebody did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forgot {
    /// What stands in the person's place now.
    pub pseudonym: String,
    /// Rows that named the person, by table.
    pub rows: BTreeMap<&'static str, usize>,
    /// Closed periods whose versions still name the person, and until when they are kept.
    pub kept: BTreeMap<String, Option<NaiveDate>>,
}

impl Lake {
    /// Forgets the person of that id, or gives `None` where nobody has it. The caller holds the
    /// writer lock. What was interrupted goes on when it is called again.
    ///
    /// # Errors
    /// Where the lake is damaged or can't be written.
    pub async fn forget(&self, person_id: &str) -> Result<Option<Forgot>, LakeError> {
        let mut state = self.state_for_writing().await?;
        let Some(pseudonym) = self.remember_to_forget(person_id, &mut state).await? else {
            return Ok(None);
        };
        self.write_state(&state)?;
        let mut rows = BTreeMap::new();
        for table in tables_by_contract() {
            if !log::folder(&self.root.join(table.name)).is_dir() {
                continue;
            }
            let mut on_disk = self.open_for_writing(table, &state).await?;
            let changed = on_disk.forget(&state.forgotten).await?;
            if changed > 0 {
                rows.insert(table.name, changed);
            }
            state.tables.insert(table.name.to_owned(), on_disk.state().await?);
            self.write_state(&state)?;
            let is_sealed = state.seals.values().any(|seal| seal.versions.contains_key(table.name));
            if !is_sealed {
                // Readers must know the checkpoint before it is all that the log has.
                on_disk.checkpoint_now().await?;
                state.tables.insert(table.name.to_owned(), on_disk.state().await?);
                self.write_state(&state)?;
                let on_disk = self.purge(on_disk).await?;
                state.tables.insert(table.name.to_owned(), on_disk.state().await?);
                self.write_state(&state)?;
            }
        }
        self.forget_spooled()?;
        let aside = self.root.join(ASIDE);
        if aside.is_dir() {
            std::fs::remove_dir_all(&aside)
                .map_err(|source| LakeError::unwritable(&self.root, source))?;
        }
        let kept =
            state.seals.iter().map(|(period, seal)| (period.clone(), seal.kept_until)).collect();
        Ok(Some(Forgot { pseudonym, rows, kept }))
    }

    /// Takes every version before the newest checkpoint away: their files, and what the log says
    /// of these.
    async fn purge(&self, on_disk: TableOnDisk) -> Result<TableOnDisk, LakeError> {
        let table = on_disk.table;
        let (version, folder) = (on_disk.version(), log::folder(&on_disk.folder()));
        let removed = log::log(&folder).map(Option::unwrap_or_default).and_then(|log| {
            let commits = log.commits.range(..version).map(|(_, path)| path);
            let mut old = commits.chain(log.checkpoints.range(..version).map(|(_, path)| path));
            old.try_for_each(std::fs::remove_file)
        });
        removed.map_err(|source| LakeError::unwritable(&self.root, source))?;
        // What is open still rests on the commits that are gone.
        let mut on_disk = self.at_version(table, None).await?;
        // Everything is older than the end of time.
        on_disk.vacuum(DateTime::<Utc>::MAX_UTC, TimeDelta::zero(), &[]).await?;
        Ok(on_disk)
    }

    /// Adds the person to those that the lake must not name, and gives the pseudonym.
    async fn remember_to_forget(
        &self,
        person_id: &str,
        state: &mut LakeState,
    ) -> Result<Option<String>, LakeError> {
        if let Some(pseudonym) = state.forgotten.pseudonym(person_id) {
            return Ok(Some(pseudonym.clone()));
        }
        let mut claims = Vec::new();
        let mut is_known = false;
        for name in ["people", "identities", "team_members", "employments"] {
            let Some(on_disk) = self.open(known(name), state).await? else {
                continue;
            };
            for file in on_disk.files().await? {
                let rows = on_disk.read(&file, None).await?;
                for row in 0..rows.num_rows() {
                    let Some(id) = text(&rows, "person_id", row) else { continue };
                    is_known |= id.to_lowercase() == person_id.to_lowercase();
                    let column = |name| text(&rows, name, row).map(str::to_owned);
                    if let (Some(provider), Some(identifier)) =
                        (column("provider"), column("identifier"))
                    {
                        claims.push(Claim { provider, identifier, person_id: id.to_owned() });
                    }
                }
            }
        }
        if !is_known {
            return Ok(None);
        }
        Ok(Some(state.forgotten.add(person_id, &names_of(person_id, &claims))))
    }
}

/// Everything that the person is called by any source, in lower case.
fn names_of(person_id: &str, claims: &[Claim]) -> BTreeSet<String> {
    let ids = who_is_who(claims);
    let one = |id: &str| ids.get(&id.to_lowercase());
    let own = claims.iter().filter(|claim| {
        claim.person_id.to_lowercase() == person_id.to_lowercase()
            || one(&claim.person_id).is_some_and(|id| Some(id) == one(person_id))
    });
    own.flat_map(|claim| [claim.identifier.to_lowercase(), claim.person_id.to_lowercase()])
        .collect()
}

impl Forgotten {
    pub(crate) fn is_empty(&self) -> bool {
        self.pseudonyms.is_empty()
    }

    fn hash(&self, identifier: &str) -> String {
        let identifier = identifier.to_lowercase();
        blake3::keyed_hash(&self.key, identifier.as_bytes()).to_hex().to_string()
    }

    fn pseudonym(&self, identifier: &str) -> Option<&String> {
        self.pseudonyms.get(&self.hash(identifier))
    }

    fn add(&mut self, person_id: &str, identifiers: &BTreeSet<String>) -> String {
        if self.is_empty() {
            self.key = random_key();
        }
        self.count += 1;
        let pseudonym = format!("forgotten-{}", self.count);
        self.pseudonyms.insert(self.hash(person_id), pseudonym.clone());
        let others = identifiers.iter().filter(|other| **other != person_id.to_lowercase());
        for (number, other) in others.enumerate() {
            // Each its own: two of them may be in one key.
            let other_pseudonym = format!("{pseudonym}-{}", number + 1);
            self.pseudonyms.insert(self.hash(other), other_pseudonym);
        }
        pseudonym
    }

    /// The rows without anybody who was forgotten, and how many of them changed.
    ///
    /// # Errors
    /// Where the columns can't be put together: a fault of the program.
    pub(crate) fn leave_out(&self, rows: &RecordBatch) -> Result<(RecordBatch, usize), LakeError> {
        let schema = rows.schema();
        let mut columns = rows.columns().to_vec();
        let mut changed = BooleanArray::from(vec![false; rows.num_rows()]);
        let mut named: BTreeMap<&str, BooleanArray> = BTreeMap::new();
        for (at, field) in schema.fields().iter().enumerate() {
            let kind = Kind::of(field.name());
            let Some((column, hits)) = self.without(field, &columns[at], kind) else {
                continue;
            };
            columns[at] = column;
            changed = or(&changed, &hits)?;
            named.insert(field.name(), hits);
        }
        for (person, said) in SAID_OF {
            let (Some(hits), Ok(at)) = (named.get(person), schema.index_of(said)) else {
                continue;
            };
            // Of a key nothing is said but the key.
            if schema.field(at).is_nullable() {
                columns[at] = nullif(&columns[at], hits)?;
            }
        }
        let count = changed.true_count();
        Ok((RecordBatch::try_new(schema, columns)?, count))
    }

    /// The column without anybody forgotten, and which rows changed; `None` where none did.
    fn without(
        &self,
        field: &Field,
        column: &ArrayRef,
        kind: Kind,
    ) -> Option<(ArrayRef, BooleanArray)> {
        let mut hits = vec![false; column.len()];
        let mut replaced = |row: usize, value: &str| -> String {
            match self.told(value, kind) {
                Some(text) => {
                    hits[row] = true;
                    text
                }
                None => value.to_owned(),
            }
        };
        let column: ArrayRef = match field.data_type() {
            DataType::Utf8 => {
                let texts = column.as_string::<i32>();
                let rows = (0..texts.len())
                    .map(|row| texts.is_valid(row).then(|| replaced(row, texts.value(row))));
                Arc::new(rows.collect::<StringArray>())
            }
            DataType::List(element) if *element.data_type() == DataType::Utf8 => {
                let lists = column.as_list::<i32>();
                let mut builder =
                    ListBuilder::new(StringBuilder::new()).with_field(element.clone());
                for row in 0..lists.len() {
                    if lists.is_valid(row) {
                        let list = lists.value(row);
                        for value in list.as_string::<i32>() {
                            builder.values().append_option(value.map(|value| replaced(row, value)));
                        }
                    }
                    builder.append(lists.is_valid(row));
                }
                Arc::new(builder.finish())
            }
            _ => return None,
        };
        hits.contains(&true).then(|| (column, hits.into()))
    }

    /// A value with pseudonyms, or `None` where it names nobody forgotten.
    fn told(&self, value: &str, kind: Kind) -> Option<String> {
        let record = match kind {
            Kind::Records => serde_json::from_str::<Value>(value).ok(),
            _ => None,
        };
        let Some(mut record) = record else { return self.text(value, kind == Kind::Person) };
        self.record(&mut record).then(|| record.to_string())
    }

    /// Puts pseudonyms into a record, and says whether there were any to put. A login counts only
    /// where it is one: elsewhere it is also a word.
    fn record(&self, record: &mut Value) -> bool {
        let mut is_hit = false;
        match record {
            Value::Object(fields) => {
                let login = fields.get("login").and_then(Value::as_str);
                if let Some(pseudonym) = login.and_then(|login| self.pseudonym(login)).cloned() {
                    is_hit = true;
                    if let Some(name) = fields.get_mut("name") {
                        *name = Value::Null;
                    }
                    fields.insert("login".to_owned(), Value::String(pseudonym));
                }
                for value in fields.values_mut() {
                    is_hit |= self.record(value);
                }
            }
            Value::Array(values) => {
                for value in values {
                    is_hit |= self.record(value);
                }
            }
            Value::String(text) => {
                if let Some(other) = self.text(text, false) {
                    *text = other;
                    is_hit = true;
                }
            }
            _ => {}
        }
        is_hit
    }

    /// The text with pseudonyms, or `None` where it names nobody forgotten.
    fn text(&self, value: &str, is_person: bool) -> Option<String> {
        if is_person && let Some(pseudonym) = self.pseudonym(value) {
            return Some(pseudonym.clone());
        }
        // An address tells who is meant wherever it stands; a login is also a word.
        if !value.contains('@') {
            return None;
        }
        let mut text = String::with_capacity(value.len());
        let mut is_hit = false;
        let is_inner = |c: char| c.is_alphanumeric() || "@._%+-[]".contains(c);
        for part in value.split_inclusive(|c| !is_inner(c)) {
            let word = part.trim_end_matches(|c| !is_inner(c));
            let address = word.trim_matches(['.', '-', '[', ']']);
            match self.pseudonym(address).filter(|_| address.contains('@')) {
                Some(pseudonym) => {
                    is_hit = true;
                    text.push_str(&part.replace(address, pseudonym));
                }
                None => text.push_str(part),
            }
        }
        is_hit.then_some(text)
    }
}

impl TableOnDisk {
    async fn checkpoint_now(&self) -> Result<(), LakeError> {
        deltalake::checkpoints::create_checkpoint(&self.delta, None).await.map_err(|error| {
            LakeError::table(self.table.name, "clean")(error).with_cause(&self.lake)
        })
    }

    /// Writes the files anew that name somebody forgotten, and counts the rows.
    async fn forget(&mut self, forgotten: &Forgotten) -> Result<usize, LakeError> {
        let (mut gone, mut rewritten, mut changed) = (Vec::new(), Vec::new(), 0);
        for file in self.files().await? {
            let (rows, count) = forgotten.leave_out(&self.read(&file, None).await?)?;
            if count > 0 {
                gone.push(file);
                rewritten.push(rows);
                changed += count;
            }
        }
        if changed > 0 {
            let note = self.note("forget");
            self.replace(&gone, &rewritten, note).await?;
        }
        Ok(changed)
    }
}

fn random_key() -> [u8; 32] {
    use std::hash::{BuildHasher, RandomState};
    let mut hasher = blake3::Hasher::new();
    for at in 0..8_u64 {
        hasher.update(&RandomState::new().hash_one(at).to_le_bytes());
    }
    *hasher.finalize().as_bytes()
}

/// A table's text columns that may name a person, for a reader of the contract.
#[cfg(test)]
fn text_columns(table: &milepost_events::Table) -> impl Iterator<Item = &Field> {
    table.columns().iter().map(AsRef::as_ref).filter(|field| match field.data_type() {
        DataType::Utf8 => true,
        DataType::List(element) => *element.data_type() == DataType::Utf8,
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forgotten() -> Forgotten {
        let mut forgotten = Forgotten::default();
        let others = ["ann", "ann.lee@home.test", "ann@acme.test"].map(str::to_owned);
        assert_eq!(forgotten.add("Ann@acme.test", &others.into()), "forgotten-1");
        forgotten
    }

    #[test]
    fn an_address_is_found_wherever_it_stands_and_a_login_only_alone() {
        let forgotten = forgotten();
        let text = |value: &str, is_person| forgotten.text(value, is_person);
        assert_eq!(text("ann@ACME.test", true).as_deref(), Some("forgotten-1"));
        assert_eq!(text("ann", true).as_deref(), Some("forgotten-1-1"));
        assert_eq!(text("ann", false), None);
        assert_eq!(text("annual", true), None);
        assert_eq!(
            text("i1,Ann <ann@acme.test>, or (ann.lee@home.test).", false).as_deref(),
            Some("i1,Ann <forgotten-1>, or (forgotten-1-2).")
        );
        assert_eq!(text("joann@acme.test", false), None);
        assert_eq!(text("mail bo@acme.test", false), None);
    }

    #[test]
    fn two_lakes_hash_the_same_address_differently() {
        let (one, other) = (forgotten(), forgotten());
        assert_ne!(one.hash("ann@acme.test"), other.hash("ann@acme.test"));
    }

    #[test]
    fn every_column_that_may_name_a_person_is_known_here() {
        let hints = [
            "person",
            "login",
            "email",
            "author",
            "committer",
            "assignee",
            "identifier",
            "_by",
            "employee",
        ];
        let said: Vec<&str> = SAID_OF.iter().map(|(_, said)| *said).collect();
        for table in tables_by_contract() {
            for field in text_columns(table) {
                let name = field.name().as_str();
                // `caused_by_deployment_id` names a deployment.
                if hints.iter().any(|hint| name.contains(hint)) && !name.ends_with("deployment_id")
                {
                    let known = PERSONS.contains(&name) || said.contains(&name);
                    assert!(known, "{}.{name} may name a person", table.name);
                }
            }
        }
    }
}
