//! Stored forms of events and states.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use proptest::prelude::*;
use tongban_core::command::{ChildThrower, Iteration, ParentLink};
use tongban_core::event::compensation::{
    CompensationCarriedOut, CompensationRegistered, CompensationStarted,
};
use tongban_core::event::condition::ConditionSubscriptionOpened;
use tongban_core::event::escalation::{EscalationAnswered, EscalationPropagated};
use tongban_core::event::migration::{InstanceMigrated, UserTaskMigrated};
use tongban_core::event::modification::InstanceModified;
use tongban_core::event::{
    ChildRequested, DecisionEvaluated, DecisionEvidence, DecisionRequested, DecisionRule,
    ElementActivating, ErrorPropagated, Event, Form, InstanceCompleted, InstanceCreated,
    InstanceTerminated, JobKind, ListenerCall, OpenJob, TimerDue,
};
use tongban_core::id::{
    Binding, CompensationId, DefinitionId, ElementIdx, ElementInstanceId, FlowIdx, IncidentId,
    Instant, JobId, ProcessInstanceId, SubscriptionId, TimerId, UserTaskId,
};
use tongban_core::incident::Kind;
use tongban_core::state::ad_hoc_sub_process::AdHoc;
use tongban_core::state::arrival::{Arrival, Awaited};
use tongban_core::state::compensation::{
    CarriesOut, Compensation, CompensationRun, CompletedActivity,
};
use tongban_core::state::condition_subscription::ConditionSubscription;
use tongban_core::state::element_instance::{Child, ElementInstance, Interruption, Phase, Request};
use tongban_core::state::incident::Incident;
use tongban_core::state::instance::{Instance, Status};
use tongban_core::state::job::{Job, JobPhase};
use tongban_core::state::message_subscription::MessageSubscription;
use tongban_core::state::multi_instance::{Collection, Loop, Spread};
use tongban_core::state::signal_subscription::SignalSubscription;
use tongban_core::state::timer::Timer;
use tongban_core::state::user_task::{Completing, UserTask};
use tongban_core::state::{State, StateParts};
use tongban_core::variable::Variables;
use tongban_core::work::Work;
use tongban_feel::number::Number;
use tongban_feel::time::{Date, DateTime, DaysTimeDuration, Time, YearsMonthsDuration};
use tongban_feel::value::{Bound, Context, List, Range, Value};
use tongban_store::error::Error;
use tongban_store::record::{decode_events, decode_state, encode_events, encode_state};

use crate::support::process;

fn text(text: &str) -> Arc<str> {
    Arc::from(text)
}

fn variables(values: Vec<Value>) -> Variables {
    let named = values
        .into_iter()
        .enumerate()
        .map(|(n, it)| (text(&format!("变量 {n}")), it));
    named.collect()
}

/// One value of each type.
fn values() -> Vec<Value> {
    let mut context = Context::new();
    context.insert("b", Value::Null);
    context.insert("a", Value::from(vec![Value::from(1), Value::from("二")]));
    let bound = |value: i64, included| {
        Some(Bound {
            value: Value::from(value),
            included,
        })
    };
    vec![
        Value::Null,
        Value::Boolean(true),
        Value::from(-42_i64),
        Value::Number("12345678901234567890.1234567890".parse::<Number>().unwrap()),
        Value::Number("1E-300".parse::<Number>().unwrap()),
        Value::from("伊金霍洛旗"),
        Value::Date(Date::new(2026, 3, 5).unwrap()),
        Value::Time(Time::parse("09:30:00.5+08:00").unwrap()),
        Value::DateTime(DateTime::parse("2026-03-05T09:30:00@Asia/Shanghai").unwrap()),
        Value::DateTime(DateTime::parse("2026-03-05T09:30:00").unwrap()),
        Value::DaysTimeDuration(DaysTimeDuration::parse("-P30DT1H").unwrap()),
        Value::YearsMonthsDuration(YearsMonthsDuration::parse("P1Y6M").unwrap()),
        Value::from(context),
        Value::Range(Arc::new(Range {
            start: bound(1, true),
            end: None,
        })),
        Value::Range(Arc::new(Range {
            start: None,
            end: bound(9, false),
        })),
    ]
}

