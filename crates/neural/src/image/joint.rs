use std::path::Path;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::{Head, ImageEncoder, PictureError};
use crate::manifest::{Manifest, Task};
use crate::vector::hex;
use crate::{Encoder, Error, Result};

/// One space for texts and pictures: the vectors of a text encoder and of an image encoder, each brought there by a head
/// where it does not lead there by itself.
///
/// Its folder's `model.json` (task `joint`) names the two encoders, which lie beside it as models of their own. Trained
/// heads are files with the roles `text-head` and `image-head`; a pair that was trained together, such as CLIP's two
/// towers, needs none.
pub struct JointSpace {
    manifest: Manifest,
    version: String,
    text: Arc<Encoder>,
    image: Arc<ImageEncoder>,
    text_head: Option<Head>,
    image_head: Option<Head>,
}

impl JointSpace {
    /// Loads the joint model in `folder` on the two encoders that its manifest names.
    ///
    /// # Errors
    /// Names the file that is wrong, or the encoder that does not fit.
    pub fn load(folder: &Path, text: Arc<Encoder>, image: Arc<ImageEncoder>) -> Result<Self> {
        let manifest = Manifest::read(folder)?;
        manifest.expect(folder, Task::Joint)?;
        let head = |role: &str| {
            let path = manifest.file(folder, role);
            path.map(|path| Head::load(&path, &manifest.id, manifest.dims)).transpose()
        };
        let (text_head, image_head) = (head("text-head")?, head("image-head")?);
        let version = Self::version_of(&manifest, text.version(), image.version());
        let space = Self { version, text, image, text_head, image_head, manifest };
        space.check(folder)?;
        Ok(space)
    }

    /// Whether both sides lead to vectors of the space's length, tried once so that a query never finds out.
    fn check(&self, folder: &Path) -> Result<()> {
        let refused = |field, got: String| Error::ManifestValue {
            path: folder.join("model.json"),
            field,
            expected: "an encoder whose vectors lead to `dims` numbers",
            got,
        };
        let first = |dims: usize| (0..dims).map(|at| if at == 0 { 1.0 } else { 0.0 }).collect::<Vec<f32>>();
        let text = self.from_text(&first(self.text.dims()));
        text.map_err(|_| refused("towers.text", format!("{} with {} numbers", self.text.id(), self.text.dims())))?;
        let image = self.from_picture(&first(self.image.dims()));
        image
            .map_err(|_| refused("towers.image", format!("{} with {} numbers", self.image.id(), self.image.dims())))?;
        Ok(())
    }

    /// The version of a joint model on encoders of these versions, without loading any of them.
    pub fn version_of(manifest: &Manifest, text: &str, image: &str) -> String {
        let mut hasher = Sha256::new();
        for part in [&manifest.version(), text, image] {
            hasher.update(part.as_bytes());
            hasher.update([0]);
        }
        format!("{}@{}", manifest.id, hex(&hasher.finalize()[..6]))
    }

    /// The model's stable name.
    pub fn id(&self) -> &str {
        &self.manifest.id
    }

    /// The name with a digest of everything that changes a vector.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Numbers in a vector.
    pub fn dims(&self) -> usize {
        self.manifest.dims
    }

    /// The encoder of its texts.
    pub fn text(&self) -> &Arc<Encoder> {
        &self.text
    }

    /// The encoder of its pictures.
    pub fn image(&self) -> &Arc<ImageEncoder> {
        &self.image
    }

    /// The vector of a query.
    ///
    /// # Errors
    /// Where a network cannot be run.
    pub fn encode_query(&self, text: &str) -> Result<Vec<f32>> {
        self.from_text(&self.text.encode_query(text)?)
    }

    /// The vector of a picture.
    ///
    /// # Errors
    /// As [`ImageEncoder::encode`].
    pub fn encode_picture(&self, picture: &[u8]) -> std::result::Result<Vec<f32>, PictureError> {
        Ok(self.from_picture(&self.image.encode(picture)?)?)
    }

    /// What the text encoder's vector of a query becomes here.
    ///
    /// # Errors
    /// Where the vector is of another encoder.
    pub fn from_text(&self, vector: &[f32]) -> Result<Vec<f32>> {
        self.bring(self.text_head.as_ref(), vector)
    }

    /// What the image encoder's vector becomes here.
    ///
    /// # Errors
    /// Where the vector is of another encoder.
    pub fn from_picture(&self, vector: &[f32]) -> Result<Vec<f32>> {
        self.bring(self.image_head.as_ref(), vector)
    }

    fn bring(&self, head: Option<&Head>, vector: &[f32]) -> Result<Vec<f32>> {
        match head {
            Some(head) => head.apply(vector),
            None => super::encoder::unit(self.id(), vector.to_vec(), self.dims()),
        }
    }
}
