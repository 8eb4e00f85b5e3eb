/// Trees whose values add up to a score: the logarithm of the odds, where they were fitted on a yes or no.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Forest {
    /// The score before any tree.
    pub(super) base: f64,
    pub(super) trees: Vec<Vec<Node>>,
}

/// A node of a tree; node 0 is the root.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Node {
    /// What a row that gets here scores at least, were the tree to end here; the score itself in a leaf.
    pub value: f32,
    /// Where rows go on to; a leaf has none.
    pub split: Option<Split>,
}

/// A question that parts rows.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Split {
    /// The column asked about.
    pub column: u16,
    /// Up to here, rows go to `below`.
    pub threshold: f32,
    /// Whether rows of which the number is not known go to `below` too.
    pub missing_below: bool,
    /// The node of rows up to the threshold.
    pub below: u16,
    /// The node of rows above it.
    pub above: u16,
}

impl Forest {
    /// The score of a row. NaN is a number that is not known.
    pub fn score(&self, row: &[f32]) -> f64 {
        self.trees
            .iter()
            .fold(self.base, |score, tree| score + f64::from(path(tree, row).last().map_or(0.0, |node| node.value)))
    }

    /// How much each column moved the score of a row: along each tree's path, the change of value at the questions about
    /// it (Saabas 2014, "Interpreting random forests"). With the returned base they add up to the score.
    pub fn explain(&self, row: &[f32], columns: usize) -> (f64, Vec<f64>) {
        let (mut base, mut moved) = (self.base, vec![0.0; columns]);
        for tree in &self.trees {
            let mut before: Option<&Node> = None;
            for node in path(tree, row) {
                match before.and_then(|before| Some((before, before.split?))) {
                    Some((before, split)) => {
                        if let Some(moved) = moved.get_mut(usize::from(split.column)) {
                            *moved += f64::from(node.value) - f64::from(before.value);
                        }
                    }
                    None => base += f64::from(node.value),
                }
                before = Some(node);
            }
        }
        (base, moved)
    }

    /// How many trees there are.
    pub fn len(&self) -> usize {
        self.trees.len()
    }

    /// Whether there is none, so that all rows score the same.
    pub fn is_empty(&self) -> bool {
        self.trees.is_empty()
    }
}

/// The nodes that a row passes, from the root to its leaf. Children come behind their parents, so it ends.
fn path<'a>(tree: &'a [Node], row: &'a [f32]) -> impl Iterator<Item = &'a Node> {
    let mut next = tree.first();
    std::iter::from_fn(move || {
        let node = next?;
        next = node.split.and_then(|split| {
            let value = row.get(usize::from(split.column)).copied().unwrap_or(f32::NAN);
            let is_below = if value.is_nan() { split.missing_below } else { value <= split.threshold };
            tree.get(usize::from(if is_below { split.below } else { split.above }))
        });
        Some(node)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(value: f32) -> Node {
        Node { value, split: None }
    }

    #[test]
    fn explanations_add_up() {
        let split = Split { column: 1, threshold: 0.5, missing_below: true, below: 1, above: 2 };
        let root = Node { value: 0.25, split: Some(split) };
        let forest = Forest { base: -1.0, trees: vec![vec![root, leaf(-0.5), leaf(2.0)]] };
        for (row, score) in [([0.0, 0.5], -1.5), ([0.0, 0.6], 1.0), ([0.0, f32::NAN], -1.5)] {
            assert_eq!(forest.score(&row), score);
            let (base, moved) = forest.explain(&row, 2);
            assert_eq!(moved[0], 0.0);
            assert_eq!(base + moved.iter().sum::<f64>(), score);
        }
    }
}
