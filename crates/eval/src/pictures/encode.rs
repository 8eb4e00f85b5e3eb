use std::collections::BTreeMap;
use std::path::Path;

use engine::Progress;
use neural::image::ImageEncoder;
use neural::{Encoder, text_hash};

use super::data::{PictureData, PictureProduct};
use super::vectors::VectorFile;
use crate::{Error, Result};

/// Texts and pictures encoded between two looks at whether to go on.
const BATCH: usize = 128;

/// The vectors of products: what heads are trained on, and what is searched in an evaluation.
pub struct PictureVectors {
    /// What the data are called.
    pub name: String,
    /// Different texts, each encoded as a query.
    pub texts: Vec<String>,
    /// Their vectors, as the text encoder gives them.
    pub text_vectors: Vec<Vec<f32>>,
    /// The products' pictures, as the image encoder gives them.
    pub picture_vectors: Vec<Vec<f32>>,
    /// The products, in the same order as the pictures; those whose picture cannot be read are left out.
    pub products: Vec<PictureProduct>,
    /// For each product, its texts: one a template that gives one.
    pub texts_of: Vec<Vec<usize>>,
    /// Ids of products whose pictures cannot be read, with the reason.
    pub unreadable: Vec<(String, String)>,
}

/// Encodes products with both encoders. Vectors are kept in `work`, so that what was done is not done again. `templates`
/// say which texts a product has: `{title}`, `{gender} {colour}`, or `{*}` for all attributes.
///
/// # Errors
/// Where an encoder fails or `work` cannot be written, and where `progress` stops it.
pub fn encode_pictures(
    data: &PictureData,
    templates: &[String],
    (text, image): (&Encoder, &ImageEncoder),
    work: &Path,
    progress: &mut dyn FnMut(Progress) -> bool,
) -> Result<PictureVectors> {
    let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
    let mut texts_of: Vec<Vec<usize>> = data
        .products
        .iter()
        .map(|product| {
            let filled = templates.iter().filter_map(|template| fill(template, product));
            let mut numbers_of: Vec<usize> = filled
                .map(|text| {
                    let next = numbers.len();
                    *numbers.entry(text).or_insert(next)
                })
                .collect();
            numbers_of.dedup();
            numbers_of
        })
        .collect();
    let mut texts = vec![String::new(); numbers.len()];
    numbers.into_iter().for_each(|(text, number)| texts[number] = text);

    let total = (texts.len() + data.products.len()) as u64;
    let mut step = Steps { done: 0, total, progress };
    let text_vectors = encode_texts(&texts, text, work, &mut step)?;
    let mut unreadable = Vec::new();
    let pictures = encode_files(data, image, work, &mut step, &mut unreadable)?;
    let mut products = data.products.clone();
    let mut readable = pictures.iter().map(Option::is_some);
    products.retain(|_| readable.next().unwrap_or_default());
    let mut readable = pictures.iter().map(Option::is_some);
    texts_of.retain(|_| readable.next().unwrap_or_default());
    let picture_vectors = pictures.into_iter().flatten().collect();
    let name = crate::dataset_name(&data.dir);
    Ok(PictureVectors { name, texts, text_vectors, picture_vectors, products, texts_of, unreadable })
}

struct Steps<'a> {
    done: u64,
    total: u64,
    progress: &'a mut dyn FnMut(Progress) -> bool,
}

impl Steps<'_> {
    fn advance(&mut self, by: usize) -> Result<()> {
        self.done += by as u64;
        let go_on = (self.progress)(Progress { done: self.done, total: self.total });
        if go_on { Ok(()) } else { Err(Error::Nothing("the encoding".to_owned(), "it was stopped")) }
    }
}

fn encode_texts(texts: &[String], encoder: &Encoder, work: &Path, step: &mut Steps<'_>) -> Result<Vec<Vec<f32>>> {
    let mut file = VectorFile::open(work, &format!("queries-{}", encoder.version()), encoder.dims())?;
    let key = |text: &String| text_hash(encoder.version(), text).0;
    for batch in texts.chunks(BATCH) {
        let missing: Vec<&String> = batch.iter().filter(|text| !file.has(&key(text))).collect();
        let vectors = queries(encoder, &missing)?;
        let records: Vec<_> = missing.iter().map(|text| key(text)).zip(vectors).collect();
        file.add(&records)?;
        step.advance(batch.len())?;
    }
    Ok(texts.iter().map(|text| file.get(&key(text)).unwrap_or_default()).collect())
}

