use types::Rng;

use super::bins::{BINS_MAX, BinnedRows, MISSING, PANEL};
use super::forest::{Forest, ForestColumn, LEAVES_MAX};
use super::grow::Grower;
use super::histogram::{Derivatives, Words};
use super::objective::{Objective, Task};
use super::rows::{TrainingRows, TreeColumn};
use super::scored::Scored;
use super::{LambdaMart, TreesError};

/// Makes a [`Forest`] of [`TrainingRows`].
///
/// ```
/// use learn::trees::{Objective, TrainingRows, TreeColumn, TreeTrainer};
/// use types::Rng;
///
/// let rows = TrainingRows {
///     columns: vec![TreeColumn { name: "price".into(), version: 1 }],
///     values: vec![(0..100).map(|row| row as f32).collect()],
///     labels: (0..100).map(|row| f32::from(row >= 50)).collect(),
///     ..TrainingRows::default()
/// };
/// let trainer = TreeTrainer { objective: Objective::Logistic, ..TreeTrainer::default() };
/// let (forest, report) = trainer.fit(&rows, None, &mut Rng::new(1))?;
/// assert_eq!(report.trees, 100);
/// assert!(forest.score_row(&[80.0]) > 2.0 && forest.score_row(&[20.0]) < -2.0);
/// # Ok::<(), learn::trees::TreesError>(())
/// ```
#[derive(Clone, PartialEq, Debug)]
pub struct TreeTrainer {
    /// What is learnt.
    pub objective: Objective,
    /// Trees at most, 1 to 100,000.
    pub trees_max: usize,
    /// Leaves a tree at most, 2 to 4,096; trees of up to 64 are served fastest. A growing tree takes 32 KiB a leaf for
    /// every 16 columns.
    pub leaves_max: usize,
    /// Questions from root to leaf at most; 0 for any number.
    pub depth_max: usize,
    /// Different columns asked about from root to leaf at most: 1 makes a sum of functions of one column each, 2 lets two
    /// interact; 0 for any number.
    pub path_columns_max: usize,
    /// Share of each tree's values that is added, above 0 up to 1.
    pub learning_rate: f64,
    /// Bins a column at most, 2 to 255.
    pub bins_max: usize,
    /// Rows a leaf at least.
    pub min_rows: usize,
    /// Sum of second derivatives a leaf at least.
    pub min_hessian: f64,
    /// Gain a question at least.
    pub min_gain: f64,
    /// Added to the sum of second derivatives: draws values of leaves to 0.
    pub l2: f64,
    /// Share of columns drawn for each tree, above 0 up to 1.
    pub columns_share: f64,
    /// Share of groups (of rows, where there are none) drawn for each tree, above 0 up to 1; all where none is drawn.
    pub rows_share: f64,
    /// Columns whose score may only go one way.
    pub monotone: Vec<(String, Direction)>,
    /// Trees without a better quality of the held-out rows after which it ends; 0 for never.
    pub patience: usize,
}

/// How a score may follow a column, all else the same. Missing values are outside the order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    /// In any way.
    Any,
    /// A larger value never scores less.
    Rising,
    /// A larger value never scores more.
    Falling,
}

/// How a training went.
#[derive(Clone, PartialEq, Debug)]
pub struct TreeReport {
    /// Trees kept.
    pub trees: usize,
    /// Trees grown; more than kept where the last ones did the held-out rows no good.
    pub grown: usize,
    /// Rows trained on.
    pub rows: usize,
    /// Of them, rows that count nothing.
    pub weightless: usize,
    /// Groups trained on; 0 where there are none.
    pub groups: usize,
    /// Of ranking: groups in which no row is better than another.
    pub groups_even: usize,
    /// Columns with one value only, which no tree can ask about.
    pub constant: Vec<String>,
    /// Quality of the held-out rows before any tree and after each: mean nDCG@k of groups in which something gains, or
    /// the negative of log-loss or squared error; empty without held-out rows.
    pub held_out: Vec<f64>,
}

impl Default for TreeTrainer {
    fn default() -> Self {
        Self {
            objective: Objective::LambdaMart(LambdaMart::default()),
            trees_max: 100,
            leaves_max: 31,
            depth_max: 0,
            path_columns_max: 0,
            learning_rate: 0.1,
            bins_max: BINS_MAX,
            min_rows: 20,
            min_hessian: 1e-3,
            min_gain: 0.0,
            l2: 1.0,
            columns_share: 1.0,
            rows_share: 1.0,
            monotone: Vec::new(),
            patience: 20,
        }
    }
}

