//! What a commit changed: files by comparing trees, lines by comparing what is left of two
//! blobs after their common beginning and end.

use gix::ObjectId;
use gix::bstr::ByteSlice;
use gix::diff::tree::recorder::{Change, Location};
use gix::diff::tree::{Recorder, State};
use gix::objs::tree::EntryMode;
use gix::objs::{Find, TreeRefIter};
use gix_imara_diff::{Algorithm, Diff, InternedInput, sources::byte_lines};

use super::objects::{Found, Objects, missing};

/// Git looks for a NUL in this many bytes to tell a binary file.
const BINARY_PROBE_BYTES: usize = 8000;
/// Files above it are binary without a look, as with git's `core.bigFileThreshold`, whose default
/// is five times as much: two of these are held at once. GitHub takes no larger ones.
const BIG_FILE_BYTES: usize = 100 << 20;
/// Two sides with more lines than this are not compared: that takes up to 50 bytes a line.
const MOST_LINES: i64 = 8 << 20;
/// Buffers are kept from file to file up to this size.
const KEPT_BYTES: usize = 4 << 20;

/// One changed file.
pub(crate) struct FileChange {
    /// Path as text.
    pub(crate) path: String,
    /// Path as git has it.
    name: Vec<u8>,
    /// `added`, `modified` or `deleted`.
    pub(crate) change: &'static str,
    /// What became of its lines.
    pub(crate) lines: Lines,
}

/// Lines of a changed file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lines {
    /// Lines added and removed.
    Counted(i64, i64),
    /// The file has no lines.
    Binary,
    /// A side was never fetched, or both have more lines than can be compared.
    Unknown,
}

/// Compares trees and blobs; keeps its buffers from commit to commit.
#[derive(Default)]
pub(crate) struct Comparer {
    state: State,
    trees: (Vec<u8>, Vec<u8>),
    blobs: (Vec<u8>, Vec<u8>),
}

#[derive(Clone, Copy)]
struct Side {
    id: ObjectId,
    mode: EntryMode,
}

impl Comparer {
    /// The files that differ between the trees, in the order of their paths; `None` where a tree
    /// was never fetched. `before` is `None` for no tree.
    ///
    /// # Errors
    /// Where an object is missing or damaged.
    pub(crate) fn compare(
        &mut self,
        objects: &Objects<'_>,
        before: Option<ObjectId>,
        after: ObjectId,
    ) -> Result<Option<Vec<FileChange>>, gix::Error> {
        let mut recorder = Recorder::default().track_location(Some(Location::Path));
        if let Err(error) = self.trees(objects, before, after, &mut recorder) {
            return if objects.has_missing() { Ok(None) } else { Err(error) };
        }
        let mut files = Vec::with_capacity(recorder.records.len());
        for record in recorder.records {
            if let Some(file) = self.file(objects, record)? {
                files.push(file);
            }
        }
        files.sort_by(|a, b| a.path.cmp(&b.path).then_with(|| a.name.cmp(&b.name)));
        keep_apart(&mut files);
        Ok(Some(files))
    }

    fn trees(
        &mut self,
        objects: &Objects<'_>,
        before: Option<ObjectId>,
        after: ObjectId,
        recorder: &mut Recorder,
    ) -> Result<(), gix::Error> {
        let old = tree(objects, before, &mut self.trees.0)?;
        let new = tree(objects, Some(after), &mut self.trees.1)?;
        gix::diff::tree(old, new, &mut self.state, objects, recorder)
            .map_err(gix::Error::from_error)
    }

    fn file(
        &mut self,
        objects: &Objects<'_>,
        record: Change,
    ) -> Result<Option<FileChange>, gix::Error> {
        let (path, change, old, new) = match record {
            Change::Addition { entry_mode: mode, oid: id, path, .. } => {
                (path, "added", None, Some(Side { id, mode }))
            }
            Change::Deletion { entry_mode: mode, oid: id, path, .. } => {
                (path, "deleted", Some(Side { id, mode }), None)
            }
            Change::Modification { previous_entry_mode, previous_oid, entry_mode, oid, path } => (
                path,
                "modified",
                Some(Side { id: previous_oid, mode: previous_entry_mode }),
                Some(Side { id: oid, mode: entry_mode }),
            ),
        };
        let is_tree = |side: &Option<Side>| side.as_ref().is_some_and(|side| side.mode.is_tree());
        if is_tree(&old) || is_tree(&new) {
            return Ok(None);
        }
        let is_same = matches!((&old, &new), (Some(old), Some(new)) if old.id == new.id);
        if is_same && old.map(|old| old.mode.kind()) == new.map(|new| new.mode.kind()) {
            // The first histories hold modes such as 100664, which git takes for 100644.
            return Ok(None);
        }
        let lines = self.lines(objects, if is_same { new } else { old }, new)?;
        let text = path.to_str_lossy().into_owned();
        Ok(Some(FileChange { path: text, name: path.into(), change, lines }))
    }

