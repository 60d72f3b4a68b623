//! Other versions of our plugins: the files of one changed, packed with the component that is built.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};

use crate::{folder, paths};

/// Packs the plugin whose files lie in `source`, after `change` was applied to a copy of them; the copy and the package
/// lie in `into`.
pub fn repack(
    (plugin, source): (&str, &Path),
    into: &Path,
    change: impl FnOnce(&Path) -> anyhow::Result<()>,
) -> anyhow::Result<PathBuf> {
    let copy = into.join("plugin");
    folder::copy(source, &copy)?;
    change(&copy)?;
    let component = into.join("plugin.wasm");
    fs::write(&component, built_component(plugin)?).context("cannot write the component")?;
    let package = into.join(format!("{plugin}.tbp"));
    let packed = Command::new(paths::binary())
        .args(["plugin", "pack"])
        .arg(&copy)
        .arg("--component")
        .arg(&component)
        .arg("--output")
        .arg(&package)
        .output()
        .context("cannot run tongban plugin pack")?;
    let said = String::from_utf8_lossy(&packed.stderr);
    ensure!(packed.status.success(), "{plugin} was not packed: {said}");
    Ok(package)
}

/// The component of the package as it was built.
fn built_component(plugin: &str) -> anyhow::Result<Vec<u8>> {
    let path = paths::package(plugin);
    let file = fs::File::open(&path).with_context(|| format!("cannot open {}", path.display()))?;
    let mut archive = zip::ZipArchive::new(file).context("a package is an archive")?;
    let mut entry = archive.by_name("plugin.wasm").context("no component")?;
    let mut bytes = Vec::new();
    entry.read_to_end(&mut bytes).context("cannot read it")?;
    Ok(bytes)
}
