//! Chores of the repository: `cargo xtask sizes` reports long files and functions; the tidy rules run as tests.
#![forbid(unsafe_code)]

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

fn main() -> Result<()> {
    match std::env::args().nth(1).as_deref() {
        Some("sizes") => report_sizes(&root()),
        _ => bail!("usage: cargo xtask sizes"),
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Prints the longest files and functions, tests left out; a report, not a rule.
#[allow(clippy::print_stdout, reason = "a report for people is what this command is for")]
fn report_sizes(root: &Path) -> Result<()> {
    let mut files = Vec::new();
    let mut functions = Vec::new();
    for path in sources(&root.join("crates"))? {
        let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let code: Vec<&str> = text.lines().take_while(|line| !line.starts_with("#[cfg(test)]")).collect();
        let name = path.strip_prefix(root).unwrap_or(&path).display().to_string();
        functions.extend(function_lengths(&code).into_iter().map(|(lines, what)| (lines, format!("{name}: {what}"))));
        files.push((code.len(), name));
    }
    for (title, mut rows) in [("files", files), ("functions", functions)] {
        rows.sort_by(|a, b| b.cmp(a));
        println!("longest {title} of {}:", rows.len());
        rows.iter().take(15).for_each(|(lines, what)| println!("{lines:6}  {what}"));
    }
    Ok(())
}

/// Lengths of the functions in rustfmt-formatted code: from the line with `fn` to the closing brace at its indent.
fn function_lengths(code: &[&str]) -> Vec<(usize, String)> {
    let mut lengths = Vec::new();
    for (start, line) in code.iter().enumerate() {
        let indent = line.len() - line.trim_start().len();
        let Some(rest) = line.split_once("fn ").map(|(_, rest)| rest) else { continue };
        if line.trim_start().starts_with("//") {
            continue;
        }
        let closing = format!("{}}}", " ".repeat(indent));
        if let Some(length) = code[start..].iter().position(|line| *line == closing) {
            let name = rest.split(['(', '<']).next().unwrap_or(rest);
            lengths.push((length + 1, name.to_owned()));
        }
    }
    lengths
}

fn sources(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(sources(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tidy {
    use super::*;

    /// Which of our crates each may use; the whole list of arrows.
    const ARROWS: &[(&str, &[&str])] = &[
        ("types", &[]),
        ("store", &["types"]),
        ("text", &["types"]),
        ("index", &["types"]),
        ("features", &["types"]),
        ("learn", &["types"]),
        ("neural", &["types"]),
        ("formats", &["types"]),
        ("train", &["types", "neural"]),
        ("engine", &["types", "store", "text", "index", "features", "learn", "neural", "formats"]),
        ("eval", &["types", "features", "learn", "neural", "train", "formats", "engine"]),
        ("server", &["types", "formats", "engine"]),
        ("bench", &["types", "text", "index", "learn", "neural", "engine", "eval", "server"]),
        ("cli", &["types", "formats", "neural", "train", "engine", "eval", "server", "bench"]),
    ];

    fn crates() -> Vec<String> {
        let entries = std::fs::read_dir(root().join("crates")).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Names in a manifest's `[dependencies]`.
    fn dependencies(name: &str) -> Vec<String> {
        let manifest = std::fs::read_to_string(root().join("crates").join(name).join("Cargo.toml")).unwrap();
        let section = manifest.split("\n[dependencies]").nth(1).unwrap_or_default();
        let lines = section.lines().skip(1).take_while(|line| !line.starts_with('['));
        lines.filter_map(|line| line.split(['.', ' ', '=']).next()).map(str::to_owned).collect()
    }

    #[test]
    fn arrows_point_one_way() {
        let ours = crates();
        assert_eq!(ours.len(), ARROWS.len(), "every crate has its arrows: {ours:?}");
        for (name, allowed) in ARROWS {
            for dependency in dependencies(name).iter().filter(|dependency| ours.contains(dependency)) {
                assert!(allowed.contains(&dependency.as_str()), "{name} may not use {dependency}");
            }
        }
    }

    #[test]
    fn the_map_names_every_crate_and_only_paths_that_exist() {
        let map = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
        for name in crates() {
            assert!(map.contains(&format!("`crates/{name}`")), "ARCHITECTURE.md does not mention crates/{name}");
        }
        for quoted in map.split('`').skip(1).step_by(2) {
            let is_path =
                quoted.contains('/') && !quoted.contains([' ', '{', '*', ':', '<']) && !quoted.starts_with('/');
            assert!(!is_path || root().join(quoted).exists(), "ARCHITECTURE.md names {quoted}, which does not exist");
        }
    }

    #[test]
    fn every_crate_says_what_it_is_and_only_named_kernels_are_unsafe() {
        for name in crates() {
            let folder = root().join("crates").join(&name).join("src");
            let head = ["lib.rs", "main.rs"].iter().find_map(|file| std::fs::read_to_string(folder.join(file)).ok());
            let head = head.unwrap();
            assert!(head.starts_with("//!"), "crates/{name} does not say what it is");
            for path in sources(&folder).unwrap() {
                let uses_unsafe = std::fs::read_to_string(&path).unwrap().contains("unsafe {");
                let is_kernel = path.to_string_lossy().contains("kernel");
                assert!(!uses_unsafe || is_kernel, "{} has unsafe code outside a kernel module", path.display());
            }
        }
    }
}
