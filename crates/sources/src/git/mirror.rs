//! A bare copy of a repository elsewhere, fetched over HTTPS.
//!
//! Only what fetching needs is done: no program is started, not even one that a credential helper
//! or a transport would be; no configuration but the mirror's own counts; a redirect is not
//! followed, so that credentials stay with the host they were given for.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use gix::bstr::{BString, ByteSlice};
use gix::remote::Direction;
use gix::remote::fetch::Tags;
use gix::{ThreadSafeRepository, refs};
use secrecy::{ExposeSecret, SecretString};

use crate::SourceError;

/// What to fetch: branches and tags, where a rewritten branch replaces what it was. `HEAD` is among
/// them because a server tells of nothing that is not asked for, and hosts have far too many other
/// references to ask for all.
const REFERENCES: [&str; 3] =
    ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*", "+HEAD:refs/milepost/head"];

/// Who fetches.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// User name; hosts that only look at a token take any.
    pub user: String,
    /// Token or password.
    pub secret: SecretString,
}

/// A mirror and what it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mirror {
    /// Its folder.
    pub path: PathBuf,
    /// Bytes on disk.
    pub size_bytes: u64,
    /// True where anything changed since the last fetch.
    pub is_changed: bool,
}

/// Fetches all branches and tags of the repository at `url` into the bare repository `path`, which
/// is made where it does not exist. Branches and tags that are gone there go here.
///
/// # Errors
/// Where the address can't be fetched from, or the mirror can't be written; what the mirror had
/// before stays.
pub fn fetch(
    url: &str,
    credentials: Option<&Credentials>,
    path: &Path,
) -> Result<Mirror, SourceError> {
    let shown = shown(url);
    let refused =
        |reason: String| SourceError::Upstream(format!("failed to fetch {shown}: {reason}"));
    let address = address(url).map_err(refused)?;
    let repository = open(path, credentials).map_err(refused)?;
    let before = tips(&repository).map_err(refused)?;
    receive(&repository, address).map_err(refused)?;
    let repository = open(path, None).map_err(refused)?;
    let after = tips(&repository).map_err(refused)?;
    Ok(Mirror { path: path.to_owned(), size_bytes: size(path), is_changed: before != after })
}

/// An address as a message may show it: without a name, a password or what follows a `?`.
pub(crate) fn shown(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = host.rsplit('@').next().unwrap_or_default();
    if scheme.is_empty() { format!("{host}{path}") } else { format!("{scheme}://{host}{path}") }
}

/// The repository's name in all tables: `host/owner/name` of the address.
///
/// # Errors
/// Where it is no address that can be fetched from.
pub fn name(url: &str) -> Result<String, SourceError> {
    let shown = shown(url);
    let refused =
        |reason: String| SourceError::Pattern(format!("`{shown}` can't be fetched: {reason}"));
    address(url).map_err(refused)?;
    let name = super::id_of_url(url)
        .filter(|name| !name.split('/').any(|part| matches!(part, "" | "." | "..")));
    name.ok_or_else(|| refused("it names no repository".to_owned()))
}

/// The address, if it is one that may be asked with nothing but what is here.
fn address(url: &str) -> Result<gix::Url, String> {
    let address = gix::url::parse(url.as_bytes().as_bstr())
        .map_err(|error| format!("it is no address: {error}"))?;
    let is_loopback = matches!(address.host(), Some("localhost" | "127.0.0.1" | "[::1]" | "::1"));
    let has_secret = address.user().is_some() || address.password().is_some();
    match address.scheme {
        gix::url::Scheme::Https | gix::url::Scheme::Http if has_secret => {
            Err("it holds a name or password; give them apart from it".to_owned())
        }
        gix::url::Scheme::Https => Ok(address),
        gix::url::Scheme::Http if is_loopback => Ok(address),
        _ => Err("only https:// addresses are fetched from; for others give the path of a clone"
            .to_owned()),
    }
}

