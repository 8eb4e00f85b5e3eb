use neural::heads::softmax;

use super::few::unit;

/// A text to label next.
#[derive(Clone, PartialEq, Debug)]
pub struct Suggestion {
    /// Its place among the texts.
    pub text: usize,
    /// The likeliest class.
    pub class: usize,
    /// Its probability.
    pub probability: f32,
    /// How much likelier it is than the second.
    pub margin: f32,
}

/// The texts whose labels would teach most, the first first: those with the smallest margin between the two likeliest
/// classes (Scheffer et al. 2001), and of those each time the one farthest from all that are chosen already, so that they do
/// not all ask the same (farthest-first, Sener and Savarese 2018). `vectors` are the texts' own.
pub fn suggest(logits: &[Vec<f32>], vectors: &[Vec<f32>], count: usize, temperature: f32) -> Vec<Suggestion> {
    let mut all: Vec<Suggestion> =
        logits.iter().enumerate().map(|(text, logits)| of_text(text, logits, temperature)).collect();
    all.sort_by(|a, b| a.margin.total_cmp(&b.margin).then(a.text.cmp(&b.text)));
    // Ten doubtful ones for each that is wanted leave room for variety.
    all.truncate(count.saturating_mul(10));
    let units: Vec<Vec<f32>> = all.iter().map(|one| unit(&vectors[one.text])).collect();
    let distance = |a: usize, b: usize| 1.0 - units[a].iter().zip(&units[b]).map(|(a, b)| a * b).sum::<f32>();
    let mut nearest = vec![f32::INFINITY; all.len()];
    let mut chosen: Vec<usize> = Vec::new();
    while chosen.len() < count.min(all.len()) {
        let worth = |at: usize| nearest[at].min(2.0) * (1.0 - all[at].margin);
        let free = (0..all.len()).filter(|at| !chosen.contains(at));
        let Some(best) = free.max_by(|a, b| worth(*a).total_cmp(&worth(*b)).then(b.cmp(a))) else { break };
        for (at, nearest) in nearest.iter_mut().enumerate() {
            *nearest = nearest.min(distance(at, best).max(0.0));
        }
        chosen.push(best);
    }
    chosen.into_iter().map(|at| all[at].clone()).collect()
}

fn of_text(text: usize, logits: &[f32], temperature: f32) -> Suggestion {
    let shares = softmax(logits, temperature);
    let mut order: Vec<usize> = (0..shares.len()).collect();
    order.sort_by(|a, b| shares[*b].total_cmp(&shares[*a]));
    let share = |place: usize| order.get(place).map_or(0.0, |at| shares[*at]);
    let class = order.first().copied().unwrap_or(0);
    Suggestion { text, class, probability: share(0), margin: share(0) - share(1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubtful_and_different_texts_come_first() {
        // 0 and 1 are the same doubtful text, 2 another doubtful one, 3 is sure.
        let logits = vec![vec![0.0, 0.1], vec![0.0, 0.1], vec![0.2, 0.0], vec![9.0, 0.0]];
        let vectors = vec![vec![1.0, 0.0], vec![1.0, 0.0], vec![0.0, 1.0], vec![-1.0, 0.0]];
        let found: Vec<usize> = suggest(&logits, &vectors, 2, 1.0).iter().map(|one| one.text).collect();
        assert_eq!(found, [0, 2]);
        let found = suggest(&logits, &vectors, 9, 1.0);
        assert_eq!(found.len(), 4);
        assert!(suggest(&[], &[], 3, 1.0).is_empty());
    }
}
