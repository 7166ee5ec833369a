//! From numbers to colours: each factor green, yellow, red and without a colour, and near a
//! threshold. Thresholds are those of the guide and our defaults.

use super::super::{Colour, Factor, Numbers, Rules, thresholds};

const HOUR: f64 = 3600.0;
const DAY: f64 = 24.0 * HOUR;

#[track_caller]
fn assert_colours(cases: Vec<(Numbers, &str)>) {
    let rules = Rules::default();
    for (numbers, expected) in cases {
        let colour = numbers.colour(&rules).map_or("none", Colour::name);
        assert_eq!(colour, expected, "{numbers:?}");
    }
}

#[track_caller]
fn assert_borderline(cases: Vec<(Numbers, bool)>) {
    for (numbers, expected) in cases {
        assert_eq!(numbers.is_borderline(&Rules::default()), expected, "{numbers:?}");
    }
}

fn team(engineers: f64, teams: f64) -> Numbers {
    Numbers::TeamSize { engineers, teams: Some(teams) }
}

#[test]
fn team_size_is_green_from_100_in_several_teams_and_red_below_50() {
    assert_colours(vec![
        (team(100.0, 2.0), "green"),
        (team(99.0, 8.0), "yellow"),
        (team(50.0, 2.0), "yellow"),
        (team(49.0, 5.0), "red"),
        (team(150.0, 1.0), "yellow"),
        (Numbers::TeamSize { engineers: 150.0, teams: None }, "yellow"),
    ]);
    assert_borderline(vec![
        (team(90.0, 2.0), true),
        (team(110.0, 2.0), true),
        (team(89.0, 2.0), false),
        (team(111.0, 2.0), false),
        (team(50.0, 2.0), true),
        // In one team more engineers change nothing.
        (team(100.0, 1.0), false),
    ]);
}

fn friction(
    infrastructure: Option<f64>,
    merge: Option<f64>,
    approvals: Option<f64>,
    manual_steps: Option<f64>,
) -> Numbers {
    Numbers::Friction { infrastructure, merge, approvals, manual_steps }
}

#[test]
fn friction_is_green_from_a_day_or_half_with_two_approvals_and_red_below_an_hour_without_hands() {
    assert_colours(vec![
        (friction(Some(DAY), Some(HOUR), None, None), "green"),
        (friction(Some(HOUR), Some(2.0 * DAY), None, None), "green"),
        (friction(None, Some(60.0), Some(0.5), None), "green"),
        (friction(None, None, Some(0.5), None), "green"),
        (friction(Some(HOUR), Some(60.0), Some(0.0), Some(0.0)), "yellow"),
        (friction(None, Some(3599.0), Some(0.09), Some(0.09)), "red"),
        (friction(None, Some(3599.0), None, None), "red"),
        (friction(None, Some(3599.0), Some(0.1), Some(0.0)), "yellow"),
        (friction(None, Some(3599.0), Some(0.0), Some(0.1)), "yellow"),
        (friction(None, None, Some(0.4), Some(0.0)), "none"),
        (friction(None, None, None, None), "none"),
    ]);
    assert_borderline(vec![
        (friction(None, Some(22.0 * HOUR), None, None), true),
        (friction(None, Some(21.0 * HOUR), None, None), false),
        (friction(None, Some(12.0 * HOUR), Some(0.46), None), true),
        // The wait alone makes it green: approvals near their threshold change nothing.
        (friction(None, Some(3.0 * DAY), Some(0.49), None), false),
    ]);
}

fn complex(services: f64, clouds: f64, environments: f64, is_regulated: bool) -> Numbers {
    Numbers::Complexity {
        services,
        clouds: Some(clouds),
        environments: Some(environments),
        is_regulated: Some(is_regulated),
        growth: Some(0.0),
    }
}

#[test]
fn complexity_is_green_from_three_signs_and_red_with_none_or_a_small_stack() {
    let unknown = |services, environments, growth| Numbers::Complexity {
        services,
        clouds: None,
        environments,
        is_regulated: None,
        growth,
    };
    assert_colours(vec![
        (complex(30.0, 2.0, 3.0, false), "green"),
        (complex(10.0, 2.0, 3.0, true), "green"),
        (complex(30.0, 1.0, 3.0, false), "yellow"),
        (complex(29.0, 1.0, 2.0, false), "red"),
        (complex(5.0, 1.0, 2.0, true), "red"),
        (complex(6.0, 1.0, 2.0, true), "yellow"),
        // Two of four are there, the others may be: yellow or green.
        (unknown(40.0, Some(3.0), None), "none"),
        // None is there, two may be: red or yellow; a fleet that grows is yellow either way.
        (unknown(10.0, Some(1.0), None), "none"),
        (unknown(10.0, Some(1.0), Some(0.2)), "yellow"),
    ]);
    assert_borderline(vec![
        (complex(28.0, 2.0, 3.0, false), true),
        (complex(26.0, 2.0, 3.0, false), false),
        (complex(40.0, 2.0, 3.0, false), false),
    ]);
}

