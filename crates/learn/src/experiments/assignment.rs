use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::fault::{inside_unit, within};
use super::{Attributes, Fault, Result, Target};

/// The number that places a unit (a visitor) under a salt: the first eight bytes, most significant first, of SHA-256
/// (FIPS 180-4) over the salt's UTF-8, one byte 0, and the unit's UTF-8. Anybody can compute it anywhere, and it never
/// changes.
pub fn unit_hash(salt: &str, unit: &str) -> u64 {
    let digest = Sha256::new().chain_update(salt).chain_update([0]).chain_update(unit).finalize();
    digest[..8].iter().fold(0, |hash, byte| hash << 8 | u64::from(*byte))
}

/// [`unit_hash`] as a number in 0..1 (1 excluded): its upper 53 bits over 2^53.
pub fn fraction(salt: &str, unit: &str) -> f64 {
    (unit_hash(salt, unit) >> 11) as f64 / (1u64 << 53) as f64
}

/// A part of a layer's visitors. Experiments of one layer have slices that do not overlap and so never share a visitor;
/// layers are independent of one another (Tang et al. 2010, "Overlapping experiment infrastructure", KDD).
#[derive(Clone, PartialEq, Debug)]
pub struct Slice {
    /// The layer; its name is its salt.
    pub layer: Arc<str>,
    /// Where the slice begins, 0..1.
    pub from: f64,
    /// Where it ends, above `from`, at most 1.
    pub to: f64,
}

impl Slice {
    /// Whether two experiments could share a visitor in one layer.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.layer == other.layer && self.from < other.to && other.from < self.to
    }
}

/// One of the alternatives of an experiment.
#[derive(Clone, PartialEq, Debug)]
pub struct Arm {
    /// Its name, unique in the experiment.
    pub name: Arc<str>,
    /// Its part of the experiment's visitors, relative to the other arms' shares; above 0.
    pub share: f64,
    /// Taken out while the experiment runs: its visitors are kept apart, and nobody else moves.
    pub is_removed: bool,
}

/// How visitors are assigned to an experiment's arms. The first arm is the control.
#[derive(Clone, PartialEq, Debug)]
pub struct Plan {
    salt: Arc<str>,
    slice: Slice,
    arms: Vec<Arm>,
    target: Target,
    holdout: f64,
    ramp: f64,
}

/// Where a request stands in an experiment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Assignment {
    /// It gets this arm, by its index.
    Arm(usize),
    /// It would have got this arm, which was removed: it is served as without the experiment and counted apart.
    Removed(usize),
    /// The experiment is not about it.
    NotTargeted,
    /// Another experiment of the layer may have it.
    OutsideSlice,
    /// It belongs to those kept out of all experiments that share the holdout.
    HeldOut,
    /// The experiment has not been widened to it yet.
    NotRamped,
}

/// Salt of who is held out, the same for all experiments, so that the held out see none of them.
const HOLDOUT_SALT: &str = "holdout";

impl Plan {
    /// Plans an experiment of at least two arms that is open to everybody: no target, no holdout, the whole ramp.
    ///
    /// # Errors
    /// A salt or name that is empty, shares that are not positive numbers, two arms of one name, a slice outside 0..1.
    pub fn new(salt: &str, slice: Slice, arms: Vec<Arm>) -> Result<Self> {
        let field = |field, expected, got: &dyn ToString| Err(Fault::Field { field, expected, got: got.to_string() });
        if salt.is_empty() {
            return field("salt", "a text that is not empty", &"an empty text");
        }
        within("slice.from", slice.from, 0.0..=1.0, "between 0 and 1")?;
        within("slice.to", slice.to, 0.0..=1.0, "between 0 and 1")?;
        if slice.from >= slice.to {
            return field("slice.to", "above slice.from", &slice.to);
        }
        if arms.len() < 2 {
            return field("arms", "two arms or more", &arms.len());
        }
        for (at, arm) in arms.iter().enumerate() {
            if arm.name.is_empty() || arms[..at].iter().any(|other| other.name == arm.name) {
                return field("arms", "names that are not empty and differ", &arm.name);
            }
            // The lower bound keeps sums of shares far from where rounding would make an arm empty.
            within("arms.share", arm.share, 1e-6..=1e6, "between 0.000001 and 1000000")?;
        }
        if arms[0].is_removed {
            return field("arms", "a control that is not removed", &arms[0].name);
        }
        Ok(Self { salt: Arc::from(salt), slice, arms, target: Target::default(), holdout: 0.0, ramp: 1.0 })
    }

