//! Commits by their ids.

use super::graph::Place;

/// Places in ascending order of ids.
///
/// A search looks at ids themselves only at its end: before, it goes by their first characters,
/// which lie side by side in memory.
#[derive(Debug, Default)]
pub(crate) struct Index {
    places: Vec<Place>,
    /// The first eight bytes of each id.
    beginnings: Vec<u64>,
    /// Where the ids of each [`Index::drawer`] begin.
    drawers: Vec<u32>,
    /// How many characters name a drawer.
    depth: u32,
}

/// Kinds of characters that ids are sorted by into drawers.
const KINDS: usize = 19;

impl Index {
    /// Index of ids by place.
    pub(crate) fn new(shas: &[Box<str>]) -> Index {
        let mut sorted: Vec<(u64, Place)> =
            shas.iter().enumerate().map(|(at, sha)| (beginning(sha), at as Place)).collect();
        sorted.sort_unstable_by(|(a, first), (b, second)| {
            a.cmp(b).then_with(|| shas[*first as usize].cmp(&shas[*second as usize]))
        });
        let mut index =
            Index { depth: shas.len().checked_ilog(16).unwrap_or(0).min(5), ..Self::default() };
        index.drawers = vec![0; KINDS.pow(index.depth) + 1];
        for (beginning, _) in &sorted {
            let drawer = index.drawer(*beginning);
            index.drawers[drawer + 1] += 1;
        }
        for at in 1..index.drawers.len() {
            index.drawers[at] += index.drawers[at - 1];
        }
        (index.beginnings, index.places) = sorted.into_iter().unzip();
        index
    }

    /// The places whose ids are this one or come after it, in their order.
    pub(crate) fn from<'i>(
        &'i self,
        sha: &str,
        shas: &[Box<str>],
    ) -> impl Iterator<Item = Place> + use<'i> {
        let beginning = beginning(sha);
        let drawer = self.drawer(beginning);
        let bound = |at: usize| self.drawers.get(at).map_or(self.places.len(), |at| *at as usize);
        let (first, last) = (bound(drawer), bound(drawer + 1));
        let near = &self.beginnings[first..last];
        let near = first + near.partition_point(|known| *known < beginning);
        let alike = self.beginnings[near..].iter().take_while(|known| **known == beginning);
        let alike = alike.count();
        let before =
            self.places[near..near + alike].partition_point(|place| *shas[*place as usize] < *sha);
        self.places[near + before..].iter().copied()
    }

    /// Number of the drawer for an id that begins so: ascending with the ids, and even where they
    /// are hexadecimal.
    fn drawer(&self, beginning: u64) -> usize {
        // Other characters share a kind, so that what follows them must not sort.
        let mut is_sorting = true;
        let kinds = beginning.to_be_bytes().map(|byte| {
            let kind = if is_sorting { kind(byte) } else { 0 };
            is_sorting &= matches!(byte, b'0'..=b'9' | b'a'..=b'f');
            kind
        });
        kinds[..self.depth as usize].iter().fold(0, |drawer, kind| drawer * KINDS + kind)
    }
}

fn kind(byte: u8) -> usize {
    match byte {
        b'0'..=b'9' => usize::from(byte - b'0') + 1,
        b'a'..=b'f' => usize::from(byte - b'a') + 12,
        b':'..=b'`' => 11,
        b'g'.. => 18,
        _ => 0,
    }
}

/// The first eight bytes as a number that sorts as they do.
fn beginning(sha: &str) -> u64 {
    let mut bytes = [0; 8];
    bytes.iter_mut().zip(sha.bytes()).for_each(|(place, byte)| *place = byte);
    u64::from_be_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_gives_what_sorting_all_ids_gives() {
        let mut shas: Vec<Box<str>> = (0..5_000_u64)
            .map(|at| format!("{:016x}", at.wrapping_mul(0x9e37_79b9_7f4a_7c15)).into())
            .collect();
        let odd =
            ["", "12345678", "123456780", "12345678ab", "1234567", "Zz", "zz", "~", "é", "0", "f"];
        shas.extend(odd.map(Box::from));
        let index = Index::new(&shas);
        let mut sorted = shas.clone();
        sorted.sort();
        let others = ["0000", "9", "9a", "A", "a", "12345678a", "fffffffffffffffff", "g", "\u{7f}"];
        for sha in shas.iter().map(|sha| &**sha).chain(others) {
            let found = index.from(sha, &shas).map(|place| &*shas[place as usize]);
            let expected = sorted.iter().map(|sha| &**sha).filter(|known| *known >= sha);
            assert!(found.eq(expected), "from {sha:?}");
        }
    }
}
