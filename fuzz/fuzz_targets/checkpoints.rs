//! A checkpoint is read, or refused; one that is read can be asked and written again.
#![no_main]

use features::{Config, State};
use learn::{Neighbours, NeighboursConfig};
use libfuzzer_sys::fuzz_target;
use types::{Millis, Row};

const NOW: Millis = Millis(1_714_521_600_000);

fuzz_target!(|bytes: &[u8]| {
    if let Ok(state) = State::decode(Config::default(), bytes) {
        state.trending(NOW, 5);
        state.profile(Some(Row(0)), NOW);
        assert!(State::decode(Config::default(), &state.encode()).is_ok());
    }
    if let Ok(neighbours) = Neighbours::decode(NeighboursConfig::default(), bytes) {
        neighbours.similar(Row(0), 5);
        assert!(Neighbours::decode(NeighboursConfig::default(), &neighbours.encode()).is_ok());
    }
});
