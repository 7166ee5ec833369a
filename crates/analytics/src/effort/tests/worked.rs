//! The worked example of the domain reference, its shares as written there.

use super::facts::*;
use crate::effort::*;

#[test]
fn every_day_of_the_worked_example_divides_as_written() {
    let effort = model(&worked_example());
    let month = only(&effort);
    let one = Rational::one;
    assert_eq!(on(month, june(1)), [("PAY-1", one())]);
    assert_eq!(on(month, june(3)), [("OPS-7", ratio(3, 8)), ("PAY-1", ratio(5, 8))]);
    assert_eq!(on(month, june(4)), [("OPS-7", ratio(1, 2)), ("PAY-1", ratio(1, 2))]);
    assert_eq!(on(month, june(9)), [("OPS-7", ratio(3, 11)), ("PAY-1", ratio(8, 11))]);
    assert_eq!(on(month, june(11)), [("~ABSENCE", one())]);
    assert_eq!(on(month, june(15)), [("DISC-3", ratio(2, 5)), ("PAY-1", ratio(3, 5))]);
    assert_eq!(on(month, june(16)), [("DISC-3", ratio(2, 5)), ("OPS-7", ratio(3, 5))]);
    assert_eq!(on(month, june(19)), []);
    assert_eq!(on(month, june(24)), [("OPS-7", ratio(3, 4)), ("PAY-2", ratio(1, 4))]);
    for n in [25, 26, 29, 30] {
        assert_eq!(on(month, june(n)), [("~UNATTRIBUTED", one())]);
    }
    assert_eq!(effort.problems, []);
}

#[test]
fn the_worked_month_adds_up_to_21_days_of_exact_fractions() {
    let effort = model(&worked_example());
    let month = only(&effort);
    // PAY-1 holds the two days before recognition too: 2399/440 + 2 = 3279/440.
    let expected = [
        ("DISC-3", ratio(14, 5)),
        ("OPS-7", ratio(1099, 440)),
        ("PAY-1", ratio(3279, 440)),
        ("PAY-2", ratio(9, 4)),
        ("~ABSENCE", ratio(2, 1)),
        ("~UNATTRIBUTED", ratio(4, 1)),
    ];
    assert_eq!(whole_days(month), expected.map(|(id, days)| (id.to_owned(), days)));
    assert_eq!(month.capacity_days, Rational::whole(21));
    assert_eq!(month.capacity_fte, Rational::one());
    assert_eq!(month.capacity_hours, Rational::whole(168));
    assert_eq!(month.unattributed_share, ratio(4, 21));
    assert!(!month.needs_review, "4 of 21 is below a fifth");
}

#[test]
fn every_trace_of_the_worked_month_is_evidence_with_its_share_of_the_day() {
    let effort = model(&worked_example());
    let month = only(&effort);
    // 19 explicit signals: 10 of PAY-1, 7 of OPS-7, 2 of PAY-2; in progress on 1–5 and 8–10 (8 days), 15–18 (4), 22–24 (3).
    assert_eq!(month.evidence.len(), 19 + 15);
    let third: Vec<_> = month
        .evidence
        .iter()
        .filter(|one| one.day == june(3))
        .map(|one| (one.work_item_id.as_str(), one.signal, one.day_share.clone()))
        .collect();
    let expected = [
        ("OPS-7", SignalKind::Commit, ratio(3, 8)),
        ("PAY-1", SignalKind::Commit, ratio(3, 8)),
        ("PAY-1", SignalKind::InProgress, ratio(2, 8)),
    ];
    assert_eq!(third, expected);
}

#[test]
fn six_shares_of_the_worked_month_would_lose_a_unit_if_rounded_one_by_one() {
    let effort = model(&worked_example());
    let month = only(&effort);
    let shares: Vec<(String, Rational)> =
        month.by_work().into_iter().map(|one| (one.work.id().to_owned(), one.fte)).collect();
    let alone: i128 =
        shares.iter().map(|(_, fte)| Fixed::rounded(fte, FTE_DIGITS).expect("small").units).sum();
    assert_eq!(alone, 9999);
    let together = round_parts(&shares, FTE_DIGITS).expect("parts");
    assert_eq!(together.iter().map(|fte| fte.units).sum::<i128>(), 10_000);
}
