//! How a factor moved since the quarter before.

use super::Colour;

/// A colour, and whether it might as well be its neighbour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Colour.
    pub colour: Colour,
    /// True within a tenth of a threshold.
    pub is_borderline: bool,
}

/// Whether the need grew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trend {
    /// It grew.
    More,
    /// It shrank.
    Less,
    /// Same colour.
    Same,
    /// Another colour, but both quarters are borderline: it may be no change at all.
    About,
}

impl Trend {
    /// The trend between two quarters; `None` where one of them is not assessed.
    pub fn between(before: Option<Standing>, now: Option<Standing>) -> Option<Trend> {
        let (before, now) = (before?, now?);
        Some(if before.colour == now.colour {
            Trend::Same
        } else if before.is_borderline && now.is_borderline {
            Trend::About
        } else if now.colour > before.colour {
            Trend::More
        } else {
            Trend::Less
        })
    }

    /// The word in rows.
    pub fn name(self) -> &'static str {
        match self {
            Trend::More => "more_need",
            Trend::Less => "less_need",
            Trend::Same => "same",
            Trend::About => "about_the_same",
        }
    }

    /// The sign, with what it says.
    pub fn sign(self) -> &'static str {
        match self {
            Trend::More => "▲ more need",
            Trend::Less => "▼ less need",
            Trend::Same => "=",
            Trend::About => "≈",
        }
    }
}
