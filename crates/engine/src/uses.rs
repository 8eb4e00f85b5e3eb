use std::path::Path;

use store::Documents;
use types::ShopId;

use crate::Result;
use crate::rebuild::{SETTINGS, SETTINGS_NEXT};

/// The shops under `data_dir` whose settings, in force or on their way, name `model`. Opens none of them, so it can be
/// asked while another process serves them.
///
/// # Errors
/// A folder or settings that cannot be read.
pub fn shops_using(data_dir: &Path, model: &str) -> Result<Vec<ShopId>> {
    let io = |error: std::io::Error| crate::Error::Store(Box::new(error));
    let folder = data_dir.join("shops");
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut shops = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(io)? {
        let entry = entry.map_err(io)?;
        let Some(id) = entry.file_name().to_str().and_then(|name| ShopId::new(name).ok()) else { continue };
        let documents = Documents::open(&entry.path().join("documents"))?;
        for name in [SETTINGS, SETTINGS_NEXT] {
            let Some(bytes) = documents.get(name)? else { continue };
            // Named as an encoder, a re-ranker, or whatever comes to use models next; a model's name needs no escaping.
            if String::from_utf8_lossy(&bytes).contains(&format!("\"{model}\"")) {
                shops.push(id.clone());
                break;
            }
        }
    }
    shops.sort();
    Ok(shops)
}
