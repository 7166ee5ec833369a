//! One commit object becomes one row.

use std::borrow::Cow;
use std::collections::HashSet;

use chrono::{DateTime, Utc};
use encoding_rs::Encoding;
use gix::ObjectId;
use gix::bstr::{BStr, ByteSlice};
use milepost_events::Provenance;
use milepost_events::tables::Commit;

use super::header::{self, Header, Ident};
use super::{authors, message};

/// A commit as read: its row, still without line counts, and what the walk needs.
pub(crate) struct ReadCommit {
    pub(crate) id: ObjectId,
    pub(crate) tree: ObjectId,
    pub(crate) parents: Vec<ObjectId>,
    /// Committer's clock in seconds since 1970, for the order of the walk alone.
    pub(crate) seconds: i64,
    pub(crate) row: Commit,
    /// First line of the message's body: a merge's title. Kept for merges only.
    pub(crate) title: Option<String>,
    /// Number of the pull request that the message reverts.
    pub(crate) reverts_number: Option<i64>,
    /// Number of the merge request that GitLab names in the body.
    pub(crate) merge_request: Option<i64>,
}

/// Where rows come from and how names are mapped.
pub(crate) struct Context {
    pub(crate) repository_id: String,
    pub(crate) provenance: Provenance,
    mailmap: gix::mailmap::Snapshot,
    /// Addresses, in lower case, that the mailmap gives another one, not only a name.
    mapped_addresses: HashSet<Vec<u8>>,
}

impl Context {
    pub(crate) fn new(repository_id: String, provenance: Provenance, mailmap: &[u8]) -> Context {
        let mailmap = gix::mailmap::Snapshot::from_bytes(mailmap);
        let mapped_addresses = mailmap
            .entries()
            .iter()
            .filter(|entry| entry.new_email().is_some())
            .map(|entry| entry.old_email().to_ascii_lowercase())
            .collect();
        Context { repository_id, provenance, mailmap, mapped_addresses }
    }

    fn maps_address(&self, email: &BStr) -> bool {
        self.mapped_addresses.contains(&email.to_ascii_lowercase())
    }
}

#[derive(Default)]
struct Person {
    name: String,
    email: String,
    seconds: Option<i64>,
}

/// Reads a commit object. A line that can't be read leaves its columns empty; a commit without
/// a tree is `None`.
pub(crate) fn read(context: &Context, id: ObjectId, data: &[u8]) -> Option<ReadCommit> {
    let Header { tree, parents, author, committer, encoding, message } = header::parse(data);
    let encoding = encoding.and_then(|name| Encoding::for_label(name));
    let author = person(context, author, encoding);
    let committer = person(context, committer, encoding);
    let text = decode(until_nul(message), encoding);
    let is_merge = parents.len() > 1;
    Some(ReadCommit {
        id,
        tree: tree?,
        seconds: committer.seconds.unwrap_or(0),
        title: is_merge.then(|| message::body_title(&text).map(str::to_owned)).flatten(),
        reverts_number: message::reverted_pull_request(&text),
        merge_request: message::gitlab_number(&text),
        row: row(context, id, &parents, author, committer, &text),
        parents,
    })
}

fn row(
    context: &Context,
    id: ObjectId,
    parents: &[ObjectId],
    author: Person,
    committer: Person,
    text: &str,
) -> Commit {
    let co_authors = message::co_authors(text);
    let mut ai_tools: Vec<String> = co_authors
        .iter()
        .map(|(name, email)| (name.as_str(), email.as_str()))
        .chain([(author.name.as_str(), author.email.as_str())])
        .chain([(committer.name.as_str(), committer.email.as_str())])
        .filter_map(|(name, email)| authors::ai_tool(name, email))
        .chain(authors::ai_tools_of_marks(text))
        .map(str::to_owned)
        .collect();
    ai_tools.sort();
    ai_tools.dedup();
    Commit {
        repository_id: context.repository_id.clone(),
        sha: id.to_string(),
        parent_shas: parents.iter().map(ObjectId::to_string).collect(),
        authored_at: author.seconds.and_then(instant),
        author_name: author.name,
        author_email: author.email,
        committed_at: committer.seconds.and_then(instant),
        committer_name: committer.name,
        committer_email: committer.email,
        subject: message::subject(text),
        is_merge: parents.len() > 1,
        files_changed_count: None,
        additions_count: None,
        deletions_count: None,
        reverts_sha: message::reverted(text).map(str::to_owned),
        cherry_picked_from_sha: message::picked_from(text).map(str::to_owned),
        patch_id: None,
        work_item_keys: message::work_item_keys(text),
        co_author_emails: co_authors.into_iter().map(|(_, email)| email).collect(),
        ai_tools,
        provenance: context.provenance.clone(),
    }
}

fn person(context: &Context, ident: Ident<'_>, encoding: Option<&'static Encoding>) -> Person {
    let signature = gix::actor::SignatureRef { name: ident.name, email: ident.email, time: "" };
    let mapped = context.mailmap.try_resolve_ref(signature);
    let name = mapped.as_ref().and_then(|mapped| mapped.name);
    let email = mapped.as_ref().and_then(|mapped| mapped.email);
    // The mailmap's own spelling of an address counts only where it maps the address.
    let email = email.filter(|email| {
        !email.eq_ignore_ascii_case(ident.email) || context.maps_address(ident.email)
    });
    Person {
        // The mailmap is a file of its own, not in the commit's encoding.
        name: match name {
            Some(name) => name.to_str_lossy().into_owned(),
            None => decode(ident.name, encoding).into_owned(),
        },
        email: match email {
            Some(email) => email.to_str_lossy().into_owned(),
            None => decode(ident.email, encoding).into_owned(),
        },
        seconds: ident.seconds,
    }
}

fn decode<'a>(bytes: &'a BStr, encoding: Option<&'static Encoding>) -> Cow<'a, str> {
    match encoding {
        Some(encoding) if encoding != encoding_rs::UTF_8 => {
            match encoding.decode_without_bom_handling_and_without_replacement(bytes) {
                Some(text) => text,
                None => bytes.to_str_lossy(),
            }
        }
        _ => bytes.to_str_lossy(),
    }
}

/// Git itself reads a message as text that ends at the first NUL.
fn until_nul(text: &BStr) -> &BStr {
    text.find_byte(0).map_or(text, |end| text[..end].as_bstr())
}

/// `None` outside what the lake's microseconds since 1970 can hold.
pub(crate) fn instant(seconds: i64) -> Option<DateTime<Utc>> {
    // Arrow prints and parses four-digit years only.
    const FIRST: i64 = -62_135_596_800;
    const LAST: i64 = 253_402_300_799;
    (FIRST..=LAST).contains(&seconds).then(|| DateTime::from_timestamp(seconds, 0)).flatten()
}
