//! Configuration: one TOML file, overridden by `TONGBAN_<SECTION>__<KEY>` variables, overridden by the command line.

mod anonymous;
mod auth;
mod bench;
mod clock;
mod database;
mod document;
mod engine;
mod log;
mod server;
mod telemetry;
mod webhook;
mod worker;

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Deserialize;

pub(crate) use anonymous::Anonymous;
pub(crate) use auth::{Auth, Issuer};
pub(crate) use bench::Bench;
pub(crate) use clock::{Clock, Mode};
pub(crate) use database::Database;
pub(crate) use document::Document;
pub(crate) use engine::Engine;
pub(crate) use log::{Format, Log};
pub(crate) use server::Server;
pub(crate) use telemetry::Telemetry;
pub(crate) use webhook::Webhook;
pub(crate) use worker::Worker;

/// Everything that can be configured, with its default.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    /// Addresses and folders.
    pub(crate) server: Server,
    /// Where the data lies.
    pub(crate) database: Database,
    /// How much is done at the same time.
    pub(crate) engine: Engine,
    /// Where due times come from.
    pub(crate) clock: Clock,
    /// Who may ask.
    pub(crate) auth: Auth,
    /// Who asks without a token.
    pub(crate) anonymous: Anonymous,
    /// What is logged.
    pub(crate) log: Log,
    /// Where metrics and health are served.
    pub(crate) telemetry: Telemetry,
    /// What documents are made with.
    pub(crate) document: Document,
    /// Where messages may be sent to, by name.
    pub(crate) webhook: BTreeMap<String, Webhook>,
    /// Which jobs programs may take, by the ids of their tokens.
    pub(crate) worker: BTreeMap<String, Worker>,
    /// What measurements need.
    pub(crate) bench: Bench,
}

impl Config {
    /// Reads the file, if one is named, and the environment.
    pub(crate) fn load(file: Option<&Path>) -> anyhow::Result<Self> {
        let mut builder = config::Config::builder();
        if let Some(file) = file {
            let source = config::File::from(file).format(config::FileFormat::Toml);
            builder = builder.add_source(source.required(true));
        }
        let environment = config::Environment::with_prefix("TONGBAN")
            .prefix_separator("_")
            .separator("__")
            .try_parsing(true)
            .source(Some(variables(std::env::vars_os())));
        let read = builder
            .add_source(environment)
            .build()
            .context("cannot read the configuration")?;
        read.try_deserialize()
            .context("the configuration is not valid")
    }

    /// The database URL, a SQLite file in the data folder unless another is named.
    pub(crate) fn database_url(&self) -> String {
        self.database.url.clone().unwrap_or_else(|| {
            format!(
                "sqlite:{}",
                self.server.data.join("tongban.sqlite").display()
            )
        })
    }

    /// How many executors run.
    pub(crate) fn executors(&self) -> u32 {
        let usual = if self.database_url().starts_with("sqlite") {
            1
        } else {
            2
        };
        self.engine.executors.unwrap_or(usual).max(1)
    }

    /// The name of this node, made up and kept in the data folder if none is configured.
    pub(crate) fn node(&self) -> anyhow::Result<String> {
        if let Some(name) = &self.engine.node {
            return Ok(name.clone());
        }
        let file = self.server.data.join("node.id");
        if let Ok(name) = std::fs::read_to_string(&file) {
            return Ok(name.trim().to_owned());
        }
        let name = uuid::Uuid::new_v4().to_string();
        std::fs::write(&file, &name).with_context(|| format!("cannot write {}", file.display()))?;
        Ok(name)
    }

    /// The key file of the development issuer.
    pub(crate) fn issuer_key(&self) -> PathBuf {
        self.server.data.join("issuer.key")
    }
}

/// Variables that name a section and a key; other programs of ours have names without a section.
fn variables(all: impl Iterator<Item = (OsString, OsString)>) -> HashMap<String, String> {
    let texts =
        all.filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    texts
        .filter(|(name, _)| name.starts_with("TONGBAN_") && name.contains("__"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str) -> anyhow::Result<Config> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tongban.toml");
        std::fs::write(&path, text).unwrap();
        Config::load(Some(&path))
    }

    #[test]
    fn a_file_overrides_defaults() {
        let config = load("[server]\nlisten = '127.0.0.1:1'\n[clock]\nmode = 'manual'").unwrap();
        assert_eq!(config.server.listen.port(), 1);
        assert_eq!(config.clock.mode, Mode::Manual);
        assert!(
            config
                .database_url()
                .starts_with("sqlite:data/tongban.sqlite")
        );
    }

    #[test]
    fn an_unknown_key_is_refused_by_name() {
        let error = format!("{:#}", load("[server]\nlisen = 'x'").unwrap_err());
        assert!(error.contains("lisen"), "{error}");
    }

    #[test]
    fn only_variables_with_a_section_are_configuration() {
        let all = [
            ("TONGBAN_SERVER__LISTEN", "x"),
            ("TONGBAN_BIN", "y"),
            ("PATH__X", "z"),
        ];
        let found = variables(
            all.into_iter()
                .map(|(name, value)| (name.into(), value.into())),
        );
        assert_eq!(found.keys().collect::<Vec<_>>(), ["TONGBAN_SERVER__LISTEN"]);
    }
}
