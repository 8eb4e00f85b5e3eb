use types::Rng;

use super::{Forest, Node, Split};

/// Values of a column are told apart in at most so many steps.
const BINS_MAX: usize = 64;

/// A column of the rows that a forest is fitted on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// 1 where the score may only rise with it, -1 where it may only fall, 0 where it may do either.
    pub direction: i8,
}

/// Rows of numbers, one behind the other; NaN is a number that is not known.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    width: usize,
    values: Vec<f32>,
}

impl Rows {
    /// No rows yet, of `width` numbers each.
    pub fn new(width: usize) -> Self {
        Self { width, values: Vec::new() }
    }

    /// Adds a row.
    ///
    /// # Panics
    /// Where it is not as wide as the others: the caller's bug.
    pub fn push(&mut self, row: &[f32]) {
        assert_eq!(row.len(), self.width, "all rows are of one width");
        self.values.extend_from_slice(row);
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.values.len().checked_div(self.width).unwrap_or(0)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One of them.
    pub fn row(&self, at: usize) -> &[f32] {
        &self.values[at * self.width..(at + 1) * self.width]
    }
}

/// Fits a forest to yes and no by gradient boosting with second derivatives (Friedman 2001, "Greedy function
/// approximation", Annals of Statistics 29; Chen and Guestrin 2016, "XGBoost", KDD): each tree, grown by its best leaf,
/// lessens the logistic loss that is left.
#[derive(Clone, PartialEq, Debug)]
pub struct ForestTrainer {
    /// Trees.
    pub rounds: usize,
    /// What share of a tree's values is added.
    pub step: f64,
    /// Leaves a tree has at most.
    pub leaves_max: usize,
    /// Rows a leaf has at least.
    pub leaf_rows_min: usize,
    /// How strongly the values of leaves are drawn to 0.
    pub shrinkage: f64,
    /// The share of columns that each leaf may ask about, drawn by chance.
    pub columns_share: f64,
    /// Whether columns' directions are kept to.
    pub keeps_directions: bool,
}

impl Default for ForestTrainer {
    fn default() -> Self {
        Self {
            rounds: 250,
            step: 0.05,
            leaves_max: 8,
            leaf_rows_min: 15,
            shrinkage: 1.0,
            columns_share: 0.4,
            keeps_directions: false,
        }
    }
}

impl ForestTrainer {
    /// Fits a forest on the rows named by `chosen`.
    ///
    /// # Panics
    /// Where `rows`, `columns` and `labels` do not fit together: the caller's bug.
    pub fn fit(&self, rows: &Rows, columns: &[Column], labels: &[bool], chosen: &[usize], rng: &mut Rng) -> Forest {
        assert_eq!(rows.width, columns.len(), "one column a number");
        assert_eq!(rows.len(), labels.len(), "one label a row");
        if chosen.is_empty() {
            return Forest::default();
        }
        let binned = Binned::new(rows, chosen);
        let labels: Vec<f64> = chosen.iter().map(|row| f64::from(u8::from(labels[*row]))).collect();
        let share = (labels.iter().sum::<f64>() + 0.5) / (labels.len() as f64 + 1.0);
        let base = (share / (1.0 - share)).ln();
        let mut scores = vec![base; labels.len()];
        let mut forest = Forest { base, trees: Vec::with_capacity(self.rounds) };
        for _ in 0..self.rounds {
            let slopes: Vec<(f64, f64)> = scores
                .iter()
                .zip(&labels)
                .map(|(score, label)| {
                    let chance = 1.0 / (1.0 + (-score).exp());
                    (label - chance, (chance * (1.0 - chance)).max(1e-12))
                })
                .collect();
            let mut growth = Growth { trainer: self, binned: &binned, columns, slopes: &slopes, nodes: Vec::new() };
            for (rows, value) in growth.grow(rng) {
                rows.iter().for_each(|row| scores[*row as usize] += value);
            }
            forest.trees.push(growth.nodes);
        }
        forest
    }
}

/// Numbers as steps: 0 for one that is not known, else 1 more than the thresholds below it.
struct Binned {
    rows: usize,
    /// By column, then by row.
    bins: Vec<Vec<u8>>,
    thresholds: Vec<Vec<f32>>,
}

impl Binned {
    fn new(rows: &Rows, chosen: &[usize]) -> Self {
        let mut binned = Self { rows: chosen.len(), bins: Vec::new(), thresholds: Vec::new() };
        for column in 0..rows.width {
            let values: Vec<f32> = chosen.iter().map(|row| rows.row(*row)[column]).collect();
            let thresholds = thresholds(&values);
            let bin = |value: &f32| match value.is_nan() {
                true => 0,
                false => 1 + thresholds.partition_point(|threshold| threshold < value) as u8,
            };
            binned.bins.push(values.iter().map(bin).collect());
            binned.thresholds.push(thresholds);
        }
        binned
    }
}

/// Middles between neighbouring values, thinned out to about as many rows between each two.
fn thresholds(values: &[f32]) -> Vec<f32> {
    let mut sorted: Vec<f32> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    sorted.sort_by(f32::total_cmp);
    let step = (sorted.len() / BINS_MAX).max(1);
    let mut thresholds: Vec<f32> = Vec::new();
    let mut last = 0;
    for at in 1..sorted.len() {
        let (below, above) = (sorted[at - 1], sorted[at]);
        if below < above && (at - last >= step) {
            let middle = below + (above - below) / 2.0;
            thresholds.push(if middle < above { middle } else { below });
            last = at;
        }
    }
    thresholds.truncate(usize::from(u8::MAX) - 1);
    thresholds
}

/// A tree under way.
struct Growth<'a> {
    trainer: &'a ForestTrainer,
    binned: &'a Binned,
    columns: &'a [Column],
    slopes: &'a [(f64, f64)],
    nodes: Vec<Node>,
}

