//! The tour of the README: a session that was really run, as Markdown.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use serde_json::Value;
use tongban_tests_support::paths;
use tongban_tests_support::script::{self, Memory, Script, Taken};
use tongban_tests_support::server::{Options, Server};

/// What the section begins with.
pub const BEGIN: &str = "<!-- tour:begin -->";
/// What the section ends with.
pub const END: &str = "<!-- tour:end -->";

/// The file that shows the tour.
pub fn readme() -> PathBuf {
    paths::repository().join("README.md")
}

/// Takes a new server through the tour and renders what it answered.
pub async fn walk() -> anyhow::Result<String> {
    let script = Script::read(&paths::repository().join("tests/e2e/tour.toml"))?;
    let server = Server::start(&Options::sample(&script.starts_at))?;
    let taken = script::run(&script, &server, &mut Memory::new()).await?;
    server.stop()?;
    render(&taken)
}

fn render(taken: &[Taken]) -> anyhow::Result<String> {
    let mut text = String::new();
    for (n, it) in taken.iter().filter(|it| !it.hidden).enumerate() {
        writeln!(text, "\n**{}. {}** — `{}` asks:\n", n + 1, it.title, it.by)?;
        writeln!(text, "```graphql\n{}\n```\n", it.query.trim())?;
        if it.variables.as_object().is_some_and(|it| !it.is_empty()) {
            writeln!(text, "with\n\n{}", json(&it.variables)?)?;
        }
        writeln!(text, "and is answered\n\n{}", json(&it.answer["data"])?)?;
    }
    text.push('\n');
    Ok(text)
}

fn json(value: &Value) -> anyhow::Result<String> {
    Ok(format!(
        "```json\n{}\n```\n",
        serde_json::to_string_pretty(value)?
    ))
}

/// The text between the markers of `file`.
pub fn section(file: &str) -> anyhow::Result<&str> {
    let (_, rest) = file
        .split_once(BEGIN)
        .with_context(|| format!("the README has no {BEGIN}"))?;
    let (section, _) = rest
        .split_once(END)
        .with_context(|| format!("the README has no {END}"))?;
    Ok(section)
}

/// `file` with `section` between its markers.
pub fn with_section(file: &str, section: &str) -> anyhow::Result<String> {
    let old = self::section(file)?;
    Ok(file.replacen(
        &format!("{BEGIN}{old}{END}"),
        &format!("{BEGIN}{section}{END}"),
        1,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_replaced_between_its_markers_only() {
        let file = format!("a\n{BEGIN}\nold\n{END}\nb\n");
        let new = with_section(&file, "\nnew\n").unwrap();
        assert_eq!(section(&new).unwrap(), "\nnew\n");
        assert!(new.starts_with("a\n") && new.ends_with("\nb\n"));
        assert!(section("no markers").is_err());
    }
}
