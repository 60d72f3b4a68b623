//! Carries changes from node to node, so that a subscriber hears of what another node has committed.
//!
//! What is carried says that something changed, never its content, and it may be lost with a
//! connection: then everybody here is told that something may have been missed.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value as Json, json};
use tokio::sync::mpsc;
use tongban_store::database::notice::{Heard, Listener, TEXT_BYTES_MAX};

use crate::change::{Change, Subject, UserTaskChange};
use crate::command::{IncidentId, UserTaskId};
use crate::executor::stop::chain;
use crate::service::StopSignal;
use crate::shared::Shared;

/// Batches of changes that wait to be carried.
const QUEUE_MAX: usize = 1024;
/// Changes of so long go out together.
const GATHER: Duration = Duration::from_millis(15);
/// More texts than this at a time are not worth sending: the others are told that they missed some.
const TEXTS_MAX: usize = 16;
const HEAR_AGAIN: Duration = Duration::from_secs(1);

type Changes = Arc<[Change]>;

/// Where changes of this node go.
pub(crate) fn channel() -> (mpsc::Sender<Changes>, mpsc::Receiver<Changes>) {
    mpsc::channel(QUEUE_MAX)
}

/// Sends the changes of this node, until it is told to stop.
pub(crate) async fn send(
    shared: Arc<Shared>,
    origin: Arc<str>,
    mut changes: mpsc::Receiver<Changes>,
    mut stop: StopSignal,
) {
    loop {
        let first = tokio::select! {
            first = changes.recv() => first,
            () = stop.stopping() => return,
        };
        let Some(first) = first else { return };
        tokio::time::sleep(GATHER).await;
        let mut gathered = first.to_vec();
        while let Ok(more) = changes.try_recv() {
            gathered.extend(more.iter().cloned());
        }
        for text in texts(&origin, &gathered) {
            if let Err(error) = shared.database.notify(&text).await {
                tracing::warn!(error = %chain(&error), "other nodes were not told of a change");
            }
        }
    }
}

/// Hears the changes of other nodes, until it is told to stop.
pub(crate) async fn hear(
    shared: Arc<Shared>,
    origin: Arc<str>,
    mut listener: Listener,
    mut stop: StopSignal,
) {
    while !stop.is_stopping() {
        let heard = tokio::select! {
            heard = listener.hear() => heard,
            () = stop.stopping() => return,
        };
        let changes = match heard {
            Ok(Heard::Text(text)) => read(&origin, &text),
            Ok(Heard::Missed) => vec![missed()],
            Err(error) => {
                tracing::warn!(error = %chain(&error), "cannot hear the other nodes; it is tried again");
                tokio::time::sleep(HEAR_AGAIN).await;
                vec![missed()]
            }
        };
        if !changes.is_empty() {
            wake_workers(&shared, &changes);
            // Nobody may be listening.
            drop(shared.changes.send(changes.into()));
        }
    }
}

/// Wakes the worker that has waited longest here for jobs which another node has offered. If those
/// are gone when it looks, it waits on.
fn wake_workers(shared: &Shared, changes: &[Change]) {
    let offered = changes.iter().filter_map(|it| match &it.subject {
        Subject::Jobs { job_type } => Some((it.tenant.clone(), job_type.clone())),
        _ => None,
    });
    for queue in offered.collect::<BTreeSet<_>>() {
        shared.job_queues.wake(&queue, 1);
    }
}

fn missed() -> Change {
    Change {
        tenant: Arc::from(""),
        subject: Subject::Missed,
    }
}

/// Changes as texts, none longer than may be sent.
fn texts(origin: &str, changes: &[Change]) -> Vec<String> {
    let mut texts = Vec::new();
    let mut parts: Vec<String> = Vec::new();
    let mut n_bytes = 0;
    let head = format!("{{\"from\":{},\"changes\":[", Json::from(origin));
    let close = |parts: &mut Vec<String>| format!("{head}{}]}}", std::mem::take(parts).join(","));
    for change in changes {
        let part = encode(change).to_string();
        if head.len() + n_bytes + part.len() + 3 > TEXT_BYTES_MAX {
            texts.push(close(&mut parts));
            n_bytes = 0;
        }
        n_bytes += part.len() + 1;
        parts.push(part);
    }
    if !parts.is_empty() {
        texts.push(close(&mut parts));
    }
    if texts.len() > TEXTS_MAX {
        parts.push(encode(&missed()).to_string());
        return vec![close(&mut parts)];
    }
    texts
}

fn encode(change: &Change) -> Json {
    let tenant = &*change.tenant;
    match &change.subject {
        Subject::UserTask { user_task, kind } => {
            let kind = match kind {
                UserTaskChange::Created => "created",
                UserTaskChange::Assigned => "assigned",
                UserTaskChange::Completed => "completed",
                UserTaskChange::Canceled => "canceled",
                UserTaskChange::Escalated => "escalated",
            };
            json!([
                tenant,
                "task",
                user_task.process_instance,
                user_task.number,
                kind
            ])
        }
        Subject::ProcessInstance(id) => json!([tenant, "instance", id]),
        Subject::Incident(id) => json!([tenant, "incident", id.process_instance, id.number]),
        Subject::Record { kind, id } => json!([tenant, "record", &**kind, &**id]),
        Subject::Batch(id) => json!([tenant, "batch", id]),
        Subject::Deadlines => json!([tenant, "deadlines"]),
        Subject::Schedule(key) => json!([tenant, "schedule", &**key]),
        Subject::Notice(id) => json!([tenant, "notice", id]),
        Subject::Jobs { job_type } => json!([tenant, "jobs", &**job_type]),
        Subject::Plugins => json!([tenant, "plugins"]),
        Subject::Clock => json!([tenant, "clock"]),
        Subject::Missed => json!([tenant, "missed"]),
    }
}