fn parent() -> ParentLink {
    ParentLink {
        instance: ProcessInstanceId(5),
        element_instance: ElementInstanceId(6),
        depth: 2,
    }
}

fn path() -> Vec<ChildThrower> {
    vec![ChildThrower {
        instance: ProcessInstanceId(3),
        element_instance: ElementInstanceId(4),
    }]
}

fn iteration() -> Iteration {
    Iteration {
        part: text("ask"),
        loop_counter: 4,
        count: 9,
        item: Some(Value::from("person")),
    }
}

fn a_loop(variables: &Variables, spread: Option<Spread>) -> Option<Box<Loop>> {
    let items: Vec<Value> = variables.iter().map(|(_, value)| value.clone()).collect();
    Some(Box::new(Loop {
        count: 9,
        first: 1,
        last: 9,
        next: 5,
        completed: 2,
        terminated: 1,
        is_satisfied: true,
        outputs: (1..).zip(items.clone()).collect(),
        items: Arc::new(List::new(items)),
        spread,
    }))
}

fn work(variables: &Variables) -> Vec<Work> {
    let id = ElementInstanceId(9);
    vec![
        Work::Enter {
            scope: id,
            flow: FlowIdx(1),
        },
        Work::Start {
            scope: id,
            element: ElementIdx(2),
            received: variables.clone(),
        },
        Work::Activate { id },
        Work::Complete {
            id,
            received: variables.clone(),
        },
        Work::Terminate { id },
        Work::Settle { scope: id },
        Work::Retry { id },
        Work::Join {
            scope: id,
            element: ElementIdx(3),
        },
        Work::Evaluate {
            subscription: SubscriptionId(13),
        },
        Work::Compensate {
            scope: id,
            run: CompensationId(14),
        },
    ]
}

fn user_task() -> Event {
    let Event::UserTaskCreated(mut task) = process::user_task(2, "REGISTRAR", Some(9), 50, 8)
    else {
        panic!("a user task is created by its event")
    };
    task.form = Some(Form::Id {
        form_id: text("f"),
        binding: Binding::VersionTag(text("v1")),
    });
    task.headers = BTreeMap::from([(text("k"), text("v"))]);
    task.follow_up_at = Some(Instant(7));
    Event::UserTaskCreated(task)
}

