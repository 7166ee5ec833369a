//! The sizes that a Parquet file claims, checked before the reader makes room for them. It would
//! believe four damaged bytes and ask for more memory than there is, which ends the process.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

use ::parquet::basic::Encoding;
use ::parquet::column::page::{Page, PageReader};
use ::parquet::schema::types::ColumnDescriptor;

/// Elements of a schema: several times the columns of the widest table.
const MOST_ELEMENTS: i64 = 500;

/// Bytes of one page; writers make pages of a mebibyte.
const LARGEST_PAGE: i64 = 256 << 20;

/// Refuses a footer whose lists are longer than the footer itself, or with a schema that is not
/// a table's.
///
/// # Errors
/// What is wrong with it. A footer that can't be read at all is left to the reader's own words.
pub(super) fn check_footer(file: &File) -> Result<(), String> {
    let Some(mut footer) = footer(file) else {
        return Ok(());
    };
    let mut elements = 0;
    let mut is_absurd = false;
    footer.structure(&mut Vec::new(), &mut |path, number| match path {
        [2] => elements = number,
        [2, 5] => is_absurd |= number > elements,
        _ => {}
    });
    if elements > MOST_ELEMENTS {
        return Err(format!("its footer names more than {MOST_ELEMENTS} columns"));
    }
    if is_absurd || footer.has_long_list {
        return Err("its footer is damaged; write it again".to_owned());
    }
    Ok(())
}

/// The structure at the end of the file, before its length and the four letters.
fn footer(file: &File) -> Option<Thrift<BufReader<&File>>> {
    let mut from = BufReader::new(file);
    let end = from.seek(SeekFrom::End(-8)).ok()?;
    let mut length = [0; 4];
    from.read_exact(&mut length).ok()?;
    let length = u64::from(u32::from_le_bytes(length));
    from.seek(SeekFrom::Start(end.checked_sub(length)?)).ok()?;
    Some(Thrift { from, left: length, has_long_list: false })
}

/// Refuses a page of the column's bytes that claims more than a page can hold. True where one holds
/// texts as differences, of which [`check_texts`] must see the inside.
///
/// # Errors
/// What is wrong with it. Pages that can't be read at all are left to the reader's own words.
pub(super) fn check_pages(file: &File, start: u64, length: u64) -> Result<bool, String> {
    let mut from = BufReader::new(file);
    let mut has_differences = false;
    let mut left = length;
    while left > 0 {
        let at = start.saturating_add(length - left);
        if from.seek(SeekFrom::Start(at)).is_err() {
            break;
        }
        let (mut bytes, mut stored, mut values) = (0, 0, 0);
        let mut head = Thrift { from: &mut from, left, has_long_list: false };
        let is_read = head.structure(&mut Vec::new(), &mut |path, number| match path {
            [2] => bytes = number,
            [3] => stored = number,
            // Of a dictionary, whose values take a byte or more each.
            [7, 1] => values = number,
            // The encoding of a page of either version.
            [5, 2] | [8, 4] => has_differences |= matches!(number, 6 | 7),
            _ => {}
        });
        if is_read.is_none() {
            break;
        }
        if bytes > LARGEST_PAGE || values > bytes {
            return Err(format!(
                "a page at byte {at} claims {bytes} bytes and {values} values; write it again, \
                 with smaller pages"
            ));
        }
        let Some(rest) =
            u64::try_from(stored).ok().and_then(|stored| head.left.checked_sub(stored))
        else {
            break;
        };
        left = rest;
    }
    Ok(has_differences)
}

/// Refuses pages of texts as differences that claim more texts than the page has values. Their
/// claim is inside, where it may be compressed.
///
/// # Errors
/// What is wrong with a page.
pub(super) fn check_texts(pages: impl PageReader, column: &ColumnDescriptor) -> Result<(), String> {
    for page in pages {
        let page = page.map_err(|error| error.to_string())?;
        let count = match page.encoding() {
            Encoding::DELTA_LENGTH_BYTE_ARRAY => 1,
            Encoding::DELTA_BYTE_ARRAY => 2,
            _ => continue,
        };
        let mut rest = values_of(&page, column);
        // The lengths of beginnings that are taken over, if any, and the lengths of the rest.
        for _ in 0..count {
            rest = rest.and_then(|bytes| after_numbers(bytes, page.num_values()));
        }
        if rest.is_none() {
            return Err("a page of texts is damaged; write it again".to_owned());
        }
    }
    Ok(())
}

