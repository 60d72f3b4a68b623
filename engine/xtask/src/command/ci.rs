//! `cargo xtask ci`: what must hold before a change lands.

use crate::command::{test, tidy};
use crate::process::{cargo, step};

pub(crate) fn run() -> anyhow::Result<()> {
    step("format", cargo().args(["fmt", "--all", "--check"]))?;
    tidy::run()?;
    let mut clippy = cargo();
    clippy.args([
        "clippy",
        "--release",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]);
    step("lints", &mut clippy)?;
    let mut doc = cargo();
    doc.args([
        "doc",
        "--release",
        "--workspace",
        "--no-deps",
        "--document-private-items",
    ]);
    step("docs", doc.env("RUSTDOCFLAGS", "-D warnings"))?;
    test::run(&test::Arguments { crash_rounds: 20 })
}
