//! Plots as files.

use std::path::Path;

use anyhow::Result;

use crate::failure::user;

/// Draws into a file whose name says how.
pub(crate) fn draw(path: &Path, svg: impl FnOnce() -> String, png: impl FnOnce() -> Vec<u8>) -> Result<()> {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default().to_lowercase();
    let bytes = match extension.as_str() {
        "svg" => svg().into_bytes(),
        "png" => png(),
        _ => return Err(user(format!("{}: expected a name that ends with .svg or .png", path.display()))),
    };
    Ok(fs_err::write(path, bytes)?)
}
