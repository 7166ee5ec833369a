//! Net promoter score.

use super::{Interval, Reason, distributions::Z};

/// Answers to "would you recommend it?" from 0 to 10.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PromoterCounts {
    /// Answers of 9 and 10.
    pub promoters: u64,
    /// Answers of 7 and 8.
    pub passives: u64,
    /// Answers of 0 to 6.
    pub detractors: u64,
}

impl PromoterCounts {
    fn answers(self) -> u64 {
        self.promoters.saturating_add(self.passives).saturating_add(self.detractors)
    }
}

/// A net promoter score; everything in points from −100 to 100.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NetPromoter {
    /// Share of promoters − share of detractors, in points.
    pub score: f64,
    /// Number of answers.
    pub answers: u64,
    /// Standard error, less the finite population factor where the population was given.
    pub standard_error: f64,
    /// Score ± 1.96 standard errors. No number where all answers are of one kind.
    pub wald: Result<Interval, Reason>,
    /// Adjusted Wald interval: the one to show. Takes no account of the population.
    pub adjusted_wald: Interval,
}

/// Net promoter score (Reichheld, 2003) with the intervals of Rocks (*Interval Estimation for the
/// Net Promoter Score*, The American Statistician 70, 2016). The adjusted one adds three answers,
/// ¾ promoters, ¾ detractors and the rest passives, and does best with few answers. Assumes that
/// those who answer are a random sample of those asked.
///
/// Where the answers are a large part of a population of known size, √((N − n) / (N − 1)) makes the
/// standard error smaller. No number without answers, or with more answers than people.
pub fn net_promoter(
    counts: PromoterCounts,
    population: Option<u64>,
) -> Result<NetPromoter, Reason> {
    let answers = counts.answers();
    if answers == 0 {
        return Err(Reason::NoObservations);
    }
    let n = answers as f64;
    let factor = match population {
        Some(people) if people < answers => return Err(Reason::PartExceedsWhole),
        // Everybody answered, so there is nobody to be unsure about.
        Some(people) if people == answers => 0.0,
        Some(people) => ((people as f64 - n) / (people as f64 - 1.0)).sqrt(),
        None => 1.0,
    };
    let (promoters, detractors) = (counts.promoters as f64, counts.detractors as f64);
    let (score, plain_error) = wald(promoters, detractors, n);
    let standard_error = plain_error * factor;
    let (adjusted, error) = wald(promoters + 0.75, detractors + 0.75, n + 3.0);
    Ok(NetPromoter {
        score,
        answers,
        standard_error,
        wald: if plain_error > 0.0 {
            Ok(Interval::around(score, Z * standard_error).within(-100.0, 100.0))
        } else {
            Err(Reason::ConstantValues)
        },
        adjusted_wald: Interval::around(adjusted, Z * error).within(-100.0, 100.0),
    })
}

/// Change between two waves of a survey, in points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PromoterDifference {
    /// Later score − earlier score.
    pub difference: f64,
    /// √(SE₁² + SE₂²).
    pub standard_error: f64,
    /// Interval of the difference; only where it excludes zero has the score changed.
    pub interval: Interval,
}

/// Change of the score from one wave to the next. Assumes the waves are independent samples; with
/// the same people in both the interval is too wide.
///
/// No number without answers in a wave, or where all answers of each are of one kind.
pub fn promoter_difference(
    earlier: PromoterCounts,
    later: PromoterCounts,
) -> Result<PromoterDifference, Reason> {
    let (earlier, later) = (net_promoter(earlier, None)?, net_promoter(later, None)?);
    let standard_error = earlier.standard_error.hypot(later.standard_error);
    if standard_error == 0.0 {
        return Err(Reason::ConstantValues);
    }
    let difference = later.score - earlier.score;
    let interval = Interval::around(difference, Z * standard_error).within(-200.0, 200.0);
    Ok(PromoterDifference { difference, standard_error, interval })
}

/// Score and standard error in points.
fn wald(promoters: f64, detractors: f64, n: f64) -> (f64, f64) {
    let score = (promoters - detractors) / n;
    // Not below zero by a rounding error where all answers are of one kind.
    let variance = ((promoters + detractors) / n - score * score).max(0.0) / n;
    (100.0 * score, 100.0 * variance.sqrt())
}
