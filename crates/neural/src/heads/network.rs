use std::path::Path;

use rten::{Model, ModelOptions, NodeId, RunOptions};
use rten_tensor::{AsView, NdTensor};

use crate::lanes::{Lanes, aside};
use crate::manifest::{Manifest, Task};
use crate::{Error, Result};

/// A network with a head, its pieces' reader and threads to run on.
pub(super) struct HeadNetwork {
    pub(super) manifest: Manifest,
    pub(super) pieces: super::Pieces,
    model: Model,
    ids: NodeId,
    mask: NodeId,
    types: Option<NodeId>,
    output: NodeId,
    lanes: Lanes,
}

impl HeadNetwork {
    /// Loads the folder of a model made for `task`, with labels, to run on up to `threads` threads (0: one a core).
    pub(super) fn load(folder: &Path, task: Task, threads: usize) -> Result<Self> {
        let manifest = Manifest::read(folder)?;
        manifest.expect(folder, task)?;
        if manifest.labels.is_empty() || manifest.labels.len() != manifest.dims {
            let (path, got) = (folder.join("model.json"), format!("{} labels", manifest.labels.len()));
            return Err(Error::ManifestValue { path, field: "labels", expected: "one for each of `dims`", got });
        }
        let path = manifest.path(folder, "network");
        let failed = |source: Box<dyn std::error::Error + Send + Sync>| Error::Network { path: path.clone(), source };
        let mut options = ModelOptions::with_all_ops();
        let model = options.prepack_weights(true).load_file(&path).map_err(|error| failed(error.into()))?;
        let node = |name: &str| model.node_id(name).map_err(|error| failed(error.into()));
        let (ids, mask, output) = (node("input_ids")?, node("attention_mask")?, node(&manifest.output)?);
        let types = model.find_node("token_type_ids");
        let pieces = super::Pieces::read(&manifest.path(folder, "tokenizer"), manifest.passage_tokens)?;
        let threads = if threads == 0 { std::thread::available_parallelism().map_or(1, usize::from) } else { threads };
        Ok(Self { manifest, pieces, model, ids, mask, types, output, lanes: Lanes::new(threads) })
    }

    /// The output for one text's pieces; waits for a free thread. As many numbers as `rows` times the labels, or an error.
    pub(super) fn run(&self, ids: &[u32], rows: usize) -> Result<Vec<f32>> {
        let failed = |source: Box<dyn std::error::Error + Send + Sync>| Error::Encode {
            encoder: self.manifest.id.clone(),
            source,
        };
        let shape = [1, ids.len()];
        let tensor = |numbers: Vec<i32>| NdTensor::from_data(shape, numbers);
        let mask = tensor(vec![1; ids.len()]);
        let types = tensor(vec![0; ids.len()]);
        let mut inputs =
            vec![(self.ids, tensor(ids.iter().map(|id| *id as i32).collect()).into()), (self.mask, mask.into())];
        inputs.extend(self.types.map(|node| (node, types.into())));
        let lane = self.lanes.take();
        let options = RunOptions::default().with_thread_pool(Some(lane.pool()));
        let outputs = aside(|| self.model.run_n(inputs, [self.output], Some(options)));
        let [output] = outputs.map_err(|error| failed(error.into()))?;
        drop(lane);
        let output = output.into_tensor::<f32>().ok_or_else(|| failed("an output that is not of f32".into()))?.to_vec();
        let expected = rows * self.manifest.labels.len();
        if output.len() != expected || output.iter().any(|number| !number.is_finite()) {
            let (expected, got) = (format!("{expected} finite numbers"), format!("{} numbers", output.len()));
            return Err(Error::Output { encoder: self.manifest.id.clone(), expected, got });
        }
        Ok(output)
    }
}