/// One event of each variant, in the order of the stored form.
fn every_event(variables: &Variables) -> Vec<Event> {
    let (id, received) = (ElementInstanceId(2), variables.clone());
    let (instance, child) = (ProcessInstanceId(1), ProcessInstanceId(3));
    let variables = variables.clone();
    let element_instance = id;
    vec![
        Event::InstanceCreated(InstanceCreated {
            instance,
            definition: DefinitionId(7),
            process_key: text("divorce"),
            business_key: Some(text("L-1")),
            start: ElementIdx(1),
            parent: Some(parent()),
            iteration: Some(iteration()),
            created_at: Instant(1_772_674_200_000_000),
        }),
        Event::InstanceCompleted(InstanceCompleted {
            instance,
            parent: Some(parent()),
            loop_counter: Some(4),
            variables: variables.clone(),
            ended_at: Instant(2),
        }),
        Event::InstanceTerminated(InstanceTerminated {
            instance,
            ended_at: Instant(-2),
        }),
        Event::ElementActivating(ElementActivating {
            id,
            element: ElementIdx(4),
            scope: Some(ElementInstanceId(1)),
            consumed: vec![FlowIdx(1), FlowIdx(300)],
            received: received.clone(),
            is_triggered: true,
            is_chosen: true,
            loop_counter: Some(2),
        }),
        Event::ElementActivated { id },
        Event::ElementCompleting {
            id,
            received: received.clone(),
        },
        Event::ElementCompleted { id },
        Event::ElementTerminating { id },
        Event::ElementTerminated { id },
        Event::ElementInterrupted {
            id,
            by: ElementIdx(8),
            received,
        },
        Event::SequenceFlowTaken {
            scope: id,
            flow: FlowIdx(2),
        },
        Event::VariablesSet {
            scope: id,
            variables: variables.clone(),
        },
        process::job(3, 2, 100),
        Event::JobCompleted { id: JobId(3) },
        Event::JobFailed {
            id: JobId(3),
            retries: 1,
            message: text("m"),
            due_at: Some(Instant(4)),
        },
        Event::JobRetried {
            id: JobId(3),
            retries: 1,
            job_type: text("t"),
            kind: JobKind::Listener,
        },
        Event::JobErrorThrown { id: JobId(3) },
        Event::JobCanceled { id: JobId(3) },
        user_task(),
        Event::UserTaskAssigned {
            id: UserTaskId(2),
            assignee: Some(text("a")),
        },
        Event::UserTaskCompleting {
            id: UserTaskId(2),
            variables: variables.clone(),
            by: text("a"),
            listeners: vec![ListenerCall {
                job_type: text("issue"),
                retries: 3,
            }],
        },
        Event::UserTaskListenerCompleted {
            id: UserTaskId(2),
            variables: variables.clone(),
        },
        Event::UserTaskCompleted {
            id: UserTaskId(2),
            by: text("a"),
            completed_at: Instant(5),
        },
        Event::UserTaskCanceled {
            id: UserTaskId(2),
            canceled_at: Instant(5),
        },
        process::timer(4, 2, 900),
        process::bound_timer(5, 2, "cooling_off", "c-1"),
        Event::TimerTriggered { id: TimerId(4) },
        Event::TimerCanceled { id: TimerId(4) },
        process::subscription(5, 2, "M", "K"),
        Event::MessageCorrelated {
            id: SubscriptionId(5),
            message_id: text("m-1"),
        },
        Event::MessageSubscriptionClosed {
            id: SubscriptionId(5),
        },
        Event::MessagePublished {
            element_instance,
            name: text("M"),
            correlation_key: text("K"),
            variables: variables.clone(),
            time_to_live_us: 60_000_000,
            message_id: Some(text("M-1")),
        },
        process::incident(6, 2, Some(3), 100),
        Event::IncidentResolved {
            id: IncidentId(6),
            corrected: variables.clone(),
        },
        Event::IncidentWithdrawn { id: IncidentId(6) },
        Event::ErrorThrown {
            element_instance,
            code: text("E"),
            message: text("m"),
        },
        Event::ErrorPropagated(ErrorPropagated {
            instance,
            thrower: id,
            path: path(),
            parent: parent(),
            code: text("E"),
            message: text("m"),
            variables: variables.clone(),
        }),
        Event::ErrorReturned {
            element_instance,
            child,
            thrower: ElementInstanceId(1),
            path: path(),
        },
        Event::DecisionRequested(DecisionRequested {
            element_instance,
            decision_id: text("fee"),
            binding: Binding::Deployment,
            as_of: Some(Value::Date(Date::new(2026, 1, 1).unwrap())),
        }),
        Event::DecisionEvaluated(Box::new(DecisionEvaluated {
            element_instance,
            evidence: DecisionEvidence {
                decision_id: text("fee"),
                version: 3,
                effective_from: Some(text("2026-01-01")),
                as_of: text("2026-03-05"),
                rules: vec![DecisionRule {
                    decision_id: text("fee"),
                    rule_id: None,
                    rule_number: 2,
                }],
            },
        })),
        Event::ChildRequested(ChildRequested {
            element_instance,
            process_key: text("child"),
            binding: Binding::Latest,
            business_key: None,
            propagate_all_parent_variables: true,
            parent: parent(),
        }),
        Event::ChildStarted {
            element_instance,
            child,
            definition: DefinitionId(8),
        },
        Event::ChildTerminationRequested {
            element_instance,
            child,
        },
        Event::WorkDeferred {
            work: work(&variables),
        },
        Event::WorkResumed,
    ]
    .into_iter()
    .chain(signal_events(&variables))
    .chain(loop_events(&variables))
    .chain(escalation_events(&variables))
    .chain(condition_events())
    .chain(several_events(&variables))
    .chain(compensation_events())
    .chain(activity_events())
    .collect()
}

