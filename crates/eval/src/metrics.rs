//! Measures of one ranked list. All take the gains of the results in order of rank (0 for what was not judged); a result
//! is *relevant* where its gain is above 0. `k` cuts the list; shorter lists are taken as they are.

/// Discounted cumulative gain: Σ gain(i) / log2(i + 1) over ranks i = 1..k, gains taken linearly (Järvelin and Kekäläinen
/// 2002, "Cumulated gain-based evaluation of IR techniques", with the discount at every rank).
pub fn dcg(gains: &[f64], k: usize) -> f64 {
    let discounted = gains.iter().take(k).zip(1u32..).map(|(gain, rank)| gain / f64::from(rank + 1).log2());
    // A sum of no numbers is -0, which would be printed as such.
    discounted.sum::<f64>() + 0.0
}

/// DCG over the DCG of the best order of all judged results (Järvelin and Kekäläinen 2002). `judged` holds every gain of
/// the query, found or not. 0 where nothing is relevant.
pub fn ndcg(gains: &[f64], judged: &[f64], k: usize) -> f64 {
    let mut ideal = judged.to_vec();
    ideal.sort_by(|a, b| b.total_cmp(a));
    ratio(dcg(gains, k), dcg(&ideal, k))
}

/// 1 over the rank of the first relevant result within `k`; 0 where there is none.
pub fn reciprocal_rank(gains: &[f64], k: usize) -> f64 {
    gains.iter().take(k).position(|gain| *gain > 0.0).map_or(0.0, |index| 1.0 / (index + 1) as f64)
}

/// Relevant results within `k` over all `relevant` there are.
pub fn recall(gains: &[f64], relevant: usize, k: usize) -> f64 {
    ratio(hits(gains, k), relevant as f64)
}

/// Relevant results within `k`, over `k` (also where the list is shorter).
pub fn precision(gains: &[f64], k: usize) -> f64 {
    ratio(hits(gains, k), k as f64)
}

/// 1 where a relevant result stands within `k`, else 0: hit rate, and success@k in search.
pub fn hit(gains: &[f64], k: usize) -> f64 {
    f64::from(u8::from(hits(gains, k) > 0.0))
}

/// Σ precision(i) over the ranks i of relevant results within `k`, over min(relevant, k): the most there could be.
pub fn average_precision(gains: &[f64], relevant: usize, k: usize) -> f64 {
    let relevant_ranks = gains.iter().take(k).zip(1..).filter(|(gain, _)| **gain > 0.0).map(|(_, rank)| rank);
    let sum: f64 = relevant_ranks.zip(1..).map(|(rank, found): (usize, usize)| found as f64 / rank as f64).sum();
    ratio(sum + 0.0, relevant.min(k) as f64)
}

fn hits(gains: &[f64], k: usize) -> f64 {
    gains.iter().take(k).filter(|gain| **gain > 0.0).count() as f64
}

fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(got: f64, expected: f64) {
        assert!((got - expected).abs() < 1e-9, "{got} is not {expected}");
    }

    #[test]
    fn ndcg_by_hand() {
        // Found .1, nothing, 1; the query has 1, 1, .1: DCG@3 = .1 + 0 + 1/2, ideal = 1 + 1/log2(3) + .1/2.
        let (found, judged) = ([0.1, 0.0, 1.0], [0.1, 1.0, 1.0]);
        close(dcg(&found, 3), 0.6);
        close(ndcg(&found, &judged, 3), 0.6 / (1.0 + 1.0 / 3f64.log2() + 0.05));
        close(ndcg(&found, &judged, 1), 0.1);
        close(ndcg(&[1.0, 1.0, 0.1], &judged, 10), 1.0);
        close(ndcg(&found, &[0.0], 3), 0.0);
    }

    #[test]
    fn binary_measures_by_hand() {
        let gains = [0.0, 1.0, 0.0, 0.1, 1.0];
        close(reciprocal_rank(&gains, 10), 0.5);
        close(reciprocal_rank(&gains, 1), 0.0);
        close(recall(&gains, 4, 4), 0.5);
        close(precision(&gains, 4), 0.5);
        close(precision(&gains, 10), 0.3);
        close(hit(&gains, 1), 0.0);
        close(hit(&gains, 2), 1.0);
        // Precision is 1/2, 2/4, 3/5 at the relevant ranks; four are relevant.
        close(average_precision(&gains, 4, 10), (0.5 + 0.5 + 0.6) / 4.0);
        close(average_precision(&gains, 4, 2), 0.5 / 2.0);
    }

    #[test]
    fn empty_lists_score_nothing() {
        for value in
            [ndcg(&[], &[1.0], 10), reciprocal_rank(&[], 10), recall(&[], 0, 10), average_precision(&[], 0, 10)]
        {
            assert_eq!(value.to_bits(), 0f64.to_bits());
        }
    }
}
