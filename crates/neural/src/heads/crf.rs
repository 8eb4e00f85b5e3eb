use serde::{Deserialize, Serialize};

/// A linear-chain conditional random field over tags (Lafferty, McCallum and Pereira 2001): the score of a sequence y of
/// n tags under emissions e is `start`\[y₁\] + Σ e\[t, yₜ\] + Σ `transitions`\[yₜ₋₁, yₜ\] + `end`\[yₙ\], and its probability
/// is e to the power of that score over the sum for all sequences.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Crf {
    /// For each tag, of being the first.
    pub start: Vec<f32>,
    /// For each tag, of being the last.
    pub end: Vec<f32>,
    /// From tag (row) to tag (column), row by row.
    pub transitions: Vec<f32>,
}

/// What all sequences together say.
#[derive(Clone, PartialEq, Debug)]
pub struct Marginals {
    /// Logarithm of the sum over all sequences of e to the power of their scores.
    pub log_sum: f64,
    /// For each place and tag, row by row, the probability of that tag there.
    pub tags: Vec<f64>,
    /// For each pair of tags, row by row, how often the second is expected to follow the first.
    pub pairs: Vec<f64>,
}

/// The score of what cannot be: low enough never to be chosen, high enough to be added up.
const FORBIDDEN: f32 = -1e4;

impl Crf {
    /// One in which every transition is as good as any other.
    pub fn flat(tags: usize) -> Self {
        Self { start: vec![0.0; tags], end: vec![0.0; tags], transitions: vec![0.0; tags * tags] }
    }

    /// Scores to add so that no sequence breaks the BIO scheme: `I-x` follows `B-x` or `I-x` and nothing else.
    pub fn bio_rules(labels: &[String]) -> Self {
        let mut rules = Self::flat(labels.len());
        for (to, label) in labels.iter().enumerate() {
            let Some(kind) = label.strip_prefix("I-") else { continue };
            rules.start[to] = FORBIDDEN;
            for (from, before) in labels.iter().enumerate() {
                let fits = before.strip_prefix("B-").or_else(|| before.strip_prefix("I-")) == Some(kind);
                if !fits {
                    rules.transitions[from * labels.len() + to] = FORBIDDEN;
                }
            }
        }
        rules
    }

    /// Both sets of scores added up; the two have the same tags.
    pub fn plus(&self, other: &Self) -> Self {
        let add = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a + b).collect();
        Self {
            start: add(&self.start, &other.start),
            end: add(&self.end, &other.end),
            transitions: add(&self.transitions, &other.transitions),
        }
    }

    /// Number of tags.
    pub fn tags(&self) -> usize {
        self.start.len()
    }

    /// Whether the numbers fit together and are finite.
    pub fn is_sound(&self) -> bool {
        let tags = self.tags();
        let numbers = self.start.iter().chain(&self.end).chain(&self.transitions);
        tags > 0
            && self.end.len() == tags
            && self.transitions.len() == tags * tags
            && numbers.into_iter().all(|number| number.is_finite())
    }

    /// The score of a sequence; `emissions` has a row of tags for each place, here and below.
    pub fn score(&self, emissions: &[f32], sequence: &[usize]) -> f64 {
        let tags = self.tags();
        let (Some(first), Some(last)) = (sequence.first(), sequence.last()) else { return 0.0 };
        let emitted: f64 = sequence.iter().enumerate().map(|(at, tag)| f64::from(emissions[at * tags + tag])).sum();
        let moved: f64 = sequence.windows(2).map(|pair| f64::from(self.transitions[pair[0] * tags + pair[1]])).sum();
        emitted + moved + f64::from(self.start[*first]) + f64::from(self.end[*last])
    }

    /// The sequence with the highest score (Viterbi 1967).
    pub fn best(&self, emissions: &[f32]) -> Vec<usize> {
        let tags = self.tags();
        let Some((first, rest)) = emissions.split_at_checked(tags) else { return Vec::new() };
        let mut scores: Vec<f32> = first.iter().zip(&self.start).map(|(emission, start)| emission + start).collect();
        let mut origins: Vec<usize> = Vec::with_capacity(rest.len());
        for row in rest.chunks_exact(tags) {
            let reached: Vec<(usize, f32)> = (0..tags)
                .map(|to| {
                    let ways = scores.iter().enumerate();
                    let ways = ways.map(|(from, score)| (from, score + self.transitions[from * tags + to]));
                    ways.max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((0, 0.0))
                })
                .collect();
            origins.extend(reached.iter().map(|(from, _)| *from));
            scores = reached.iter().zip(row).map(|((_, score), emission)| score + emission).collect();
        }
        let last = (0..tags).max_by(|a, b| (scores[*a] + self.end[*a]).total_cmp(&(scores[*b] + self.end[*b])));
        let mut sequence = vec![last.unwrap_or(0)];
        for row in origins.chunks_exact(tags).rev() {
            sequence.push(row[sequence[sequence.len() - 1]]);
        }
        sequence.reverse();
        sequence
    }

    /// The sums over all sequences, by the forward and backward recursions (Rabiner 1989) on logarithms.
    pub fn marginals(&self, emissions: &[f32]) -> Marginals {
        let tags = self.tags();
        let places = emissions.len() / tags;
        if places == 0 {
            return Marginals { log_sum: 0.0, tags: Vec::new(), pairs: vec![0.0; tags * tags] };
        }
        let (forward, backward) = (self.forward(emissions), self.backward(emissions));
        let ends: Vec<f64> =
            (0..tags).map(|tag| forward[(places - 1) * tags + tag] + f64::from(self.end[tag])).collect();
        let log_sum = log_sum_exp(&ends);
        let shares = forward.iter().zip(&backward).map(|(forward, backward)| (forward + backward - log_sum).exp());
        let mut pairs = vec![0.0; tags * tags];
        for at in 1..places {
            for from in 0..tags {
                let reached = forward[(at - 1) * tags + from] - log_sum;
                for to in 0..tags {
                    let step = f64::from(self.transitions[from * tags + to] + emissions[at * tags + to]);
                    pairs[from * tags + to] += (reached + step + backward[at * tags + to]).exp();
                }
            }
        }
        Marginals { log_sum, tags: shares.collect(), pairs }
    }

    /// Log-sums of all ways to a place and tag, its emission included.
    fn forward(&self, emissions: &[f32]) -> Vec<f64> {
        let tags = self.tags();
        let mut sums: Vec<f64> =
            emissions[..tags].iter().zip(&self.start).map(|(emission, start)| f64::from(emission + start)).collect();
        let mut ways = vec![0.0; tags];
        for at in 1..emissions.len() / tags {
            for to in 0..tags {
                for (from, way) in ways.iter_mut().enumerate() {
                    *way = sums[(at - 1) * tags + from] + f64::from(self.transitions[from * tags + to]);
                }
                sums.push(log_sum_exp(&ways) + f64::from(emissions[at * tags + to]));
            }
        }
        sums
    }

    /// Log-sums of all ways from a place and tag to the end, its emission not included.
    fn backward(&self, emissions: &[f32]) -> Vec<f64> {
        let tags = self.tags();
        let places = emissions.len() / tags;
        let mut sums = vec![0.0; places * tags];
        sums[(places - 1) * tags..].iter_mut().zip(&self.end).for_each(|(sum, end)| *sum = f64::from(*end));
        let mut ways = vec![0.0; tags];
        for at in (0..places - 1).rev() {
            for from in 0..tags {
                for (to, way) in ways.iter_mut().enumerate() {
                    let step = self.transitions[from * tags + to] + emissions[(at + 1) * tags + to];
                    *way = f64::from(step) + sums[(at + 1) * tags + to];
                }
                sums[at * tags + from] = log_sum_exp(&ways);
            }
        }
        sums
    }
}

