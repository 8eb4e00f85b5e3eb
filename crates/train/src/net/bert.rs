use burn::module::{Module, Param};
use burn::tensor::{Int, Tensor};

use neural::{BertConfig, Weights};

use super::dense::{Dense, Norm, param, put};
use crate::Result;
use crate::kernels::{Dropout, Kernels};
use crate::tune::{Adapters, Prefix};

/// A BERT-like encoder that can be trained (Devlin et al. 2019): pieces in, one vector a piece out.
#[derive(Module, Debug)]
pub struct TextNet<B: Kernels> {
    /// \[vocabulary, hidden\].
    pub words: Param<Tensor<B, 2>>,
    /// \[positions, hidden\].
    pub positions: Param<Tensor<B, 2>>,
    /// \[types, hidden\].
    pub types: Param<Tensor<B, 2>>,
    /// After the sum of the three.
    pub norm: Norm<B>,
    /// From the bottom up.
    pub layers: Vec<Layer<B>>,
    /// Attention heads a layer.
    pub heads: usize,
    /// Row of the first position.
    pub position_offset: usize,
    /// Added to a variance before its root.
    pub epsilon: f64,
}

/// Attention, then a feed-forward part, each followed by a norm.
#[derive(Module, Debug)]
pub struct Layer<B: Kernels> {
    /// What a piece looks for.
    pub query: Dense<B>,
    /// What a piece is found by.
    pub key: Dense<B>,
    /// What a piece passes on.
    pub value: Dense<B>,
    /// Joins the heads.
    pub output: Dense<B>,
    /// After attention.
    pub attention_norm: Norm<B>,
    /// \[intermediate, hidden\].
    pub up: Dense<B>,
    /// \[hidden, intermediate\].
    pub down: Dense<B>,
    /// After the feed-forward part.
    pub norm: Norm<B>,
    /// Bottlenecks, where they are trained and not the layer itself.
    pub adapters: Option<Adapters<B>>,
    /// What every text also looks at, where that is trained and not the layer itself.
    pub prefix: Option<Prefix<B>>,
}

/// What a layer does not hold itself.
#[derive(Clone, Copy)]
struct Shape {
    heads: usize,
    epsilon: f64,
    dropout: Dropout,
}

/// Texts of about one length as the network takes them, padded to the longest.
#[derive(Clone, Debug)]
pub struct Batch<B: Kernels> {
    /// \[texts, pieces\].
    pub ids: Tensor<B, 2, Int>,
    /// \[texts, pieces\]: 1 for a piece, 0 for padding.
    pub mask: Tensor<B, 2>,
}

impl<B: Kernels> TextNet<B> {
    /// The network with these weights.
    ///
    /// # Errors
    /// Names the first tensor that is missing or has the wrong shape.
    pub fn read(weights: &Weights, device: &B::Device) -> Result<Self> {
        let config = &weights.config;
        let width = config.hidden_size;
        let table = |name: &str, rows| param(weights, &format!("embeddings.{name}.weight"), [rows, width], device);
        Ok(Self {
            words: table("word_embeddings", config.vocab_size)?,
            positions: table("position_embeddings", config.max_position_embeddings)?,
            types: table("token_type_embeddings", config.type_vocab_size)?,
            norm: Norm::read(weights, "embeddings.LayerNorm", width, device)?,
            layers: (0..config.num_hidden_layers).map(|at| Layer::read(weights, at, device)).collect::<Result<_>>()?,
            heads: config.num_attention_heads,
            position_offset: config.position_offset(),
            epsilon: config.layer_norm_eps,
        })
    }

    /// Its weights as they are now; `config` is the one it was read with.
    pub fn write(&self, config: &BertConfig) -> Weights {
        let mut weights = Weights { config: config.clone(), tensors: Default::default() };
        put(&mut weights, "embeddings.word_embeddings.weight".into(), &self.words);
        put(&mut weights, "embeddings.position_embeddings.weight".into(), &self.positions);
        put(&mut weights, "embeddings.token_type_embeddings.weight".into(), &self.types);
        self.norm.write("embeddings.LayerNorm", &mut weights);
        self.layers.iter().enumerate().for_each(|(at, layer)| layer.write(at, &mut weights));
        weights.config.num_hidden_layers = self.layers.len();
        weights
    }

    /// One vector a piece: \[texts, pieces, hidden\].
    pub fn forward(&self, batch: &Batch<B>) -> Tensor<B, 3> {
        self.forward_with(batch, Dropout::NONE)
    }

    /// [`TextNet::forward`] with numbers and looks left out at random, as in training.
    pub fn forward_with(&self, batch: &Batch<B>, dropout: Dropout) -> Tensor<B, 3> {
        self.states(batch, dropout).pop().expect("the embeddings at least")
    }

    /// What the embeddings give, then what each layer gives, from the bottom up; each like [`TextNet::forward`].
    pub fn states(&self, batch: &Batch<B>, dropout: Dropout) -> Vec<Tensor<B, 3>> {
        let attention_mask = (batch.mask.clone() - 1.0) * 1e9;
        let mut states = vec![B::dropout(self.embed(batch), dropout.at(0))];
        for (at, layer) in self.layers.iter().enumerate() {
            let shape = Shape { heads: self.heads, epsilon: self.epsilon, dropout: dropout.at(at + 1) };
            states.push(layer.forward(states[at].clone(), attention_mask.clone(), shape));
        }
        states
    }

