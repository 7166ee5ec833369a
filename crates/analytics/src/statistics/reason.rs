//! Why there is no number.

/// Why a method gives no number. [`Reason::as_str`] is for machines, `Display` a sentence for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum Reason {
    /// Nothing was observed, in an arm or at all.
    #[error("there are no observations")]
    NoObservations,
    /// Too few values for a spread.
    #[error("there are too few observations")]
    TooFewObservations,
    /// An arm has too few services.
    #[error("an arm has too few services")]
    TooFewServices,
    /// An arm has too few deployments.
    #[error("an arm has too few deployments")]
    TooFewDeployments,
    /// Too few periods before or after.
    #[error("there are too few periods before or after the adoption")]
    TooFewPeriods,
    /// Too few groups to say how evenly something spreads over them.
    #[error("there are too few groups to compare")]
    TooFewGroups,
    /// There is no spread, so nothing to judge a difference by.
    #[error("the values do not vary, so there is nothing to judge a difference by")]
    ConstantValues,
    /// All values of both arms are equal, so there is no order.
    #[error("all values of both arms are equal")]
    AllTies,
    /// NaN, an infinity, or a magnitude above 1e100.
    #[error("a value is not a number, or too large to compute with")]
    NotFinite,
    /// A value below zero where there is none in reality.
    #[error("a value is negative where that is impossible")]
    Negative,
    /// A value is zero or less where its logarithm is needed.
    #[error("a value is zero or negative, so it has no logarithm")]
    NotPositive,
    /// More events than trials, or more answers than people.
    #[error("a part is larger than its whole")]
    PartExceedsWhole,
    /// A probability, share or correlation outside of its range.
    #[error("a share or probability is outside of its range")]
    ShareOutOfRange,
    /// Nothing happened where something must have.
    #[error("there are no events")]
    ZeroEvents,
    /// Everything happened where something must not have.
    #[error("every trial is an event")]
    OnlyEvents,
    /// No time under observation.
    #[error("there is no time under observation")]
    NoExposure,
    /// No stratum holds both arms.
    #[error("no stratum has services of both arms")]
    NoSharedStrata,
    /// Nobody adopts in a period that has another before it.
    #[error("no service adopts after the first period")]
    NoAdopters,
    /// Nobody is left to compare with.
    #[error("no service is left to compare with")]
    NoControls,
    /// Too few have had the event by the last observation.
    #[error("too few have got there while observed")]
    NotReached,
    /// Asked for a time after the last observation.
    #[error("nobody was observed for that long")]
    BeyondObservation,
    /// Observations of one thing have different lengths.
    #[error("the services have different numbers of periods")]
    UnequalLengths,
}

impl Reason {
    /// All reasons.
    pub const ALL: [Reason; 22] = [
        Reason::NoObservations,
        Reason::TooFewObservations,
        Reason::TooFewServices,
        Reason::TooFewDeployments,
        Reason::TooFewPeriods,
        Reason::TooFewGroups,
        Reason::ConstantValues,
        Reason::AllTies,
        Reason::NotFinite,
        Reason::Negative,
        Reason::NotPositive,
        Reason::PartExceedsWhole,
        Reason::ShareOutOfRange,
        Reason::ZeroEvents,
        Reason::OnlyEvents,
        Reason::NoExposure,
        Reason::NoSharedStrata,
        Reason::NoAdopters,
        Reason::NoControls,
        Reason::NotReached,
        Reason::BeyondObservation,
        Reason::UnequalLengths,
    ];

    /// Word in tables and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::NoObservations => "no_observations",
            Reason::TooFewObservations => "too_few_observations",
            Reason::TooFewServices => "too_few_services",
            Reason::TooFewDeployments => "too_few_deployments",
            Reason::TooFewPeriods => "too_few_periods",
            Reason::TooFewGroups => "too_few_groups",
            Reason::ConstantValues => "constant_values",
            Reason::AllTies => "all_ties",
            Reason::NotFinite => "not_finite",
            Reason::Negative => "negative",
            Reason::NotPositive => "not_positive",
            Reason::PartExceedsWhole => "part_exceeds_whole",
            Reason::ShareOutOfRange => "share_out_of_range",
            Reason::ZeroEvents => "zero_events",
            Reason::OnlyEvents => "only_events",
            Reason::NoExposure => "no_exposure",
            Reason::NoSharedStrata => "no_shared_strata",
            Reason::NoAdopters => "no_adopters",
            Reason::NoControls => "no_controls",
            Reason::NotReached => "not_reached",
            Reason::BeyondObservation => "beyond_observation",
            Reason::UnequalLengths => "unequal_lengths",
        }
    }
}
