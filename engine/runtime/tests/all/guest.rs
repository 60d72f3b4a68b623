//! Guest programs of the tests as packages.

use std::path::Path;
use std::process::Command as Process;
use std::sync::Arc;

use tongban_host::component;
use tongban_host::package::Package;

/// Builds the guest in `folder` and packs it with the plugin's files beside it; `built` names the
/// variable that may hold the path of one that is built.
pub(crate) fn package(folder: &Path, program: &str, built: Option<&str>) -> Arc<[u8]> {
    Package::from_folder(&folder.join("plugin"), component(folder, program, built))
        .unwrap()
        .pack()
        .into()
}

/// The same guest without its files.
pub(crate) fn component(folder: &Path, program: &str, built: Option<&str>) -> Vec<u8> {
    let module = match built.and_then(std::env::var_os) {
        Some(path) => std::fs::read(path).unwrap(),
        None => build(folder, program),
    };
    component::encode(&module).unwrap()
}

fn build(folder: &Path, program: &str) -> Vec<u8> {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/guests");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Process::new(cargo)
        .args([
            "build",
            "--release",
            "--locked",
            "--target",
            "wasm32-unknown-unknown",
            "--target-dir",
        ])
        .arg(&target)
        .current_dir(folder)
        .env("RUSTFLAGS", "-Clink-arg=-zstack-size=131072")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env_remove("CARGO_TARGET_DIR")
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    std::fs::read(target.join(format!("wasm32-unknown-unknown/release/{program}.wasm"))).unwrap()
}
