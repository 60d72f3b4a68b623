//! Where things lie.

use std::env;
use std::path::PathBuf;

/// The repository.
pub(crate) fn root() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.ancestors()
        .nth(2)
        .expect("xtask lies two folders below the repository")
        .to_owned()
}

/// The folder that cargo builds into.
pub(crate) fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The server binary.
pub(crate) fn binary() -> PathBuf {
    target().join("release/tongban")
}

/// Where packages of our plugins are put.
pub(crate) fn packages() -> PathBuf {
    target().join("plugins")
}

/// Names of our plugins, which are the folders below `plugins/`.
pub(crate) fn plugins() -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(root().join("plugins"))? {
        let path = entry?.path();
        if path.join("plugin.toml").is_file() {
            names.extend(
                path.file_name()
                    .and_then(|it| it.to_str())
                    .map(str::to_owned),
            );
        }
    }
    names.sort();
    Ok(names)
}