/// Opens the mirror, or makes it. The credentials are a header of all its requests, which go to one
/// host as no redirect is followed; they are in memory only.
fn open(path: &Path, credentials: Option<&Credentials>) -> Result<gix::Repository, String> {
    let header = credentials.map(|Credentials { user, secret }| {
        let pair = BASE64_STANDARD.encode(format!("{user}:{}", secret.expose_secret()));
        format!("http.extraHeader=Authorization: Basic {pair}")
    });
    let settings = ["http.followRedirects=false".to_owned()];
    let options =
        gix::open::Options::isolated().config_overrides(settings.into_iter().chain(header));
    if path.join("objects").is_dir() {
        let opened = ThreadSafeRepository::open_opts(path, options);
        return opened.map(|repository| repository.to_thread_local()).map_err(|error| {
            format!(
                "the mirror {} can't be read ({error}); remove it to fetch anew",
                path.display()
            )
        });
    }
    let fail = |error: &dyn std::fmt::Display| {
        format!("the mirror {} can't be made: {error}", path.display())
    };
    std::fs::create_dir_all(path).map_err(|error| fail(&error))?;
    let made = ThreadSafeRepository::init_opts(
        path,
        gix::create::Kind::Bare,
        gix::create::Options::default(),
        options,
    );
    made.map(|repository| repository.to_thread_local()).map_err(|error| fail(&error))
}

fn receive(repository: &gix::Repository, address: gix::Url) -> Result<(), String> {
    let words = |error: &dyn std::error::Error| reason(error);
    let remote = repository
        .remote_at(address)
        .map_err(|error| words(&error))?
        .with_fetch_tags(Tags::None)
        .with_refspecs(REFERENCES, Direction::Fetch)
        .map_err(|error| words(&error))?;
    let connection = remote.connect(Direction::Fetch).map_err(|error| words(&error))?;
    // Nobody is asked for others, least of all a program.
    let connection = connection.with_credentials(|_| Ok(None));
    let fetch = connection
        .prepare_fetch(gix::progress::Discard, Default::default())
        .map_err(|error| words(&error))?;
    // Before anything comes: a branch that is gone may stand in the way of one below its name.
    follow(repository, fetch.ref_map())?;
    fetch
        .receive(gix::progress::Discard, &AtomicBool::new(false))
        .map_err(|error| words(&error))?;
    Ok(())
}

/// Makes `HEAD` point where the other side's does, and removes what is gone there.
fn follow(repository: &gix::Repository, found: &gix::remote::fetch::RefMap) -> Result<(), String> {
    use gix::protocol::handshake::Ref;
    let words = |error: &dyn std::error::Error| reason(error);
    let mut there: Vec<BString> = Vec::new();
    let mut edits = Vec::new();
    for reference in &found.remote_refs {
        let (name, ..) = reference.unpack();
        there.push(name.to_owned());
        if let Ref::Symbolic { full_ref_name, target, .. } = reference
            && full_ref_name == "HEAD"
        {
            edits.push(edit("HEAD", refs::Target::Symbolic(name_of(target)?))?);
        }
    }
    let here = repository.references().map_err(|error| words(&error))?;
    for reference in here.all().map_err(|error| words(&error))?.filter_map(Result::ok) {
        let name = reference.name().as_bstr().to_owned();
        if !there.contains(&name)
            && (name.starts_with(b"refs/heads/") || name.starts_with(b"refs/tags/"))
        {
            edits.push(refs::transaction::RefEdit {
                change: refs::transaction::Change::Delete {
                    expected: refs::transaction::PreviousValue::Any,
                    log: refs::transaction::RefLog::AndReference,
                },
                name: name_of(&name)?,
                deref: false,
            });
        }
    }
    repository.edit_references(edits).map_err(|error| words(&error))?;
    Ok(())
}

fn edit(name: &str, new: refs::Target) -> Result<refs::transaction::RefEdit, String> {
    Ok(refs::transaction::RefEdit {
        change: refs::transaction::Change::Update {
            log: Default::default(),
            expected: refs::transaction::PreviousValue::Any,
            new,
        },
        name: name_of(&BString::from(name))?,
        deref: false,
    })
}

fn name_of(name: &BString) -> Result<refs::FullName, String> {
    name.as_bstr().try_into().map_err(|error| format!("`{name}` is no reference: {error}"))
}

/// Every reference with what it points to.
fn tips(repository: &gix::Repository) -> Result<Vec<(BString, String)>, String> {
    let references = repository.references().map_err(|error| reason(&error))?;
    let all = references.all().map_err(|error| reason(&error))?;
    Ok(all
        .filter_map(Result::ok)
        .map(|reference| {
            (reference.name().as_bstr().to_owned(), format!("{:?}", reference.target()))
        })
        .collect())
}

/// An error with what caused it.
fn reason(error: &dyn std::error::Error) -> String {
    let mut words = vec![error.to_string()];
    let mut next = error.source();
    while let Some(error) = next {
        if words.last().is_none_or(|last| !last.contains(&error.to_string())) {
            words.push(error.to_string());
        }
        next = error.source();
    }
    words.join(": ")
}

fn size(path: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(path) else { return 0 };
    entries
        .filter_map(Result::ok)
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => size(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}