/// The changes of another node that a text tells of. What cannot be understood, such as the text of a
/// newer node, counts as missed.
fn read(origin: &str, text: &str) -> Vec<Change> {
    let Ok(json) = serde_json::from_str::<Json>(text) else {
        return vec![missed()];
    };
    if json["from"] == origin {
        return Vec::new();
    }
    let changes = json["changes"].as_array().map(Vec::as_slice);
    let changes = changes.unwrap_or_default().iter();
    changes
        .map(|it| decode(it).unwrap_or_else(missed))
        .collect()
}

fn decode(json: &Json) -> Option<Change> {
    let text = |position: usize| json.get(position)?.as_str();
    let number = |position: usize| json.get(position)?.as_i64();
    let short = |position: usize| u32::try_from(json.get(position)?.as_u64()?).ok();
    let subject = match text(1)? {
        "task" => Subject::UserTask {
            user_task: UserTaskId {
                process_instance: number(2)?,
                number: short(3)?,
            },
            kind: match text(4)? {
                "created" => UserTaskChange::Created,
                "assigned" => UserTaskChange::Assigned,
                "completed" => UserTaskChange::Completed,
                "canceled" => UserTaskChange::Canceled,
                "escalated" => UserTaskChange::Escalated,
                _ => return None,
            },
        },
        "instance" => Subject::ProcessInstance(number(2)?),
        "incident" => Subject::Incident(IncidentId {
            process_instance: number(2)?,
            number: short(3)?,
        }),
        "record" => Subject::Record {
            kind: Arc::from(text(2)?),
            id: Arc::from(text(3)?),
        },
        "batch" => Subject::Batch(number(2)?),
        "deadlines" => Subject::Deadlines,
        "schedule" => Subject::Schedule(Arc::from(text(2)?)),
        "notice" => Subject::Notice(number(2)?),
        "jobs" => Subject::Jobs {
            job_type: Arc::from(text(2)?),
        },
        "plugins" => Subject::Plugins,
        "clock" => Subject::Clock,
        "missed" => Subject::Missed,
        _ => return None,
    };
    Some(Change {
        tenant: Arc::from(text(0)?),
        subject,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(number: u32) -> Change {
        Change {
            tenant: Arc::from("150627"),
            subject: Subject::UserTask {
                user_task: UserTaskId {
                    process_instance: 7,
                    number,
                },
                kind: UserTaskChange::Completed,
            },
        }
    }

    fn all() -> Vec<Change> {
        let id = IncidentId {
            process_instance: 7,
            number: 2,
        };
        let record = Subject::Record {
            kind: Arc::from("divorce_case"),
            id: Arc::from("d-1"),
        };
        let subjects = [
            Subject::ProcessInstance(7),
            Subject::Incident(id),
            record,
            Subject::Batch(11),
            Subject::Deadlines,
            Subject::Schedule(Arc::from("recheck")),
            Subject::Notice(9),
            Subject::Jobs {
                job_type: Arc::from("send-sms"),
            },
            Subject::Plugins,
            Subject::Clock,
            Subject::Missed,
        ];
        let change = |subject| Change {
            tenant: Arc::from("150627"),
            subject,
        };
        let mut all: Vec<Change> = subjects.into_iter().map(change).collect();
        all.push(task(1));
        all
    }

    #[test]
    fn changes_arrive_at_other_nodes_and_not_at_their_own() {
        let [text] = texts("a", &all()).try_into().unwrap();
        assert_eq!(read("b", &text), all());
        assert_eq!(read("a", &text), []);
    }

    #[test]
    fn many_changes_go_in_texts_that_may_be_sent() {
        let changes: Vec<Change> = (0..500).map(task).collect();
        let texts = texts("a", &changes);
        assert!(texts.len() > 1);
        assert!(texts.iter().all(|it| it.len() <= TEXT_BYTES_MAX));
        let arrived: Vec<Change> = texts.iter().flat_map(|it| read("b", it)).collect();
        assert_eq!(arrived, changes);
    }

    #[test]
    fn too_many_changes_are_told_as_missed() {
        let changes: Vec<Change> = (0..50_000).map(task).collect();
        let [text] = texts("a", &changes).try_into().unwrap();
        assert_eq!(read("b", &text), [missed()]);
    }

    #[test]
    fn what_cannot_be_understood_counts_as_missed() {
        assert_eq!(read("b", "what?"), [missed()]);
        let newer = r#"{"from":"a","changes":[["150627","unheard-of"]]}"#;
        assert_eq!(read("b", newer), [missed()]);
    }
}
