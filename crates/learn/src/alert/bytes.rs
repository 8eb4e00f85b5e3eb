use super::watch::{Watch, WatchOptions};
use crate::bytes::{Reader, Writer};
use crate::{Error, Result};

const VERSION: u8 = 1;
/// More starts than there are powers of two.
const STARTS_MAX: usize = 64;

impl Watch {
    /// Bytes for a checkpoint. The options are not among them: they belong to the program or the shop's settings.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.byte(VERSION);
        for number in [self.past.0, self.past.1, self.seen.0, self.seen.1, self.windows, self.bound.to_bits()] {
            out.number(number);
        }
        out.number(self.starts.len() as u64);
        for (count, yes) in &self.starts {
            out.number(*count);
            out.number(*yes);
        }
        out.0
    }

    /// Reads a checkpoint.
    ///
    /// # Errors
    /// [`Error::Version`] for bytes of another version, [`Error::Corrupt`] for anything else that `encode` did not write.
    pub fn decode(options: WatchOptions, bytes: &[u8]) -> Result<Self> {
        let mut input = Reader::new(bytes);
        let version = input.byte()?;
        if version != VERSION {
            return Err(Error::Version { expected: VERSION, got: version });
        }
        let past = (input.number()?, input.number()?);
        let seen = (input.number()?, input.number()?);
        let windows = input.number()?;
        let bound = f64::from_bits(input.number()?);
        let count = input.count(2)?.min(STARTS_MAX);
        let mut starts = Vec::with_capacity(count);
        for _ in 0..count {
            starts.push((input.number()?, input.number()?));
        }
        let is_sound = past.0 <= past.1
            && seen.0 <= seen.1
            && (0.0..=1.0).contains(&bound)
            && starts.iter().all(|(count, yes)| yes <= count && *count <= seen.1 && *yes <= seen.0);
        if !is_sound {
            return Err(input.fault("counts that fit together"));
        }
        input.end()?;
        Ok(Self { options, past, seen, windows, bound, starts })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_watch_goes_on_where_it_was(outcomes in prop::collection::vec(any::<bool>(), 0..120), more in prop::collection::vec(any::<bool>(), 0..60)) {
            let options = WatchOptions { baseline_min: 10, ..WatchOptions::default() };
            let mut watch = Watch::new(options);
            for outcome in &outcomes {
                watch.observe(*outcome);
            }
            let mut again = Watch::decode(options, &watch.encode()).unwrap();
            prop_assert_eq!(&again, &watch);
            for outcome in more {
                prop_assert_eq!(again.observe(outcome), watch.observe(outcome));
            }
        }

        #[test]
        fn other_bytes_are_refused_not_read_wrongly(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            if let Ok(mut watch) = Watch::decode(WatchOptions::default(), &bytes) {
                watch.observe(true);
            }
        }
    }
}
