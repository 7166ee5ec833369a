//! Intervals of staggered adoptions from leaving out one service at a time.

use super::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;

fn service(adopted_in: Option<usize>, outcomes: &[f64]) -> Adopter {
    Adopter {
        adopted_in,
        stratum: 0,
        is_washed_out: false,
        outcomes: outcomes.iter().copied().map(Some).collect(),
    }
}

#[test]
fn with_one_cohort_it_is_the_interval_of_two_means() {
    // Test J of the reference as two periods: changes −6 −10 −9 against −1 −1 −4, difference
    // −6.333333. Leaving out one of three has the mean of the other two, so that the variance of
    // each mean is its sample variance over three: 13/3/3 and 3/3, together 2.444444.
    let adopters = [[20.0, 14.0], [30.0, 20.0], [26.0, 17.0]].map(|row| service(Some(1), &row));
    let others = [[22.0, 21.0], [28.0, 27.0], [40.0, 36.0]].map(|row| service(None, &row));
    let services = [adopters, others].concat();
    let found = staggered_jackknife(&services, Controls::NeverTreated).expect("an interval");
    // Σ(θ₍ᵢ₎ − θ̄)² of a mean of n is variance / (n − 1), and (N − 1)/N of all six stands before it:
    // 5/6 · (13/3/2 + 3/2) = 3.055556.
    about(found.standard_error, 3.055_555_6_f64.sqrt());
    assert_eq!(found.degrees_of_freedom, 4);
    // t of 4 degrees of freedom is 2.776445.
    let half = 2.776_445_1 * 3.055_555_6_f64.sqrt();
    about_interval(found.simple, -6.333_333_3 - half, -6.333_333_3 + half);
}

#[test]
fn it_covers_a_planted_effect_about_as_often_as_it_says() {
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    let mut normal = || (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0;
    let (mut covered, panels) = (0, 400);
    for _ in 0..panels {
        let mut services = Vec::new();
        for at in 0..22_usize {
            let adopted_in = (at < 12).then_some(3 + at % 4);
            let level = 3.0 * normal();
            let outcomes: Vec<f64> = (0..10)
                .map(|period| {
                    let effect =
                        if adopted_in.is_some_and(|from| period >= from) { -2.0 } else { 0.0 };
                    level + 0.3 * period as f64 + effect + normal()
                })
                .collect();
            services.push(service(adopted_in, &outcomes));
        }
        let found = staggered_jackknife(&services, Controls::NeverTreated).expect("an interval");
        covered += u32::from(found.simple.low <= -2.0 && -2.0 <= found.simple.high);
    }
    // 95 %, three standard errors of a share among 400 being 3.3 points.
    assert!((367..=396).contains(&covered), "{covered} of {panels}");
}

#[test]
fn an_effect_that_one_service_carries_has_no_interval() {
    let one =
        [service(Some(1), &[1.0, 2.0]), service(None, &[1.0, 1.5]), service(None, &[2.0, 2.1])];
    assert_eq!(staggered_jackknife(&one, Controls::NeverTreated), Err(Reason::TooFewServices));
    let alike = [
        service(Some(1), &[1.0, 2.0]),
        service(Some(1), &[3.0, 4.0]),
        service(None, &[1.0, 1.0]),
        service(None, &[2.0, 2.0]),
    ];
    assert_eq!(staggered_jackknife(&alike, Controls::NeverTreated), Err(Reason::ConstantValues));
}