    fn lines(
        &mut self,
        objects: &Objects<'_>,
        old: Option<Side>,
        new: Option<Side>,
    ) -> Result<Lines, gix::Error> {
        let mut found = self.sides(objects, old, new, false)?;
        let mut alone = None;
        if found == Found::TooLarge {
            alone = Some(objects.alone());
            found = self.sides(objects, old, new, true)?;
        }
        let lines = match found {
            Found::Read => count(&self.blobs.0, &self.blobs.1),
            Found::TooLarge => Lines::Binary,
            Found::Missing => Lines::Unknown,
        };
        for buffer in [&mut self.blobs.0, &mut self.blobs.1] {
            if buffer.capacity() > KEPT_BYTES {
                *buffer = Vec::new();
            }
        }
        drop(alone);
        Ok(lines)
    }

    fn sides(
        &mut self,
        objects: &Objects<'_>,
        old: Option<Side>,
        new: Option<Side>,
        is_large: bool,
    ) -> Result<Found, gix::Error> {
        let found = content(objects, old, &mut self.blobs.0, is_large)?;
        if found != Found::Read {
            return Ok(found);
        }
        content(objects, new, &mut self.blobs.1, is_large)
    }
}

/// Writes out the bytes that are no UTF-8, as `\xe4`, of names that look alike without them: a
/// path is in a commit once.
fn keep_apart(files: &mut [FileChange]) {
    for at in 1..files.len() {
        if files[at - 1].path == files[at].path {
            let (earlier, later) = files.split_at_mut(at);
            for file in [&mut earlier[at - 1], &mut later[0]] {
                file.path = written_out(&file.name);
            }
        }
    }
}

fn written_out(name: &[u8]) -> String {
    let mut text = String::with_capacity(name.len());
    for chunk in name.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")));
    }
    text
}

/// The entries of a tree; none without one.
///
/// # Errors
/// Where it is missing or damaged.
pub(crate) fn tree<'a>(
    objects: &Objects<'_>,
    id: Option<ObjectId>,
    buffer: &'a mut Vec<u8>,
) -> Result<TreeRefIter<'a>, gix::Error> {
    let Some(id) = id.filter(|id| !id.is_empty_tree()) else {
        let kind = id.map_or(gix::hash::Kind::Sha1, |id| id.kind());
        return Ok(TreeRefIter::from_bytes(&[], kind));
    };
    match objects.try_find(&id, buffer)? {
        Some(data) => Ok(TreeRefIter::from_bytes(data.data, id.kind())),
        None => Err(missing(id)),
    }
}

/// What the side holds: a file's bytes, a link's target, or git's line for a submodule.
fn content(
    objects: &Objects<'_>,
    side: Option<Side>,
    buffer: &mut Vec<u8>,
    is_large: bool,
) -> Result<Found, gix::Error> {
    buffer.clear();
    let Some(side) = side else {
        return Ok(Found::Read);
    };
    if side.mode.is_commit() {
        buffer.extend_from_slice(format!("Subproject commit {}\n", side.id).as_bytes());
        return Ok(Found::Read);
    }
    if is_large {
        objects.large(side.id, BIG_FILE_BYTES as u64, buffer)
    } else {
        objects.small(side.id, buffer)
    }
}

/// Lines added and removed.
fn count(old: &[u8], new: &[u8]) -> Lines {
    if is_binary(old) || is_binary(new) {
        return Lines::Binary;
    }
    let (old, new) = without_common(old, new);
    if old.is_empty() || new.is_empty() {
        return Lines::Counted(line_count(new), line_count(old));
    }
    if line_count(old) + line_count(new) > MOST_LINES {
        return Lines::Unknown;
    }
    let input = InternedInput::new(byte_lines(old), byte_lines(new));
    let diff = Diff::compute(Algorithm::Myers, &input);
    Lines::Counted(i64::from(diff.count_additions()), i64::from(diff.count_removals()))
}

