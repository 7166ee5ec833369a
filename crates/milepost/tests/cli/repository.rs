//! Repositories with fixed dates, made by the real `git`.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use chrono::NaiveDateTime;

pub(crate) const ANN: &str = "Ann <ann@acme.test>";
pub(crate) const BO: &str = "Bo <bo@acme.test>";
pub(crate) const BOT: &str = "dependabot[bot] <49699333+dependabot[bot]@users.noreply.github.com>";

pub(crate) const FILE: &str = "100644";
pub(crate) const PROGRAM: &str = "100755";
pub(crate) const LINK: &str = "120000";
pub(crate) const SUBMODULE: &str = "160000";

/// Seconds since 1970 of `2026-01-05 09:00`, UTC.
pub(crate) fn seconds(at: &str) -> i64 {
    let parsed = NaiveDateTime::parse_from_str(at, "%Y-%m-%d %H:%M");
    parsed.expect("a date such as `2026-01-05 09:00`").and_utc().timestamp()
}

/// The program `git` that reads no configuration but the repository's.
pub(crate) fn git_command(home: &Path) -> Command {
    let mut command = Command::new("git");
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", home)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_AUTHOR_NAME", "Ann")
        .env("GIT_AUTHOR_EMAIL", "ann@acme.test")
        .env("GIT_COMMITTER_NAME", "Ann")
        .env("GIT_COMMITTER_EMAIL", "ann@acme.test")
        .env("GIT_AUTHOR_DATE", "2026-01-24T10:00:00Z")
        .env("GIT_COMMITTER_DATE", "2026-01-24T10:00:00Z")
        .env("LC_ALL", "C")
        .env("TZ", "UTC")
        .args(["-c", "init.defaultBranch=main", "-c", "protocol.file.allow=always"]);
    command
}

/// A commit to be made.
pub(crate) struct Draft {
    message: Vec<u8>,
    author: Vec<u8>,
    committer: Option<Vec<u8>>,
    authored: i64,
    committed: i64,
    zone: &'static str,
    encoding: Option<&'static str>,
    changes: Vec<(Vec<u8>, Option<Entry>)>,
}

#[derive(Clone, PartialEq)]
struct Entry {
    mode: &'static str,
    data: Vec<u8>,
}

impl Draft {
    /// By Ann, with one time for author and committer.
    pub(crate) fn new(message: impl Into<Vec<u8>>, at: &str) -> Draft {
        Draft {
            message: message.into(),
            author: ANN.into(),
            committer: None,
            authored: seconds(at),
            committed: seconds(at),
            zone: "+0000",
            encoding: None,
            changes: Vec::new(),
        }
    }

    pub(crate) fn by(mut self, author: impl Into<Vec<u8>>) -> Draft {
        self.author = author.into();
        self
    }

    pub(crate) fn committer(mut self, committer: impl Into<Vec<u8>>) -> Draft {
        self.committer = Some(committer.into());
        self
    }

    pub(crate) fn authored(mut self, at: &str) -> Draft {
        self.authored = seconds(at);
        self
    }

    /// The offset the times are written with; the instants stay.
    pub(crate) fn zone(mut self, zone: &'static str) -> Draft {
        self.zone = zone;
        self
    }

    pub(crate) fn encoding(mut self, encoding: &'static str) -> Draft {
        self.encoding = Some(encoding);
        self
    }

    pub(crate) fn file(self, path: impl Into<Vec<u8>>, content: impl Into<Vec<u8>>) -> Draft {
        self.entry(FILE, path, content)
    }

    /// `data` is the content, a link's target or a submodule's commit.
    pub(crate) fn entry(
        mut self,
        mode: &'static str,
        path: impl Into<Vec<u8>>,
        data: impl Into<Vec<u8>>,
    ) -> Draft {
        self.changes.push((path.into(), Some(Entry { mode, data: data.into() })));
        self
    }

    pub(crate) fn gone(mut self, path: impl Into<Vec<u8>>) -> Draft {
        self.changes.push((path.into(), None));
        self
    }
}

/// A repository with a working tree that nothing was checked out into.
pub(crate) struct Repository {
    pub(crate) path: PathBuf,
    home: PathBuf,
    tips: HashMap<String, String>,
    files: HashMap<String, BTreeMap<Vec<u8>, Entry>>,
    importer: RefCell<Option<Importer>>,
}

