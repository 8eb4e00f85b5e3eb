use burn::optim::GradientsParams;
use burn::tensor::Tensor;
use neural::heads::Crf;
use serde::{Deserialize, Serialize};
use types::Rng;

use super::losses::{
    binary_cross_entropy, chain_loss, cross_entropy, margin_mse, mean_square, ordered_pairs, pairwise, places,
};
use super::predict::{outputs, pooled, word_rows};
use super::{HeadKind, HeadSpec, Headed, ScoreLoss, scores};
use crate::backend::Trainable;
use crate::data::{Example, Target, batch};
use crate::fit::{ClassWeights, Inner, Options, Part, Scores, Step, Task, Watch, by_length};
use crate::kernels::Kernels;
use crate::tune::{Allotment, Method};
use crate::{Error, Result};

/// Trains heads, and as much of the encoder under them as its [`Method`] says.
#[derive(Clone, Debug)]
pub struct HeadTask {
    /// The heads, in the network's order.
    pub specs: Vec<HeadSpec>,
    /// Examples to learn from.
    pub train: Vec<Example>,
    /// Examples that decide.
    pub validation: Vec<Example>,
    /// Examples to report on; where there are none those that decide are taken.
    pub test: Vec<Example>,
    /// Piece that fills up a batch.
    pub padding: u32,
    /// What is trained.
    pub method: Method,
    /// How losses of several heads are put together.
    pub balance: Balance,
    /// Texts whose labels the network is asked for and believed.
    pub pseudo: Option<Pseudo>,
    /// State of AdaLoRA.
    pub allotment: Allotment,
    /// For each head its classes' weights.
    class_weights: Vec<Option<Vec<f64>>>,
    /// Examples of [`Pseudo`] in use, and their labels.
    believed: Vec<(usize, usize)>,
}

/// How losses of several heads are put together.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Balance {
    /// Each times its head's weight.
    #[default]
    Fixed,
    /// Each divided by a variance that is learnt (Kendall et al. 2018).
    Uncertainty,
}

/// Unlabelled texts for the first head, which must tell classes: those of which the network is sure are learnt from as if
/// they had the label (Lee 2013).
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Pseudo {
    /// The texts.
    pub texts: Vec<Example>,
    /// Probability from which a label is believed.
    pub threshold: f64,
    /// Epochs before the network is first asked.
    pub from_epoch: u32,
}

impl HeadTask {
    /// A task for these heads.
    ///
    /// # Errors
    /// Where there is no example to learn from, or a head has one class only in them.
    pub fn new(specs: Vec<HeadSpec>, train: Vec<Example>, validation: Vec<Example>, padding: u32) -> Result<Self> {
        for (head, spec) in specs.iter().enumerate() {
            check_examples(spec, head, &train)?;
        }
        let class_weights = vec![None; specs.len()];
        Ok(Self {
            specs,
            train,
            validation,
            test: Vec::new(),
            padding,
            method: Method::Full,
            balance: Balance::Fixed,
            pseudo: None,
            allotment: Allotment::default(),
            class_weights,
            believed: Vec::new(),
        })
    }

    /// Weighs classes as the options say.
    ///
    /// # Errors
    /// Where weights are given, and not one for each class.
    pub fn weigh_classes(&mut self, weights: &ClassWeights) -> Result<()> {
        for (head, spec) in self.specs.iter().enumerate() {
            let HeadKind::Classes { labels } = &spec.kind else { continue };
            self.class_weights[head] = match weights {
                ClassWeights::Equal => None,
                ClassWeights::Balanced => Some(balanced(&self.train, head, labels.len())),
                ClassWeights::Given(weights) if weights.len() == labels.len() => Some(weights.clone()),
                ClassWeights::Given(weights) => {
                    let (got, expected) = (weights.len().to_string(), "one number for each class");
                    return Err(Error::Option { field: "class_weights", got, expected });
                }
            };
        }
        Ok(())
    }

    fn example(&self, at: usize) -> &Example {
        match at.checked_sub(self.train.len()) {
            None => &self.train[at],
            Some(extra) => &self.pseudo.as_ref().expect("believed texts are of it").texts[self.believed[extra].0],
        }
    }

    fn target(&self, at: usize, head: usize) -> Option<Target> {
        match at.checked_sub(self.train.len()) {
            None => self.train[at].target(head).cloned(),
            Some(extra) => (head == 0).then(|| Target::Class(self.believed[extra].1)),
        }
    }

