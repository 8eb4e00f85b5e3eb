use super::special::ln_gamma;

/// When a rise is told.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct RiseOptions {
    /// The chance of ever raising a false alarm between two rises at most, while the share does not change, though it is
    /// looked at after each group.
    pub false_alarm_rate: f64,
    /// Outcomes there must be before a rise to tell what is usual.
    pub baseline_min: u32,
    /// Outcomes that must be negative since.
    pub evidence_min: u32,
    /// By how much, as a factor, the share must exceed the usual one: what is certain may still be too little to be told.
    pub factor_min: f64,
}

impl Default for RiseOptions {
    fn default() -> Self {
        Self { false_alarm_rate: 0.01, baseline_min: 20, evidence_min: 5, factor_min: 1.25 }
    }
}

/// A share rose.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Rise {
    /// The group that the rise is thought to have begun with, by its place.
    pub begins: usize,
    /// The group that made it certain.
    pub noticed: usize,
    /// Negative and all outcomes before, since the rise before this one.
    pub before: (u64, u64),
    /// Negative and all outcomes since, up to the group that made it certain.
    pub after: (u64, u64),
    /// How strongly they speak for a change: at least 1 over the false-alarm rate when it was noticed; of the last rise with
    /// everything that came since.
    pub evidence: f64,
    /// The same, to be compared across streams by [`super::discoveries`].
    pub e_value: f64,
}

/// What a stream of groups came to.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Rises {
    /// The rises, in order.
    pub rises: Vec<Rise>,
    /// How strongly what came since the last one speaks for another, to be compared across streams by
    /// [`super::discoveries`].
    pub e_value: f64,
}

/// Groups told apart; of more, the oldest are taken together.
const GROUPS_MAX: usize = 128;

/// Looks for rises of a share among groups of outcomes in order of time, such as the reviews of each week: negative ones and
/// all of each group. The order within a group is of no account.
///
/// The test of "one share throughout", whatever that share is, against "one share up to a group and another since":
///
/// E_n = Σ_τ w · K(y₁, n₁) · K(y₂, n₂) / max_p p^Y (1−p)^(N−Y), with w = 1/128, over all groups τ so far,
///
/// where y₁ of n₁ outcomes are negative before τ and y₂ of n₂ since, Y and N are their sums, and K(y, n) =
/// Γ(y+½)Γ(n−y+½) / (π Γ(n+1)) is the mixture of all shares by Krichevsky and Trofimov (1981, "The performance of universal
/// encoding"). For each share p the numerator over p's own likelihood is a martingale that begins with 1 at most, and the
/// maximum only makes E smaller: so the chance that it ever reaches 1/α is at most α (Ville 1939; Wasserman, Ramdas and
/// Balakrishnan 2020, "Universal inference", PNAS 117, section 8). What is usual needs no period of its own to be learnt in, and its uncertainty is
/// accounted for. Only those τ count since which the share is higher, which makes E smaller still. The j-th stretch between
/// rises is given 1/j(j+1) of what is compared across streams.
pub fn rises(groups: &[(u64, u64)], options: &RiseOptions) -> Rises {
    let skipped = groups.len().saturating_sub(GROUPS_MAX);
    let mut sums = vec![(0u64, 0u64)];
    for (place, (negative, outcomes)) in groups.iter().enumerate() {
        let (no, all) = sums.last().copied().unwrap_or_default();
        let sum = (no + (*negative).min(*outcomes), all + outcomes);
        if place < skipped { sums[0] = sum } else { sums.push(sum) }
    }
    // What was taken together is the first group.
    if skipped > 0 {
        sums.insert(0, (0, 0));
    }
    let place = |at: usize| if skipped > 0 { (at + skipped).saturating_sub(1) } else { at };
    let mut last: Option<(usize, f64)> = None;
    let mixture = Mixture::new(sums.last().map_or(0, |sum| sum.1));
    let (mut found, mut start, mut stretch) = (Rises { e_value: 0.0, ..Rises::default() }, 0usize, 1u32);
    for now in 0..sums.len() - 1 {
        let (evidence, strongest) = look(&sums, start, now, &mixture);
        let share = 1.0 / (f64::from(stretch) * f64::from(stretch + 1));
        found.e_value = evidence * share;
        let Some(begins) = strongest.filter(|_| evidence * options.false_alarm_rate >= 1.0) else { continue };
        let (before, after) = (between(&sums, start, begins), between(&sums, begins, now + 1));
        let is_large = part(after) >= options.factor_min * part(before);
        if is_large && before.1 >= options.baseline_min.into() && after.0 >= options.evidence_min.into() {
            let (begins_at, noticed, e_value) = (place(begins), place(now), evidence * share);
            found.rises.push(Rise { begins: begins_at, noticed, before, after, evidence, e_value });
            last = Some((start, share));
            (start, stretch, found.e_value) = (begins, stretch + 1, 0.0);
        }
    }
    // What came after it was noticed speaks for the last rise too, or against it.
    if let (Some((start, share)), Some(rise)) = (last, found.rises.last_mut()) {
        rise.evidence = look(&sums, start, sums.len() - 2, &mixture).0;
        rise.e_value = rise.evidence * share;
    }
    found
}