impl Repository {
    /// An empty one at `path`; `home` keeps git from the user's own.
    pub(crate) fn new(path: PathBuf, home: &Path) -> Repository {
        let repository = Repository {
            path,
            home: home.to_owned(),
            tips: HashMap::new(),
            files: HashMap::new(),
            importer: RefCell::new(None),
        };
        let place = repository.path.to_str().expect("a path in UTF-8");
        let made = git_command(home).args(["init", "-q", place]).status().expect("git");
        assert!(made.success(), "git init");
        repository
    }

    /// Adds a commit to the branch; the first of a new branch is a root.
    pub(crate) fn commit(&mut self, branch: &str, draft: Draft) -> String {
        self.merge(branch, &[], draft)
    }

    /// A commit of one file, whose message is `Change <path>`.
    pub(crate) fn push(&mut self, branch: &str, path: &str, at: &str) -> String {
        let draft = Draft::new(format!("Change {path}"), at);
        self.commit(branch, draft.file(path, format!("{path} as of {at}\n")))
    }

    /// Merges branches, or commits by their id, into the branch.
    pub(crate) fn merge(&mut self, branch: &str, others: &[&str], draft: Draft) -> String {
        let first = self.tips.get(branch).cloned();
        let others: Vec<String> = others.iter().map(|other| self.id(other)).collect();
        let mut files =
            first.iter().flat_map(|id| self.files[id].clone()).collect::<BTreeMap<_, _>>();
        let mut changes = Vec::new();
        for (path, entry) in others.iter().flat_map(|id| self.files[id].clone()) {
            if let std::collections::btree_map::Entry::Vacant(free) = files.entry(path) {
                changes.push((free.key().clone(), Some(entry.clone())));
                free.insert(entry);
            }
        }
        for (path, entry) in draft.changes.iter().cloned() {
            match entry.clone() {
                Some(entry) => files.insert(path.clone(), entry),
                None => files.remove(&path),
            };
            changes.push((path, entry));
        }
        let id = self.import(|importer| {
            importer.commit(branch, first.as_deref(), &others, &changes, &draft)
        });
        self.tips.insert(branch.to_owned(), id.clone());
        self.files.insert(id.clone(), files);
        id
    }

    /// Begins a branch at a commit or at another branch's tip.
    pub(crate) fn branch(&mut self, name: &str, at: &str) {
        let id = self.id(at);
        self.import(|importer| importer.reset(&format!("refs/heads/{name}"), &id));
        self.tips.insert(name.to_owned(), id);
    }

    /// A lightweight tag.
    pub(crate) fn tag(&mut self, name: &str, at: &str) {
        let id = self.id(at);
        self.import(|importer| importer.reset(&format!("refs/tags/{name}"), &id));
    }

    /// A tag with a message and a time of its own.
    pub(crate) fn release(&mut self, name: &str, at: &str, tagged: &str) {
        let id = self.id(at);
        self.import(|importer| importer.tag(name, &id, seconds(tagged)));
    }

    /// The commit at the tip of the branch, or the commit given.
    pub(crate) fn id(&self, name: &str) -> String {
        self.tips.get(name).cloned().unwrap_or_else(|| name.to_owned())
    }

    /// What `git` says in the repository, without the last line's end.
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        String::from_utf8(self.git_bytes(arguments))
            .expect("UTF-8")
            .trim_end_matches('\n')
            .to_owned()
    }

    pub(crate) fn git_bytes(&self, arguments: &[&str]) -> Vec<u8> {
        self.close();
        git_at(&self.path, &self.home, arguments)
    }

    /// Where the repository is, as an argument.
    pub(crate) fn place(&self) -> &str {
        self.close();
        self.path.to_str().expect("a path in UTF-8")
    }

    fn import<T>(&self, doing: impl FnOnce(&mut Importer) -> T) -> T {
        let mut importer = self.importer.borrow_mut();
        doing(importer.get_or_insert_with(|| Importer::start(&self.path, &self.home)))
    }

    /// Objects are there for others once the import has ended.
    fn close(&self) {
        if let Some(importer) = self.importer.borrow_mut().take() {
            importer.end();
        }
    }
}

/// What `git` says at a place.
pub(crate) fn git_at(path: &Path, home: &Path, arguments: &[&str]) -> Vec<u8> {
    let said = git_command(home).arg("-C").arg(path).args(arguments).output().expect("git");
    let complaint = String::from_utf8_lossy(&said.stderr);
    assert!(said.status.success(), "git {arguments:?}: {complaint}");
    said.stdout
}

