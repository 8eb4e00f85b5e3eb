//! What the engine does with pictures: which model compares them, what an item's stored picture becomes in it, and which
//! items show the same.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use index::Index;
use neural::image::{ImageEncoder, JointSpace, PictureError};
use neural::{Manifest, Task};
use parking_lot::Mutex;
use rayon::prelude::*;
use types::{FieldError, Item, ItemId, Picture, Row, Settings};

use crate::core::Core;
use crate::embedder::stamp;
use crate::encoders::Encoders;
use crate::{Error, Result};

/// What a shop's pictures are compared with, as far as it is known without loading it.
#[derive(Clone, Debug)]
pub(crate) struct PictureModel {
    /// Its id, which is also the name of its vectors in the index.
    pub(crate) id: Arc<str>,
    /// The id with a digest of everything that changes a vector.
    pub(crate) version: String,
    /// Numbers in a vector.
    pub(crate) dims: usize,
    /// Version of the image encoder whose vectors it starts from.
    pub(crate) encoder: String,
    /// Whether texts lead to its vectors too.
    pub(crate) is_joint: bool,
}

/// Models of pictures, each loaded at its first use for all shops of a process.
pub(crate) struct PictureModels {
    folder: PathBuf,
    threads: usize,
    images: Mutex<BTreeMap<String, Arc<ImageEncoder>>>,
    spaces: Mutex<BTreeMap<Arc<str>, Arc<Space>>>,
}

/// A loaded model.
pub(crate) enum Space {
    /// Pictures alone.
    Image(Arc<ImageEncoder>),
    /// Texts and pictures.
    Joint(Box<JointSpace>),
}

impl PictureModels {
    pub(crate) fn new(folder: PathBuf, threads: usize) -> Self {
        Self { folder, threads, images: Mutex::default(), spaces: Mutex::default() }
    }

    /// What the shop's model is; `None` where it has none, or one that cannot be read.
    pub(crate) fn of(&self, settings: &Settings) -> Option<PictureModel> {
        let id = settings.pictures.as_ref()?;
        self.describe(id)
            .inspect_err(|error| {
                tracing::warn!(model = %id, error = error as &dyn std::error::Error, "pictures are not compared");
            })
            .ok()
    }

    fn describe(&self, id: &Arc<str>) -> neural::Result<PictureModel> {
        let read = |id: &str| Manifest::read(&self.folder.join(id));
        let manifest = read(id)?;
        let model = |version, encoder, is_joint| PictureModel {
            id: Arc::clone(id),
            version,
            dims: manifest.dims,
            encoder,
            is_joint,
        };
        match &manifest.towers {
            Some(towers) => {
                let (text, image) = (read(&towers.text)?.version(), read(&towers.image)?.version());
                Ok(model(JointSpace::version_of(&manifest, &text, &image), image, true))
            }
            None if manifest.task == Task::ImageEncoder => Ok(model(manifest.version(), manifest.version(), false)),
            None => Err(neural::Error::ManifestValue {
                path: self.folder.join(&**id).join("model.json"),
                field: "task",
                expected: "image-encoder or joint",
                got: manifest.task.name().to_owned(),
            }),
        }
    }

    fn image(&self, id: &str) -> neural::Result<Arc<ImageEncoder>> {
        let mut images = self.images.lock();
        if let Some(encoder) = images.get(id) {
            return Ok(Arc::clone(encoder));
        }
        let encoder = Arc::new(ImageEncoder::load(&self.folder.join(id), self.threads)?);
        images.insert(id.to_owned(), Arc::clone(&encoder));
        Ok(encoder)
    }
}