impl TreeTrainer {
    /// Trains. With `held_out` rows, the trees after the best quality there are cut off; the columns of both must be
    /// the same. The same rows, settings and seed give the same forest with any number of threads.
    ///
    /// # Errors
    /// Settings, values, lengths or labels out of range; a monotone column that is not there; nothing to learn from.
    pub fn fit(
        &self,
        rows: &TrainingRows,
        held_out: Option<&TrainingRows>,
        rng: &mut Rng,
    ) -> Result<(Forest, TreeReport), TreesError> {
        self.check()?;
        let directions = self.directions(&rows.columns)?;
        let mut training = Scored::new(self.objective, rows)?;
        let informative = training.task.informative();
        if informative == 0 {
            let (rows, groups) = (rows.rows(), rows.group_sizes.len());
            return Err(TreesError::NothingToLearn { rows, groups });
        }
        // Margins already stand for the mean: then trees start from nothing.
        let base = if rows.margins.is_empty() { training.task.base() } else { 0.0 };
        training.start(base);
        let mut watched = held_out.map(|rows| Scored::new(self.objective, rows)).transpose()?;
        let columns: Vec<ForestColumn> = rows.columns.iter().zip(&rows.values).map(describe).collect();
        let mut forest = Forest { objective: self.objective, columns, base, trees: Vec::new() };
        if let Some(watched) = &mut watched {
            forest.fits(&watched.rows.columns)?;
            watched.check_beside(rows)?;
            watched.start(base);
        }
        let binned = BinnedRows::new(&rows.values, rows.rows(), self.bins_max, rng);
        let report = self.report(rows, &training.task, &binned, informative);
        // Inside the pool, so that the many small steps need not be handed over one by one.
        let curve =
            rayon::scope(|_| self.boost(&mut forest, &binned, &directions, &mut training, watched.as_mut(), rng));
        let grown = forest.trees.len();
        if !curve.is_empty() {
            forest.trees.truncate(best_of(&curve));
        }
        let report = TreeReport { trees: forest.trees.len(), grown, held_out: curve, ..report };
        Ok((forest, report))
    }

    /// Adds trees until there are enough, none helps the held-out rows, or none can be grown.
    fn boost(
        &self,
        forest: &mut Forest,
        binned: &BinnedRows,
        directions: &[Direction],
        training: &mut Scored<'_>,
        mut watched: Option<&mut Scored<'_>>,
        rng: &mut Rng,
    ) -> Vec<f64> {
        let mut curve: Vec<f64> = watched.iter().map(|watched| watched.quality()).collect();
        let usable: Vec<usize> = (0..binned.bounds.len()).filter(|column| is_usable(binned, *column)).collect();
        let mut derivatives = Derivatives::default();
        while forest.trees.len() < self.trees_max && !usable.is_empty() {
            training.task.derivatives(&training.scores, &mut derivatives);
            let rows = self.draw_rows(&training.task, rng);
            let columns = draw_columns(&usable, self.columns_share, rng);
            let Some(words) = Words::round(&derivatives, rng.next_u64()) else { break };
            let pairs = &derivatives.pairs;
            let is_whole = rows.len() == training.scores.len();
            let grown = Grower { settings: self, binned, directions, words: &words, pairs }.grow(rows, &columns);
            if grown.tree.nodes.is_empty() && self.rows_share >= 1.0 && self.columns_share >= 1.0 {
                break;
            }
            if is_whole {
                training.add_grown(&grown)
            } else {
                training.add(&grown.tree)
            }
            if let Some(watched) = watched.as_deref_mut() {
                watched.add(&grown.tree);
                curve.push(watched.quality());
            }
            forest.trees.push(grown.tree);
            if self.patience > 0 && curve.len() > best_of(&curve) + self.patience {
                break;
            }
        }
        curve
    }

    fn draw_rows(&self, task: &Task<'_>, rng: &mut Rng) -> Vec<u32> {
        if self.rows_share >= 1.0 {
            return (0..task.labels.len() as u32).collect();
        }
        let drawn = task.groups.iter().filter(|_| rng.unit() < self.rows_share);
        let rows: Vec<u32> = drawn.flat_map(|(start, end)| *start as u32..*end as u32).collect();
        if rows.is_empty() { (0..task.labels.len() as u32).collect() } else { rows }
    }

    fn directions(&self, columns: &[TreeColumn]) -> Result<Vec<Direction>, TreesError> {
        let mut directions = vec![Direction::Any; columns.len()];
        for (name, direction) in &self.monotone {
            let place = columns.iter().position(|column| *column.name == **name);
            let place = place.ok_or_else(|| TreesError::UnknownColumn { name: name.as_str().into() })?;
            directions[place] = *direction;
        }
        Ok(directions)
    }