    /// Loss of one head over the examples of a batch that it has targets for.
    fn head_loss<B: Trainable>(
        &self,
        net: &Headed<B>,
        head: usize,
        batch: &[usize],
        hidden: &Tensor<B, 3>,
        mask: &Tensor<B, 2>,
        step: &mut Step<'_>,
    ) -> Option<Tensor<B, 1>> {
        let spec = &self.specs[head];
        let targets: Vec<(usize, Target)> = batch
            .iter()
            .enumerate()
            .filter_map(|(row, at)| self.target(*at, head).map(|target| (row, target)))
            .collect();
        if targets.is_empty() {
            return None;
        }
        let options = step.options;
        if let HeadKind::Tags { labels, crf, .. } = &spec.kind {
            return self.tags_loss(net, head, (labels, *crf), batch, &targets, hidden, step);
        }
        let looked = pooled(hidden.clone(), mask, spec.pooling);
        let looked = if targets.len() == batch.len() {
            looked
        } else {
            let rows: Vec<usize> = targets.iter().map(|(row, _)| *row).collect();
            let device = looked.device();
            looked.select(0, places(&rows, &device))
        };
        let out = net.heads[head].forward(step.dropout(looked));
        let numbers: Vec<f32> =
            targets.iter().map(|(_, target)| if let Target::Number(number) = target { *number } else { 0.0 }).collect();
        match &spec.kind {
            HeadKind::Classes { .. } => {
                let classes: Vec<usize> = targets
                    .iter()
                    .map(|(_, target)| if let Target::Class(class) = target { *class } else { 0 })
                    .collect();
                let weights = self.class_weights[head].as_deref();
                Some(cross_entropy(out, &classes, weights, options.label_smoothing))
            }
            HeadKind::Value { mean, deviation } => {
                let wanted: Vec<f32> =
                    numbers.iter().map(|number| ((f64::from(*number) - mean) / deviation) as f32).collect();
                Some(mean_square(flat(out), &wanted))
            }
            HeadKind::Score { loss } => {
                let groups: Vec<u32> = targets.iter().map(|(row, _)| self.example(batch[*row]).group).collect();
                score_loss(*loss, flat(out), &numbers, &groups)
            }
            HeadKind::Tags { .. } => None,
        }
    }

    #[expect(clippy::too_many_arguments, reason = "what a head's loss depends on; called at one place")]
    fn tags_loss<B: Trainable>(
        &self,
        net: &Headed<B>,
        head: usize,
        (labels, crf): (&[String], bool),
        batch: &[usize],
        targets: &[(usize, Target)],
        hidden: &Tensor<B, 3>,
        step: &mut Step<'_>,
    ) -> Option<Tensor<B, 1>> {
        let pieces = hidden.dims()[1];
        let mut words = Vec::new();
        let mut sentences: Vec<&[usize]> = Vec::new();
        for (row, target) in targets {
            let Target::Tags(tags) = target else { continue };
            let places = &self.example(batch[*row]).places;
            let count = places.len().min(tags.len());
            words.extend(places[..count].iter().map(|place| row * pieces + place));
            if count > 0 {
                sentences.push(&tags[..count]);
            }
        }
        if words.is_empty() {
            return None;
        }
        let emissions = net.heads[head].forward(step.dropout(word_rows(hidden.clone(), &words)));
        if crf {
            return Some(chain_loss(&net.heads[head], emissions, &sentences, &Crf::bio_rules(labels)));
        }
        Some(cross_entropy(emissions, &sentences.concat(), None, step.options.label_smoothing))
    }

    /// The examples of a held-out part.
    pub fn part(&self, part: Part) -> &[Example] {
        match part {
            Part::Test if !self.test.is_empty() => &self.test,
            _ => &self.validation,
        }
    }
}

impl<B: Trainable> Task<B> for HeadTask {
    type Net = Headed<B>;

    fn examples(&self) -> usize {
        self.train.len() + self.believed.len()
    }

    fn length(&self, example: usize) -> usize {
        self.example(example).ids.len()
    }