/// What follows the levels of a page.
fn values_of<'a>(page: &'a Page, column: &ColumnDescriptor) -> Option<&'a [u8]> {
    match page {
        Page::DataPageV2 { buf, def_levels_byte_len, rep_levels_byte_len, .. } => {
            buf.get(def_levels_byte_len.checked_add(*rep_levels_byte_len)? as usize..)
        }
        _ => {
            let levels = [column.max_rep_level(), column.max_def_level()];
            let mut rest: &[u8] = page.buffer();
            for _ in levels.iter().filter(|level| **level > 0) {
                let (length, more) = rest.split_first_chunk()?;
                rest = more.get(u32::from_le_bytes(*length) as usize..)?;
            }
            Some(rest)
        }
    }
}

/// What follows numbers that are packed as differences; `None` where they are more than `most`.
fn after_numbers(bytes: &[u8], most: u32) -> Option<&[u8]> {
    let mut numbers = Thrift { from: bytes, left: bytes.len() as u64, has_long_list: false };
    let (block, parts) = (numbers.number()?, numbers.number()?);
    let count = numbers.number()?;
    numbers.number()?;
    let in_part = block.checked_div(parts).filter(|in_part| *in_part > 0)?;
    if count > u64::from(most) {
        return None;
    }
    // The first one stands alone.
    let mut left = count.saturating_sub(1);
    while left > 0 {
        numbers.number()?;
        let widths = (0..parts).map(|_| numbers.byte()).collect::<Option<Vec<u8>>>()?;
        for width in widths {
            if left > 0 {
                numbers.skip(in_part.checked_mul(u64::from(width))? / 8)?;
                left = left.saturating_sub(in_part);
            }
        }
    }
    Some(numbers.from)
}

/// A structure in Thrift's compact protocol, of which numbers alone are wanted.
struct Thrift<R> {
    from: R,
    /// Bytes it may still take.
    left: u64,
    /// True once a list was longer than what is left.
    has_long_list: bool,
}

impl<R: Read> Thrift<R> {
    /// Reads the fields of a structure; `seen` is given the numbers of the fields that lead to a
    /// number or to a list, and the number or the list's length. `None` where it can't be read.
    fn structure(&mut self, path: &mut Vec<i64>, seen: &mut impl FnMut(&[i64], i64)) -> Option<()> {
        let mut field = 0_i64;
        loop {
            let head = self.byte()?;
            let kind = head & 0x0f;
            if kind == 0 {
                return Some(());
            }
            field = match head >> 4 {
                0 => self.signed()?,
                step => field.checked_add(i64::from(step))?,
            };
            path.push(field);
            // A flag's value is its kind.
            if !matches!(kind, 1 | 2) {
                self.value(kind, path, seen)?;
            }
            path.pop();
        }
    }

    fn value(
        &mut self,
        kind: u8,
        path: &mut Vec<i64>,
        seen: &mut impl FnMut(&[i64], i64),
    ) -> Option<()> {
        match kind {
            1..=3 => self.byte().map(drop),
            4..=6 => {
                let number = self.signed()?;
                seen(path, number);
                Some(())
            }
            7 => self.skip(8),
            8 => {
                let length = self.number()?;
                self.skip(length)
            }
            9 | 10 => self.list(path, seen),
            // Nothing in Parquet goes deeper.
            12 if path.len() < 32 => self.structure(path, seen),
            13 => self.skip(16),
            _ => None,
        }
    }

    fn list(&mut self, path: &mut Vec<i64>, seen: &mut impl FnMut(&[i64], i64)) -> Option<()> {
        let head = self.byte()?;
        let length = match head >> 4 {
            15 => self.number()?,
            length => u64::from(length),
        };
        if length > self.left {
            self.has_long_list = true;
            return None;
        }
        seen(path, i64::try_from(length).ok()?);
        (0..length).try_for_each(|_| self.value(head & 0x0f, path, seen))
    }

    fn signed(&mut self) -> Option<i64> {
        let number = self.number()?;
        Some((number >> 1) as i64 ^ -((number & 1) as i64))
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    fn byte(&mut self) -> Option<u8> {
        self.left = self.left.checked_sub(1)?;
        let mut byte = [0];
        self.from.read_exact(&mut byte).ok()?;
        Some(byte[0])
    }

    fn skip(&mut self, count: u64) -> Option<()> {
        self.left = self.left.checked_sub(count)?;
        let skipped = io::copy(&mut self.from.by_ref().take(count), &mut io::sink()).ok()?;
        (skipped == count).then_some(())
    }
}
