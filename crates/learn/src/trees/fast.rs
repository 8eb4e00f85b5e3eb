use super::forest::{Child, Forest, Tree};

/// Rows scored at a time.
pub(super) const BLOCK: usize = 64;
/// Leaves that fit into a word.
const LEAVES: usize = 64;

/// The columns of a block of rows; rows beyond the last one are 0.
pub(super) type Block = [[f32; BLOCK]];

/// A forest laid out for scoring many rows (after QuickScorer: Lucchese et al. 2015, SIGIR, here tree by tree and many
/// rows at once, as in V-QuickScorer: Lucchese et al. 2016). Each row has a word with one bit for each leaf of a tree;
/// a question answered "right" clears the leaves on its left, and the lowest bit that stays is the row's leaf. All
/// questions are asked, without a branch, so that a question takes a few vector instructions for a block of rows.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct FastForest {
    base: f64,
    questions: Vec<Question>,
    /// Values of leaves, tree after tree.
    values: Vec<f32>,
    /// Where each small tree's questions and values end.
    ends: Vec<(usize, usize)>,
    /// Trees with more leaves than fit, walked row by row.
    large: Vec<Tree>,
}

#[derive(Clone, Copy, PartialEq, Debug)]
struct Question {
    column: u32,
    missing_left: bool,
    threshold: f32,
    /// The leaves that are left where the answer is "right".
    right: u64,
}

impl FastForest {
    pub(super) fn new(forest: &Forest) -> Self {
        let mut fast = Self {
            base: f64::from(forest.base),
            questions: Vec::new(),
            values: Vec::new(),
            ends: Vec::new(),
            large: Vec::new(),
        };
        for tree in &forest.trees {
            if tree.leaves.len() > LEAVES {
                fast.large.push(tree.clone());
                continue;
            }
            fast.questions.extend(tree.nodes.iter().map(|node| {
                // Leaves are numbered from left to right, so those below a node are a stretch.
                let (start, end) = (first_leaf(tree, node.left), first_leaf(tree, node.right));
                let left = ((1u128 << end) - (1u128 << start)) as u64;
                let (column, threshold, missing_left) = (node.column, node.threshold, node.missing_left);
                Question { column, missing_left, threshold, right: !left }
            }));
            fast.values.extend(tree.leaves.iter().map(|leaf| leaf.value));
            fast.ends.push((fast.questions.len(), fast.values.len()));
        }
        fast
    }

    /// Scores a block of rows.
    #[inline(always)]
    pub(super) fn score(&self, block: &Block) -> [f64; BLOCK] {
        let mut scores = [self.base; BLOCK];
        let (mut question, mut value) = (0, 0);
        for (questions_end, values_end) in &self.ends {
            let mut left = [u64::MAX; BLOCK];
            for question in &self.questions[question..*questions_end] {
                ask(question, &block[question.column as usize], &mut left);
            }
            let values = &self.values[value..*values_end];
            for (score, left) in scores.iter_mut().zip(&left) {
                *score += f64::from(values[left.trailing_zeros() as usize]);
            }
            (question, value) = (*questions_end, *values_end);
        }
        for tree in &self.large {
            for (row, score) in scores.iter_mut().enumerate() {
                *score += f64::from(tree.value(|column| block[column as usize][row]));
            }
        }
        scores
    }
}

/// Clears the leaves that the answers exclude. A missing value compares as false, hence the two forms.
#[inline(always)]
fn ask(question: &Question, values: &[f32; BLOCK], left: &mut [u64; BLOCK]) {
    if question.missing_left {
        for (left, value) in left.iter_mut().zip(values) {
            *left &= if *value > question.threshold { question.right } else { u64::MAX };
        }
    } else {
        for (left, value) in left.iter_mut().zip(values) {
            *left &= if *value <= question.threshold { u64::MAX } else { question.right };
        }
    }
}

fn first_leaf(tree: &Tree, mut child: Child) -> u32 {
    loop {
        match child {
            Child::Leaf(leaf) => return leaf,
            Child::Node(node) => child = tree.nodes[node as usize].left,
        }
    }
}
