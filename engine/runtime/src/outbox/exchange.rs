//! The exchange with other departments: the trait, and the simulated one of the sample county.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::Value as Json;

/// A question to another department.
#[derive(Debug, Clone)]
pub struct Question {
    /// Names the question; the same again when it is repeated.
    pub check_id: String,
    /// The county bureau that asks.
    pub tenant: Arc<str>,
    /// The kind of check, as the plugin declares it.
    pub kind: Arc<str>,
    /// What is asked, as the plugin's `prepare` operation built it.
    pub request: Json,
    /// How long an answer may take.
    pub timeout: Duration,
}

/// The answer of another department.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// `MATCH`, `MISMATCH`, `NOT_FOUND`, or another code of the check kind.
    pub outcome: String,
    /// What the department said.
    pub body: Json,
}

/// Why there is no answer. Always worth another try.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExchangeError {
    /// The source does not answer.
    #[error("source {kind} is down")]
    SourceDown {
        /// The kind of check.
        kind: String,
    },
    /// The answer took too long.
    #[error("source {kind} did not answer within {timeout_ms} ms")]
    Timeout {
        /// The kind of check.
        kind: String,
        /// How long was waited.
        timeout_ms: u64,
    },
    /// No source is known for this kind of check.
    #[error("no source is configured for {kind}")]
    UnknownSource {
        /// The kind of check.
        kind: String,
    },
}

/// Whoever can ask other departments.
#[async_trait]
pub trait Exchange: Send + Sync {
    /// Asks once.
    async fn ask(&self, question: &Question) -> Result<Answer, ExchangeError>;

    /// Switches a source off or on; false where this exchange cannot do that.
    fn switch(&self, kind: &str, available: bool) -> bool;
}

/// An exchange that answers from tables; for developers, the sample county and tests.
///
/// A table is a JSON file named after the check kind (`X-MARRIAGE.json`):
/// `{"kind": "X-MARRIAGE", "match": ["/path", …], "entries": [{"request": {…}, "outcome": "MATCH", "body": {…}}]}`.
/// The first entry all of whose `request` members equal those of the question answers it;
/// a question without an entry is answered `NOT_FOUND`.
#[derive(Debug, Default)]
pub struct SimulatedExchange {
    tables: BTreeMap<String, Table>,
    // Kinds switched off. Guards only this set; never held over an await.
    down: Mutex<BTreeSet<String>>,
}

#[derive(Debug, Deserialize)]
struct Table {
    kind: String,
    #[serde(default)]
    entries: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
struct Entry {
    request: Json,
    outcome: String,
    #[serde(default)]
    body: Json,
}

/// Why the tables of a simulated exchange could not be read.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// A file could not be read.
    #[error("could not read the exchange table {path}")]
    Read {
        /// The file or folder.
        path: String,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// A file is not a table.
    #[error("{path} is not an exchange table")]
    Parse {
        /// The file.
        path: String,
        /// The cause.
        #[source]
        source: serde_json::Error,
    },
}

impl SimulatedExchange {
    /// An exchange with the tables of a folder; one without tables if the folder is absent.
    pub fn open(folder: &Path) -> Result<SimulatedExchange, TableError> {
        let mut exchange = SimulatedExchange::default();
        if !folder.exists() {
            return Ok(exchange);
        }
        let display = |path: &Path| path.display().to_string();
        let read = |source| TableError::Read {
            path: display(folder),
            source,
        };
        for entry in std::fs::read_dir(folder).map_err(read)? {
            let path = entry.map_err(read)?.path();
            if path.extension().is_none_or(|it| it != "json") {
                continue;
            }
            let text = std::fs::read(&path).map_err(|source| TableError::Read {
                path: display(&path),
                source,
            })?;
            exchange
                .add_table(&text)
                .map_err(|source| TableError::Parse {
                    path: display(&path),
                    source,
                })?;
        }
        Ok(exchange)
    }

    /// Adds one table.
    pub fn add_table(&mut self, json: &[u8]) -> Result<(), serde_json::Error> {
        let table: Table = serde_json::from_slice(json)?;
        self.tables.insert(table.kind.clone(), table);
        Ok(())
    }
}

#[async_trait]
impl Exchange for SimulatedExchange {
    async fn ask(&self, question: &Question) -> Result<Answer, ExchangeError> {
        let kind = question.kind.as_ref();
        if self
            .down
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .contains(kind)
        {
            return Err(ExchangeError::SourceDown {
                kind: kind.to_owned(),
            });
        }
        let table = self
            .tables
            .get(kind)
            .ok_or_else(|| ExchangeError::UnknownSource {
                kind: kind.to_owned(),
            })?;
        let entry = table
            .entries
            .iter()
            .find(|it| agrees(&it.request, &question.request));
        Ok(match entry {
            Some(entry) => Answer {
                outcome: entry.outcome.clone(),
                body: entry.body.clone(),
            },
            None => Answer {
                outcome: "NOT_FOUND".to_owned(),
                body: Json::Null,
            },
        })
    }

    fn switch(&self, kind: &str, available: bool) -> bool {
        let mut down = self.down.lock().unwrap_or_else(PoisonError::into_inner);
        if available {
            down.remove(kind);
        } else {
            down.insert(kind.to_owned());
        }
        true
    }
}

/// Whether every member that `pattern` names is in `request` with the same value.
fn agrees(pattern: &Json, request: &Json) -> bool {
    match (pattern, request) {
        (Json::Object(pattern), Json::Object(request)) => pattern
            .iter()
            .all(|(name, value)| request.get(name).is_some_and(|it| agrees(value, it))),
        (pattern, request) => pattern == request,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange() -> SimulatedExchange {
        let mut exchange = SimulatedExchange::default();
        let table = serde_json::json!({"kind": "X-MARRIAGE", "entries": [
            {"request": {"idNumber": "1"}, "outcome": "MATCH", "body": {"status": "MARRIED"}}]});
        exchange.add_table(table.to_string().as_bytes()).unwrap();
        exchange
    }

    fn question(id_number: &str) -> Question {
        Question {
            check_id: "c".to_owned(),
            tenant: Arc::from("150627"),
            kind: Arc::from("X-MARRIAGE"),
            request: serde_json::json!({"idNumber": id_number, "name": "x"}),
            timeout: Duration::from_secs(1),
        }
    }

    #[tokio::test]
    async fn the_simulated_exchange_answers_from_its_table() {
        let exchange = exchange();
        assert_eq!(exchange.ask(&question("1")).await.unwrap().outcome, "MATCH");
        assert_eq!(
            exchange.ask(&question("2")).await.unwrap().outcome,
            "NOT_FOUND"
        );
    }

    #[tokio::test]
    async fn a_source_that_is_switched_off_does_not_answer() {
        let exchange = exchange();
        assert!(exchange.switch("X-MARRIAGE", false));
        assert!(exchange.ask(&question("1")).await.is_err());
        assert!(exchange.switch("X-MARRIAGE", true));
        assert!(exchange.ask(&question("1")).await.is_ok());
    }
}
