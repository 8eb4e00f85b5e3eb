//! Running a BERT-like encoder in 8 bits, made for one purpose: short texts on few threads.
//!
//! Products are of bytes (u8 activations, i8 weights, exact in i32), by the instruction made for them where the machine
//! has it; everything between them is f32. Each row of activations, that is each piece of a text, has a scale and a zero
//! point of its own, and attention stays within a text. So a text's vector does not depend on what else is in the batch,
//! nor on the machine: it is the same to the last bit. Texts of a batch lie one after the other without padding.

mod attention;
mod forward;
mod kernels;
mod packed;
mod read;
mod rows;
mod table;
mod vector_kernels;

pub use forward::Scratch;

use attention::Heads;
use forward::Layer;
use kernels::Isa;
use read::Source;
use table::Table;

use crate::weights::network;
use crate::{BertConfig, Weights, WeightsFault};

/// Changes whenever the same weights and text would give another vector than before.
pub(crate) const REVISION: &str = "native1";

/// A BERT-like encoder in 8 bits, its matrices laid out for the machine. Shared by reference between threads.
pub struct Int8Bert {
    config: BertConfig,
    isa: Isa,
    heads: Heads,
    table: Table,
    layers: Vec<Layer>,
}

/// A text that a network cannot take.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Unfit {
    /// It has no pieces, or more than there are positions.
    #[error("a text of {got} pieces, expected 1 to {most}")]
    Length {
        /// Its pieces.
        got: usize,
        /// Positions of the network.
        most: usize,
    },
    /// A piece is not in the vocabulary.
    #[error("the piece {got}, expected one below {pieces}")]
    Piece {
        /// The piece.
        got: u32,
        /// Pieces in the vocabulary.
        pieces: usize,
    },
}

impl Int8Bert {
    /// From a network in 8 bits that [`crate::export::to_onnx`] wrote.
    ///
    /// # Errors
    /// Where it is another network, is not in 8 bits, or has a width that is no multiple of 16.
    pub fn from_onnx(bytes: &[u8]) -> Result<Self, WeightsFault> {
        let (config, kept) = network::kept(bytes)?;
        // What stands beside the layers would be passed over, and the vectors would be of another network.
        if let Some(name) = kept.keys().find(|name| name.contains(".adapter.") || name.contains(".prefix.")) {
            let (expected, got) = ("of the network itself only".to_owned(), name.clone());
            return Err(WeightsFault::Config { field: "tensors", expected, got });
        }
        Self::new(config, &kept)
    }

    /// From weights in f32: each output of a matrix, and each row of the table of pieces, gets a scale.
    ///
    /// # Errors
    /// Where a tensor is missing or misshapen, or a width is no multiple of 16.
    pub fn from_weights(weights: &Weights) -> Result<Self, WeightsFault> {
        weights.check()?;
        Self::new(weights.config.clone(), weights)
    }

    fn new(config: BertConfig, source: &impl Source) -> Result<Self, WeightsFault> {
        let heads = read::heads(&config)?;
        let table = read::table(source, &config)?;
        let layers = (0..config.num_hidden_layers).map(|layer| read::layer(source, &config, heads, layer));
        Ok(Self { isa: Isa::best(), heads, table, layers: layers.collect::<Result<_, _>>()?, config })
    }

    /// Shape of the network.
    pub fn config(&self) -> &BertConfig {
        &self.config
    }

    /// Pieces a text may have.
    pub fn tokens_max(&self) -> usize {
        self.table.tokens_max()
    }

    /// The instructions it uses: `avx512-vnni`, `avx2` or `plain`. They make a difference in speed only.
    pub fn instructions(&self) -> &'static str {
        self.isa.name()
    }

    /// Bytes of weights that pass by in every run, the tables not counted.
    pub fn bytes(&self) -> usize {
        self.layers.iter().map(Layer::bytes).sum()
    }

    /// The last hidden state of every piece of `texts`, text after text, each as wide as the network; on this thread.
    ///
    /// # Errors
    /// Names the piece or length that the network cannot take.
    pub fn run<'a>(&self, texts: &[&[u32]], scratch: &'a mut Scratch) -> Result<&'a [f32], Unfit> {
        let (most, pieces) = (self.tokens_max(), self.table.pieces());
        let mut longest = 0;
        for text in texts {
            if !(1..=most).contains(&text.len()) {
                return Err(Unfit::Length { got: text.len(), most });
            }
            if let Some(got) = text.iter().find(|id| **id as usize >= pieces) {
                return Err(Unfit::Piece { got: *got, pieces });
            }
            longest = longest.max(text.len());
        }
        let rows: usize = texts.iter().map(|text| text.len()).sum();
        let width = self.table.width;
        scratch.reserve(self.heads, width, self.layers.first().map_or(0, Layer::inner), rows, longest);
        let mut first = 0;
        for text in texts {
            self.table.look_up(text, &mut scratch.numbers[first * width..][..text.len() * width]);
            first += text.len();
        }
        kernels::norm_quantise(self.isa, &self.table.norm, &mut scratch.numbers[..rows * width], &mut scratch.rows);
        self.layers.iter().for_each(|layer| layer.run(self.isa, self.heads, texts, scratch));
        Ok(&scratch.numbers[..rows * width])
    }
}

#[cfg(test)]
mod tests;