fn is_binary(bytes: &[u8]) -> bool {
    bytes.len() > BIG_FILE_BYTES || bytes[..bytes.len().min(BINARY_PROBE_BYTES)].contains(&0)
}

/// Both without the whole lines they begin and end with alike.
fn without_common<'a>(old: &'a [u8], new: &'a [u8]) -> (&'a [u8], &'a [u8]) {
    let same = common_prefix(old, new);
    let start = old[..same].rfind_byte(b'\n').map_or(0, |at| at + 1);
    let (old, new) = (&old[start..], &new[start..]);
    let same = common_suffix(old, new);
    // The first line of the common end is whole only if both have a line end before it.
    let (old_cut, new_cut) = (old.len() - same, new.len() - same);
    let starts_line = |bytes: &[u8], at: usize| at == 0 || bytes[at - 1] == b'\n';
    let skip = if starts_line(old, old_cut) && starts_line(new, new_cut) {
        0
    } else {
        old[old_cut..].find_byte(b'\n').map_or(same, |at| at + 1)
    };
    (&old[..old_cut + skip], &new[..new_cut + skip])
}

fn common_prefix(a: &[u8], b: &[u8]) -> usize {
    const BLOCK: usize = 64;
    let blocks =
        a.chunks_exact(BLOCK).zip(b.chunks_exact(BLOCK)).take_while(|(a, b)| a == b).count();
    let start = blocks * BLOCK;
    start + a[start..].iter().zip(&b[start..]).take_while(|(a, b)| a == b).count()
}

fn common_suffix(a: &[u8], b: &[u8]) -> usize {
    const BLOCK: usize = 64;
    let blocks =
        a.rchunks_exact(BLOCK).zip(b.rchunks_exact(BLOCK)).take_while(|(a, b)| a == b).count();
    let end = blocks * BLOCK;
    let (a, b) = (&a[..a.len() - end], &b[..b.len() - end]);
    end + a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count()
}

fn line_count(bytes: &[u8]) -> i64 {
    let ends = bytes.find_iter(b"\n").count() as i64;
    ends + i64::from(bytes.last().is_some_and(|byte| *byte != b'\n'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(old: &str, new: &str) -> Lines {
        count(old.as_bytes(), new.as_bytes())
    }

    #[test]
    fn added_and_removed_lines_are_counted_apart() {
        assert_eq!(counted("", "a\nb\n"), Lines::Counted(2, 0));
        assert_eq!(counted("a\nb\n", ""), Lines::Counted(0, 2));
        assert_eq!(counted("a\nb\nc\n", "a\nx\nc\n"), Lines::Counted(1, 1));
        assert_eq!(counted("a\nb\nc\nd\n", "x\na\nc\nd\ny\n"), Lines::Counted(2, 1));
    }

    #[test]
    fn a_missing_line_end_is_a_change_of_the_last_line() {
        assert_eq!(counted("a\nb", "a\nb\n"), Lines::Counted(1, 1));
        assert_eq!(counted("a", "a\nb"), Lines::Counted(2, 1));
    }

    #[test]
    fn a_common_end_counts_whole_lines_only() {
        assert_eq!(counted("xa\n", "ya\n"), Lines::Counted(1, 1));
        assert_eq!(counted("a\nb\n", "b\n"), Lines::Counted(0, 1));
        assert_eq!(counted("b\n", "ab\n"), Lines::Counted(1, 1));
        assert_eq!(counted("p\nq\n", "p\nq\np\nq\n"), Lines::Counted(2, 0));
    }

    #[test]
    fn names_that_look_alike_as_text_stay_apart() {
        let file = |name: &[u8]| FileChange {
            path: name.to_str_lossy().into_owned(),
            name: name.to_vec(),
            change: "added",
            lines: Lines::Binary,
        };
        let mut files = [file(b"a"), file(b"\xe4.txt"), file(b"\xf6.txt"), file(b"\xff.c")];
        keep_apart(&mut files);
        let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["a", "\\xe4.txt", "\\xf6.txt", "\u{fffd}.c"]);
    }

    #[test]
    fn a_nul_near_the_beginning_makes_a_file_binary() {
        assert_eq!(count(b"a\0b", b"x"), Lines::Binary);
        let mut late = vec![b'a'; BINARY_PROBE_BYTES];
        late.push(0);
        assert_eq!(count(b"", &late), Lines::Counted(1, 0));
    }
}