    /// The plan for a target alone.
    #[must_use]
    pub fn targeting(mut self, target: Target) -> Self {
        self.target = target;
        self
    }

    /// The plan without a share of all visitors, which is the same for every experiment: 0 to below 1.
    ///
    /// # Errors
    /// A share out of range.
    pub fn holding_out(mut self, share: f64) -> Result<Self> {
        if share != 0.0 {
            inside_unit("holdout", share)?;
        }
        self.holdout = share;
        Ok(self)
    }

    /// The plan for a share of its visitors so far: 0 to 1. Raising it adds visitors and moves nobody between arms.
    ///
    /// # Errors
    /// A share out of range.
    pub fn ramped_to(mut self, share: f64) -> Result<Self> {
        self.ramp = within("ramp", share, 0.0..=1.0, "between 0 and 1")?;
        Ok(self)
    }

    /// The arms, the control first.
    pub fn arms(&self) -> &[Arm] {
        &self.arms
    }

    /// The part of the layer's visitors it may have.
    pub fn slice(&self) -> &Slice {
        &self.slice
    }

    /// The parts of its visitors that the arms get, summing to 1.
    pub fn shares(&self) -> Vec<f64> {
        let all: f64 = self.arms.iter().map(|arm| arm.share).sum();
        self.arms.iter().map(|arm| arm.share / all).collect()
    }

    /// The arm of a unit (the key of a visitor). Holdout, slice, ramp and arm are drawn under salts of their own, so that
    /// none tells anything about another.
    pub fn assign(&self, unit: &str, attributes: &Attributes) -> Assignment {
        if !self.target.matches(attributes) {
            return Assignment::NotTargeted;
        }
        if fraction(HOLDOUT_SALT, unit) < self.holdout {
            return Assignment::HeldOut;
        }
        let place = fraction(&format!("layer:{}", self.slice.layer), unit);
        if place < self.slice.from || place >= self.slice.to {
            return Assignment::OutsideSlice;
        }
        if fraction(&format!("ramp:{}", self.salt), unit) >= self.ramp {
            return Assignment::NotRamped;
        }
        let arm = self.draw(fraction(&format!("arm:{}", self.salt), unit));
        if self.arms[arm].is_removed { Assignment::Removed(arm) } else { Assignment::Arm(arm) }
    }

