//! The part of the effort that one employing company pays.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::{Effort, Inputs, PersonMonth, Rational};

impl Effort {
    /// Effort under employments of the entity, told from all facts as before: what managers follow
    /// and which gaps are filled does not depend on who pays. Problems stay that are about its people,
    /// about people of no entity, or about nobody.
    #[must_use]
    pub fn of_entity(self, entity: &str, inputs: &Inputs) -> Effort {
        let mut entities: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for terms in &inputs.employments {
            let named = entities.entry(&terms.person_id).or_default();
            named.extend(terms.entity.as_deref());
        }
        let is_meant = |person_id: &str| {
            entities.get(person_id).is_none_or(|own| own.is_empty() || own.contains(entity))
        };
        let review_above = &inputs.options.review_above;
        Effort {
            months: self
                .months
                .into_iter()
                .filter_map(|month| part(month, entity, review_above))
                .collect(),
            problems: self
                .problems
                .into_iter()
                .filter(|problem| problem.person_id().is_none_or(is_meant))
                .collect(),
        }
    }
}

/// The days of a person-month under employments of the entity; `None` where there are none.
fn part(mut month: PersonMonth, entity: &str, review_above: &Rational) -> Option<PersonMonth> {
    let employments = &month.employments;
    let pays = |place: usize| {
        employments.get(place).is_some_and(|terms| terms.entity.as_deref() == Some(entity))
    };
    let (kept, left): (Vec<_>, Vec<_>) =
        std::mem::take(&mut month.slices).into_iter().partition(|slice| pays(slice.employment));
    if kept.is_empty() {
        return None;
    }
    month.slices = kept;
    if left.is_empty() {
        return Some(month);
    }
    let days: BTreeSet<NaiveDate> = month.slices.iter().map(|slice| slice.day).collect();
    month.evidence.retain(|one| days.contains(&one.day));
    month.capacity_days = month.slices.iter().map(|slice| &slice.days).sum();
    month.capacity_fte = month.slices.iter().map(|slice| &slice.fte).sum();
    month.capacity_hours = month.slices.iter().map(|slice| &slice.hours).sum();
    month.weigh(review_above);
    Some(month)
}