    /// The mean of the pieces' vectors, padding left out: \[texts, hidden\].
    pub fn mean(hidden: Tensor<B, 3>, mask: Tensor<B, 2>) -> Tensor<B, 2> {
        let [texts, pieces, width] = hidden.dims();
        let shares = mask.clone() / mask.sum_dim(1);
        shares.reshape([texts, 1, pieces]).matmul(hidden).reshape([texts, width])
    }

    /// The vectors of texts: the mean over their pieces, of length 1. \[texts, hidden\].
    pub fn vectors(&self, batch: &Batch<B>) -> Tensor<B, 2> {
        self.vectors_with(batch, Dropout::NONE)
    }

    /// [`TextNet::vectors`] with numbers and looks left out at random, as in training.
    pub fn vectors_with(&self, batch: &Batch<B>, dropout: Dropout) -> Tensor<B, 2> {
        Self::unit(Self::mean(self.forward_with(batch, dropout), batch.mask.clone()))
    }

    /// Rows brought to length 1.
    pub fn unit(rows: Tensor<B, 2>) -> Tensor<B, 2> {
        let lengths = (rows.clone() * rows.clone()).sum_dim(1).sqrt() + 1e-12;
        rows / lengths
    }

    fn embed(&self, batch: &Batch<B>) -> Tensor<B, 3> {
        let [texts, pieces] = batch.ids.dims();
        let words = burn::tensor::module::embedding(self.words.val(), batch.ids.clone());
        let [_, width] = self.positions.dims();
        let positions = self.positions.val().slice([self.position_offset..self.position_offset + pieces, 0..width]);
        let types = self.types.val().slice([0..1, 0..width]);
        let places = (positions + types).reshape([1, pieces, width]).expand([texts, pieces, width]);
        B::add_norm(words, places, self.norm.weight.val(), self.norm.bias.val(), self.epsilon)
    }
}

impl<B: Kernels> Layer<B> {
    fn read(weights: &Weights, at: usize, device: &B::Device) -> Result<Self> {
        let (width, wide) = (weights.config.hidden_size, weights.config.intermediate_size);
        // Less than the width where heads were pruned.
        let seen = weights.config.attention_width();
        let name = |part: &str| format!("encoder.layer.{at}.{part}");
        let dense = |part: &str, dims| Dense::read(weights, &name(part), dims, device);
        Ok(Self {
            query: dense("attention.self.query", [seen, width])?,
            key: dense("attention.self.key", [seen, width])?,
            value: dense("attention.self.value", [seen, width])?,
            output: dense("attention.output.dense", [width, seen])?,
            attention_norm: Norm::read(weights, &name("attention.output.LayerNorm"), width, device)?,
            up: dense("intermediate.dense", [wide, width])?,
            down: dense("output.dense", [width, wide])?,
            norm: Norm::read(weights, &name("output.LayerNorm"), width, device)?,
            adapters: Adapters::read(weights, &name(""), device)?,
            prefix: Prefix::read(weights, &name(""), device)?,
        })
    }

    fn write(&self, at: usize, weights: &mut Weights) {
        let name = |part: &str| format!("encoder.layer.{at}.{part}");
        self.query.write(&name("attention.self.query"), weights);
        self.key.write(&name("attention.self.key"), weights);
        self.value.write(&name("attention.self.value"), weights);
        self.output.write(&name("attention.output.dense"), weights);
        self.attention_norm.write(&name("attention.output.LayerNorm"), weights);
        self.up.write(&name("intermediate.dense"), weights);
        self.down.write(&name("output.dense"), weights);
        self.norm.write(&name("output.LayerNorm"), weights);
        if let Some(adapters) = &self.adapters {
            adapters.write(&name(""), weights);
        }
        if let Some(prefix) = &self.prefix {
            prefix.write(&name(""), weights);
        }
    }

    fn forward(&self, x: Tensor<B, 3>, mask: Tensor<B, 2>, shape: Shape) -> Tensor<B, 3> {
        let Shape { heads, epsilon, dropout } = shape;
        let (query, key, value) =
            (self.query.forward(x.clone()), self.key.forward(x.clone()), self.value.forward(x.clone()));
        let (key, value, mask) = match &self.prefix {
            Some(prefix) => prefix.before(key, value, mask),
            None => (key, value, mask),
        };
        let seen = self.output.forward(B::attend(query, key, value, mask, heads, dropout.at(0)));
        let seen = match &self.adapters {
            Some(adapters) => adapters.attention.forward(seen),
            None => seen,
        };
        let seen = B::dropout(seen, dropout.at(1));
        let x = B::add_norm(seen, x, self.attention_norm.weight.val(), self.attention_norm.bias.val(), epsilon);
        let thought = self.down.forward(B::exact_gelu(self.up.forward(x.clone())));
        let thought = match &self.adapters {
            Some(adapters) => adapters.feed_forward.forward(thought),
            None => thought,
        };
        let thought = B::dropout(thought, dropout.at(2));
        B::add_norm(thought, x, self.norm.weight.val(), self.norm.bias.val(), epsilon)
    }
}