/// The vectors of queries, computed side by side.
fn queries(encoder: &Encoder, texts: &[&String]) -> Result<Vec<Vec<f32>>> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let part = texts.len().div_ceil(threads).max(1);
    let parts: Vec<neural::Result<Vec<Vec<f32>>>> = std::thread::scope(|scope| {
        let encode = |texts: &[&String]| texts.iter().map(|text| encoder.encode_query(text)).collect();
        let running: Vec<_> = texts.chunks(part).map(|texts| scope.spawn(move || encode(texts))).collect();
        running
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    let mut vectors = Vec::with_capacity(texts.len());
    for part in parts {
        vectors.extend(part?);
    }
    Ok(vectors)
}

/// The pictures' vectors; `None` for one that cannot be read.
fn encode_files(
    data: &PictureData,
    encoder: &ImageEncoder,
    work: &Path,
    step: &mut Steps<'_>,
    unreadable: &mut Vec<(String, String)>,
) -> Result<Vec<Option<Vec<f32>>>> {
    let mut file = VectorFile::open(work, encoder.version(), encoder.dims())?;
    let mut vectors = Vec::with_capacity(data.products.len());
    for batch in data.products.chunks(BATCH) {
        let mut read = Vec::with_capacity(batch.len());
        for product in batch {
            let bytes = data.pictures.read(&product.id).map_err(|error| Error::file(&data.dir, error))?;
            read.push(bytes.unwrap_or_default());
        }
        let keys: Vec<[u8; 16]> = read.iter().map(|bytes| neural::image::digest(bytes)).collect();
        let missing: Vec<usize> = (0..batch.len()).filter(|at| !file.has(&keys[*at])).collect();
        let bytes: Vec<&[u8]> = missing.iter().map(|at| read[*at].as_slice()).collect();
        let mut records = Vec::new();
        for (at, encoded) in missing.into_iter().zip(encoder.encode_all(&bytes)) {
            match encoded {
                Ok(vector) => records.push((keys[at], vector)),
                Err(error) if error.is_user() => unreadable.push((batch[at].id.clone(), error.to_string())),
                Err(neural::image::PictureError::Encoder(error)) => return Err(error.into()),
                Err(error) => return Err(Error::file(&data.dir, std::io::Error::other(error))),
            }
        }
        file.add(&records)?;
        vectors.extend(keys.iter().map(|key| file.get(key)));
        step.advance(batch.len())?;
    }
    Ok(vectors)
}

/// A template with a product's values; nothing where none of its names has one.
fn fill(template: &str, product: &PictureProduct) -> Option<String> {
    let mut words: Vec<&str> = Vec::new();
    let mut found = false;
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        words.push(before.trim());
        match name {
            "title" => words.push(product.title.as_str()),
            "*" => words.extend(product.attributes.values().map(String::as_str)),
            name => words.extend(product.attributes.get(name).map(String::as_str)),
        }
        found |= words.last().is_some_and(|word| !word.is_empty());
        rest = after;
    }
    words.push(rest.trim());
    words.retain(|word| !word.is_empty());
    found.then(|| words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_take_what_there_is() {
        let attributes =
            [("colour", "蓝色"), ("kind", "衬衫")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        let product = PictureProduct { id: "1".into(), title: "Shirt".into(), attributes: attributes.into() };
        let filled = |template| fill(template, &product);
        assert_eq!(filled("{title}").unwrap(), "Shirt");
        assert_eq!(filled("a photo of {colour} {kind}").unwrap(), "a photo of 蓝色 衬衫");
        assert_eq!(filled("{*}").unwrap(), "蓝色 衬衫");
        assert_eq!(filled("{season}"), None);
        assert_eq!(filled("{title").unwrap(), "Shirt");
    }
}
