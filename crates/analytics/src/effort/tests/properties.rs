//! What holds for any company.

use proptest::prelude::*;

use super::companies::*;
use super::facts::*;
use crate::effort::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_person_month_adds_up_to_its_capacity_exactly(inputs in any_company()) {
        for month in model(&inputs).months {
            let days: Rational = month.slices.iter().map(|slice| &slice.days).sum();
            let fte: Rational = month.slices.iter().map(|slice| &slice.fte).sum();
            let hours: Rational = month.slices.iter().map(|slice| &slice.hours).sum();
            prop_assert_eq!(&days, &month.capacity_days);
            prop_assert_eq!(&fte, &month.capacity_fte);
            prop_assert_eq!(&hours, &month.capacity_hours);
            prop_assert!(month.slices.iter().all(|slice| slice.days > Rational::zero()));
        }
    }

    #[test]
    fn the_order_of_the_input_changes_no_byte((inputs, shuffled) in any_shuffled_company()) {
        let text = |inputs| serde_json::to_string(&model(inputs)).expect("JSON");
        prop_assert_eq!(text(&inputs), text(&shuffled));
    }

    #[test]
    fn asking_for_another_month_too_changes_no_month(inputs in any_company()) {
        let both = model(&inputs);
        for asked in &inputs.months {
            let alone = model(&Inputs { months: vec![*asked], ..inputs.clone() });
            let part: Vec<_> = both.months.iter().filter(|one| one.month == *asked).collect();
            prop_assert_eq!(alone.months.iter().collect::<Vec<_>>(), part);
        }
    }

    #[test]
    fn evidence_of_a_day_adds_up_to_what_was_attributed(inputs in any_company()) {
        for month in model(&inputs).months {
            let mut days: Vec<_> = month.evidence.iter().map(|one| one.day).collect();
            days.dedup();
            for day in days {
                let shares: Rational = month
                    .evidence
                    .iter()
                    .filter(|one| one.day == day)
                    .map(|one| &one.day_share)
                    .sum();
                prop_assert_eq!(shares, Rational::one());
                prop_assert!(on(&month, day).iter().all(|(id, _)| *id != UNATTRIBUTED));
            }
        }
    }

    #[test]
    fn rounded_shares_add_up_to_the_rounded_capacity(inputs in any_company()) {
        for month in model(&inputs).months {
            let parts: Vec<_> =
                month.by_work().into_iter().map(|one| ((one.work, one.flags), one.fte)).collect();
            let rounded = round_parts(&parts, FTE_DIGITS).expect("parts");
            let capacity = Fixed::rounded(&month.capacity_fte, FTE_DIGITS).expect("small");
            prop_assert_eq!(rounded.iter().map(|one| one.units).sum::<i128>(), capacity.units);
        }
    }
}
