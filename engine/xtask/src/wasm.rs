//! The target wasm32-unknown-unknown: from rustup, else Debian's packages with `-Zbuild-std`.
//!
//! `tongban plugin build` finds either by itself; here only what is missing is installed.

use std::path::Path;

use crate::process::{apt_install, output, program, step};

const TARGET: &str = "wasm32-unknown-unknown";

/// Makes sure that plugins can be built.
pub(crate) fn ensure_target() -> anyhow::Result<()> {
    if rustup_has_target() || debian_has_target() {
        return Ok(());
    }
    if step(
        "rustup target add wasm32-unknown-unknown",
        program("rustup").args(["target", "add", TARGET]),
    )
    .is_ok()
        && rustup_has_target()
    {
        return Ok(());
    }
    eprintln!("   rustup cannot fetch the target; taking Debian's packages");
    apt_install(&["rustc-web", "cargo-web", "rust-web-src", "rust-web-llvm"])
}

fn rustup_has_target() -> bool {
    let folder = output(program("rustc").args(["--print", "target-libdir", "--target", TARGET]));
    folder.is_ok_and(|it| Path::new(it.trim()).is_dir())
}

/// Debian's compiler with the sources of its standard library, which `-Zbuild-std` builds.
fn debian_has_target() -> bool {
    let sysroot = output(program("/usr/bin/rustc").args(["--print", "sysroot"]));
    sysroot.is_ok_and(|it| {
        Path::new(it.trim())
            .join("lib/rustlib/src/rust/library")
            .exists()
    }) && Path::new("/usr/bin/cargo").exists()
}
