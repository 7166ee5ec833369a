//! Labels of work, in two dimensions that know nothing of each other.

use std::fmt;

use serde::{Serialize, Serializer};

/// What is asked of the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Dimension {
    /// What it was for: chosen, or needed to keep going.
    Investment,
    /// What kind of doing it was.
    Activity,
}

impl Dimension {
    /// Both.
    pub const ALL: [Dimension; 2] = [Dimension::Investment, Dimension::Activity];
}

macro_rules! categories {
    ($($(#[$doc:meta])+ $name:ident $word:literal $dimension:ident,)+) => {
        /// A label. Each belongs to one dimension.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Category {
            $($(#[$doc])+ $name,)+
        }

        impl Category {
            /// All labels.
            pub const ALL: &'static [Category] = &[$(Category::$name,)+];

            /// Its dimension.
            pub fn dimension(self) -> Dimension {
                match self {
                    $(Category::$name => Dimension::$dimension,)+
                }
            }

            /// Word in tables.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Category::$name => $word,)+
                }
            }
        }
    };
}

categories! {
    /// Something new for those who use the product.
    NewValue "new_value" Investment,
    /// Something better for them.
    Improvement "improvement" Investment,
    /// Something better for those who build it.
    DeveloperProductivity "developer_productivity" Investment,
    /// What keeps the lights on.
    Ktlo "ktlo" Investment,
    /// Planned product work.
    Roadmap "roadmap" Activity,
    /// Managing infrastructure.
    Infrastructure "infrastructure" Activity,
    /// Support tickets.
    Support "support" Activity,
    /// Incidents, hotfixes, and what could not wait.
    Unplanned "unplanned" Activity,
    /// Upkeep.
    Maintenance "maintenance" Activity,
    /// What all of it needs and none of it is.
    Overhead "overhead" Activity,
}

impl Category {
    /// The label of a word; `None` for words that are none.
    pub fn parse(word: &str) -> Option<Category> {
        Category::ALL.iter().find(|category| category.as_str() == word).copied()
    }
}

impl fmt::Display for Category {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl Serialize for Category {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
