use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use rten::{Model, ModelOptions, NodeId, RunOptions};
use rten_tensor::{AsView, NdTensor};

use super::pixels::{self, PictureError};
use crate::lanes::{Lanes, aside};
use crate::manifest::{ImageInput, Manifest, Task};
use crate::vector::normalise;
use crate::{Error, Result};

/// Turns pictures into vectors whose cosine tells how alike they look. Shared by reference between threads.
pub struct ImageEncoder {
    manifest: Manifest,
    folder: PathBuf,
    version: String,
    image: ImageInput,
    model: Model,
    input: NodeId,
    output: NodeId,
    lanes: Lanes,
}

/// Vectors, or why there are none, with the numbers of their pictures.
type Numbered = Vec<(usize, std::result::Result<Vec<f32>, PictureError>)>;

impl ImageEncoder {
    /// Loads the model in `folder`, to run on up to `threads` threads (0: one a core), each of which decodes one picture
    /// at a time, which bounds memory too.
    ///
    /// # Errors
    /// Names the folder or file that is missing or wrong.
    pub fn load(folder: &Path, threads: usize) -> Result<Self> {
        let manifest = Manifest::read(folder)?;
        manifest.expect(folder, Task::ImageEncoder)?;
        let image = manifest.image.ok_or_else(|| Error::ManifestValue {
            path: folder.join("model.json"),
            field: "image",
            expected: "how a picture is put to the network",
            got: "missing".to_owned(),
        })?;
        let path = manifest.path(folder, "network");
        let (model, input, output) = open(&path, &manifest.output)?;
        let threads = if threads == 0 { thread::available_parallelism().map_or(1, usize::from) } else { threads };
        let version = manifest.version();
        Ok(Self {
            folder: folder.to_owned(),
            version,
            image,
            model,
            input,
            output,
            lanes: Lanes::new(threads),
            manifest,
        })
    }

    /// The model's stable name.
    pub fn id(&self) -> &str {
        &self.manifest.id
    }

    /// The name with a digest of everything that changes a vector: keep vectors only under this.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Numbers in a vector.
    pub fn dims(&self) -> usize {
        self.manifest.dims
    }

    /// What `model.json` says.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Compares the model's files with their SHA-256.
    ///
    /// # Errors
    /// Names the first file that differs.
    pub fn verify(&self) -> Result<()> {
        self.manifest.verify(&self.folder)
    }

    /// The vector of a picture, of length 1. Waits for a free thread.
    ///
    /// # Errors
    /// [`PictureError::is_user`] tells a bad picture from a bad model.
    pub fn encode(&self, picture: &[u8]) -> std::result::Result<Vec<f32>, PictureError> {
        let lane = self.lanes.take();
        let pixels = pixels::read(picture, &self.image)?;
        let side = self.image.size as usize;
        let input = NdTensor::from_data([1, 3, side, side], pixels);
        let options = RunOptions::default().with_thread_pool(Some(lane.pool()));
        let failed =
            |source: Box<dyn std::error::Error + Send + Sync>| Error::Encode { encoder: self.id().to_owned(), source };
        let outputs = aside(|| self.model.run_n(vec![(self.input, input.into())], [self.output], Some(options)));
        drop(lane);
        let [output] = outputs.map_err(|error| failed(error.into()))?;
        let output = output.into_tensor::<f32>().ok_or_else(|| failed("an output that is not of f32".into()))?;
        Ok(unit(self.id(), output.to_vec(), self.dims())?)
    }

    /// The vectors of many pictures, in their order, computed on all threads; each picture fails on its own.
    pub fn encode_all(&self, pictures: &[&[u8]]) -> Vec<std::result::Result<Vec<f32>, PictureError>> {
        let next = AtomicUsize::new(0);
        let work = || -> Numbered {
            let mut done = Vec::new();
            while let Some((index, picture)) = {
                let index = next.fetch_add(1, Ordering::Relaxed);
                pictures.get(index).map(|picture| (index, picture))
            } {
                done.push((index, self.encode(picture)));
            }
            done
        };
        let helpers = self.lanes.count().min(pictures.len()).saturating_sub(1);
        let mut all: Numbered = thread::scope(|scope| {
            let helpers: Vec<_> = (0..helpers).map(|_| scope.spawn(work)).collect();
            let mut all = work();
            for helper in helpers {
                all.extend(helper.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            }
            all
        });
        all.sort_by_key(|(index, _)| *index);
        all.into_iter().map(|(_, vector)| vector).collect()
    }
}

/// Opens a network that takes one input; its output is called `output`, or is the only one where that is empty.
pub(super) fn open(path: &Path, output: &str) -> Result<(Model, NodeId, NodeId)> {
    let failed = |source: Box<dyn std::error::Error + Send + Sync>| Error::Network { path: path.to_owned(), source };
    let mut options = ModelOptions::with_all_ops();
    let model = options.prepack_weights(true).load_file(path).map_err(|error| failed(error.into()))?;
    let [input] = *model.input_ids() else { return Err(failed("a network that does not take one input".into())) };
    let output = model.node_id(output).map_err(|error| failed(error.into()))?;
    Ok((model, input, output))
}

/// Checks a network's output and scales it to length 1.
pub(super) fn unit(id: &str, mut vector: Vec<f32>, dims: usize) -> Result<Vec<f32>> {
    let wrong = |expected: String, got: String| Err(Error::Output { encoder: id.to_owned(), expected, got });
    if vector.len() != dims {
        return wrong(format!("{dims} numbers"), vector.len().to_string());
    }
    normalise(&mut vector);
    if vector.iter().any(|value| !value.is_finite()) {
        return wrong("finite numbers".to_owned(), "others".to_owned());
    }
    Ok(vector)
}
