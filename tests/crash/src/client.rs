//! A client that works until the server dies under its hands.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{bail, ensure};
use tongban_tests_support::client::Client;

use crate::ledger::{Case, Completion, Ledger};
use crate::model;

/// One client.
pub(crate) struct Worker {
    client: Client,
    name: String,
    // Held only to add or change a case, never over an await.
    ledger: Arc<Mutex<Ledger>>,
}

impl Worker {
    pub(crate) fn new(client: Client, name: String, ledger: Arc<Mutex<Ledger>>) -> Self {
        Self {
            client,
            name,
            ledger,
        }
    }

    /// Runs cases until a request fails, which the killed server makes it do; an answer that contradicts an earlier
    /// one ends the test.
    pub(crate) async fn work(self) -> anyhow::Result<()> {
        for n in 0_u32.. {
            let key = format!("{}-{n}", self.name);
            let case = self.add(&key);
            let Ok(instance) = model::start(&self.client, &key).await else {
                return Ok(());
            };
            self.change(case, |it| it.instance = Some(instance.clone()));
            if n % 5 == 0 {
                match model::start(&self.client, &key).await {
                    Ok(again) => ensure!(
                        again == instance,
                        "{key}: asked twice, started {instance} and {again}"
                    ),
                    Err(_) => return Ok(()),
                }
            }
            let Ok(tasks) = model::tasks(&self.client, &instance).await else {
                return Ok(());
            };
            let [task] = tasks.as_slice() else {
                bail!(
                    "{key}: {instance} was acknowledged, but its list shows {} tasks",
                    tasks.len()
                );
            };
            self.change(case, |it| {
                it.task = Some(task.id.clone());
                it.completion = Completion::Asked;
            });
            if model::complete(&self.client, &key, &task.id).await.is_err() {
                return Ok(());
            }
            self.change(case, |it| it.completion = Completion::Acknowledged);
        }
        Ok(())
    }

    fn add(&self, key: &str) -> usize {
        let mut ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner);
        let case = Case {
            key: key.to_owned(),
            instance: None,
            task: None,
            completion: Completion::NotAsked,
        };
        ledger.cases.push(case);
        ledger.cases.len() - 1
    }

    fn change(&self, case: usize, change: impl FnOnce(&mut Case)) {
        let mut ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut ledger.cases[case]);
    }
}