fn signal_events(variables: &Variables) -> Vec<Event> {
    let id = SubscriptionId(12);
    vec![
        process::signal_subscription(12, 2, "S"),
        Event::SignalReceived { id },
        Event::SignalSubscriptionClosed { id },
        Event::SignalThrown {
            element_instance: ElementInstanceId(2),
            name: text("S"),
            variables: variables.clone(),
        },
    ]
}

fn condition_events() -> Vec<Event> {
    let id = SubscriptionId(13);
    vec![
        Event::ConditionSubscriptionOpened(ConditionSubscriptionOpened {
            id,
            element_instance: ElementInstanceId(2),
            element: ElementIdx(3),
            element_id: text("enough"),
            definition: 1,
            holds: false,
        }),
        Event::ConditionChanged { id, holds: true },
        Event::ConditionSubscriptionClosed { id },
    ]
}

fn several_events(variables: &Variables) -> Vec<Event> {
    let element_instance = ElementInstanceId(2);
    let element = ElementIdx(3);
    let arrived = |arrival| Event::PartArrived {
        element_instance,
        arrival,
    };
    let mut events: Vec<Event> = arrivals(variables).into_iter().map(arrived).collect();
    events.push(Event::PartsComplete {
        element_instance,
        element,
    });
    events.push(Event::PartThrown { element_instance });
    events
}

fn arrivals(variables: &Variables) -> Vec<Arrival> {
    let again = [
        Some(Awaited::Message {
            name: text("M"),
            correlation_key: text("K"),
        }),
        Some(Awaited::Signal { name: text("S") }),
        Some(Awaited::Condition { definition: 1 }),
        Some(Awaited::Timer {
            then: text("R2/PT1H"),
        }),
        None,
    ];
    let arrival = |again| Arrival {
        element: ElementIdx(3),
        received: variables.clone(),
        again,
    };
    again.into_iter().map(arrival).collect()
}

fn compensation_events() -> Vec<Event> {
    let (id, scope) = (CompensationId(14), ElementInstanceId(2));
    let element_instance = ElementInstanceId(3);
    vec![
        Event::CompensationRegistered(CompensationRegistered {
            id,
            element_instance,
            keeps_contents: true,
        }),
        Event::CompensationStarted(CompensationStarted {
            id: CompensationId(15),
            scope,
            thrower: Some(ElementInstanceId(4)),
            activities: vec![id],
        }),
        Event::CompensationCarriedOut(CompensationCarriedOut {
            element_instance,
            run: CompensationId(15),
            is_scope: true,
        }),
        Event::CompensationCompleted {
            scope,
            id: CompensationId(15),
        },
    ]
}

/// Something completed in a sub-process, which is being undone.
fn compensation(variables: &Variables) -> Compensation {
    let activity = |id, contents| CompletedActivity {
        id: CompensationId(id),
        element: ElementIdx(4),
        variables: variables.clone(),
        contents,
    };
    Compensation {
        completed: vec![activity(14, vec![activity(13, Vec::new())])],
        runs: vec![CompensationRun {
            id: CompensationId(16),
            thrower: Some(ElementInstanceId(4)),
            activities: vec![activity(15, Vec::new())],
        }],
        carries_out: Some(CarriesOut {
            run: CompensationId(12),
            is_scope: false,
        }),
    }
}

