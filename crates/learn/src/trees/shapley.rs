//! Exact Shapley values of a forest's score, path-dependent (Lundberg, Erion and Lee 2018, "Consistent individualized
//! feature attribution for tree ensembles", arXiv:1802.03888, algorithm 2). A column that is not known sends a row both
//! ways, in proportion to the training rows that went there; a column's value is its mean effect over all orders in which
//! columns become known.

use super::forest::{Child, Forest, Tree};

/// A column on the way from the root.
#[derive(Clone, Copy)]
struct Step {
    /// `None` for the root's.
    column: Option<u32>,
    /// Share of training rows that go on where the column is not known.
    unknown: f64,
    /// Whether (1 or 0) this row goes on where it is known.
    known: f64,
    /// Weight of the sets of columns of a size, with this one known.
    weight: f64,
}

impl Forest {
    /// The mean score over training rows, and what each column adds to it for a row (one value a column, NaN for missing).
    /// Mean and additions sum to the score.
    ///
    /// # Panics
    /// Where there is not one value a column: the caller's bug.
    pub fn attribute(&self, values: &[f32]) -> (f64, Vec<f64>) {
        assert_eq!(values.len(), self.columns.len(), "one value a column");
        let mut additions = vec![0.0; values.len()];
        let mut mean = f64::from(self.base);
        let leaves = self.trees.iter().map(|tree| tree.leaves.len()).max().unwrap_or(0);
        // A path has no more steps than the tree leaves, and the root's.
        let inverse: Vec<f64> = (0..leaves + 2).map(|number| (number as f64).recip()).collect();
        for tree in &self.trees {
            mean += expected(tree);
            let walk = Walk { tree, values, inverse: &inverse };
            let root = Step { column: None, unknown: 1.0, known: 1.0, weight: 0.0 };
            walk.descend(tree.root(), Vec::new(), root, &mut additions);
        }
        (mean, additions)
    }
}

/// Mean value of a tree over its training rows.
fn expected(tree: &Tree) -> f64 {
    let sum: f64 = tree.leaves.iter().map(|leaf| f64::from(leaf.value) * f64::from(leaf.rows)).sum();
    sum / f64::from(tree.rows(tree.root()))
}

struct Walk<'a> {
    tree: &'a Tree,
    values: &'a [f32],
    /// One over each number.
    inverse: &'a [f64],
}

impl Walk<'_> {
    fn descend(&self, child: Child, mut path: Vec<Step>, step: Step, additions: &mut [f64]) {
        extend(&mut path, step);
        let node = match child {
            Child::Leaf(leaf) => {
                self.add_leaf(&path, f64::from(self.tree.leaves[leaf as usize].value), additions);
                return;
            }
            Child::Node(node) => &self.tree.nodes[node as usize],
        };
        let goes_left = node.goes_left(self.values[node.column as usize]);
        let (hot, cold) = if goes_left { (node.left, node.right) } else { (node.right, node.left) };
        let (mut unknown, mut known) = (1.0, 1.0);
        // A column asked about before is one player, not two: its earlier step is taken back.
        if let Some(place) = path.iter().position(|step| step.column == Some(node.column)) {
            (unknown, known) = (path[place].unknown, path[place].known);
            unwind(&mut path, place);
        }
        let share = |child| unknown * f64::from(self.tree.rows(child)) / f64::from(node.rows);
        let step = |unknown, known| Step { column: Some(node.column), unknown, known, weight: 0.0 };
        self.descend(hot, path.clone(), step(share(hot), known), additions);
        self.descend(cold, path, step(share(cold), 0.0), additions);
    }

    /// What a leaf's value adds to the columns on the way to it.
    fn add_leaf(&self, path: &[Step], value: f64, additions: &mut [f64]) {
        let last = path.len() - 1;
        // A step that this row does not go along takes away the same whichever it is: its own share cancels out.
        let cold: f64 = (0..last).map(|at| path[at].weight * self.inverse[last - at]).sum::<f64>() * (last + 1) as f64;
        for (place, step) in path.iter().enumerate().skip(1) {
            let Some(column) = step.column else { continue };
            let part =
                if step.known == 0.0 { -cold } else { self.weight_without(path, place) * (step.known - step.unknown) };
            additions[column as usize] += part * value;
        }
    }

    /// Sum of the weights once a step that this row goes along is taken back.
    fn weight_without(&self, path: &[Step], place: usize) -> f64 {
        let last = path.len() - 1;
        let sizes = (last + 1) as f64;
        let share = path[place].unknown * self.inverse[last + 1];
        let (mut next, mut sum) = (path[last].weight, 0.0);
        for at in (0..last).rev() {
            let weight = next * (sizes * self.inverse[at + 1]);
            sum += weight;
            next = path[at].weight - weight * (share * (last - at) as f64);
        }
        sum
    }
}

/// Adds a step: sets of each size grow by those that hold it.
fn extend(path: &mut Vec<Step>, step: Step) {
    let length = path.len();
    path.push(Step { weight: if length == 0 { 1.0 } else { 0.0 }, ..step });
    let sizes = (length + 1) as f64;
    for place in (0..length).rev() {
        path[place + 1].weight += step.known * path[place].weight * (place + 1) as f64 / sizes;
        path[place].weight *= step.unknown * (length - place) as f64 / sizes;
    }
}

/// Takes a step back.
fn unwind(path: &mut Vec<Step>, place: usize) {
    let last = path.len() - 1;
    let (known, unknown) = (path[place].known, path[place].unknown);
    let sizes = (last + 1) as f64;
    let mut next = path[last].weight;
    for at in (0..last).rev() {
        if known != 0.0 {
            let weight = path[at].weight;
            path[at].weight = next * sizes / ((at + 1) as f64 * known);
            next = weight - path[at].weight * unknown * (last - at) as f64 / sizes;
        } else {
            path[at].weight *= sizes / (unknown * (last - at) as f64);
        }
    }
    for at in place..last {
        let Step { column, unknown, known, .. } = path[at + 1];
        path[at] = Step { column, unknown, known, weight: path[at].weight };
    }
    path.pop();
}