    fn draw(&self, drawn: f64) -> usize {
        let mut upper = 0.0;
        let found = self.shares().iter().position(|share| {
            upper += share;
            drawn < upper
        });
        // Shares sum to 1 up to rounding; what lies beyond belongs to the last.
        found.unwrap_or(self.arms.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{MISMATCH_LEVEL, mismatch};
    use super::*;
    use proptest::prelude::*;

    fn arm(name: &str, share: f64) -> Arm {
        Arm { name: Arc::from(name), share, is_removed: false }
    }

    fn slice(layer: &str, from: f64, to: f64) -> Slice {
        Slice { layer: Arc::from(layer), from, to }
    }

    fn halves(salt: &str) -> Plan {
        Plan::new(salt, slice("ranking", 0.0, 1.0), vec![arm("control", 1.0), arm("treatment", 1.0)]).unwrap()
    }

    #[test]
    fn the_hash_is_the_published_one() {
        // Python 3.13: int.from_bytes(hashlib.sha256(salt.encode() + b"\0" + unit.encode()).digest()[:8], "big").
        assert_eq!(unit_hash("", ""), 0x6E340B9CFFB37A98);
        assert_eq!(unit_hash("arm:fusion", "u:alice"), 0x28C0B4AB7BD1DF0F);
        assert_eq!(unit_hash("arm:fusion", "u:连衣裙"), 0x6F15EBCD3544E340);
        assert!((fraction("arm:fusion", "u:alice") - 0x28C0B4AB7BD1DF0Fu64 as f64 / 2f64.powi(64)).abs() < 1e-15);
        // The byte between keeps a salt that ends as a unit begins apart.
        assert_ne!(unit_hash("ab", "c"), unit_hash("a", "bc"));
    }

    #[test]
    fn arms_get_their_shares() {
        let arms = vec![arm("a", 5.0), arm("b", 3.0), arm("c", 2.0)];
        let plan = Plan::new("shares", slice("layer", 0.0, 1.0), arms).unwrap();
        let mut counts = [0u64; 3];
        for visitor in 0..30_000 {
            match plan.assign(&format!("u:{visitor}"), &Attributes::default()) {
                Assignment::Arm(arm) => counts[arm] += 1,
                other => panic!("{other:?}"),
            }
        }
        let judged = mismatch(&counts, &plan.shares()).unwrap();
        assert!(judged.p_value > MISMATCH_LEVEL, "{counts:?}");
    }

    #[test]
    fn experiments_with_other_salts_are_independent_and_slices_exclusive() {
        let (one, other) = (halves("one"), halves("other"));
        let mut cells = [0u64; 4];
        for visitor in 0..20_000 {
            let unit = format!("a:{visitor}");
            let arms = [&one, &other].map(|plan| plan.assign(&unit, &Attributes::default()));
            let [Assignment::Arm(first), Assignment::Arm(second)] = arms else { panic!("{arms:?}") };
            cells[2 * first + second] += 1;
        }
        assert!(mismatch(&cells, &[0.25; 4]).unwrap().p_value > MISMATCH_LEVEL, "{cells:?}");

        let arms = || vec![arm("control", 1.0), arm("treatment", 1.0)];
        let left = Plan::new("left", slice("shared", 0.0, 0.4), arms()).unwrap();
        let right = Plan::new("right", slice("shared", 0.4, 1.0), arms()).unwrap();
        assert!(!left.slice().overlaps(right.slice()));
        for visitor in 0..2000 {
            let unit = format!("a:{visitor}");
            let is_in = |plan: &Plan| matches!(plan.assign(&unit, &Attributes::default()), Assignment::Arm(_));
            assert_ne!(is_in(&left), is_in(&right), "each in exactly one");
        }
    }

    #[test]
    fn the_held_out_are_the_same_for_all_and_see_none() {
        let (one, other) = (halves("one").holding_out(0.1).unwrap(), halves("other").holding_out(0.1).unwrap());
        let held = |plan: &Plan, unit: &str| plan.assign(unit, &Attributes::default()) == Assignment::HeldOut;
        let units: Vec<String> = (0..5000).map(|visitor| format!("u:{visitor}")).collect();
        let count = units.iter().filter(|unit| held(&one, unit)).count();
        assert!((400..600).contains(&count), "{count}");
        assert!(units.iter().all(|unit| held(&one, unit) == held(&other, unit)));
    }

    #[test]
    fn a_removed_arm_moves_nobody_else() {
        let arms = |is_removed| {
            let gone = Arm { is_removed, ..arm("b", 1.0) };
            Plan::new("three", slice("layer", 0.0, 1.0), vec![arm("a", 1.0), gone, arm("c", 1.0)]).unwrap()
        };
        let (before, after) = (arms(false), arms(true));
        for visitor in 0..500 {
            let unit = format!("s:{visitor}");
            let assigned = [&before, &after].map(|plan| plan.assign(&unit, &Attributes::default()));
            match assigned {
                [Assignment::Arm(1), Assignment::Removed(1)] => {}
                [Assignment::Arm(one), Assignment::Arm(other)] => assert_eq!(one, other),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn bad_plans_are_refused() {
        let arms = || vec![arm("a", 1.0), arm("b", 1.0)];
        let whole = || slice("layer", 0.0, 1.0);
        assert!(Plan::new("", whole(), arms()).is_err());
        assert!(Plan::new("s", slice("layer", 0.5, 0.5), arms()).is_err());
        assert!(Plan::new("s", slice("layer", f64::NAN, 1.0), arms()).is_err());
        assert!(Plan::new("s", whole(), vec![arm("a", 1.0)]).is_err());
        assert!(Plan::new("s", whole(), vec![arm("a", 1.0), arm("a", 1.0)]).is_err());
        for share in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(Plan::new("s", whole(), vec![arm("a", 1.0), arm("b", share)]).is_err(), "{share}");
        }
        assert!(halves("s").ramped_to(1.1).is_err());
        assert!(halves("s").holding_out(1.0).is_err());
    }

    proptest! {
        #[test]
        fn raising_the_ramp_moves_nobody(unit in "[a-z]{1,12}", low in 0.0..1.0f64, more in 0.0..1.0f64) {
            let high = low + (1.0 - low) * more;
            let at = |ramp| halves("ramp").ramped_to(ramp).unwrap().assign(&unit, &Attributes::default());
            if let Assignment::Arm(arm) = at(low) {
                prop_assert_eq!(at(high), Assignment::Arm(arm));
            }
        }
    }
}
