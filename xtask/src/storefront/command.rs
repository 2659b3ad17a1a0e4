//! `cargo xtask storefront`: the committed example, or a variant of it elsewhere.

use super::{Variant, expected, faults, quarter, readme, write};
use std::io;
use std::path::{Path, PathBuf};

/// How it is called.
pub const USAGE: &str = "cargo xtask storefront [[--repair FAULT] [--rename] -o DIR]";

/// Writes the committed example below `root`, or with `-o` a variant of it into an empty folder.
///
/// # Errors
/// The options are wrong, the folder is not empty, or a file cannot be written.
pub fn run(root: &Path, options: &[&str]) -> io::Result<()> {
    let wrong = |message: String| io::Error::new(io::ErrorKind::InvalidInput, message);
    let mut variant = Variant::default();
    let mut target: Option<PathBuf> = None;
    let mut options = options.iter();
    while let Some(option) = options.next() {
        let mut value = || options.next().copied().ok_or_else(|| wrong(format!("{option} needs a value")));
        match *option {
            "--repair" => {
                let id = value()?;
                let events = quarter::events().map_err(io::Error::other)?;
                let own = events.iter().filter(|event| !event.happens.is_empty() || event.missed.is_some());
                let known: Vec<&str> =
                    faults().map(|fault| fault.id).chain(own.map(|event| event.id.as_str())).collect();
                if !known.contains(&id) {
                    return Err(wrong(format!("no fault {id}; there are {}", known.join(", "))));
                }
                variant.repaired = Some(id);
            }
            "--rename" => variant.renamed = true,
            "-o" => target = Some(value()?.into()),
            other => return Err(wrong(format!("unknown option {other}; usage: {USAGE}"))),
        }
    }
    let folder = match target {
        Some(folder) => {
            // Files of another variant left in the folder would be taken for part of this one.
            if folder.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
                return Err(wrong(format!("{} is not empty", folder.display())));
            }
            folder
        }
        None if variant.repaired.is_some() || variant.renamed => {
            return Err(wrong("a variant needs -o DIR: the committed example has every fault".to_owned()));
        }
        None => {
            let folder = root.join("examples/storefront");
            if folder.exists() {
                std::fs::remove_dir_all(&folder)?;
            }
            folder
        }
    };
    write(&folder, variant)?;
    std::fs::write(folder.join("expected.toml"), expected(variant).map_err(io::Error::other)?)?;
    if variant.repaired.is_none() && !variant.renamed {
        std::fs::write(folder.join("README.md"), readme().map_err(io::Error::other)?)?;
    }
    Ok(())
}
