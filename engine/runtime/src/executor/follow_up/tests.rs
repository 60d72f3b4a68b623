//! Each follow-up comes back from its row as it went there.

use std::sync::Arc;

use tongban_core::id::{ElementInstanceId, ProcessInstanceId};
use tongban_feel::time::Date;
use tongban_feel::value::Value;

use super::*;

fn link() -> ParentLink {
    ParentLink {
        instance: ProcessInstanceId(7),
        element_instance: ElementInstanceId(3),
        depth: 1,
    }
}

fn path() -> Vec<ChildThrower> {
    vec![ChildThrower {
        instance: ProcessInstanceId(9),
        element_instance: ElementInstanceId(4),
    }]
}

fn variables() -> Variables {
    let date = Date::new(2026, 4, 7).unwrap();
    Variables::from_iter([("date".into(), Value::Date(date))])
}

fn message() -> Message {
    Message {
        id: 12,
        name: "n".to_owned(),
        correlation_key: "k".to_owned(),
        message_id: Some("m".to_owned()),
        time_to_live_us: 60,
        variables: variables(),
    }
}

fn of_children() -> Vec<FollowUp> {
    let answer = Answer {
        child: 8,
        thrower: 2,
        path: path(),
    };
    vec![
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
            variables: variables(),
        },
        FollowUp::PropagateError(PropagateError {
            parent: link(),
            child: 8,
            thrower: 2,
            path: path(),
            code: "E".to_owned(),
            message: "m".to_owned(),
            variables: variables(),
        }),
        FollowUp::ReturnErrorToChild(answer.clone()),
        FollowUp::PropagateEscalation(PropagateEscalation {
            parent: link(),
            child: 8,
            thrower: 2,
            path: Vec::new(),
            code: "LATE".to_owned(),
            variables: variables(),
        }),
        FollowUp::AnswerEscalation(answer),
        FollowUp::TerminateChild { child: 8 },
    ]
}

fn of_iterations() -> Vec<FollowUp> {
    let (process_instance, body) = (7, 3);
    vec![
        FollowUp::StartIterations {
            process_instance,
            body,
            limit: 50,
        },
        FollowUp::ReturnIteration {
            parent: link(),
            child: 8,
            loop_counter: 5,
            variables: variables(),
        },
        FollowUp::TerminateIterations {
            process_instance,
            body,
            after: 9,
        },
        FollowUp::CollectOutputs {
            process_instance,
            body,
            after: 2_000,
        },
    ]
}

fn of_messages_and_signals() -> Vec<FollowUp> {
    let (process_instance, subscription) = (7, 4);
    vec![
        FollowUp::PublishMessage(message()),
        FollowUp::Correlate(Correlate {
            process_instance,
            subscription,
            process_key: "p".to_owned(),
            message: message(),
        }),
        FollowUp::TakeMessage(TakeMessage {
            process_instance,
            subscription,
            process_key: "p".to_owned(),
            name: "n".to_owned(),
            correlation_key: "k".to_owned(),
        }),
        FollowUp::OfferMessages(OfferMessages {
            process_key: "p".to_owned(),
            correlation_key: None,
            after: Some((1, 2)),
        }),
        FollowUp::BroadcastSignal(BroadcastSignal {
            name: "s".to_owned(),
            source: Some(7),
            at: 1,
            after: (7, 4),
            variables: variables(),
        }),
        FollowUp::ReceiveSignal {
            process_instance,
            subscriptions: vec![4, 6],
            variables: variables(),
        },
        FollowUp::StartBySignal {
            process_key: "p".to_owned(),
            name: "s".to_owned(),
            variables: variables(),
        },
    ]
}

fn of_the_rest() -> Vec<FollowUp> {
    vec![
        FollowUp::GoOn {
            process_instance: 7,
            rounds: 2,
        },
        FollowUp::RunBatch { batch: 11 },
        FollowUp::RunBatchItem(RunBatchItem {
            batch: 11,
            process_instance: 7,
            incidents: Some((101, 250)),
        }),
        FollowUp::ServeJobs {
            queues: vec!["archiveScan".to_owned()],
            after: 7,
        },
        FollowUp::StartProcess(StartProcess {
            process_key: "p".to_owned(),
            business_key: Some("b".to_owned()),
            variables: variables(),
        }),
        FollowUp::StartByTimer(StartByTimer {
            definition: 5,
            element_id: "start".to_owned(),
            due_at: 1,
            then: Some("R/PT1H".to_owned()),
        }),
    ]
}

#[test]
fn every_follow_up_comes_back_from_its_row() {
    let all = [
        of_children(),
        of_iterations(),
        of_messages_and_signals(),
        of_the_rest(),
    ];
    let mut kinds = std::collections::BTreeSet::new();
    for follow_up in all.concat() {
        assert!(kinds.insert(follow_up.kind()), "{follow_up:?}");
        let row = follow_up.encode(&Principal::engine());
        let decoded = FollowUp::decode(follow_up.kind(), &row);
        assert_eq!(decoded, Some((follow_up, Principal::engine())));
    }
}

#[test]
fn the_kind_of_a_row_is_the_name_in_its_payload() {
    let terminate = FollowUp::TerminateChild { child: 8 };
    let row = terminate.encode(&Principal::engine());
    assert_eq!(FollowUp::decode("go_on", &row), None);
    assert_eq!(row, br#"{"do":{"terminate_child":{"child":8}}}"#);
}

#[test]
fn what_is_left_is_done_in_the_name_of_whoever_left_it() {
    let terminate = FollowUp::TerminateChild { child: 8 };
    let li = Principal {
        id: Arc::from("li"),
        roles: vec![Arc::from("REGISTRAR")],
        division: Some(Arc::from("15062701")),
        person: None,
    };
    let row = terminate.encode(&li);
    let decoded = FollowUp::decode("terminate_child", &row);
    assert_eq!(decoded, Some((terminate, li)));
}
