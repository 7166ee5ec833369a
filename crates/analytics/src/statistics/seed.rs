//! Where random draws come from.

use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use sha2::{Digest, Sha256};

/// Start of a stream of random numbers: the first eight bytes, read as a big-endian integer, of the
/// SHA-256 of run, metric and comparison written one after the other. The same report draws the
/// same numbers on any machine, and two comparisons of a report draw different ones.
///
/// Every method starts the stream anew, so that what is computed before it changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seed(u64);

impl Seed {
    /// The seed of one comparison of one metric in one run.
    pub fn new(run_id: &str, metric: &str, comparison: &str) -> Seed {
        let mut hash = Sha256::new();
        for part in [run_id, metric, comparison] {
            hash.update(part.as_bytes());
        }
        let bytes = hash.finalize();
        Seed(bytes.iter().take(8).fold(0, |value, byte| value << 8 | u64::from(*byte)))
    }

    /// The seed as a number, to print beside what was drawn.
    pub fn value(self) -> u64 {
        self.0
    }

    pub(super) fn rng(self) -> ChaCha20Rng {
        ChaCha20Rng::seed_from_u64(self.0)
    }
}
