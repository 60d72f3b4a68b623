//! What an accepted command leaves to be done to other instances, or to its own later: run at once
//! as a command of its own while the group's bounds allow, else stored as a continuation row.
//!
//! **Invariant:** the row and the command that left it are in one transaction, and so are the row's
//! removal and what it asked for.

use serde_json::{Value as Json, json};
use tongban_core::command::ParentLink;
use tongban_core::id::{Binding, ElementInstanceId, ProcessInstanceId};
use tongban_core::variable::Variables;

use crate::variables;

/// One thing left to be done.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum FollowUp {
    /// Make the process a call activity asked for.
    StartChild(StartChild),
    /// Tell the caller that the called process has ended.
    ReturnToParent {
        parent: ParentLink,
        child: i64,
        variables: Variables,
    },
    /// Ask the caller whether it catches an error.
    PropagateError(PropagateError),
    /// Tell a called process that nobody catches its error.
    ReturnErrorToChild { child: i64, thrower: u32 },
    /// End a called process whose call activity is gone.
    TerminateChild { child: i64 },
    /// Find out who waits for a message.
    PublishMessage(PublishMessage),
    /// Hand a message to one who waits for it.
    Correlate {
        process_instance: i64,
        subscription: u32,
        message_id: String,
        variables: Variables,
    },
    /// Go on with an instance whose step or jobs reached a bound.
    GoOn { process_instance: i64, rounds: u32 },
    /// Work on waiting jobs that an activated plugin now serves, page after page.
    ServeJobs { queues: Vec<String>, after: i64 },
    /// Start a process that an operation asked for.
    StartProcess(StartProcess),
    /// Start a process by a timer of its start event; waits for its moment.
    StartByTimer(StartByTimer),
}

/// See [`FollowUp::StartChild`]. The variables are read off the caller when the child is made.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StartChild {
    /// The call activity, as the child's parent.
    pub(crate) parent: ParentLink,
    pub(crate) process_key: String,
    pub(crate) binding: Binding,
    pub(crate) business_key: Option<String>,
    pub(crate) all_of_parent: bool,
}

/// See [`FollowUp::PropagateError`].
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PropagateError {
    pub(crate) parent: ParentLink,
    pub(crate) child: i64,
    pub(crate) thrower: u32,
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) variables: Variables,
}

/// See [`FollowUp::PublishMessage`].
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PublishMessage {
    pub(crate) name: String,
    pub(crate) correlation_key: String,
    pub(crate) message_id: String,
    pub(crate) variables: Variables,
}

/// A start event with a timer, waiting for its moment.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StartByTimer {
    pub(crate) definition: i64,
    pub(crate) element_id: String,
    pub(crate) due_at: i64,
    /// The cycle that remains after this time.
    pub(crate) then: Option<String>,
}

/// See [`FollowUp::StartProcess`].
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StartProcess {
    pub(crate) process_key: String,
    pub(crate) business_key: Option<String>,
    pub(crate) variables: Variables,
}

