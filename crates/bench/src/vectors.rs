use neural::Encoder;
use types::{Item, Language};

use crate::catalogue::Catalogue;
use crate::options::Watch;
use crate::{Error, Result};

/// Vectors for items whose real ones would take hours: real vectors of some titles, each item near one of them.
/// So they lie where an encoder puts them, and the vectors of real queries lie among them.
pub(crate) struct Vectors {
    /// The encoder they are said to be of.
    pub(crate) encoder: String,
    centres: Vec<Vec<f32>>,
    version: String,
}

/// Titles that are really encoded.
const CENTRES: usize = 1_000;
/// Length of what is added to a centre: an item's cosine to it is then about .89, like that between two titles of the
/// same kind.
const SPREAD: f64 = 0.5;

impl Vectors {
    /// Encodes the titles of the first items.
    pub(crate) fn new(catalogue: &Catalogue, encoder: &Encoder, items: usize, watch: &Watch<'_>) -> Result<Self> {
        let count = CENTRES.min(items);
        let mut centres = Vec::with_capacity(count);
        for from in (0..count).step_by(50) {
            watch.tell("encoding titles", from, count)?;
            let titles = (from..count.min(from + 50)).map(|number| Ok(catalogue.item(number)?.title().to_owned()));
            let titles = titles.collect::<Result<Vec<String>>>()?;
            centres.extend(encoder.encode_passages(&titles.iter().map(String::as_str).collect::<Vec<_>>())?);
        }
        Ok(Self { encoder: encoder.id().to_owned(), centres, version: encoder.version().to_owned() })
    }

    /// Numbers in a vector.
    pub(crate) fn dimensions(&self) -> usize {
        self.centres.first().map_or(0, Vec::len)
    }

    /// The vector of an item.
    pub(crate) fn vector(&self, catalogue: &Catalogue, number: usize) -> Vec<f32> {
        const KIND: u64 = u64::MAX;
        let mut rng = catalogue.rng(number, KIND);
        let centre = &self.centres[catalogue.template(number) % self.centres.len()];
        let scale = SPREAD / (centre.len() as f64).sqrt();
        let mut vector: Vec<f32> = centre.iter().map(|value| value + (scale * rng.normal()) as f32).collect();
        let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
        vector.iter_mut().for_each(|value| *value /= length);
        vector
    }

    /// Vectors of the items from `first` on as `Shop::import_vectors` takes them, filed under the items' titles.
    pub(crate) fn export(&self, catalogue: &Catalogue, first: usize, items: &[Item]) -> Result<Vec<u8>> {
        let mut out = b"mercato vectors 1\n".to_vec();
        put_bytes(&mut out, self.version.as_bytes())?;
        put_count(&mut out, items.len())?;
        for (at, item) in items.iter().enumerate() {
            // The encoder reads the title alone: that is how the shop is set up.
            let title = item.text(types::well_known::TITLE).map_or("", |texts| texts.best(Language::Other));
            out.extend_from_slice(&neural::text_hash(&self.version, title).0);
            put_bytes(&mut out, &neural::encode_i8(&self.vector(catalogue, first + at)))?;
        }
        Ok(out)
    }
}

fn put_count(out: &mut Vec<u8>, count: usize) -> Result<()> {
    let count = u32::try_from(count).map_err(|_| Error::Option { option: "items", expected: "fewer" })?;
    out.extend_from_slice(&count.to_le_bytes());
    Ok(())
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) -> Result<()> {
    put_count(out, bytes.len())?;
    out.extend_from_slice(bytes);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::tests::fixtures;

    #[test]
    fn vectors_are_unit_near_their_centre_and_always_the_same() {
        let catalogue = Catalogue::read(&fixtures().join("amazon"), 1).unwrap();
        let mut centre = vec![0.0f32; 384];
        centre[0] = 1.0;
        let vectors = Vectors { encoder: "test".to_owned(), centres: vec![centre], version: "test@1".to_owned() };
        for number in 0..50 {
            let vector = vectors.vector(&catalogue, number);
            assert_eq!(vector, vectors.vector(&catalogue, number));
            assert!((vector.iter().map(|value| value * value).sum::<f32>() - 1.0).abs() < 1e-4);
            assert!((0.85..0.93).contains(&vector[0]), "{}", vector[0]);
        }
        let items: Vec<Item> = (0..3).map(|number| catalogue.item(number).unwrap()).collect();
        let bytes = vectors.export(&catalogue, 0, &items).unwrap();
        assert_eq!(bytes.len(), 18 + 4 + 6 + 4 + 3 * (16 + 4 + 388));
    }
}