    fn loss(&self, net: &Headed<B>, chosen: &[usize], step: &mut Step<'_>) -> Result<Tensor<B, 1>> {
        let device = net.encoder.words.val().device();
        let texts: Vec<&[u32]> = chosen.iter().map(|at| self.example(*at).ids.as_slice()).collect();
        let batch = batch::<B>(&texts, self.padding, &device);
        let hidden = encode(net, &batch, &self.method, step);
        let mut sum = Tensor::<B, 1>::zeros([1], &device);
        for head in 0..self.specs.len() {
            let Some(loss) = self.head_loss(net, head, chosen, &hidden, &batch.mask, step) else { continue };
            sum = sum + self.weighed(net, head, loss);
        }
        if let Method::AdaLora { orthogonality, .. } = self.method {
            sum = sum + skewness(net) * orthogonality;
        }
        Ok(sum)
    }

    fn evaluate(&self, net: &Inner<B, Self>, part: Part) -> Result<Scores> {
        let examples = self.part(part);
        let mut found = Vec::new();
        for (head, spec) in self.specs.iter().enumerate() {
            let known: Vec<&Example> = examples.iter().filter(|example| example.target(head).is_some()).collect();
            if known.is_empty() {
                continue;
            }
            let said = outputs(net, spec, head, &known, self.padding);
            let crf = net.heads[head].crf();
            found.push((spec, scores::of_head(spec, head, crf, &known, &said)));
        }
        Ok(scores::of_all(found))
    }

    fn batches(&self, options: &Options, rng: &mut Rng) -> Vec<Vec<usize>> {
        let in_groups = self
            .specs
            .iter()
            .any(|spec| matches!(spec.kind, HeadKind::Score { loss: ScoreLoss::Pairwise | ScoreLoss::Margin }));
        if in_groups {
            return by_group(&self.train, options, rng);
        }
        let all = Task::<B>::examples(self);
        let lengths: Vec<usize> = (0..all).map(|at| self.example(at).ids.len()).collect();
        by_length(&lengths, options, rng)
    }

    fn begin_epoch(&mut self, epoch: u32, net: &Inner<B, Self>, _rng: &mut Rng, _watch: &mut dyn Watch) -> Result<()> {
        let Some(pseudo) = self.pseudo.as_ref().filter(|pseudo| epoch >= pseudo.from_epoch) else { return Ok(()) };
        let texts: Vec<&Example> = pseudo.texts.iter().collect();
        let said = outputs(net, &self.specs[0], 0, &texts, self.padding);
        let sure = said.iter().enumerate().filter_map(|(at, logits)| {
            let shares = neural::heads::softmax(logits, 1.0);
            let best = (0..shares.len()).max_by(|a, b| shares[*a].total_cmp(&shares[*b]))?;
            (f64::from(shares[best]) >= pseudo.threshold).then_some((at, best))
        });
        self.believed = sure.collect();
        tracing::info!(epoch, texts = texts.len(), believed = self.believed.len(), "pseudo-labels");
        Ok(())
    }

    fn before_update(&mut self, mut net: Headed<B>, gradients: &mut GradientsParams, step: &Step<'_>) -> Headed<B> {
        if matches!(self.method, Method::AdaLora { .. }) {
            self.allotment.update(&self.method, &mut net.encoder, gradients, step.progress);
        }
        net
    }

    fn state(&self) -> Vec<u8> {
        serde_json::to_vec(&(&self.allotment, &self.believed)).expect("numbers are always JSON")
    }

    fn restore(&mut self, state: &[u8]) -> Result<()> {
        let wrong = |error: serde_json::Error| Error::Data(format!("the state of the heads cannot be read: {error}"));
        (self.allotment, self.believed) = serde_json::from_slice(state).map_err(wrong)?;
        Ok(())
    }
}

impl HeadTask {
    /// A head's loss as part of the whole: times its weight, or e^(−s) · loss + s / 2 with the logarithm s of its variance,
    /// for numbers with half the loss (Kendall et al. 2018, formulas 7 and 10).
    fn weighed<B: Trainable>(&self, net: &Headed<B>, head: usize, loss: Tensor<B, 1>) -> Tensor<B, 1> {
        let weight = self.specs[head].weight;
        let Some(balance) = &net.balance else { return loss * weight };
        let log_variance = balance.val().narrow(0, head, 1);
        let half = if matches!(self.specs[head].kind, HeadKind::Value { .. }) { 0.5 } else { 1.0 };
        loss * log_variance.clone().neg().exp() * (half * weight) + log_variance * 0.5
    }
}