struct Leaf {
    node: usize,
    rows: Vec<u32>,
    /// Between which values it must stay, for the directions.
    bounds: (f64, f64),
    best: Option<Best>,
}

struct Best {
    gain: f64,
    column: usize,
    /// The last bin below.
    bin: usize,
    missing_below: bool,
}

/// Sums of first and second derivatives, and rows.
#[derive(Clone, Copy, Default)]
struct Sums {
    slope: f64,
    curve: f64,
    rows: u32,
}

impl Sums {
    fn add(&mut self, (slope, curve): (f64, f64)) {
        self.slope += slope;
        self.curve += curve;
        self.rows += 1;
    }

    fn plus(self, other: Self) -> Self {
        Self { slope: self.slope + other.slope, curve: self.curve + other.curve, rows: self.rows + other.rows }
    }

    fn less(self, other: Self) -> Self {
        Self { slope: self.slope - other.slope, curve: self.curve - other.curve, rows: self.rows - other.rows }
    }
}

impl Growth<'_> {
    /// Grows the tree; returns the rows of each leaf with its value.
    fn grow(&mut self, rng: &mut Rng) -> Vec<(Vec<u32>, f64)> {
        let all: Vec<u32> = (0..self.binned.rows as u32).collect();
        let mut leaves = vec![self.leaf(all, (f64::NEG_INFINITY, f64::INFINITY), rng)];
        while leaves.len() < self.trainer.leaves_max.max(1) {
            let gain = |leaf: &Leaf| leaf.best.as_ref().map_or(0.0, |best| best.gain);
            let Some(at) = (0..leaves.len()).max_by(|a, b| gain(&leaves[*a]).total_cmp(&gain(&leaves[*b]))) else {
                break;
            };
            if gain(&leaves[at]) <= 1e-9 {
                break;
            }
            let leaf = leaves.swap_remove(at);
            let Some(best) = leaf.best else { break };
            let (below, above) = self.split(leaf.node, leaf.rows, &best, leaf.bounds, rng);
            leaves.extend([below, above]);
        }
        leaves.into_iter().map(|leaf| (leaf.rows, f64::from(self.nodes[leaf.node].value))).collect()
    }

    fn leaf(&mut self, rows: Vec<u32>, bounds: (f64, f64), rng: &mut Rng) -> Leaf {
        let mut sums = Sums::default();
        rows.iter().for_each(|row| sums.add(self.slopes[*row as usize]));
        let value = self.value(sums).clamp(bounds.0, bounds.1) * self.trainer.step;
        let node = self.nodes.len();
        self.nodes.push(Node { value: value as f32, split: None });
        let best = self.best_split(&rows, sums, bounds, rng);
        Leaf { node, rows, bounds, best }
    }

    fn split(&mut self, node: usize, rows: Vec<u32>, best: &Best, bounds: (f64, f64), rng: &mut Rng) -> (Leaf, Leaf) {
        let bins = &self.binned.bins[best.column];
        let is_below = |row: &u32| match usize::from(bins[*row as usize]) {
            0 => best.missing_below,
            bin => bin <= best.bin,
        };
        let (below, above): (Vec<u32>, Vec<u32>) = rows.into_iter().partition(is_below);
        let sums = |rows: &[u32]| {
            let mut sums = Sums::default();
            rows.iter().for_each(|row| sums.add(self.slopes[*row as usize]));
            sums
        };
        let middle = (self.value(sums(&below)) + self.value(sums(&above))) / 2.0;
        let middle = middle.clamp(bounds.0, bounds.1);
        let (low, high) = match self.direction(best.column) {
            0 => (bounds, bounds),
            1 => ((bounds.0, middle), (middle, bounds.1)),
            _ => ((middle, bounds.1), (bounds.0, middle)),
        };
        let threshold = self.binned.thresholds[best.column].get(best.bin - 1).copied().unwrap_or(f32::INFINITY);
        let (below, above) = (self.leaf(below, low, rng), self.leaf(above, high, rng));
        self.nodes[node].split = Some(Split {
            column: best.column as u16,
            threshold,
            missing_below: best.missing_below,
            below: below.node as u16,
            above: above.node as u16,
        });
        (below, above)
    }

    fn best_split(&self, rows: &[u32], all: Sums, bounds: (f64, f64), rng: &mut Rng) -> Option<Best> {
        let mut best: Option<Best> = None;
        for column in 0..self.columns.len() {
            if rng.unit() >= self.trainer.columns_share {
                continue;
            }
            let count = self.binned.thresholds[column].len() + 1;
            let mut sums = vec![Sums::default(); count + 1];
            let bins = &self.binned.bins[column];
            rows.iter().for_each(|row| sums[usize::from(bins[*row as usize])].add(self.slopes[*row as usize]));
            let missing = sums[0];
            for missing_below in [false, true] {
                let mut below = if missing_below { missing } else { Sums::default() };
                // The last step may only be asked about where it parts the known from the unknown.
                let last = if !missing_below && missing.rows > 0 { count } else { count - 1 };
                for (bin, step) in sums.iter().enumerate().take(last + 1).skip(1) {
                    below = below.plus(*step);
                    let gain = self.gain(below, all.less(below), all, column, bounds);
                    if gain > best.as_ref().map_or(0.0, |best| best.gain) {
                        best = Some(Best { gain, column, bin, missing_below });
                    }
                }
                if missing.rows == 0 {
                    break;
                }
            }
        }
        best
    }

    fn gain(&self, below: Sums, above: Sums, all: Sums, column: usize, bounds: (f64, f64)) -> f64 {
        let rows_min = self.trainer.leaf_rows_min.max(1) as u32;
        if below.rows < rows_min || above.rows < rows_min {
            return 0.0;
        }
        let (low, high) = (self.value(below).clamp(bounds.0, bounds.1), self.value(above).clamp(bounds.0, bounds.1));
        if (high - low) * f64::from(self.direction(column)) < 0.0 {
            return 0.0;
        }
        let part = |sums: Sums| sums.slope * sums.slope / (sums.curve + self.trainer.shrinkage);
        part(below) + part(above) - part(all)
    }

    fn value(&self, sums: Sums) -> f64 {
        sums.slope / (sums.curve + self.trainer.shrinkage)
    }

    fn direction(&self, column: usize) -> i8 {
        if self.trainer.keeps_directions { self.columns[column].direction } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 3] = [
        Column { name: "signal", direction: 1 },
        Column { name: "noise", direction: 0 },
        Column { name: "sometimes", direction: 0 },
    ];

    fn data(seed: u64) -> (Rows, Vec<bool>) {
        let mut rng = Rng::new(seed);
        let (mut rows, mut labels) = (Rows::new(3), Vec::new());
        for _ in 0..600 {
            let signal = rng.unit() as f32;
            let sometimes = if rng.unit() < 0.5 { f32::NAN } else { rng.unit() as f32 };
            rows.push(&[signal, rng.unit() as f32, sometimes]);
            labels.push(signal > 0.6 && (sometimes.is_nan() || sometimes <= 0.5));
        }
        (rows, labels)
    }

    #[test]
    fn learns_thresholds_and_what_missing_means() {
        let (rows, labels) = data(1);
        let chosen: Vec<usize> = (0..rows.len()).collect();
        let trainer = ForestTrainer { rounds: 60, ..ForestTrainer::default() };
        let forest = trainer.fit(&rows, &COLUMNS, &labels, &chosen, &mut Rng::new(2));
        let (fresh, truth) = data(3);
        let right = (0..fresh.len()).filter(|row| (forest.score(fresh.row(*row)) > 0.0) == truth[*row]).count();
        assert!(right > 570, "{right} of 600");
        let again = trainer.fit(&rows, &COLUMNS, &labels, &chosen, &mut Rng::new(2));
        assert_eq!(again, forest);
    }

    #[test]
    fn directions_are_kept() {
        let (rows, labels) = data(4);
        let chosen: Vec<usize> = (0..rows.len()).collect();
        let trainer = ForestTrainer { rounds: 40, keeps_directions: true, ..ForestTrainer::default() };
        let forest = trainer.fit(&rows, &COLUMNS, &labels, &chosen, &mut Rng::new(5));
        for row in 0..100 {
            let mut row = rows.row(row).to_vec();
            let mut before = f64::NEG_INFINITY;
            for step in 0..50 {
                row[0] = step as f32 / 50.0;
                let score = forest.score(&row);
                assert!(score >= before, "falls at {step}");
                before = score;
            }
        }
    }

    #[test]
    fn nothing_to_learn_from_gives_no_trees() {
        let forest = ForestTrainer::default().fit(&Rows::new(3), &COLUMNS, &[], &[], &mut Rng::new(1));
        assert!(forest.is_empty() && forest.score(&[0.0; 3]) == 0.0);
    }
}
