use burn::module::AutodiffModule;
use burn::optim::{GradientsAccumulator, GradientsParams};
use burn::tensor::{Tensor, TensorData};
use neural::Encoder;
use serde::{Deserialize, Serialize};
use types::Rng;

use super::compare::Members;
use super::loss::{Form, info_nce};
use super::mine::{Vectors, by_length, mine};
use super::pairs::{Link, Table};
use super::{ContrastOptions, evaluate};
use crate::backend::Trainable;
use crate::data::batch;
use crate::fit::params::numbers_of;
use crate::fit::{Inner, Options, Part, Scores, Step, Task, Watch, scalar};
use crate::kernels::{Dropout, Kernels, similarities};
use crate::net::TextNet;
use crate::tune::{Allotment, Method};
use crate::{Error, Result};

/// Queries are to find their passages.
pub(super) struct ContrastTask {
    table: Table,
    guide: Option<Guide>,
    padding: u32,
    options: ContrastOptions,
    /// Passages among which held-out queries look.
    corpus: Vec<u32>,
    state: State,
}

/// What changes while it is trained.
#[derive(Default, Serialize, Deserialize)]
struct State {
    /// Each query's hard negatives.
    negatives: Vec<Vec<u32>>,
    allotment: Allotment,
}

/// Vectors by an encoder that judges what is a negative.
pub(super) struct Guide {
    queries: Vectors,
    passages: Vectors,
}

impl ContrastTask {
    pub(super) fn new(table: Table, guide: Option<Guide>, padding: u32, options: ContrastOptions, seed: u64) -> Self {
        let corpus = evaluate::corpus(&table, options.corpus, seed);
        Self { table, guide, padding, options, corpus, state: State::default() }
    }

    pub(super) fn members(&self, batch: &[usize], rng: &mut Rng) -> Members {
        let links: Vec<Link> = batch.iter().map(|at| self.table.train[*at]).collect();
        let guide = self.guide.as_ref().map(|guide| (guide, self.options.margin as f32));
        Members::new(&self.table, &links, &self.state.negatives, self.options.hard, guide, rng)
    }

    /// Pieces of a batch's texts, queries first.
    pub(super) fn texts(&self, members: &Members) -> Vec<&[u32]> {
        let queries = members.queries.iter().map(|query| self.table.queries[*query as usize].as_slice());
        let passages = members.passages.iter().map(|passage| self.table.passages[*passage as usize].as_slice());
        queries.chain(passages).collect()
    }

    pub(super) fn encode<B: Kernels>(&self, net: &TextNet<B>, texts: &[&[u32]], dropout: Dropout) -> Tensor<B, 2> {
        net.vectors_with(&batch::<B>(texts, self.padding, &net.words.val().device()), dropout)
    }

    pub(super) fn form(&self) -> Form {
        let Self { options: ContrastOptions { temperature, symmetric, lengths, .. }, .. } = self;
        Form { temperature: *temperature, symmetric: *symmetric, lengths: lengths.clone() }
    }

    /// The loss and its gradients, with the backward pass in parts: all vectors without gradients, the loss and what each
    /// vector gets, then part by part the vectors again, now with gradients (Gao et al. 2021, "GradCache").
    pub(super) fn cached<B: Trainable>(
        &self,
        net: &TextNet<B>,
        members: &Members,
        parts: &[Vec<usize>],
        step: &mut Step<'_>,
    ) -> (f64, GradientsParams) {
        let (lowered, texts) = (step.lowered::<B, _>(net), self.texts(members));
        // The same seed leaves out the same numbers in both passes.
        let dropout = step.leaving_out();
        let chosen = |part: &[usize]| part.iter().map(|at| texts[*at]).collect::<Vec<_>>();
        let (still, dims) = (lowered.valid(), net.words.dims()[1]);
        let mut vectors = vec![0.0; texts.len() * dims];
        for (number, part) in parts.iter().enumerate() {
            let found = numbers_of(self.encode(&still, &chosen(part), dropout.at(number)));
            for (at, vector) in part.iter().zip(found.chunks_exact(dims)) {
                vectors[at * dims..(at + 1) * dims].copy_from_slice(vector);
            }
        }
        let device = net.words.val().device();
        let vectors = Tensor::<B, 2>::from_data(TensorData::new(vectors, [texts.len(), dims]), &device).require_grad();
        let loss = info_nce(&vectors, &members.comparison, &self.form());
        let value = scalar(&loss);
        let slopes = vectors.grad(&loss.backward()).map(numbers_of).unwrap_or_default();
        if !value.is_finite() {
            return (value, GradientsParams::new());
        }
        let mut sum = GradientsAccumulator::new();
        for (number, part) in parts.iter().enumerate() {
            let slopes = part.iter().flat_map(|at| &slopes[at * dims..(at + 1) * dims]).copied().collect::<Vec<f32>>();
            let slopes = Tensor::<B, 2>::from_data(TensorData::new(slopes, [part.len(), dims]), &device);
            let vectors = self.encode(&lowered, &chosen(part), dropout.at(number));
            let gradients = (vectors * slopes).sum().backward();
            sum.accumulate::<B>(net, GradientsParams::from_grads(gradients, net));
        }
        (value, sum.grads())
    }
}

