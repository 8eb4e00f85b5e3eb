//! Where the models and the fixtures are, where nobody says.

use std::path::{Path, PathBuf};

/// The folder called `name`: in the working folder, beside or above the program, else in the source tree it was built
/// from.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let here = PathBuf::from(name);
    if here.is_dir() {
        return Some(here);
    }
    let program = std::env::current_exe().ok();
    let above = program.iter().flat_map(|program| program.ancestors().skip(1)).map(|folder| folder.join(name));
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name);
    // `…/crates/cli/../../models` reads better without the detour.
    let source = fs_err::canonicalize(&source).unwrap_or(source);
    above.chain(std::iter::once(source)).find(|folder| folder.is_dir())
}