impl Encoders {
    /// The model of pictures called `id`, loaded at its first use.
    pub(crate) fn space(&self, id: &Arc<str>) -> Result<Arc<Space>> {
        let models = &self.pictures;
        let mut spaces = models.spaces.lock();
        if let Some(space) = spaces.get(id) {
            return Ok(Arc::clone(space));
        }
        let failed = |source: neural::Error| Error::Encoder { encoder: id.to_string(), source: Box::new(source) };
        let folder = models.folder.join(&**id);
        let space = match Manifest::read(&folder).map_err(failed)?.towers {
            Some(towers) => {
                let (text, image) = (self.get(&Arc::from(towers.text)), models.image(&towers.image));
                Space::Joint(Box::new(JointSpace::load(&folder, text?, image.map_err(failed)?).map_err(failed)?))
            }
            None => Space::Image(models.image(id).map_err(failed)?),
        };
        let space = Arc::new(space);
        spaces.insert(Arc::clone(id), Arc::clone(&space));
        Ok(space)
    }
}

impl Space {
    fn image(&self) -> &ImageEncoder {
        match self {
            Self::Image(image) => image,
            Self::Joint(joint) => joint.image(),
        }
    }

    /// What the image encoder's vector becomes in this space.
    fn bring(&self, vector: Vec<f32>) -> neural::Result<Vec<f32>> {
        match self {
            Self::Image(_) => Ok(vector),
            Self::Joint(joint) => joint.from_picture(&vector),
        }
    }

    /// The vector of a query in words; `None` where texts do not lead here.
    pub(crate) fn encode_query(&self, query: &str) -> Option<neural::Result<Vec<f32>>> {
        match self {
            Self::Image(_) => None,
            Self::Joint(joint) => Some(joint.encode_query(query)),
        }
    }
}

/// Whether the index has another vector of the item's picture than it should, or one that it should not have.
pub(crate) fn is_stale(model: &PictureModel, index: &Index, row: Row, item: &Item) -> bool {
    index.vector_stamp(row, &model.id) != wanted(model, item).map(|(stamp, _)| stamp)
}

/// Brings the vectors of items' pictures in an index up to what the items say.
pub(crate) fn embed(core: &Core, model: &PictureModel, index: &Index, items: &[(Row, Item)]) -> Result<()> {
    for (row, item) in items.iter().filter(|(row, item)| is_stale(model, index, *row, item)) {
        let Some((stamp, picture)) = wanted(model, item) else {
            index.remove_vector(*row, &model.id)?;
            continue;
        };
        let Some(vector) = neural::decode_i8(&picture.vector) else { continue };
        let vector = if model.is_joint {
            let failed =
                |source: neural::Error| Error::Encoder { encoder: model.id.to_string(), source: Box::new(source) };
            core.encoders.space(&model.id)?.bring(vector).map_err(failed)?
        } else {
            vector
        };
        index.set_vector(*row, &model.id, stamp, &vector)?;
    }
    Ok(())
}

/// The item's picture with the stamp of its vector; nothing where the picture was seen by another encoder.
fn wanted<'a>(model: &PictureModel, item: &'a Item) -> Option<(u64, &'a Picture)> {
    let picture = item.picture.as_ref().filter(|picture| *picture.encoder == *model.encoder)?;
    let digest: String = picture.digest.iter().map(|byte| format!("{byte:02x}")).collect();
    Some((stamp(neural::text_hash(&model.version, &digest).0), picture))
}

/// What the shop's image encoder sees in a picture, to be kept with an item.
pub(crate) fn see(core: &Core, bytes: &[u8]) -> Result<Picture> {
    let space = core.encoders.space(&model(core)?.id)?;
    let encoder = space.image();
    let vector = encoder.encode(bytes).map_err(refused)?;
    Ok(Picture::new(encoder.version(), neural::image::digest(bytes), &neural::encode_i8(&vector))?)
}

/// Whether `known` is what the encoder in use saw in these very bytes.
pub(crate) fn has_seen(core: &Core, known: &Picture, bytes: &[u8]) -> bool {
    let in_use = core.view.load().retrievers.pictures.as_ref().is_some_and(|model| *model.encoder == *known.encoder);
    in_use && known.digest == neural::image::digest(bytes)
}

