use super::streams::{levels, slope, steps, still};
use super::*;
use types::Rng;

fn watched(stream: &[f64]) -> Adwin {
    let mut adwin = Adwin::new(AdwinConfig::default()).unwrap();
    for value in stream {
        adwin.observe(*value);
    }
    adwin
}

/// A stream, delta; its changes, and the width and the mean of the window at the end.
type Golden = (Vec<f64>, f64, &'static [usize], u64, f64);

/// Change by change, and by what is in the window at the end, those of `drift.ADWIN` of river 0.26.1 on the same streams.
/// After a change river begins with an empty window, where the paper and we go on with what was kept.
#[test]
fn changes_are_those_of_river() {
    let golden: [Golden; 8] = [
        (steps(), 0.002, &[5439, 10943, 15103, 20127], 4872, 0.0480295566502463),
        (steps(), 0.1, &[5151, 10527, 15071, 20063], 4936, 0.04841977309562399),
        (still(), 0.002, &[], 30_000, 0.10056666666666667),
        (still(), 0.1, &[], 30_000, 0.10056666666666667),
        (slope(), 0.002, &[8703, 9951, 10975, 12063], 7936, 0.6487318346807224),
        (slope(), 0.1, &[8639, 9599, 10463, 11263, 12127], 7872, 0.6487766592868762),
        (levels(), 0.002, &[3007, 6015, 9023, 12127], 2872, 3.5286575388581456),
        (levels(), 0.1, &[3007, 6015, 9023, 12095], 2904, 3.5278449944105112),
    ];
    for (stream, delta, expected, width, mean) in golden {
        let new = || Adwin::new(AdwinConfig { delta, ..AdwinConfig::default() }).unwrap();
        let (mut adwin, mut changes) = (new(), Vec::<usize>::new());
        for (place, value) in stream.iter().enumerate() {
            if changes.last().is_some_and(|last| *last + 1 == place) {
                adwin = new();
            }
            changes.extend(adwin.observe(*value).map(|_| place));
        }
        assert_eq!((changes.as_slice(), adwin.width()), (expected, width));
        assert!((adwin.mean() - mean).abs() < 1e-9);
    }
}

#[test]
fn the_window_is_the_mean_and_variance_of_its_values_in_little_memory() {
    let stream = levels();
    let adwin = watched(&stream);
    let window = &stream[stream.len() - adwin.width() as usize..];
    let mean = window.iter().sum::<f64>() / window.len() as f64;
    let variance = window.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / window.len() as f64;
    assert!((adwin.mean() - mean).abs() < 1e-9 && (adwin.variance() - variance).abs() < 1e-6);
    let adwin = watched(&still());
    assert!(adwin.buckets() <= 5 * 14, "{}", adwin.buckets());
}

/// The bound is on the probability of a false alarm at a trial; in all, streams that never change rarely raise one.
#[test]
fn still_streams_raise_next_to_no_alarms_and_changes_are_found_soon() {
    let (mut alarms, mut delays) = (0, Vec::new());
    for seed in 0..100 {
        let mut rng = Rng::new(seed);
        let mut adwin = Adwin::new(AdwinConfig::default()).unwrap();
        let mut draw = |rate: f64| f64::from(u8::from(rng.unit() < rate));
        alarms += (0..5_000).filter(|_| adwin.observe(draw(0.1)).is_some()).count();
        let found = (0..5_000).find_map(|delay| adwin.observe(draw(0.2)).map(|change| (delay, change)));
        let (delay, change) = found.unwrap();
        assert!(change.after > change.before);
        delays.push(delay);
    }
    delays.sort_unstable();
    assert!(alarms <= 2, "{alarms}");
    assert!(delays[50] < 450 && delays[99] < 1_000, "{delays:?}");
}

#[test]
fn checkpoints_go_on_as_they_were_and_damage_is_refused() {
    let stream = steps();
    let config = AdwinConfig::default();
    let mut adwin = Adwin::new(config).unwrap();
    let mut again = adwin.clone();
    for (place, value) in stream.iter().enumerate() {
        assert_eq!(adwin.observe(*value), again.observe(*value));
        if place % 997 == 0 {
            again = Adwin::from_bytes(config, &again.to_bytes()).unwrap();
        }
    }
    assert_eq!(adwin, again);
    assert_eq!((adwin.observe(f64::NAN), adwin.observe(1e12), adwin.passed_over()), (None, None, 2));
    let bytes = adwin.to_bytes();
    for place in 0..bytes.len() {
        assert!(Adwin::from_bytes(config, &bytes[..place]).is_err());
        let mut damaged = bytes.clone();
        damaged[place] ^= 0xA5;
        if let Ok(mut read) = Adwin::from_bytes(config, &damaged) {
            assert!(stream[..200].iter().filter(|value| read.observe(**value).is_some()).count() < 200);
        }
    }
    assert!(Adwin::new(AdwinConfig { delta: 0.0, ..config }).is_err());
}