fn loop_events(variables: &Variables) -> Vec<Event> {
    let id = ElementInstanceId(2);
    let items: Vec<Value> = variables.iter().map(|(_, value)| value.clone()).collect();
    let outputs = (1..).zip(items.clone()).collect();
    vec![
        process::spread(2, items),
        process::iteration(2, 3, Value::from("三")),
        Event::IterationsRequested {
            id,
            first: 1,
            limit: 300,
        },
        Event::IterationsStarted { id, count: 50 },
        Event::IterationsTerminationRequested { id },
        Event::OutputsRequested { id, after: 7 },
        Event::OutputsCollected {
            id,
            outputs,
            is_complete: true,
        },
        Event::OutputsForgone { id },
    ]
}

fn activity_events() -> Vec<Event> {
    let id = ElementInstanceId(2);
    vec![
        Event::GatewayStarted {
            id,
            consumed: vec![FlowIdx(3), FlowIdx(4)],
        },
        Event::GatewayReset {
            id,
            consumed: Vec::new(),
        },
        Event::ActivitiesChosen {
            id,
            activities: vec![ElementIdx(5), ElementIdx(5)],
        },
        Event::AdHocSatisfied { id },
        Event::OutputsWritten { id },
    ]
}

fn escalation_events(variables: &Variables) -> Vec<Event> {
    let (element_instance, code) = (ElementInstanceId(2), text("LATE"));
    vec![
        Event::EscalationThrown {
            element_instance,
            code: code.clone(),
        },
        Event::EscalationPropagated(EscalationPropagated {
            instance: ProcessInstanceId(1),
            thrower: element_instance,
            path: path(),
            parent: parent(),
            code: code.clone(),
            variables: variables.clone(),
        }),
        Event::EscalationNotCaught {
            element_instance,
            code,
        },
        Event::EscalationAnswered(EscalationAnswered {
            element_instance,
            child: ProcessInstanceId(3),
            thrower: ElementInstanceId(1),
            path: path(),
        }),
        Event::InstanceSuspended { at: Instant(5) },
        Event::InstanceResumed {
            at: Instant(6),
            jobs: vec![OpenJob {
                id: JobId(3),
                job_type: text("t"),
                kind: JobKind::Listener,
            }],
        },
        Event::ChildSuspensionRequested {
            element_instance,
            child: ProcessInstanceId(3),
            is_suspended: true,
        },
        Event::IterationsSuspensionRequested {
            id: element_instance,
            is_suspended: false,
        },
        Event::WorkHeld {
            work: work(variables),
        },
        Event::InstanceModified(Box::new(InstanceModified {
            made: vec![element_instance],
            started: vec![ElementInstanceId(9)],
            taken: vec![FlowIdx(2)],
            summary: vec![text("+t"), text("-u")],
        })),
        Event::InstanceMigrated(Box::new(InstanceMigrated {
            definition: DefinitionId(8),
            elements: vec![(ElementIdx(1), ElementIdx(2))],
            flows: vec![(FlowIdx(1), FlowIdx(3))],
            renamed: vec![(text("a"), text("b"))],
            migrated_at: Instant(7),
        })),
        Event::UserTaskMigrated(Box::new(UserTaskMigrated {
            id: UserTaskId(2),
            element_id: text("t"),
            name: Some(text("审核")),
            candidate_groups: vec![text("g")],
            candidate_users: vec![text("u")],
            form: Some(Form::Key(text("f"))),
            headers: BTreeMap::from([(text("k"), text("v"))]),
        })),
    ]
}

