//! Statistics of comparisons: golden path against off-road, before against after.
//!
//! Each file holds one method and says where its formula comes from, what it assumes, the units it
//! takes, and when there is no number. Four rules hold in all of them:
//!
//! - The unit of analysis is the service (or the team). Changes and deployments of one service
//!   resemble each other; a test that counts them as independent is far too sure.
//! - There is a number or a [`Reason`], never NaN, an infinity or a made-up zero.
//! - The order of the input decides nothing: values are sorted before anything is drawn, and
//!   draws come from a [`Seed`].
//! - Intervals are two-sided at 95 %, p-values two-sided.
//!
//! The methods compute whatever is mathematically defined. Whether there is enough data to show it
//! is one decision for all, in [`Evidence`].

mod balance;
mod bootstrap;
mod clustered_share;
mod clustered_strata;
mod difference_in_differences;
mod distributions;
mod dominance;
mod evenness;
mod evidence;
mod fisher;
mod hodges_lehmann;
mod mantel_haenszel;
mod mean;
mod multiplicity;
mod net_promoter;
mod permutation;
mod poisson_rate;
mod poisson_ratio;
mod power;
mod quantile;
mod quasi_poisson;
mod rank_sum;
mod reason;
mod relabelling;
mod seed;
mod share;
mod share_difference;
mod staggered;
mod standardization;
mod stratified;
mod survival;
#[cfg(test)]
mod tests;
mod values;

pub use balance::{Balance, balance_of_shares, balance_of_values};
pub use bootstrap::{Bootstrap, bootstrap_quantile, bootstrap_quantile_difference};
pub use clustered_share::{
    ClusteredDifference, ClusteredShare, clustered_difference, clustered_share,
    clustered_share_interval,
};
pub use clustered_strata::{ClusteredError, ClusteredStrata, ClustersByStratum, clustered_strata};
pub use difference_in_differences::{
    BeforeAfter, DifferenceInDifferences, difference_in_differences,
};
pub use dominance::{Dominance, Magnitude, dominance};
pub use evenness::{evenness, gini};
pub use evidence::{
    BOOTSTRAP_SERVICES, Evidence, MINIMUM_CHANGES, MINIMUM_DEPLOYMENTS, MINIMUM_PERIODS,
    MINIMUM_SERVICES, evidence_for_medians, evidence_for_panel, evidence_for_shares,
};
pub use fisher::{Fisher, fisher_exact};
pub use hodges_lehmann::{HodgesLehmann, RankInterval, hodges_lehmann_ratio, hodges_lehmann_shift};
pub use mantel_haenszel::{MantelHaenszel, SharesByStratum, mantel_haenszel};
pub use mean::{Mean, mean_with_interval};
pub use multiplicity::{benjamini_hochberg, holm};
pub use net_promoter::{
    NetPromoter, PromoterCounts, PromoterDifference, net_promoter, promoter_difference,
};
pub use permutation::{
    GeometricRatio, MeanDifference, Permutation, geometric_ratio, mean_difference,
};
pub use poisson_rate::{PoissonRate, poisson_rate};
pub use poisson_ratio::{EventRate, PoissonRatio, poisson_ratio};
pub use power::{design_effect, effective_size, size_per_arm};
pub use quantile::{median, quantile};
pub use quasi_poisson::{QuasiPoisson, quasi_poisson};
pub use rank_sum::{RankSum, RankSumMethod, rank_sum};
pub use reason::Reason;
pub use seed::Seed;
pub use share::{Share, clopper_pearson, wilson};
pub use share_difference::{PooledZ, RiskRatio, agresti_caffo, newcombe, pooled_z, risk_ratio};
pub use staggered::{
    Adopter, CohortEffect, Controls, Staggered, StaggeredBootstrap, StaggeredJackknife,
    StaggeredRandomization, staggered_adoption, staggered_bootstrap, staggered_jackknife,
    staggered_randomization,
};
pub use standardization::{Standardized, direct_standardization};
pub use stratified::{
    StratifiedDifference, StratifiedRatio, ValuesByStratum, stratified_difference, stratified_ratio,
};
pub use survival::{Survival, SurvivalShare, SurvivalStep, TimeToEvent, kaplan_meier};

/// Both ends of a 95 % interval, in the unit of its estimate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Lower end, included.
    pub low: f64,
    /// Upper end, included.
    pub high: f64,
}

impl Interval {
    /// The interval as far as values are possible.
    fn within(self, least: f64, most: f64) -> Interval {
        Interval { low: self.low.clamp(least, most), high: self.high.clamp(least, most) }
    }

    /// As far to either side of the centre.
    fn around(centre: f64, half_width: f64) -> Interval {
        Interval { low: centre - half_width, high: centre + half_width }
    }

    /// True where zero lies outside.
    pub fn excludes_zero(self) -> bool {
        self.low > 0.0 || self.high < 0.0
    }
}
