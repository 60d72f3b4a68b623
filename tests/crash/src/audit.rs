//! The audit: what was acknowledged is there, once; what was not answered is answered now.

use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use tongban_tests_support::client::Client;

use crate::ledger::{Case, Completion, Ledger};
use crate::model;

/// Looks at a case until its timer has fired; the timer is a tenth of a second.
const TIMER_TRIES_MAX: u32 = 100;

/// What the audit found wrong.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    pub(crate) lost: Vec<String>,
    pub(crate) doubled: Vec<String>,
}

/// Asks again for every answer that never came, and checks the cases of the last round.
pub(crate) async fn settle(ledger: &mut Ledger, client: &Client) -> anyhow::Result<()> {
    for n in ledger.n_settled..ledger.cases.len() {
        let case = ledger.cases[n].clone();
        let settled = ask_again(case, client, &mut ledger.n_asked_again).await?;
        let mut verdict = Verdict::default();
        check(&settled, client, &mut verdict).await?;
        if let Some(it) = verdict.lost.iter().chain(&verdict.doubled).next() {
            bail!("{it}");
        }
        ledger.cases[n] = settled;
    }
    ledger.n_settled = ledger.cases.len();
    Ok(())
}

async fn ask_again(
    mut case: Case,
    client: &Client,
    n_asked_again: &mut u64,
) -> anyhow::Result<Case> {
    let instance = match case.instance.take() {
        Some(instance) => instance,
        None => {
            *n_asked_again += 1;
            model::start(client, &case.key)
                .await
                .with_context(|| format!("{}: start, asked again", case.key))?
        }
    };
    if case.completion == Completion::Asked {
        *n_asked_again += 1;
        let task = case
            .task
            .as_deref()
            .context("a completion was asked of a task")?;
        model::complete(client, &case.key, task)
            .await
            .with_context(|| format!("{}: completion, asked again", case.key))?;
        case.completion = Completion::Acknowledged;
    }
    // Asking once more with the same key must name the same instance.
    let again = model::start(client, &case.key).await?;
    ensure!(
        again == instance,
        "{}: started as {instance} and as {again}",
        case.key
    );
    case.instance = Some(instance);
    Ok(case)
}

/// Every case of every round.
pub(crate) async fn whole(ledger: &Ledger, client: &Client) -> anyhow::Result<Verdict> {
    let mut verdict = Verdict::default();
    for case in &ledger.cases {
        check(case, client, &mut verdict).await?;
    }
    Ok(verdict)
}

async fn check(case: &Case, client: &Client, verdict: &mut Verdict) -> anyhow::Result<()> {
    let Some(instance) = &case.instance else {
        return Ok(());
    };
    let found = model::instances(client, &case.key).await?;
    match found.as_slice() {
        [] => verdict
            .lost
            .push(format!("{}: instance {instance} is gone", case.key)),
        [only] if only == instance => {}
        others => verdict
            .doubled
            .push(format!("{}: instances {others:?}", case.key)),
    }
    let mut tries = 0;
    let tasks = loop {
        let tasks = model::tasks(client, instance).await?;
        let waits = case.completion == Completion::Acknowledged && tasks.len() < 2;
        if !waits || tries == TIMER_TRIES_MAX {
            break tasks;
        }
        tries += 1;
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let of = |element: &str| {
        tasks
            .iter()
            .filter(|it| it.element == element)
            .collect::<Vec<_>>()
    };
    let (first, second) = (of("first"), of("second"));
    if first.len() > 1 || second.len() > 1 {
        verdict
            .doubled
            .push(format!("{}: tasks {tasks:?}", case.key));
    }
    let is_completed = first.iter().any(|it| it.state == "COMPLETED");
    if first.is_empty()
        || case.completion == Completion::Acknowledged && (!is_completed || second.is_empty())
    {
        verdict.lost.push(format!(
            "{}: completion {:?}, but tasks {tasks:?}",
            case.key, case.completion
        ));
    }
    Ok(())
}