/// A state with something in each of its tables.
fn full_state(variables: &Variables) -> State {
    let element_instance = |id: u32, phase, request| ElementInstance {
        id: ElementInstanceId(id),
        element: ElementIdx(id),
        scope: (id > 1).then_some(ElementInstanceId(1)),
        phase,
        active_children: 3,
        taken_flows: BTreeMap::from([(FlowIdx(1), 2)]),
        variables: variables.clone(),
        received: variables.clone(),
        is_written: id == 3,
        is_triggered: id == 2,
        loop_counter: Some(id),
        multi_instance: None,
        rounds: id,
        given: (id > 3).then(|| vec![FlowIdx(2)]),
        ad_hoc: (id > 4).then(|| {
            Box::new(AdHoc {
                chosen: vec![ElementIdx(6)],
                begun: BTreeMap::from([(ElementIdx(5), 2)]),
                ended: 2,
                is_satisfied: id == 5,
            })
        }),
        interruption: Some(Interruption {
            by: ElementIdx(4),
            received: variables.clone(),
            started: true,
        }),
        child: Some(Child {
            instance: ProcessInstanceId(9),
            definition: DefinitionId(8),
        }),
        request,
        arrivals: Vec::new(),
        thrown: 0,
        compensation: None,
    };
    let asked = Request::ParentCatch {
        job: Some(JobId(5)),
        code: text("E"),
        message: text("m"),
    };
    let escalated = Request::ParentEscalation { code: text("LATE") };
    let spread = Spread {
        is_requested: true,
        output_bytes: 1 << 40,
        collection: Collection::Forgone,
    };
    let job = |id: u32, phase| Job {
        id: JobId(id),
        element_instance: ElementInstanceId(2),
        job_type: text("t"),
        kind: JobKind::Task,
        retries: 3,
        headers: BTreeMap::from([(text("k"), text("v"))]),
        phase,
    };
    State::restore(StateParts {
        instance: Some(Instance {
            id: ProcessInstanceId(1),
            definition: DefinitionId(7),
            process_key: text("divorce"),
            business_key: None,
            start: ElementIdx(1),
            parent: Some(parent()),
            iteration: Some(iteration()),
            created_at: Instant(1),
            status: Status::Active,
            is_suspended: true,
        }),
        next_id: 30,
        element_instances: vec![
            element_instance(1, Phase::Activating, None),
            element_instance(2, Phase::Active, Some(Request::Decision)),
            element_instance(3, Phase::Completing, Some(Request::Child)),
            element_instance(4, Phase::Terminating, Some(asked)),
            ElementInstance {
                multi_instance: a_loop(variables, None),
                ..element_instance(5, Phase::Active, Some(escalated))
            },
            ElementInstance {
                multi_instance: a_loop(variables, Some(spread)),
                ..element_instance(6, Phase::Active, None)
            },
            ElementInstance {
                arrivals: arrivals(variables),
                thrown: 2,
                compensation: Some(Box::new(compensation(variables))),
                ..element_instance(7, Phase::Active, None)
            },
        ],
        jobs: vec![
            job(5, JobPhase::Active),
            job(6, JobPhase::BackOff { due_at: Instant(9) }),
            job(7, JobPhase::Failed),
            job(8, JobPhase::ErrorThrown),
        ],
        timers: vec![Timer {
            id: TimerId(9),
            element_instance: ElementInstanceId(2),
            element: ElementIdx(3),
            due: TimerDue::At(Instant(900)),
            then: Some(text("R3/PT10M")),
        }],
        message_subscriptions: vec![MessageSubscription {
            id: SubscriptionId(10),
            element_instance: ElementInstanceId(2),
            element: ElementIdx(3),
            message_name: text("M"),
            correlation_key: text("K"),
            interrupting: false,
        }],
        signal_subscriptions: vec![SignalSubscription {
            id: SubscriptionId(12),
            element_instance: ElementInstanceId(2),
            element: ElementIdx(3),
            signal_name: text("S"),
        }],
        condition_subscriptions: vec![ConditionSubscription {
            id: SubscriptionId(13),
            element_instance: ElementInstanceId(2),
            element: ElementIdx(3),
            definition: 1,
            holds: true,
        }],
        user_tasks: vec![UserTask {
            id: UserTaskId(2),
            assignee: Some(text("a")),
            completing: Some(Completing {
                output: variables.clone(),
                variables: variables.clone(),
                by: text("a"),
                listeners: vec![ListenerCall {
                    job_type: text("issue"),
                    retries: 3,
                }],
            }),
        }],
        incidents: vec![Incident {
            id: IncidentId(11),
            element_instance: ElementInstanceId(2),
            job: Some(JobId(7)),
            kind: Kind::JobFailed,
        }],
        deferred: work(variables),
    })
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        prop::sample::select(values()),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        (any::<bool>(), 0..u128::MAX / 4, -40..40i32).prop_map(|(negative, digits, exponent)| {
            Number::from_parts(negative, digits, exponent).map_or(Value::Null, Value::Number)
        }),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("\\PC{0,6}", inner, 0..4)
                .prop_map(|entries| Value::from(entries.into_iter().collect::<Context>())),
        ]
    })
}

