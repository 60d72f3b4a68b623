//! Where the things under test lie.

use std::env;
use std::path::PathBuf;

/// The repository.
pub fn repository() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.ancestors()
        .nth(2)
        .expect("this crate lies two folders below the repository")
        .to_owned()
}

/// The folder that cargo builds into.
pub fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| repository().join("target"), PathBuf::from)
}

/// The server binary: `TONGBAN_BIN`, else the release build.
pub fn binary() -> PathBuf {
    env::var_os("TONGBAN_BIN").map_or_else(|| target().join("release/tongban"), PathBuf::from)
}

/// The package of a plugin of ours, as `cargo xtask` packs it.
pub fn package(plugin: &str) -> PathBuf {
    target().join("plugins").join(format!("{plugin}.tbp"))
}

/// The sample county.
pub fn sample_county() -> PathBuf {
    repository().join("examples/county-150627")
}

/// The font of tests, so that documents are the same on every machine.
pub fn font() -> PathBuf {
    repository().join("tests/font/NotoSansCJKsc-subset.otf")
}