    fn report(&self, rows: &TrainingRows, task: &Task<'_>, binned: &BinnedRows, informative: usize) -> TreeReport {
        let constant = rows.columns.iter().enumerate().filter(|(column, _)| !is_usable(binned, *column));
        let groups = rows.group_sizes.len();
        let is_ranking = matches!(self.objective, Objective::LambdaMart(_));
        TreeReport {
            trees: 0,
            grown: 0,
            rows: rows.rows(),
            weightless: task.weights.iter().filter(|weight| **weight == 0.0).count(),
            groups,
            groups_even: if is_ranking { groups - informative } else { 0 },
            constant: constant.map(|(_, column)| column.name.to_string()).collect(),
            held_out: Vec::new(),
        }
    }

    fn check(&self) -> Result<(), TreesError> {
        let share = |share: f64| share > 0.0 && share <= 1.0;
        let size = |size: f64| size >= 0.0 && size.is_finite();
        let mut checks = vec![
            ("trees_max", "1 to 100,000", self.trees_max as f64, (1..=100_000).contains(&self.trees_max)),
            ("leaves_max", "2 to 4,096", self.leaves_max as f64, (2..=LEAVES_MAX).contains(&self.leaves_max)),
            ("bins_max", "2 to 255", self.bins_max as f64, (2..=BINS_MAX).contains(&self.bins_max)),
            ("learning_rate", "above 0 up to 1", self.learning_rate, share(self.learning_rate)),
            ("columns_share", "above 0 up to 1", self.columns_share, share(self.columns_share)),
            ("rows_share", "above 0 up to 1", self.rows_share, share(self.rows_share)),
            ("min_hessian", "0 or more", self.min_hessian, size(self.min_hessian)),
            ("min_gain", "0 or more", self.min_gain, size(self.min_gain)),
            ("l2", "0 or more", self.l2, size(self.l2)),
        ];
        if let Objective::LambdaMart(settings) = self.objective {
            let (places, sigmoid) = (settings.places, settings.sigmoid);
            checks.push(("places", "1 to 10,000", places as f64, (1..=10_000).contains(&places)));
            checks.push(("sigmoid", "above 0 up to 100", sigmoid, sigmoid > 0.0 && sigmoid <= 100.0));
        }
        match checks.into_iter().find(|(.., is_fine)| !is_fine) {
            None => Ok(()),
            Some((setting, expected, got, _)) => Err(TreesError::Setting { setting, expected, got }),
        }
    }
}

/// Trees after which a curve of qualities, which begins before the first tree, is highest; the fewest of equals.
fn best_of(curve: &[f64]) -> usize {
    let best = |best: usize, place: usize| if curve[place] > curve[best] { place } else { best };
    (0..curve.len()).fold(0, best)
}

/// Whether a column has two values, missing counted as one.
fn is_usable(binned: &BinnedRows, column: usize) -> bool {
    let panel = &binned.panels[column / PANEL];
    let is_missing = |bins: &[u8; PANEL]| bins[column % PANEL] == MISSING;
    binned.bins(column) > 1 || (panel.iter().any(is_missing) && !panel.iter().all(is_missing))
}

fn draw_columns(usable: &[usize], share: f64, rng: &mut Rng) -> Vec<usize> {
    if share >= 1.0 {
        return usable.to_vec();
    }
    let mut columns = usable.to_vec();
    rng.shuffle(&mut columns);
    columns.truncate(((usable.len() as f64 * share).round() as usize).max(1));
    columns.sort_unstable();
    columns
}

fn describe((column, values): (&TreeColumn, &Vec<f32>)) -> ForestColumn {
    let add = |(count, sum, squares): (f64, f64, f64), value: &f32| {
        let value = f64::from(*value);
        if value.is_nan() { (count, sum, squares) } else { (count + 1.0, sum + value, squares + value * value) }
    };
    let (count, sum, squares) = values.iter().fold((0.0, 0.0, 0.0), add);
    let mean = if count > 0.0 { sum / count } else { 0.0 };
    let variance = if count > 0.0 { (squares / count - mean * mean).max(0.0) } else { 0.0 };
    // Less is what rounding leaves of a constant.
    let is_spread = variance > 0.0 && variance > 1e-12 * mean * mean;
    let spread = if is_spread { (variance.sqrt() as f32).max(f32::MIN_POSITIVE) } else { 1.0 };
    ForestColumn { column: column.clone(), mean: mean as f32, spread }
}
