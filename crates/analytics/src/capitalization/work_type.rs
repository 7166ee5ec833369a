//! Kinds of work, and what a standard says of each by default.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// What a kind of work is by default. A project's gates still decide on the day.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum TypeTreatment {
    /// Builds the asset.
    Capitalize,
    /// As the work item it belongs to; builds the asset where it belongs to none.
    FollowParent,
    /// Never builds the asset.
    Expense,
}

macro_rules! work_types {
    ($($(#[$doc:meta])+ $name:ident $word:literal $treatment:ident,)+) => {
        /// Kind of work. Words of tables are those of `as_str`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum WorkType {
            $($(#[$doc])+ $name,)+
        }

        impl WorkType {
            /// All kinds.
            pub const ALL: &'static [WorkType] = &[$(WorkType::$name,)+];

            /// Word in tables.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(WorkType::$name => $word,)+
                }
            }

            /// What the shipped policies say of it.
            pub fn usual_treatment(self) -> TypeTreatment {
                match self {
                    $(WorkType::$name => TypeTreatment::$treatment,)+
                }
            }
        }
    };
}

work_types! {
    /// New functionality.
    NewFunctionality "new_functionality" Capitalize,
    /// An upgrade that can do what the software could not do before.
    EnhancementNewFunctionality "enhancement_new_functionality" Capitalize,
    /// Tests before release.
    TestingPreRelease "testing_pre_release" FollowParent,
    /// Review of code.
    CodeReview "code_review" FollowParent,
    /// A defect found before release.
    BugPreRelease "bug_pre_release" FollowParent,
    /// Software written to convert data.
    ConversionSoftware "conversion_software" FollowParent,
    /// A small enhancement that can't be told from maintenance.
    MinorEnhancementInseparable "minor_enhancement_inseparable" Expense,
    /// Upkeep.
    Maintenance "maintenance" Expense,
    /// A defect found after release.
    BugPostRelease "bug_post_release" Expense,
    /// A security patch.
    SecurityPatch "security_patch" Expense,
    /// Another shape of the same function.
    RefactorNoNewFunction "refactor_no_new_function" Expense,
    /// The same function, faster.
    PerformanceNoNewFunction "performance_no_new_function" Expense,
    /// Planning.
    Planning "planning" Expense,
    /// Research.
    ResearchSpike "research_spike" Expense,
    /// Finding out what is required.
    Requirements "requirements" Expense,
    /// Choosing a vendor.
    VendorSelection "vendor_selection" Expense,
    /// Training.
    Training "training" Expense,
    /// Converting data.
    DataConversion "data_conversion" Expense,
    /// Support.
    Support "support" Expense,
    /// Being on call.
    OnCall "on_call" Expense,
    /// Handling incidents.
    Incident "incident" Expense,
    /// Administration.
    Admin "admin" Expense,
    /// Meetings about nothing in particular.
    MeetingGeneral "meeting_general" Expense,
    /// Hiring.
    Hiring "hiring" Expense,
    /// Time away; no ticket's.
    Absence "absence" Expense,
    /// Working time without a trace; no ticket's.
    Unattributed "unattributed" Expense,
    /// A work item that nothing classifies; no ticket's.
    Unclassified "unclassified" Expense,
}

impl WorkType {
    /// The kind that a ticket's word means; `None` for words that are none, or none of a ticket.
    pub fn of_ticket(word: &str) -> Option<WorkType> {
        let is_meant = |kind: &&WorkType| kind.as_str() == word && kind.is_of_tickets();
        WorkType::ALL.iter().find(is_meant).copied()
    }

    /// All kinds that a ticket can be of.
    pub fn of_tickets() -> impl Iterator<Item = WorkType> {
        WorkType::ALL.iter().copied().filter(|kind| kind.is_of_tickets())
    }

    fn is_of_tickets(self) -> bool {
        !matches!(self, WorkType::Absence | WorkType::Unattributed | WorkType::Unclassified)
    }
}

impl fmt::Display for WorkType {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for WorkType {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<WorkType, D::Error> {
        let word = String::deserialize(from)?;
        WorkType::of_ticket(&word).ok_or_else(|| {
            let known: Vec<&str> = WorkType::of_tickets().map(WorkType::as_str).collect();
            D::Error::custom(format!("`{word}` is no kind of work; there are {}", known.join(", ")))
        })
    }
}

impl Serialize for WorkType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