/// One `git fast-import`: a whole history is made by one process.
struct Importer {
    process: Child,
    stream: ChildStdin,
    answers: BufReader<ChildStdout>,
    /// Marks of the commits that this process made: others do not see them yet.
    marks: HashMap<String, usize>,
}

impl Importer {
    fn start(path: &Path, home: &Path) -> Importer {
        let mut process = git_command(home)
            .arg("-C")
            .arg(path)
            .args(["fast-import", "--quiet"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("git fast-import");
        let stream = process.stdin.take().expect("its input");
        let answers = BufReader::new(process.stdout.take().expect("its output"));
        Importer { process, stream, answers, marks: HashMap::new() }
    }

    fn write(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).expect("git fast-import reads on");
    }

    fn data(&mut self, bytes: &[u8]) {
        self.write(format!("data {}\n", bytes.len()).as_bytes());
        self.write(bytes);
        self.write(b"\n");
    }

    fn known(&self, id: &str) -> String {
        self.marks.get(id).map_or_else(|| id.to_owned(), |mark| format!(":{mark}"))
    }

    fn commit(
        &mut self,
        branch: &str,
        first: Option<&str>,
        others: &[String],
        changes: &[(Vec<u8>, Option<Entry>)],
        draft: &Draft,
    ) -> String {
        let mark = self.marks.len() + 1;
        self.write(format!("commit refs/heads/{branch}\nmark :{mark}\n").as_bytes());
        let committer = draft.committer.as_ref().unwrap_or(&draft.author);
        let people =
            [("author", &draft.author, draft.authored), ("committer", committer, draft.committed)];
        for (role, person, at) in people {
            self.write(&[role.as_bytes(), b" ", person].concat());
            self.write(format!(" {at} {}\n", draft.zone).as_bytes());
        }
        if let Some(encoding) = draft.encoding {
            self.write(format!("encoding {encoding}\n").as_bytes());
        }
        self.data(&draft.message);
        if let Some(first) = first {
            let from = format!("from {}\n", self.known(first));
            self.write(from.as_bytes());
        }
        for other in others {
            let merge = format!("merge {}\n", self.known(other));
            self.write(merge.as_bytes());
        }
        for (path, entry) in changes {
            self.change(path, entry.as_ref());
        }
        self.write(format!("\nget-mark :{mark}\n").as_bytes());
        self.stream.flush().expect("git fast-import reads on");
        let mut id = String::new();
        self.answers.read_line(&mut id).expect("the commit's id");
        let id = id.trim().to_owned();
        assert_eq!(id.len(), 40, "git fast-import refused a commit");
        self.marks.insert(id.clone(), mark);
        id
    }

    fn change(&mut self, path: &[u8], entry: Option<&Entry>) {
        let path = quoted(path);
        match entry {
            None => self.write(format!("D {path}\n").as_bytes()),
            Some(Entry { mode, data }) if *mode == SUBMODULE => {
                let id = String::from_utf8_lossy(data).into_owned();
                self.write(format!("M {mode} {id} {path}\n").as_bytes());
            }
            Some(Entry { mode, data }) => {
                self.write(format!("M {mode} inline {path}\n").as_bytes());
                self.data(data);
            }
        }
    }

    fn reset(&mut self, reference: &str, id: &str) {
        let text = format!("reset {reference}\nfrom {}\n\n", self.known(id));
        self.write(text.as_bytes());
    }

    fn tag(&mut self, name: &str, id: &str, at: i64) {
        let text = format!("tag {name}\nfrom {}\ntagger {ANN} {at} +0000\n", self.known(id));
        self.write(text.as_bytes());
        self.data(format!("Release {name}").as_bytes());
    }

    fn end(mut self) {
        drop(self.stream);
        assert!(self.process.wait().expect("git fast-import").success(), "git fast-import");
    }
}

/// A path as git reads it back from a line.
fn quoted(path: &[u8]) -> String {
    let plain = |byte: &u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\');
    let bytes = path.iter().map(|byte| match plain(byte) {
        true => char::from(*byte).to_string(),
        false => format!("\\{byte:03o}"),
    });
    format!("\"{}\"", bytes.collect::<String>())
}