fn log_sum_exp(values: &[f64]) -> f64 {
    let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    largest + values.iter().map(|value| (value - largest).exp()).sum::<f64>().ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(count: usize, seed: u32) -> Vec<f32> {
        (0..count as u32).map(|at| ((at * 37 + seed * 101) % 97) as f32 / 24.0 - 2.0).collect()
    }

    /// All sequences of `places` tags.
    fn all(places: usize, tags: usize) -> Vec<Vec<usize>> {
        (0..tags.pow(places as u32))
            .map(|number| (0..places).map(|at| number / tags.pow(at as u32) % tags).collect())
            .collect()
    }

    #[test]
    fn sums_and_the_best_agree_with_enumeration() {
        for (places, tags) in [(1, 3), (2, 2), (4, 3), (5, 4)] {
            let crf = Crf { start: numbers(tags, 1), end: numbers(tags, 2), transitions: numbers(tags * tags, 3) };
            let emissions = numbers(places * tags, 4);
            let sequences = all(places, tags);
            let scores: Vec<f64> = sequences.iter().map(|sequence| crf.score(&emissions, sequence)).collect();
            let found = crf.marginals(&emissions);
            assert!((found.log_sum - log_sum_exp(&scores)).abs() < 1e-5, "{places} {tags}");
            let best = (0..scores.len()).max_by(|a, b| scores[*a].total_cmp(&scores[*b])).unwrap();
            assert_eq!(crf.best(&emissions), sequences[best]);
            let (mut shares, mut pairs) = (vec![0.0; places * tags], vec![0.0; tags * tags]);
            for (sequence, score) in sequences.iter().zip(&scores) {
                let probability = (score - found.log_sum).exp();
                sequence.iter().enumerate().for_each(|(at, tag)| shares[at * tags + tag] += probability);
                sequence.windows(2).for_each(|pair| pairs[pair[0] * tags + pair[1]] += probability);
            }
            let near = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5);
            assert!(near(&found.tags, &shares) && near(&found.pairs, &pairs), "{places} {tags}");
        }
    }

    #[test]
    fn bio_is_never_broken() {
        let labels = ["O", "B-品牌", "I-品牌", "B-color", "I-color"].map(str::to_owned);
        let rules = Crf::bio_rules(&labels);
        // Emissions that would have it "I-品牌 I-color".
        let emissions = [0.0, 0.0, 9.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 9.0];
        let best: Vec<&str> = rules.best(&emissions).into_iter().map(|tag| labels[tag].as_str()).collect();
        assert!(best == ["B-color", "I-color"] || best == ["O", "B-color"], "{best:?}");
        assert!(rules.is_sound() && rules.plus(&Crf::flat(5)).is_sound());
        let share = rules.marginals(&emissions).tags[2];
        assert!(share < 1e-9, "{share}");
    }

    #[test]
    fn nothing_has_no_tags() {
        let crf = Crf::flat(3);
        assert_eq!(crf.best(&[]), Vec::<usize>::new());
        assert_eq!(crf.marginals(&[]).pairs, [0.0; 9]);
        assert!(!Crf { start: vec![f32::NAN], end: vec![0.0], transitions: vec![0.0] }.is_sound());
    }
}
