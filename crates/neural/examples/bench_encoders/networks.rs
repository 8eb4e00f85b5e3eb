//! The same network in each runner, bare: pieces in, vector out.

use std::sync::Arc;

use neural::native::{Int8Bert, Scratch};
use rten::{Model, ModelOptions, NodeId, RunOptions, ThreadPool};
use rten_tensor::{AsView, NdTensor};

type Failed = Box<dyn std::error::Error + Send + Sync>;

/// The mean over the pieces' rows, of length 1.
pub(crate) fn mean(rows: &[f32], width: usize) -> Vec<f32> {
    let mut mean = vec![0.0f32; width];
    rows.chunks_exact(width).for_each(|row| mean.iter_mut().zip(row).for_each(|(sum, number)| *sum += number));
    let length = mean.iter().map(|number| number * number).sum::<f32>().sqrt();
    mean.iter_mut().for_each(|number| *number /= length);
    mean
}

/// The native runner's vectors of texts in one run.
pub(crate) fn native(bert: &Int8Bert, texts: &[Vec<u32>], scratch: &mut Scratch) -> Result<Vec<Vec<f32>>, Failed> {
    let width = bert.config().hidden_size;
    let refs: Vec<&[u32]> = texts.iter().map(Vec::as_slice).collect();
    let mut rest = bert.run(&refs, scratch)?;
    let vectors = texts.iter().map(|text| {
        let (own, others) = rest.split_at(text.len() * width);
        rest = others;
        mean(own, width)
    });
    Ok(vectors.collect())
}

/// A network in rten.
pub(crate) struct Rten {
    model: Model,
    inputs: Vec<(&'static str, NodeId)>,
    output: NodeId,
    pool: Arc<ThreadPool>,
}

impl Rten {
    /// To run on one thread.
    pub(crate) fn load(bytes: Vec<u8>, output: &str) -> Result<Self, Failed> {
        let model = ModelOptions::with_all_ops().prepack_weights(true).load(bytes)?;
        let names = ["input_ids", "attention_mask", "token_type_ids"];
        let inputs = names.into_iter().filter_map(|name| Some((name, model.find_node(name)?))).collect();
        let output = model.node_id(output)?;
        Ok(Self { model, inputs, output, pool: Arc::new(ThreadPool::with_num_threads(1)) })
    }

    /// The output for texts of one length.
    pub(crate) fn run(&self, texts: &[Vec<u32>]) -> Result<Vec<f32>, Failed> {
        let shape = [texts.len(), texts.first().map_or(0, Vec::len)];
        let grid = |name: &str| {
            let number = |id: &u32| match name {
                "input_ids" => *id as i32,
                "attention_mask" => 1,
                _ => 0,
            };
            NdTensor::from_data(shape, texts.iter().flatten().map(number).collect::<Vec<_>>())
        };
        let inputs = self.inputs.iter().map(|(name, node)| (*node, grid(name).into())).collect();
        let options = RunOptions::default().with_thread_pool(Some(Arc::clone(&self.pool)));
        let [output] = self.model.run_n(inputs, [self.output], Some(options))?;
        Ok(output.into_tensor::<f32>().ok_or("an output that is not of f32")?.to_vec())
    }
}