/// The evidence after group `now` for a rise since `start`, and the group that it most likely began with.
fn look(sums: &[(u64, u64)], start: usize, now: usize, mixture: &Mixture) -> (f64, Option<usize>) {
    let none = mixture.best(between(sums, start, now + 1));
    let (mut evidence, mut strongest) = (0.0f64, (0.0f64, None));
    for begins in start + 1..=now {
        let (before, after) = (between(sums, start, begins), between(sums, begins, now + 1));
        if before.1 == 0 || after.1 == 0 || part(after) <= part(before) {
            continue;
        }
        let ratio = (mixture.ln(before) + mixture.ln(after) - none).exp();
        evidence += ratio / GROUPS_MAX as f64;
        if ratio > strongest.0 {
            strongest = (ratio, Some(begins));
        }
    }
    (evidence, strongest.1)
}

/// Outcomes of the groups from `from` up to `to`.
fn between(sums: &[(u64, u64)], from: usize, to: usize) -> (u64, u64) {
    (sums[to].0 - sums[from].0, sums[to].1 - sums[from].1)
}

fn part((negative, outcomes): (u64, u64)) -> f64 {
    negative as f64 / outcomes.max(1) as f64
}

/// Likelihoods of outcomes, with tables for as many as there are.
struct Mixture {
    /// ln Γ(k + ½) and ln Γ(k + 1).
    half: Vec<f64>,
    whole: Vec<f64>,
}

/// Longer tables are not made; beyond, each value is computed.
const TABLE_MAX: u64 = 100_000;

impl Mixture {
    fn new(outcomes: u64) -> Self {
        let (mut half, mut whole) = (vec![ln_gamma(0.5)], vec![0.0f64]);
        // Γ(x + 1) = x Γ(x).
        for k in 0..outcomes.min(TABLE_MAX) {
            half.push(half[k as usize] + (k as f64 + 0.5).ln());
            whole.push(whole[k as usize] + (k as f64 + 1.0).ln());
        }
        Self { half, whole }
    }

    /// ln K(y, n).
    fn ln(&self, (negative, outcomes): (u64, u64)) -> f64 {
        let half = |k: u64| self.half.get(k as usize).copied().unwrap_or_else(|| ln_gamma(k as f64 + 0.5));
        let whole = self.whole.get(outcomes as usize).copied().unwrap_or_else(|| ln_gamma(outcomes as f64 + 1.0));
        half(negative) + half(outcomes - negative) - whole - std::f64::consts::PI.ln()
    }