/// The vector that a picture is searched with.
pub(crate) fn query_vector(core: &Core, bytes: &[u8]) -> Result<Arc<[f32]>> {
    let space = core.encoders.space(&model(core)?.id)?;
    // Through the form in which items keep it, so that an item's own picture finds it with a cosine of 1.
    let packed = neural::encode_i8(&space.image().encode(bytes).map_err(refused)?);
    let vector = neural::decode_i8(&packed).unwrap_or_default();
    space.bring(vector).map(Arc::from).map_err(|error| refused(error.into()))
}

fn model(core: &Core) -> Result<PictureModel> {
    let off =
        || FieldError::new("pictures_off", "picture", "a shop whose settings name a model for `pictures`", "none");
    core.view.load().retrievers.pictures.clone().ok_or_else(|| off().into())
}

/// A bad picture is the caller's fault, a bad model is not.
fn refused(error: PictureError) -> Error {
    if error.is_user() {
        let expected = "a whole JPEG, PNG or WebP picture within the limits";
        return FieldError::new(error.code(), "picture", expected, error.to_string()).into();
    }
    Error::Encoder { encoder: "pictures".to_owned(), source: Box::new(error) }
}

/// Items looked for beside each one.
const LOOKALIKES_MAX: usize = 50;

/// Groups of items whose pictures are the same or nearly so: at least `cosine` between each and some other of its group.
/// Largest groups first; each in order of id.
pub(crate) fn duplicates(core: &Core, cosine: f32) -> Result<Vec<Vec<ItemId>>> {
    let (view, model) = (core.view.load_full(), model(core)?);
    let rows: Vec<Row> =
        view.searcher.all().iter().filter(|row| view.searcher.vector_stamp(&model.id, *row).is_some()).collect();
    let pairs: Vec<Vec<(Row, Row)>> = core.pool.install(|| {
        let near = |row: &Row| {
            let Some(vector) = view.searcher.vector(&model.id, *row) else { return Ok(Vec::new()) };
            let hits = view.searcher.search_vectors(&model.id, &vector, view.searcher.all(), LOOKALIKES_MAX)?;
            let alike = hits.into_iter().filter(|(other, similarity)| other != row && *similarity >= cosine);
            Ok(alike.map(|(other, _)| (*row, other)).collect())
        };
        rows.par_iter().map(near).collect::<Result<_>>()
    })?;
    let names = core.names.read();
    let mut groups: Vec<Vec<ItemId>> = joined(pairs.into_iter().flatten())
        .into_iter()
        .map(|rows| rows.into_iter().filter_map(|row| ItemId::new(&**names.items.id(row)?).ok()).collect())
        .collect();
    groups.iter_mut().for_each(|group| group.sort());
    groups.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    Ok(groups)
}

/// What hangs together by pairs (union-find: each points to the least of its group known so far).
fn joined(pairs: impl Iterator<Item = (Row, Row)>) -> Vec<Vec<Row>> {
    fn root(least: &BTreeMap<Row, Row>, mut row: Row) -> Row {
        while let Some(next) = least.get(&row).filter(|next| **next != row) {
            row = *next;
        }
        row
    }
    let mut least: BTreeMap<Row, Row> = BTreeMap::new();
    for (a, b) in pairs {
        least.entry(a).or_insert(a);
        least.entry(b).or_insert(b);
        let (a, b) = (root(&least, a), root(&least, b));
        least.insert(a.max(b), a.min(b));
    }
    let mut groups: BTreeMap<Row, Vec<Row>> = BTreeMap::new();
    for row in least.keys() {
        groups.entry(root(&least, *row)).or_default().push(*row);
    }
    groups.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_become_groups() {
        let pairs = [(1, 2), (5, 6), (2, 3), (6, 5), (3, 9), (9, 7)].map(|(a, b)| (Row(a), Row(b)));
        let groups: Vec<Vec<u32>> =
            joined(pairs.into_iter()).into_iter().map(|group| group.into_iter().map(|row| row.0).collect()).collect();
        assert_eq!(groups, [vec![1, 2, 3, 7, 9], vec![5, 6]]);
    }
}
