//! `cargo xtask generate`: writes generated files again. A test compares each with what is committed.

use crate::command::demo;
use crate::process::{cargo, step};

pub(crate) fn run() -> anyhow::Result<()> {
    let mut plugins = cargo();
    plugins
        .args(["test", "--release"])
        .env("TONGBAN_BLESS", "1");
    for plugin in crate::repository::plugins()? {
        plugins.args(["--package", &format!("tongban-plugin-{plugin}")]);
    }
    plugins.args(["--package", "tongban-tests-plugin"]);
    step("schemas of the plugins", &mut plugins)?;
    let mut feel = cargo();
    feel.args([
        "test",
        "--release",
        "--package",
        "tongban-feel",
        "generated",
    ])
    .env("TONGBAN_BLESS", "1");
    step("the functions and codes of FEEL", &mut feel)?;
    demo::build(&["--bin", "tour"])?;
    let mut api = cargo();
    api.args([
        "test",
        "--release",
        "--package",
        "tongban-tests-e2e",
        "generated",
    ])
    .env("TONGBAN_BLESS", "1");
    step("GraphQL schemas and the rights table", &mut api)?;
    demo::tour(&["--bless"])
}