#[test]
fn complaints_are_shares_of_people_or_tickets_per_hundred_engineers() {
    assert_colours(vec![
        (Numbers::Agreement(0.4), "green"),
        (Numbers::Agreement(0.15), "yellow"),
        (Numbers::Agreement(0.149), "red"),
        (Numbers::ComplaintTickets(30.0), "green"),
        (Numbers::ComplaintTickets(5.0), "yellow"),
        (Numbers::ComplaintTickets(4.9), "red"),
    ]);
    assert_borderline(vec![
        (Numbers::Agreement(0.36), true),
        (Numbers::Agreement(0.35), false),
        (Numbers::ComplaintTickets(33.0), true),
        (Numbers::ComplaintTickets(20.0), false),
    ]);
}

#[test]
fn shadow_it_is_green_by_share_or_by_teams_with_a_tenth() {
    let shadow = |share, teams| Numbers::Shadow { share, teams: Some(teams) };
    assert_colours(vec![
        (shadow(0.2, 1.0), "green"),
        (shadow(0.1, 3.0), "green"),
        (shadow(0.1, 2.0), "yellow"),
        (shadow(0.09, 5.0), "yellow"),
        (shadow(0.05, 1.0), "yellow"),
        (shadow(0.049, 1.0), "red"),
        (Numbers::Shadow { share: 0.15, teams: None }, "yellow"),
    ]);
    assert_borderline(vec![
        (shadow(0.19, 1.0), true),
        (shadow(0.105, 3.0), true),
        (shadow(0.105, 1.0), false),
        (shadow(0.052, 1.0), true),
    ]);
}

#[test]
fn onboarding_is_green_from_two_weeks_and_red_up_to_two_days() {
    assert_colours(vec![
        (Numbers::Onboarding(14.0 * DAY), "green"),
        (Numbers::Onboarding(5.0 * DAY), "yellow"),
        (Numbers::Onboarding(2.0 * DAY), "red"),
        (Numbers::OnboardingAbove(14.0 * DAY), "green"),
        (Numbers::OnboardingAbove(13.0 * DAY), "none"),
    ]);
    assert_borderline(vec![
        (Numbers::Onboarding(2.0 * DAY), true),
        (Numbers::Onboarding(2.5 * DAY), false),
        (Numbers::Onboarding(15.0 * DAY), true),
    ]);
}

#[test]
fn context_switching_is_green_by_infrastructure_first_and_red_by_product() {
    let time = |infrastructure, product| Numbers::Time { infrastructure, product };
    assert_colours(vec![
        (time(0.3, Some(0.8)), "green"),
        (time(0.15, Some(0.8)), "red"),
        // Both fail: the rest is overhead.
        (time(0.25, Some(0.6)), "yellow"),
        // At most 75 % are left for the product.
        (time(0.25, None), "yellow"),
        (time(0.1, None), "none"),
    ]);
    assert_borderline(vec![
        (time(0.28, Some(0.6)), true),
        (time(0.2, Some(0.75)), true),
        (time(0.2, Some(0.7)), false),
    ]);
}

#[test]
fn a_threshold_that_the_guide_does_not_give_is_printed_as_ours() {
    let rules = Rules::default();
    let guides: Vec<&str> = Factor::ALL
        .into_iter()
        .filter(|factor| thresholds(*factor, &rules).contains("the guide's)"))
        .map(Factor::name)
        .collect();
    assert_eq!(guides, ["team_size", "context_switching"]);
    let changed = Rules { engineers_green: 80, ..Rules::default() };
    assert!(thresholds(Factor::TeamSize, &changed).contains("80 engineers"));
    assert!(thresholds(Factor::TeamSize, &changed).contains("our thresholds"));
}

#[test]
fn rules_that_differ_have_another_id_and_rules_that_can_not_be_are_refused() {
    let rules = Rules::default();
    assert_eq!(rules.id(), Rules::default().id());
    assert_ne!(rules.id(), Rules { shadow_red: 0.06, ..Rules::default() }.id());
    assert_eq!(rules.check(), Ok(()));
    let wrong = Rules { complaints_red: 0.5, ..Rules::default() };
    assert!(wrong.check().is_err_and(|text| text.contains("`complaints_red` is above")));
    let wrong = Rules { borderline: 10.0, ..Rules::default() };
    assert!(wrong.check().is_err_and(|text| text.contains("`borderline` is a share")));
}