impl FollowUp {
    /// The kind in a continuation row.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            FollowUp::StartChild(_) => "start_child",
            FollowUp::ReturnToParent { .. } => "return_to_parent",
            FollowUp::PropagateError(_) => "propagate_error",
            FollowUp::ReturnErrorToChild { .. } => "return_error_to_child",
            FollowUp::TerminateChild { .. } => "terminate_child",
            FollowUp::PublishMessage(_) => "publish_message",
            FollowUp::Correlate { .. } => "correlate",
            FollowUp::GoOn { .. } => "go_on",
            FollowUp::ServeJobs { .. } => "serve_jobs",
            FollowUp::StartProcess(_) => "start_process",
            FollowUp::StartByTimer(_) => START_BY_TIMER,
        }
    }

    /// The instance it is for, where there is one already.
    pub(crate) fn process_instance(&self) -> Option<i64> {
        match self {
            FollowUp::StartChild(start) => Some(start.parent.instance.0),
            FollowUp::ReturnToParent { parent, .. } => Some(parent.instance.0),
            FollowUp::PropagateError(error) => Some(error.parent.instance.0),
            FollowUp::ReturnErrorToChild { child, .. } | FollowUp::TerminateChild { child } => {
                Some(*child)
            }
            FollowUp::Correlate {
                process_instance, ..
            }
            | FollowUp::GoOn {
                process_instance, ..
            } => Some(*process_instance),
            FollowUp::PublishMessage(_)
            | FollowUp::ServeJobs { .. }
            | FollowUp::StartProcess(_)
            | FollowUp::StartByTimer(_) => None,
        }
    }

    /// What a continuation row holds of it.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let json = match self {
            FollowUp::StartChild(start) => json!({
                "parent": encode_link(start.parent),
                "process": start.process_key,
                "binding": encode_binding(&start.binding),
                "business_key": start.business_key,
                "all_of_parent": start.all_of_parent,
            }),
            FollowUp::ReturnToParent {
                parent,
                child,
                variables,
            } => json!({
                "parent": encode_link(*parent),
                "child": child,
                "variables": variables::encode(variables),
            }),
            FollowUp::PropagateError(error) => json!({
                "parent": encode_link(error.parent),
                "child": error.child,
                "thrower": error.thrower,
                "code": error.code,
                "message": error.message,
                "variables": variables::encode(&error.variables),
            }),
            FollowUp::ReturnErrorToChild { child, thrower } => {
                json!({ "child": child, "thrower": thrower })
            }
            FollowUp::TerminateChild { child } => json!({ "child": child }),
            FollowUp::PublishMessage(message) => json!({
                "name": message.name,
                "key": message.correlation_key,
                "id": message.message_id,
                "variables": variables::encode(&message.variables),
            }),
            FollowUp::Correlate {
                process_instance,
                subscription,
                message_id,
                variables,
            } => json!({
                "instance": process_instance,
                "subscription": subscription,
                "id": message_id,
                "variables": variables::encode(variables),
            }),
            FollowUp::GoOn {
                process_instance,
                rounds,
            } => {
                json!({ "instance": process_instance, "rounds": rounds })
            }
            FollowUp::ServeJobs { queues, after } => {
                json!({ "queues": queues, "after": after })
            }
            FollowUp::StartProcess(start) => json!({
                "process": start.process_key,
                "business_key": start.business_key,
                "variables": variables::encode(&start.variables),
            }),
            FollowUp::StartByTimer(start) => json!({
                "definition": start.definition,
                "element": start.element_id,
                "due_at": start.due_at,
                "then": start.then,
            }),
        };
        json.to_string().into_bytes()
    }

    /// What [`FollowUp::encode`] wrote; `None` if it was not written by it.
    pub(crate) fn decode(kind: &str, payload: &[u8]) -> Option<FollowUp> {
        let json: Json = serde_json::from_slice(payload).ok()?;
        let number = |name: &str| json.get(name)?.as_i64();
        let short = |name: &str| u32::try_from(json.get(name)?.as_u64()?).ok();
        let text = |name: &str| Some(json.get(name)?.as_str()?.to_owned());
        let variables = || variables::decode(json.get("variables")?);
        let parent = || decode_link(json.get("parent")?);
        Some(match kind {
            "start_child" => FollowUp::StartChild(StartChild {
                parent: parent()?,
                process_key: text("process")?,
                binding: decode_binding(json.get("binding")?)?,
                business_key: text("business_key"),
                all_of_parent: json.get("all_of_parent")?.as_bool()?,
            }),
            "return_to_parent" => FollowUp::ReturnToParent {
                parent: parent()?,
                child: number("child")?,
                variables: variables()?,
            },
            "propagate_error" => FollowUp::PropagateError(PropagateError {
                parent: parent()?,
                child: number("child")?,
                thrower: short("thrower")?,
                code: text("code")?,
                message: text("message")?,
                variables: variables()?,
            }),
            "return_error_to_child" => FollowUp::ReturnErrorToChild {
                child: number("child")?,
                thrower: short("thrower")?,
            },
            "terminate_child" => FollowUp::TerminateChild {
                child: number("child")?,
            },
            "publish_message" => FollowUp::PublishMessage(PublishMessage {
                name: text("name")?,
                correlation_key: text("key")?,
                message_id: text("id")?,
                variables: variables()?,
            }),
            "correlate" => FollowUp::Correlate {
                process_instance: number("instance")?,
                subscription: short("subscription")?,
                message_id: text("id")?,
                variables: variables()?,
            },
            "go_on" => FollowUp::GoOn {
                process_instance: number("instance")?,
                rounds: short("rounds")?,
            },
            "serve_jobs" => FollowUp::ServeJobs {
                queues: serde_json::from_value(json.get("queues")?.clone()).ok()?,
                after: number("after")?,
            },
            "start_process" => FollowUp::StartProcess(StartProcess {
                process_key: text("process")?,
                business_key: text("business_key"),
                variables: variables()?,
            }),
            START_BY_TIMER => FollowUp::StartByTimer(StartByTimer {
                definition: number("definition")?,
                element_id: text("element")?,
                due_at: number("due_at")?,
                then: text("then"),
            }),
            _ => return None,
        })
    }
}

