use std::path::Path;
use std::sync::Arc;

use rten::{Model, ModelOptions, NodeId, RunOptions, ThreadPool};
use rten_tensor::{AsView, NdTensor};

use crate::lanes::aside;

type Failed = Box<dyn std::error::Error + Send + Sync>;

/// A network that rten runs.
pub(super) struct Network {
    model: Model,
    ids: NodeId,
    mask: Option<NodeId>,
    types: Option<NodeId>,
    places: Option<NodeId>,
    output: NodeId,
}

impl Network {
    pub(super) fn load(path: &Path, output: &str) -> Result<Self, Failed> {
        // Without packed weights an int8 query takes five times as long.
        let mut options = ModelOptions::with_all_ops();
        let model = options.prepack_weights(true).load_file(path)?;
        let (ids, output) = (model.node_id("input_ids")?, model.node_id(output)?);
        let [mask, types, places] =
            ["attention_mask", "token_type_ids", "position_ids"].map(|name| model.find_node(name));
        Ok(Self { model, ids, mask, types, places, output })
    }

    /// The output for `texts`, each padded at its end to `longest` pieces.
    pub(super) fn run(
        &self,
        texts: &[&[u32]],
        longest: usize,
        pool: Option<Arc<ThreadPool>>,
    ) -> Result<Vec<f32>, Failed> {
        let shape = [texts.len(), longest];
        let grid = |number: &dyn Fn(&[u32], usize) -> i32| {
            let numbers = texts.iter().flat_map(|text| (0..longest).map(|place| number(text, place)));
            NdTensor::from_data(shape, numbers.collect::<Vec<_>>())
        };
        // What stands in padding does not count, by the mask; 0 is a piece that every vocabulary has.
        let ids = grid(&|text, place| text.get(place).map_or(0, |id| *id as i32));
        let mut inputs = vec![(self.ids, ids.into())];
        inputs.extend(self.mask.map(|node| (node, grid(&|text, place| i32::from(place < text.len())).into())));
        inputs.extend(self.types.map(|node| (node, grid(&|_, _| 0).into())));
        inputs.extend(self.places.map(|node| (node, grid(&|_, place| place as i32).into())));
        let options = RunOptions::default().with_thread_pool(pool);
        let [output] = aside(|| self.model.run_n(inputs, [self.output], Some(options)))?;
        let output = output.into_tensor::<f32>().ok_or("an output that is not of f32")?;
        Ok(output.to_vec())
    }
}
