//! A list that is walked from its newest record back to where the walk before it began.
//!
//! Nothing is lost that way: what changes during a walk moves to the front of the list, where the
//! next walk finds it, and never out of sight; what moves makes others come twice at most. A walk
//! that was cut off goes on at its last page.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::client::Failed;
use super::graphql::Pace;
use crate::network::walk::Walk;

/// How far such a list is read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Descent {
    /// Newest record of the last walk that came to its end: all before it is read.
    until: Option<DateTime<Utc>>,
    /// How far back the walks went that came to their end; `None` for all there was.
    reached: Option<DateTime<Utc>>,
    /// The walk under way.
    walk: Option<UnderWay>,
    #[serde(flatten)]
    pub(crate) pace: Pace,
    /// True where the server answers no GraphQL.
    pub(crate) rest: bool,
    #[serde(skip)]
    pages: Walk,
    #[serde(skip)]
    pub(crate) is_done: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct UnderWay {
    /// Newest record when it began.
    began: Option<DateTime<Utc>>,
    /// Where its next page is.
    page: Option<String>,
}

/// What to read of a list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    /// Nothing older.
    pub(crate) since: Option<DateTime<Utc>>,
    /// As-of instant of the read; UTC.
    pub(crate) now: DateTime<Utc>,
}

/// One page of a list.
pub(crate) struct Listed {
    pub(crate) records: Vec<Value>,
    /// Where the next page is; `None` at the end.
    pub(crate) next: Option<String>,
    /// Records of the whole list, where the server counts them.
    pub(crate) total: Option<u64>,
}

impl Descent {
    /// The page to ask for, or `None` for the first.
    ///
    /// # Errors
    /// Where the walk was there already.
    pub(crate) fn page(&mut self) -> Result<Option<String>, Failed> {
        let page = self.walk.as_ref().and_then(|walk| walk.page.clone());
        self.pages.step(page.as_deref().unwrap_or_default()).map_err(Failed::Refused)?;
        Ok(page)
    }

    /// Goes on beyond a page: leaves in it what lies above the last walk, less an overlap, and
    /// not before `since`. Records without a time stay, for they are refused later, and end no
    /// walk.
    pub(crate) fn descend(
        &mut self,
        listed: &mut Listed,
        at: impl Fn(&Value) -> Option<DateTime<Utc>>,
        overlap: TimeDelta,
        span: Span,
    ) {
        let Span { since, now } = span;
        // Somebody wants older ones than were read so far.
        let goes_beyond = self.until.is_some()
            && self.reached.is_some_and(|reached| since.is_none_or(|since| since < reached));
        let floor = match goes_beyond {
            true => since,
            false => self.until.map(|until| until - overlap).max(since),
        };
        let is_below =
            |at: Option<DateTime<Utc>>| floor.zip(at).is_some_and(|(floor, at)| at < floor);
        let times: Vec<Option<DateTime<Utc>>> = listed.records.iter().map(&at).collect();
        let began = match self.walk.take() {
            Some(walk) => walk.began,
            None => times.iter().flatten().max().copied(),
        };
        let is_last = listed.next.is_none() || times.iter().any(|at| is_below(*at));
        let mut times = times.into_iter();
        listed.records.retain(|_| !is_below(times.next().flatten()));
        if is_last {
            self.is_done = true;
            if self.until.is_none() || goes_beyond {
                self.reached = since;
            }
            // A time in the future must not hide what comes until then.
            self.until = began.map(|began| began.min(now)).max(self.until);
        } else {
            self.walk = Some(UnderWay { began, page: listed.next.clone() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn day(day: u32) -> DateTime<Utc> {
        format!("2026-01-{day:02}T00:00:00Z").parse().unwrap()
    }

    fn at(record: &Value) -> Option<DateTime<Utc>> {
        record.as_u64().map(|number| day(number as u32))
    }

    fn page(records: &[u32], next: Option<&str>) -> Listed {
        let records = records.iter().map(|record| json!(record)).collect();
        Listed { records, next: next.map(str::to_owned), total: None }
    }

    fn descend(descent: &mut Descent, mut listed: Listed) -> Vec<Value> {
        descend_since(descent, &mut listed, None);
        listed.records
    }

    fn descend_since(descent: &mut Descent, listed: &mut Listed, since: Option<u32>) {
        let span = Span { since: since.map(day), now: day(20) };
        descent.descend(listed, at, TimeDelta::zero(), span);
    }

    #[test]
    fn a_walk_goes_further_back_where_somebody_asks_for_it() {
        let mut descent = Descent::default();
        descend_since(&mut descent, &mut page(&[9, 8, 3], Some("b")), Some(5));
        assert_eq!((descent.until, descent.reached), (Some(day(9)), Some(day(5))));
        let mut descent = Descent { is_done: false, ..descent };
        let mut all = page(&[9, 8, 3], None);
        descend_since(&mut descent, &mut all, None);
        assert_eq!((all.records.len(), descent.reached), (3, None));
    }

    #[test]
    fn a_time_in_the_future_hides_nothing() {
        let mut descent = Descent::default();
        descend_since(&mut descent, &mut page(&[28, 8], None), None);
        assert_eq!(descent.until, Some(day(20)));
    }

    #[test]
    fn a_walk_that_was_cut_off_goes_on_at_its_last_page() {
        let mut first = Descent::default();
        assert_eq!(first.page().unwrap(), None);
        descend(&mut first, page(&[9, 8], Some("b")));
        let kept = serde_json::to_string(&first).unwrap();
        let mut again: Descent = serde_json::from_str(&kept).unwrap();
        assert_eq!(again.page().unwrap(), Some("b".to_owned()));
        descend(&mut again, page(&[7], None));
        assert!(again.is_done);
        // The newest record of the first page, not of the last.
        assert_eq!(again.until, Some(day(9)));
    }

    #[test]
    fn the_next_walk_ends_where_the_last_one_began() {
        let mut descent = Descent { until: Some(day(5)), ..Descent::default() };
        assert_eq!(descend(&mut descent, page(&[8, 6], Some("b"))), [8, 6]);
        assert!(!descent.is_done);
        assert_eq!(descend(&mut descent, page(&[5, 4], Some("c"))), [5]);
        assert!(descent.is_done);
        assert_eq!(descent.until, Some(day(8)));
    }

    #[test]
    fn an_empty_list_is_read_and_read_again_later() {
        let mut descent = Descent::default();
        assert!(descend(&mut descent, page(&[], None)).is_empty());
        assert!(descent.is_done);
        assert_eq!(descent.until, None);
    }

    #[test]
    fn a_circle_of_pages_ends_with_an_error() {
        let mut descent = Descent::default();
        for next in ["b", "c", "b"] {
            assert!(descent.page().is_ok());
            descend(&mut descent, page(&[9], Some(next)));
        }
        assert!(descent.page().is_err());
    }
}
