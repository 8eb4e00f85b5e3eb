/// Which of many streams to tell of, so that the share of false ones among them is at most `rate` in the mean, however the
/// streams depend on one another: with the e-values in falling order, the largest k such that the k-th is at least
/// n / (k · rate) (e-BH: Wang and Ramdas 2022, "False discovery rate control with e-values", JRSS B 84). Returns the
/// places of those streams, in order.
pub fn discoveries(evidence: &[f64], rate: f64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..evidence.len()).filter(|place| !evidence[*place].is_nan()).collect();
    order.sort_by(|a, b| evidence[*b].total_cmp(&evidence[*a]).then(a.cmp(b)));
    let streams = evidence.len() as f64;
    let is_enough = |(k, place): &(usize, &usize)| evidence[**place] >= streams / ((k + 1) as f64 * rate.max(1e-12));
    let told = order.iter().enumerate().rfind(is_enough).map_or(0, |(k, _)| k + 1);
    let mut told = order[..told].to_vec();
    told.sort_unstable();
    told
}

#[cfg(test)]
mod tests {
    use types::Rng;

    use super::*;

    #[test]
    fn several_middling_ones_support_one_another() {
        assert_eq!(discoveries(&[1.0, 30.0, 0.5, 15.0], 0.1), [] as [usize; 0]);
        assert_eq!(discoveries(&[1.0, 50.0, 0.5, 15.0], 0.1), [1], "40 are enough for one, 20 each for two");
        assert_eq!(discoveries(&[25.0, 30.0, 0.5, 21.0], 0.1), [0, 1, 3]);
        assert_eq!(discoveries(&[], 0.1), [] as [usize; 0]);
        assert_eq!(discoveries(&[f64::NAN, 1e9], 0.1), [1]);
    }

    #[test]
    fn false_discoveries_are_rare_among_many_streams() {
        let mut rng = Rng::new(1);
        let (mut told, mut wrong, mut found) = (0, 0, 0);
        for _ in 0..5 {
            let evidence: Vec<f64> = (0..200)
                .map(|stream| {
                    let share = if stream < 20 { 0.6 } else { 0.1 };
                    // The likelihood ratio of the two shares: its mean is 1 where the lower holds.
                    (0..80).map(|_| if rng.unit() < share { 0.6 / 0.1 } else { 0.4 / 0.9 }).product()
                })
                .collect();
            let places = discoveries(&evidence, 0.05);
            told += places.len();
            wrong += places.iter().filter(|place| **place >= 20).count();
            found += places.iter().filter(|place| **place < 20).count();
        }
        assert!(found >= 80 && wrong * 20 <= told, "{found} of 100 found, {wrong} of {told} wrong");
    }
}