proptest! {
    #[test]
    fn events_and_states_come_back_as_they_went(values in prop::collection::vec(value(), 0..4)) {
        let variables = variables(values);
        let events = every_event(&variables);
        prop_assert_eq!(&decode_events(&encode_events(&events)).unwrap(), &events);
        let state = full_state(&variables);
        prop_assert_eq!(&decode_state(&encode_state(&state)).unwrap(), &state);
    }

    #[test]
    fn damaged_bytes_are_an_error_and_never_a_panic(
        position in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        length in any::<prop::sample::Index>(),
    ) {
        let mut bytes = encode_events(&every_event(&variables(values())));
        let position = position.index(bytes.len());
        bytes[position] = byte;
        bytes.truncate(length.index(bytes.len()) + 1);
        let _ = decode_events(&bytes);
        let mut bytes = encode_state(&full_state(&variables(values())));
        let position = position.min(bytes.len() - 1);
        bytes[position] = byte;
        let _ = decode_state(&bytes);
    }
}

/// Stored samples of every version still fold; they are written once and never changed.
#[test]
fn stored_samples_of_version_1_are_still_read() {
    let variables = variables(values());
    let samples: [(&str, Vec<u8>); 2] = [
        ("events", encode_events(&every_event(&variables))),
        ("state", encode_state(&full_state(&variables))),
    ];
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/all/samples/v1");
    for (name, encoded) in samples {
        let file = folder.join(format!("{name}.bin"));
        if std::env::var_os("TONGBAN_WRITE_SAMPLES").is_some_and(|it| it == "1") {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&file, &encoded).unwrap();
        }
        let stored = std::fs::read(&file).unwrap();
        assert_eq!(stored, encoded, "{name}: the form of version 1 has changed");
    }
    let events = decode_events(&std::fs::read(folder.join("events.bin")).unwrap()).unwrap();
    assert_eq!(events, every_event(&variables));
    let state = decode_state(&std::fs::read(folder.join("state.bin")).unwrap()).unwrap();
    assert_eq!(state, full_state(&variables));
}

#[test]
fn a_newer_version_is_named_in_the_error() {
    let mut bytes = encode_events(&[Event::WorkResumed]);
    bytes[0] = 2;
    let refused = decode_events(&bytes);
    assert!(matches!(
        refused,
        Err(Error::UnknownFormat {
            version: 2,
            known: 1,
            ..
        })
    ));
    assert!(matches!(
        decode_state(&[]),
        Err(Error::UnknownFormat { version: 0, .. })
    ));
}

#[test]
fn left_over_bytes_are_damage() {
    let mut bytes = encode_events(&[Event::WorkResumed]);
    bytes.push(0);
    assert!(matches!(decode_events(&bytes), Err(Error::Decode { .. })));
}
