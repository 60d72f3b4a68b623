//! The webhook connector: sent after the commit, again after a failure, dead in the end.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value as Json, json};
use tongban_runtime::engine::Options;
use tongban_runtime::outbox::webhook::{
    WebhookAnswer, WebhookError, WebhookMessage, WebhookSender, WebhookTarget, Webhooks,
};

use crate::support::{World, eventually, options, sequence, user};

/// A target that answers as it is told, one answer a try; the last one for ever.
#[derive(Default)]
pub(crate) struct Target {
    statuses: Vec<u16>,
    seen: Mutex<Vec<WebhookMessage>>,
}

impl Target {
    pub(crate) fn answering(statuses: &[u16]) -> Arc<Target> {
        Arc::new(Target {
            statuses: statuses.to_vec(),
            seen: Mutex::default(),
        })
    }

    pub(crate) fn seen(&self) -> Vec<WebhookMessage> {
        self.seen.lock().unwrap().clone()
    }
}

#[async_trait]
impl WebhookSender for Target {
    async fn send(&self, message: &WebhookMessage) -> Result<WebhookAnswer, WebhookError> {
        let mut seen = self.seen.lock().unwrap();
        let place = seen.len().min(self.statuses.len() - 1);
        seen.push(message.clone());
        match self.statuses[place] {
            status @ 200..=299 => Ok(WebhookAnswer {
                status,
                body: json!({"ticket": "T-1"}),
            }),
            0 => panic!("a bug in the sender"),
            status => Err(WebhookError::Refused {
                target: message.target.to_string(),
                status,
            }),
        }
    }
}

/// A target that answers nobody until it is told to.
#[derive(Default)]
pub(crate) struct Withholding {
    pub(crate) may_answer: tokio::sync::Notify,
}

#[async_trait]
impl WebhookSender for Withholding {
    async fn send(&self, _message: &WebhookMessage) -> Result<WebhookAnswer, WebhookError> {
        self.may_answer.notified().await;
        let body = json!({});
        Ok(WebhookAnswer { status: 200, body })
    }
}

pub(crate) fn with<S>(target: &Arc<S>, terms: WebhookTarget) -> Options
where
    S: WebhookSender + 'static,
{
    let targets: BTreeMap<Arc<str>, WebhookTarget> = [(Arc::from("archive"), terms)].into();
    Options {
        webhooks: Webhooks {
            sender: target.clone(),
            targets,
        },
        ..options()
    }
}

fn terms() -> WebhookTarget {
    WebhookTarget {
        timeout: Duration::from_secs(2),
        tries: 4,
        back_off_ms: 5,
        ..WebhookTarget::default()
    }
}

pub(crate) fn send(target: &str) -> (&'static str, String) {
    let xml = format!(
        r#"<serviceTask id="send"><extensionElements><zeebe:taskDefinition type="tongban:webhook"/><zeebe:taskHeaders><zeebe:header key="target" value="{target}"/></zeebe:taskHeaders></extensionElements></serviceTask>"#
    );
    ("send", xml)
}

async fn world(target: &Arc<Target>, terms: WebhookTarget) -> World {
    let world = World::new(with(target, terms)).await;
    world
        .deploy(&sequence("p", &[send("archive"), user("u")]))
        .await;
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_fails_twice_is_sent_the_same_again() {
    let target = Target::answering(&[503, 500, 200]);
    let world = world(&target, terms()).await;
    world.start("p", json!({"caseNo": "L-1"})).await;
    eventually(async || world.open_tasks().await.len() == 1).await;
    let seen = target.seen();
    let attempts: Vec<u32> = seen.iter().map(|it| it.attempt).collect();
    assert_eq!(attempts, [1, 2, 3]);
    let same = |it: &WebhookMessage| {
        it.idempotency_key == seen[0].idempotency_key && it.body == seen[0].body
    };
    assert!(seen.iter().all(same), "{seen:?}");
    let body: Json = serde_json::from_slice(&seen[0].body).unwrap();
    assert_eq!(body["variables"], json!({"caseNo": "L-1"}));
    assert_eq!(
        (&body["processKey"], &body["elementId"]),
        (&json!("p"), &json!("send"))
    );
    assert!(world.incidents().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_for_good_or_too_often_is_an_incident() {
    let target = Target::answering(&[422]);
    let refusing = world(&target, terms()).await;
    refusing.start("p", json!({})).await;
    eventually(async || refusing.incidents().await.len() == 1).await;
    assert_eq!(target.seen().len(), 1);
    let message = refusing.incidents().await[0].message.to_string();
    assert!(message.contains("answered 422"), "{message}");

    let target = Target::answering(&[503]);
    let failing = world(&target, terms()).await;
    failing.start("p", json!({})).await;
    eventually(async || failing.incidents().await.len() == 1).await;
    assert_eq!(target.seen().len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_whose_target_is_not_configured_is_an_incident() {
    let target = Target::answering(&[200]);
    let world = World::new(with(&target, terms())).await;
    world.deploy(&sequence("p", &[send("nowhere")])).await;
    world.start("p", json!({})).await;
    eventually(async || world.incidents().await.len() == 1).await;
    let message = world.incidents().await[0].message.to_string();
    assert!(message.contains("nowhere"), "{message}");
    assert!(target.seen().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_fails_again_and_again_is_left_alone() {
    let target = Target::answering(&[503]);
    let patient = WebhookTarget {
        tries: 100,
        back_off_ms: 1,
        at_once_max: 1,
        open_after: 3,
        open_ms: 60_000,
        ..terms()
    };
    let world = world(&target, patient).await;
    for _ in 0..5 {
        world.start("p", json!({})).await;
    }
    eventually(async || target.seen().len() == 3).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(target.seen().len(), 3);
    assert!(world.incidents().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_sent_at_a_crash_is_sent_at_once_afterwards() {
    let silent = Target::answering(&[503]);
    let slow = WebhookTarget {
        back_off_ms: 600_000,
        ..terms()
    };
    let mut world = world(&silent, slow).await;
    world.start("p", json!({})).await;
    eventually(async || !silent.seen().is_empty()).await;
    let target = Target::answering(&[200]);
    world.crash(with(&target, terms())).await;
    // On SQLite nobody else can have it: neither the lease nor the pause of before is waited for.
    eventually(async || world.open_tasks().await.len() == 1).await;
    let (before, after) = (silent.seen(), target.seen());
    assert_eq!(before[0].idempotency_key, after[0].idempotency_key);
    assert_eq!(before[0].body, after[0].body);
}
