/// Puts named features into a bounded number of slots (feature hashing: Weinberger, Dasgupta, Langford, Smola and
/// Attenberg 2009, ICML): memory is fixed, and names need not be known beforehand. Two names may share a slot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FeatureHasher {
    bits: u8,
}

impl FeatureHasher {
    /// A hasher into `2^bits` slots; `bits` above 24 counts as 24.
    pub fn new(bits: u8) -> Self {
        Self { bits: bits.min(24) }
    }

    /// Number of slots.
    pub fn slots(self) -> usize {
        1 << self.bits
    }

    /// The slot of a value of a named feature, such as `("brand", "山田")`. Stable: the same on every machine, for ever.
    pub fn slot(self, name: &str, value: &str) -> u32 {
        // FNV-1a, then a finaliser that spreads it over all bits (that of SplitMix64): both fixed by their definitions, which
        // hashers made for tables do not promise to be. A byte that no text contains keeps name and value apart.
        let bytes = name.bytes().chain([0xFF]).chain(value.bytes());
        let mut hash =
            bytes.fold(0xCBF2_9CE4_8422_2325u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3));
        hash = (hash ^ (hash >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        hash = (hash ^ (hash >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        hash ^= hash >> 31;
        (hash & ((1 << self.bits) - 1)) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_stable_bounded_and_spread() {
        let hasher = FeatureHasher::new(10);
        assert_eq!(FeatureHasher::new(16).slot("brand", "山田"), 64_972);
        assert_ne!(hasher.slot("ab", "c"), hasher.slot("a", "bc"));
        let mut counts = vec![0; hasher.slots()];
        (0..102_400).for_each(|n| counts[hasher.slot("item", &n.to_string()) as usize] += 1);
        assert!(counts.iter().all(|count| (50..160).contains(count)), "{counts:?}");
    }
}