impl<B: Trainable> Task<B> for ContrastTask {
    type Net = TextNet<B>;

    fn examples(&self) -> usize {
        self.table.train.len()
    }

    fn length(&self, example: usize) -> usize {
        let Link { query, passage, .. } = self.table.train[example];
        self.table.queries[query as usize].len().max(self.table.passages[passage as usize].len())
    }

    fn loss(&self, net: &TextNet<B>, batch: &[usize], step: &mut Step<'_>) -> Result<Tensor<B, 1>> {
        let members = self.members(batch, &mut step.rng);
        let dropout = step.leaving_out();
        let vectors = self.encode(net, &self.texts(&members), dropout);
        Ok(info_nce(&vectors, &members.comparison, &self.form()))
    }

    fn gradients(&self, net: &TextNet<B>, batch: &[usize], step: &mut Step<'_>) -> Result<(f64, GradientsParams)> {
        let members = self.members(batch, &mut step.rng);
        let lengths: Vec<usize> = self.texts(&members).into_iter().map(<[u32]>::len).collect();
        let parts = by_length(&lengths, self.options.chunk_pieces);
        if parts.len() > 1 {
            return Ok(self.cached(net, &members, &parts, step));
        }
        let dropout = step.leaving_out();
        let vectors = self.encode(&step.lowered::<B, _>(net), &self.texts(&members), dropout);
        let loss = info_nce(&vectors, &members.comparison, &self.form());
        Ok((scalar(&loss), GradientsParams::from_grads(loss.backward(), net)))
    }

    /// At random and not by length: texts of one length would be too easy to tell from others.
    fn batches(&self, options: &Options, rng: &mut Rng) -> Vec<Vec<usize>> {
        let mut all: Vec<usize> = (0..self.table.train.len()).collect();
        rng.shuffle(&mut all);
        // A pair alone has nothing to be told from.
        all.chunks(options.batch.max(2)).filter(|batch| batch.len() > 1).map(<[usize]>::to_vec).collect()
    }

    fn evaluate(&self, net: &Inner<B, Self>, part: Part) -> Result<Scores> {
        let queries = match part {
            Part::Test if !self.table.test.is_empty() => &self.table.test,
            Part::Test | Part::Validation => &self.table.validation,
        };
        Ok(evaluate::evaluate(net, &self.table, queries, &self.corpus, self.padding))
    }

    fn begin_epoch(&mut self, epoch: u32, net: &Inner<B, Self>, rng: &mut Rng, watch: &mut dyn Watch) -> Result<()> {
        if self.options.hard > 0 && epoch.is_multiple_of(self.options.mine_every) {
            self.state.negatives = mine(net, &self.table, self.padding, &self.options, rng, watch);
        }
        Ok(())
    }

    fn before_update(&mut self, mut net: Self::Net, gradients: &mut GradientsParams, step: &Step<'_>) -> Self::Net {
        if matches!(self.options.method, Method::AdaLora { .. }) {
            self.state.allotment.update(&self.options.method, &mut net, gradients, step.progress);
        }
        net
    }

    fn state(&self) -> Vec<u8> {
        serde_json::to_vec(&self.state).expect("numbers are always JSON")
    }

    fn restore(&mut self, state: &[u8]) -> Result<()> {
        let wrong = |error| Error::Data(format!("the checkpoint is of another training: {error}"));
        self.state = serde_json::from_slice(state).map_err(wrong)?;
        Ok(())
    }
}

impl Guide {
    /// The vectors of all queries and passages by another encoder.
    pub(super) fn new(encoder: &Encoder, table: &Table) -> Result<Self> {
        let dims = encoder.dims();
        let mut queries = Vec::with_capacity(table.queries.len() * dims);
        for text in &table.query_texts {
            queries.extend(encoder.encode_query(text)?);
        }
        let texts: Vec<&str> = table.passage_texts.iter().map(String::as_str).collect();
        let passages = encoder.encode_passages(&texts)?.concat();
        Ok(Self { queries: Vectors { dims, numbers: queries }, passages: Vectors { dims, numbers: passages } })
    }

    /// \[queries, passages\].
    pub(super) fn similarities(&self, queries: &[u32], passages: &[u32]) -> Vec<f32> {
        let queries = self.queries.rows(queries.iter().map(|at| *at as usize));
        let passages = self.passages.rows(passages.iter().map(|at| *at as usize));
        similarities(&queries.numbers, &passages.numbers, self.queries.dims)
    }
}