    /// ln of the likelihood under the share that makes it largest.
    fn best(&self, (negative, outcomes): (u64, u64)) -> f64 {
        let term = |count: u64| if count == 0 { 0.0 } else { count as f64 * (count as f64 / outcomes as f64).ln() };
        term(negative) + term(outcomes - negative)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use types::Rng;

    use super::*;

    fn weeks(rng: &mut Rng, count: usize, mean: usize, share: f64) -> Vec<(u64, u64)> {
        let week = |_| {
            let outcomes = rng.below(2 * mean + 1) as u64;
            ((0..outcomes).filter(|_| rng.unit() < share).count() as u64, outcomes)
        };
        (0..count).map(week).collect()
    }

    #[test]
    fn false_alarms_are_rarer_than_the_level() {
        let options = RiseOptions { false_alarm_rate: 0.05, factor_min: 1.0, ..RiseOptions::default() };
        let mut rng = Rng::new(1);
        for (share, mean) in [(0.05, 10), (0.2, 3), (0.5, 10)] {
            let alarms = (0..400).filter(|_| !rises(&weeks(&mut rng, 100, mean, share), &options).rises.is_empty());
            let alarms = alarms.count();
            assert!(alarms <= 20, "{alarms} of 400 at {share}");
        }
    }

    #[test]
    fn rises_are_noticed_soon_and_dated() {
        let mut rng = Rng::new(2);
        for (share, risen, weeks_max) in [(0.1, 0.4, 13), (0.1, 0.8, 4), (0.3, 0.6, 20)] {
            let mut delays: Vec<usize> = (0..60)
                .map(|_| {
                    let mut groups = weeks(&mut rng, 40, 6, share);
                    groups.extend(weeks(&mut rng, 40, 6, risen));
                    let found = rises(&groups, &RiseOptions::default());
                    found.rises.iter().find(|rise| rise.noticed >= 40).map_or(40, |rise| {
                        assert!(rise.begins.abs_diff(40) <= 12, "{rise:?}");
                        rise.noticed + 1 - 40
                    })
                })
                .collect();
            delays.sort_unstable();
            assert!(delays[30] <= weeks_max, "median {} weeks of 6 for {share} to {risen}", delays[30]);
        }
    }

    #[test]
    fn what_fell_or_is_too_little_is_not_told_and_a_second_rise_is() {
        let mut rng = Rng::new(3);
        let none = |groups: &[(u64, u64)]| rises(groups, &RiseOptions::default()).rises.len();
        let mut fallen = weeks(&mut rng, 40, 10, 0.6);
        fallen.extend(weeks(&mut rng, 40, 10, 0.1));
        assert_eq!(none(&fallen), 0);
        assert_eq!((none(&[]), none(&[(9, 9)]), none(&[(1, 10), (4, 4)])), (0, 0, 0));
        let mut twice = weeks(&mut rng, 30, 10, 0.05);
        twice.extend(weeks(&mut rng, 30, 10, 0.3));
        twice.extend(weeks(&mut rng, 30, 10, 0.8));
        assert_eq!(none(&twice), 2);
    }

    #[test]
    fn long_pasts_are_taken_together() {
        let mut rng = Rng::new(4);
        let mut groups = weeks(&mut rng, 300, 5, 0.1);
        groups.extend(weeks(&mut rng, 10, 5, 0.7));
        let found = rises(&groups, &RiseOptions::default()).rises;
        assert!(found.len() == 1 && found[0].begins.abs_diff(300) <= 3 && found[0].before.1 > 1_000, "{found:?}");
    }

    proptest! {
        #[test]
        fn any_counts_are_taken(groups in prop::collection::vec((0u64..2_000, 0u64..1_500), 0..200)) {
            let found = rises(&groups, &RiseOptions::default());
            prop_assert!(found.e_value.is_finite() || found.e_value > 0.0);
            for rise in found.rises {
                prop_assert!(rise.begins <= rise.noticed && rise.noticed < groups.len());
                prop_assert!(rise.before.0 <= rise.before.1 && rise.after.0 <= rise.after.1);
            }
        }
    }
}
