//! `mercato completions` and `mercato man`, made from the definitions of the commands.

use std::path::Path;

use anyhow::{Context as _, Result};
use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::args::Args;
use crate::output;

/// Prints the completions for a shell.
pub(crate) fn completions(shell: Shell) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "mercato", &mut script);
    output::line(String::from_utf8(script)?.trim_end())
}

/// Writes a manual page for every command into a folder.
pub(crate) fn man(folder: &Path) -> Result<()> {
    fs_err::create_dir_all(folder)?;
    clap_mangen::generate_to(Args::command(), folder)
        .with_context(|| format!("the manual cannot be written to {}", folder.display()))?;
    output::line(&format!("the manual is in {}: `man -l {}`", folder.display(), folder.join("mercato.1").display()))
}
