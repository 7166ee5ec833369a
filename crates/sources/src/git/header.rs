//! The lines at the head of a commit object, read as git reads them: a broken line hides itself
//! and no other.

use gix::ObjectId;
use gix::bstr::{BStr, ByteSlice};

/// What a commit object says before and in its message.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Header<'a> {
    pub(crate) tree: Option<ObjectId>,
    pub(crate) parents: Vec<ObjectId>,
    pub(crate) author: Ident<'a>,
    pub(crate) committer: Ident<'a>,
    pub(crate) encoding: Option<&'a BStr>,
    /// Everything after the first empty line.
    pub(crate) message: &'a BStr,
}

/// Somebody at some time. A line that can't be read has neither.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ident<'a> {
    pub(crate) name: &'a BStr,
    pub(crate) email: &'a BStr,
    /// Since 1970, UTC; `None` where git sees no time either, or it is beyond all clocks.
    pub(crate) seconds: Option<i64>,
}

/// Reads a commit object.
pub(crate) fn parse(data: &[u8]) -> Header<'_> {
    let (head, message) = match data.find(b"\n\n") {
        Some(end) => (&data[..end], &data[end + 2..]),
        None => (data, &b""[..]),
    };
    let mut header = Header { message: message.as_bstr(), ..Header::default() };
    for line in head.split_str(b"\n") {
        // A signature or a merged tag goes on in lines that begin with a space.
        let Some((word, value)) = line.split_once_str(b" ") else { continue };
        match word {
            b"tree" if header.tree.is_none() => header.tree = ObjectId::from_hex(value).ok(),
            b"parent" => header.parents.extend(ObjectId::from_hex(value).ok()),
            b"author" => header.author = ident(value),
            b"committer" => header.committer = ident(value),
            b"encoding" if header.encoding.is_none() => header.encoding = Some(value.as_bstr()),
            _ => {}
        }
    }
    header
}

/// Reads `Ann <ann@acme.test> 1767603600 +0100`: the name ends at the first `<`, the address at
/// the first `>`, and the time stands behind the last `>` with a zone after it. Times before 1970,
/// which other programs than git write, are read too.
pub(crate) fn ident(line: &[u8]) -> Ident<'_> {
    let parts = line.split_once_str(b"<").and_then(|(name, rest)| {
        let (email, _) = rest.split_once_str(b">")?;
        Some((name, email))
    });
    let Some((name, email)) = parts else {
        return Ident::default();
    };
    let time = line.rfind_byte(b'>').map_or(&b""[..], |end| &line[end + 1..]);
    Ident { name: name.trim().as_bstr(), email: email.trim().as_bstr(), seconds: seconds(time) }
}

fn seconds(time: &[u8]) -> Option<i64> {
    let time = time.trim_start();
    let minus = usize::from(time.starts_with(b"-"));
    let end = minus + digits(&time[minus..]);
    let zone = time[end..].trim_start();
    let has_zone = matches!(zone.first(), Some(b'+' | b'-')) && digits(&zone[1..]) > 0;
    let seconds = has_zone.then(|| time[..end].to_str().ok())??;
    seconds.parse().ok()
}

fn digits(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `git log --format='%an | %ae | %at'` prints of the line.
    fn read(line: &str) -> String {
        let ident = ident(line.as_bytes());
        let seconds = ident.seconds.map_or_else(String::new, |seconds| seconds.to_string());
        format!("{} | {} | {seconds}", ident.name, ident.email)
    }

    #[test]
    fn a_time_counts_where_git_reads_one() {
        assert_eq!(read("Ann <a@x> 12 +0000"), "Ann | a@x | 12");
        assert_eq!(read("Ann <a@x> 12 -0000"), "Ann | a@x | 12");
        assert_eq!(read("Ann <a@x> 12 +9999"), "Ann | a@x | 12");
        assert_eq!(read("Ann <a@x> 12 +0000 more"), "Ann | a@x | 12");
        assert_eq!(read("Ann <a@x> 12"), "Ann | a@x | ");
        assert_eq!(read("Ann <a@x> 12 zone"), "Ann | a@x | ");
        assert_eq!(read("Ann <a@x> soon +0000"), "Ann | a@x | ");
        assert_eq!(read("Ann <a@x>"), "Ann | a@x | ");
    }

    #[test]
    fn times_that_fit_no_clock_are_none() {
        assert_eq!(read("Ann <a@x> 9223372036854775807 +0000"), "Ann | a@x | 9223372036854775807");
        assert_eq!(read("Ann <a@x> 9223372036854775808 +0000"), "Ann | a@x | ");
        assert_eq!(read("Ann <a@x> -2177452800 +0000"), "Ann | a@x | -2177452800");
    }

    #[test]
    fn an_address_out_of_its_place_is_nobody() {
        assert_eq!(read("Ann a@x 12 +0000"), " |  | ");
        assert_eq!(read("Ann > < 12 +0000"), " |  | ");
        assert_eq!(read("Ann <a@x> <b@x> 12 +0000"), "Ann | a@x | 12");
        assert_eq!(read("<a@x> 12 +0000"), " | a@x | 12");
    }

    #[test]
    fn a_broken_line_hides_no_other() {
        let header = parse(b"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor ?\ncommitter Bo <b@x> 7 +0000\nencoding latin1\ngpgsig x\n author No <n@x> 8 +0000\n\nsubject\n");
        assert_eq!(header.author, Ident::default());
        assert_eq!((header.committer.name, header.committer.seconds), (b"Bo".as_bstr(), Some(7)));
        assert_eq!(header.encoding, Some(b"latin1".as_bstr()));
        assert_eq!(header.message, b"subject\n".as_bstr());
        assert!(header.tree.is_some());
    }
}