/// Kind of the rows that wait for their moment; the timer service reads them.
pub(crate) const START_BY_TIMER: &str = "start_by_timer";

fn encode_link(link: ParentLink) -> Json {
    json!([link.instance.0, link.element_instance.0, link.depth])
}

fn decode_link(json: &Json) -> Option<ParentLink> {
    let short = |position: usize| u32::try_from(json.get(position)?.as_u64()?).ok();
    Some(ParentLink {
        instance: ProcessInstanceId(json.get(0)?.as_i64()?),
        element_instance: ElementInstanceId(short(1)?),
        depth: short(2)?,
    })
}

fn encode_binding(binding: &Binding) -> Json {
    match binding {
        Binding::Latest => json!("latest"),
        Binding::Deployment => json!("deployment"),
        Binding::VersionTag(tag) => json!({ "tag": &**tag }),
    }
}

fn decode_binding(json: &Json) -> Option<Binding> {
    match json.as_str() {
        Some("latest") => Some(Binding::Latest),
        Some("deployment") => Some(Binding::Deployment),
        Some(_) => None,
        None => Some(Binding::VersionTag(json.get("tag")?.as_str()?.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link() -> ParentLink {
        ParentLink {
            instance: ProcessInstanceId(7),
            element_instance: ElementInstanceId(3),
            depth: 1,
        }
    }

    #[test]
    fn every_follow_up_comes_back_from_its_row() {
        let follow_ups = [
            FollowUp::StartChild(StartChild {
                parent: link(),
                process_key: "child".to_owned(),
                binding: Binding::VersionTag("v1".into()),
                business_key: None,
                all_of_parent: true,
            }),
            FollowUp::ReturnToParent {
                parent: link(),
                child: 8,
                variables: Variables::new(),
            },
            FollowUp::PropagateError(PropagateError {
                parent: link(),
                child: 8,
                thrower: 2,
                code: "E".to_owned(),
                message: "m".to_owned(),
                variables: Variables::new(),
            }),
            FollowUp::ReturnErrorToChild {
                child: 8,
                thrower: 2,
            },
            FollowUp::TerminateChild { child: 8 },
            FollowUp::PublishMessage(PublishMessage {
                name: "n".to_owned(),
                correlation_key: "k".to_owned(),
                message_id: "1".to_owned(),
                variables: Variables::new(),
            }),
            FollowUp::Correlate {
                process_instance: 7,
                subscription: 4,
                message_id: "1".to_owned(),
                variables: Variables::new(),
            },
            FollowUp::GoOn {
                process_instance: 7,
                rounds: 2,
            },
            FollowUp::ServeJobs {
                queues: vec!["archiveScan".to_owned()],
                after: 7,
            },
            FollowUp::StartProcess(StartProcess {
                process_key: "p".to_owned(),
                business_key: Some("b".to_owned()),
                variables: Variables::new(),
            }),
            FollowUp::StartByTimer(StartByTimer {
                definition: 5,
                element_id: "start".to_owned(),
                due_at: 1,
                then: Some("R/PT1H".to_owned()),
            }),
        ];
        for follow_up in follow_ups {
            let decoded = FollowUp::decode(follow_up.kind(), &follow_up.encode());
            assert_eq!(decoded, Some(follow_up));
        }
    }
}