/// The pieces' vectors. Where nothing of the encoder is trained, it runs without keeping anything for a backward pass.
fn encode<B: Trainable>(
    net: &Headed<B>,
    batch: &crate::net::Batch<B>,
    method: &Method,
    step: &mut Step<'_>,
) -> Tensor<B, 3> {
    match method {
        Method::HeadOnly => net.encoder.forward(batch).detach(),
        _ => net.encoder.forward_with(batch, step.leaving_out()),
    }
}

fn flat<B: Kernels>(column: Tensor<B, 2>) -> Tensor<B, 1> {
    let rows = column.dims()[0];
    column.reshape([rows])
}

fn score_loss<B: Kernels>(
    loss: ScoreLoss,
    scores: Tensor<B, 1>,
    wanted: &[f32],
    groups: &[u32],
) -> Option<Tensor<B, 1>> {
    if loss == ScoreLoss::Pointwise {
        return Some(binary_cross_entropy(scores, wanted));
    }
    let pairs = ordered_pairs(groups, wanted);
    if pairs.is_empty() {
        return None;
    }
    Some(match loss {
        ScoreLoss::Margin => margin_mse(scores, &pairs, wanted),
        _ => pairwise(scores, &pairs),
    })
}

/// The mean of what all low-rank additions miss of being orthogonal.
fn skewness<B: Trainable>(net: &Headed<B>) -> Tensor<B, 1> {
    let mut sum = Tensor::<B, 1>::zeros([1], &net.encoder.words.val().device());
    let mut count = 0;
    for layer in &net.encoder.layers {
        for dense in [&layer.query, &layer.key, &layer.value, &layer.output, &layer.up, &layer.down] {
            if let Some(lora) = &dense.lora {
                sum = sum + lora.skewness();
                count += 1;
            }
        }
    }
    sum / f64::from(count.max(1))
}

/// Batches in which all examples of a group are together, as far as they fit.
fn by_group(examples: &[Example], options: &Options, rng: &mut Rng) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..examples.len()).collect();
    rng.shuffle(&mut order);
    let mut groups: std::collections::BTreeMap<u32, Vec<usize>> = std::collections::BTreeMap::new();
    order.into_iter().for_each(|at| groups.entry(examples[at].group).or_default().push(at));
    let mut groups: Vec<Vec<usize>> = groups.into_values().collect();
    rng.shuffle(&mut groups);
    let mut batches: Vec<Vec<usize>> = Vec::new();
    for group in groups {
        for part in group.chunks(options.batch) {
            match batches.last_mut() {
                Some(last) if last.len() + part.len() <= options.batch => last.extend(part),
                _ => batches.push(part.to_vec()),
            }
        }
    }
    batches
}

/// One over each class's frequency, with mean 1 over the examples; a class without example weighs 1.
fn balanced(examples: &[Example], head: usize, classes: usize) -> Vec<f64> {
    let mut counts = vec![0usize; classes];
    for example in examples {
        if let Some(Target::Class(class)) = example.target(head) {
            counts[*class] += 1;
        }
    }
    let seen = counts.iter().filter(|count| **count > 0).count() as f64;
    let all = counts.iter().sum::<usize>() as f64;
    counts.into_iter().map(|count| if count == 0 { 1.0 } else { all / (seen * count as f64) }).collect()
}

fn check_examples(spec: &HeadSpec, head: usize, examples: &[Example]) -> Result<()> {
    let targets: Vec<&Target> = examples.iter().filter_map(|example| example.target(head)).collect();
    let name = &spec.name;
    if targets.is_empty() {
        return Err(Error::Data(format!("the head `{name}` has no example to learn from")));
    }
    let outside = |wrong: &str| Err(Error::Data(format!("the head `{name}` has an example {wrong}")));
    let labels = spec.kind.outputs();
    let mut classes = std::collections::BTreeSet::new();
    for target in targets {
        match (&spec.kind, target) {
            (HeadKind::Classes { .. }, Target::Class(class)) if *class < labels => {
                classes.insert(*class);
            }
            (HeadKind::Tags { .. }, Target::Tags(tags)) if tags.iter().all(|tag| *tag < labels) => {}
            (HeadKind::Score { .. } | HeadKind::Value { .. }, Target::Number(number)) if number.is_finite() => {}
            _ => return outside("that is none of its labels, or no number"),
        }
    }
    if matches!(spec.kind, HeadKind::Classes { .. }) && classes.len() < 2 {
        return Err(Error::Data(format!(
            "all examples of the head `{name}` have one class only: nothing can be learnt"
        )));
    }
    Ok(())
}
