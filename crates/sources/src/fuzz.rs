//! Properties of the parsers under random inputs: the same few in every test run, as many as one
//! likes by hand. The targets stand beside the parsers, in `git/fuzz` and `files/tests/fuzz`.

use std::ops::Range;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, RngSeed, TestRunner};

/// Which rounds to run: `137` is that one, `1..500` are those before 500. Unset is round 0.
const ROUNDS: &str = "MILEPOST_FUZZ";

/// What readers stumble over: line ends, blanks that are none, marks, letters that change their
/// length with their case, text from right to left, and NUL.
const ODD: [&str; 36] = [
    "\n",
    "\n\n",
    "\r\n",
    "\r\n\r\n",
    "\r",
    "\t",
    "\0",
    " ",
    "  ",
    "\u{b}",
    "\u{c}",
    "\u{1b}[31m",
    "\u{85}",
    "\u{a0}",
    "\u{feff}",
    "\u{2028}",
    "\u{2029}",
    "\u{3000}",
    "\u{200b}",
    "\u{200d}",
    "\u{202e}",
    "\u{2066}",
    "\u{2069}",
    "é",
    "e\u{301}",
    "ß",
    "İ",
    "ς",
    "Σ",
    "ﬁ",
    "１",
    "٣",
    "漢字",
    "👩‍👩‍👧",
    "\u{fffd}",
    "\u{10ffff}",
];

/// Runs the property over `cases` inputs a round. A round's number is its seed, so that every run
/// of a round sees the same inputs; one that fails is made as small as it gets.
#[track_caller]
pub(crate) fn check<S: Strategy>(cases: u32, inputs: &S, property: impl Fn(S::Value)) {
    for round in rounds(std::env::var(ROUNDS).ok().as_deref()) {
        let config = Config {
            cases,
            rng_seed: RngSeed::Fixed(round),
            // What is found becomes a test with a name instead of a line in a file.
            failure_persistence: None,
            max_shrink_time: 10_000,
            ..Config::default()
        };
        let run = TestRunner::new(config).run(inputs, |input| {
            property(input);
            Ok(())
        });
        if let Err(failure) = run {
            panic!("{failure}\nto see it again: {ROUNDS}={round}");
        }
    }
}

fn rounds(wanted: Option<&str>) -> Range<u64> {
    let number = |text: &str| text.parse().unwrap_or_else(|_| panic!("{ROUNDS}: {wanted:?}"));
    match wanted {
        None => 0..1,
        Some(wanted) => match wanted.split_once("..") {
            Some((from, to)) => number(from)..number(to),
            None => number(wanted)..number(wanted) + 1,
        },
    }
}

/// A text of up to `longest` pieces, with odd ones and any letters among them.
pub(crate) fn text(
    pieces: &'static [&'static str],
    longest: usize,
) -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        12 => select(pieces).prop_map(str::to_owned),
        3 => select(&ODD[..]).prop_map(str::to_owned),
        2 => "[a-zA-Z0-9]{1,8}",
        1 => any::<char>().prop_map(String::from),
    ];
    let long = (select(pieces), 1_usize..3_000).prop_map(|(piece, times)| piece.repeat(times));
    prop_oneof![
        40 => vec(piece.clone(), 0..=longest).prop_map(|pieces| pieces.concat()),
        1 => (vec(piece, 0..4), long).prop_map(|(pieces, long)| pieces.concat() + &long),
    ]
}

/// Something that happens to bytes on their way.
#[derive(Debug, Clone)]
pub(crate) enum Damage {
    CutFrom(Index),
    CutTo(Index),
    Flip(Index, u8),
    Put(Index, Vec<u8>),
    Overwrite(Index, Vec<u8>),
    Remove(Index, u8),
    Repeat(Index, u8),
}

/// Up to `most` damages; `pieces` are what a format may be hurt with.
pub(crate) fn damages(
    pieces: &'static [&'static [u8]],
    most: usize,
) -> impl Strategy<Value = Vec<Damage>> {
    let piece = prop_oneof![
        select(pieces).prop_map(<[u8]>::to_vec),
        vec(any::<u8>(), 1..4),
        select(&ODD[..]).prop_map(|odd| odd.as_bytes().to_vec()),
    ];
    let at = any::<Index>;
    let damage = prop_oneof![
        1 => at().prop_map(Damage::CutFrom),
        1 => at().prop_map(Damage::CutTo),
        6 => (at(), 0_u8..8).prop_map(|(at, bit)| Damage::Flip(at, bit)),
        3 => (at(), piece.clone()).prop_map(|(at, bytes)| Damage::Put(at, bytes)),
        5 => (at(), piece).prop_map(|(at, bytes)| Damage::Overwrite(at, bytes)),
        2 => (at(), 1_u8..40).prop_map(|(at, count)| Damage::Remove(at, count)),
        1 => (at(), 1_u8..40).prop_map(|(at, count)| Damage::Repeat(at, count)),
    ];
    vec(damage, 0..=most)
}

impl Damage {
    /// Does it to the bytes.
    pub(crate) fn hit(&self, bytes: &mut Vec<u8>) {
        let place = |at: &Index| at.index(bytes.len() + 1);
        let stretch = |at: &Index, count: u8| {
            let from = place(at);
            from..(from + usize::from(count)).min(bytes.len())
        };
        match self {
            Damage::CutFrom(at) => bytes.truncate(place(at)),
            Damage::CutTo(at) => drop(bytes.drain(..place(at))),
            Damage::Flip(at, bit) => {
                let at = place(at);
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << bit;
                }
            }
            Damage::Put(at, new) => {
                let at = place(at);
                bytes.splice(at..at, new.iter().copied());
            }
            Damage::Overwrite(at, new) => {
                let at = place(at);
                let end = (at + new.len()).min(bytes.len());
                bytes.splice(at..end, new.iter().copied());
            }
            Damage::Remove(at, count) => drop(bytes.drain(stretch(at, *count))),
            Damage::Repeat(at, count) => {
                let again = bytes[stretch(at, *count)].to_vec();
                bytes.extend(again);
            }
        }
    }
}

/// The bytes after all that happened to them.
pub(crate) fn damaged(bytes: &[u8], damages: &[Damage]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for damage in damages {
        damage.hit(&mut bytes);
    }
    bytes
}

mod tests {
    use super::*;

    #[test]
    fn a_failing_property_is_told_with_its_smallest_input_and_its_round() {
        let found = std::panic::catch_unwind(|| check(1_000, &(0_u32..10_000), |n| assert!(n < 7)));
        let found = found.expect_err("a failure");
        let told = found.downcast_ref::<String>().expect("a text");
        assert!(told.contains("minimal failing input: 7"), "{told}");
        assert!(told.ends_with("to see it again: MILEPOST_FUZZ=0"), "{told}");
    }

    #[test]
    fn rounds_are_one_or_a_stretch() {
        assert_eq!(rounds(None), 0..1);
        assert_eq!(rounds(Some("137")), 137..138);
        assert_eq!(rounds(Some("1..500")), 1..500);
    }
}
