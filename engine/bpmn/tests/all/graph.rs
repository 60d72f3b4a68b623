//! What a good file becomes.

use tongban_bpmn::graph::multi_instance::LoopInput;
use tongban_bpmn::graph::{
    Binding, BusinessRuleTask, ElementKind, EventDefinition, FormReference, ProcessDefinition,
    ScriptTask, SendTask, TimerDefinition,
};

use crate::{accept, check, file, flow, process, sequence};

fn kind<'a>(definition: &'a ProcessDefinition, id: &str) -> &'a ElementKind {
    &definition.element(definition.find(id).unwrap()).kind
}

#[test]
fn a_file_of_every_element_becomes_a_graph() {
    let definitions = accept(include_str!("files/every_element.bpmn"));
    assert_eq!(definitions.warnings, vec![]);
    let definition = &definitions.processes[0];
    assert_eq!(&*definition.key, "every-element");
    assert_eq!(definition.version_tag.as_deref(), Some("v1"));
    assert_eq!(definition.documentation.as_deref(), Some("每种元素各一"));
    let mut names: Vec<&str> = definition
        .elements()
        .iter()
        .map(|it| it.kind.name())
        .collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(
        names,
        [
            "boundaryEvent",
            "businessRuleTask",
            "callActivity",
            "endEvent",
            "eventSubProcess",
            "exclusiveGateway",
            "intermediateCatchEvent",
            "intermediateThrowEvent",
            "manualTask",
            "parallelGateway",
            "process",
            "scriptTask",
            "serviceTask",
            "startEvent",
            "subProcess",
            "task",
            "userTask",
        ]
    );
}

#[test]
fn the_parts_of_a_graph_agree_with_each_other() {
    let definitions = accept(include_str!("files/every_element.bpmn"));
    let definition = &definitions.processes[0];
    for idx in definition.indices() {
        let element = definition.element(idx);
        assert_eq!(definition.find(&element.id), Some(idx));
        for flow in &element.outgoing {
            assert_eq!(definition.flow(*flow).source, idx);
        }
        for flow in &element.incoming {
            assert_eq!(definition.flow(*flow).target, idx);
        }
        for content in &element.contents {
            assert_eq!(definition.element(*content).scope, Some(idx));
            assert!(*content > idx, "a container precedes its contents");
        }
        for event in &element.boundary_events {
            match &definition.element(*event).kind {
                ElementKind::BoundaryEvent(event) => assert_eq!(event.attached_to, idx),
                other => panic!("{other:?} is no boundary event"),
            }
            assert_eq!(definition.element(*event).scope, element.scope);
        }
        match &element.kind {
            ElementKind::SubProcess(container) => assert!(container.start_event.is_some()),
            ElementKind::EventSubProcess(it) => {
                assert_eq!(it.container.start_events, [it.start]);
                assert_eq!(definition.element(it.start).scope, Some(idx));
            }
            _ => {}
        }
    }
}

#[test]
fn a_user_task_carries_everything_said_about_it() {
    let definitions = accept(include_str!("files/every_element.bpmn"));
    let ElementKind::UserTask(task) = kind(&definitions.processes[0], "review") else {
        panic!()
    };
    assert_eq!(task.assignee.as_ref().unwrap().source().trim(), "clerk");
    assert_eq!(
        task.candidate_groups.as_ref().unwrap().source(),
        r#"["REGISTRAR", "SUPERVISOR"]"#
    );
    assert!(matches!(
        task.form,
        Some(FormReference::Id {
            binding: Binding::Deployment,
            ..
        })
    ));
    assert_eq!(task.listeners.len(), 1);
    assert_eq!(
        task.listeners[0].job_type.source(),
        "\"acceptDivorceApplication\""
    );
    let record = task.record.as_ref().unwrap();
    assert_eq!(record.kind.source(), "\"divorce_case\"");
    assert_eq!(record.id.source().trim(), "caseId");
    assert_eq!(task.priority.as_ref().unwrap().source(), "80");
}

#[test]
fn scripts_decisions_and_calls_keep_their_references() {
    let definitions = accept(include_str!("files/every_element.bpmn"));
    let definition = &definitions.processes[0];
    let ElementKind::ScriptTask(ScriptTask::Feel {
        result_variable, ..
    }) = kind(definition, "compute")
    else {
        panic!()
    };
    assert_eq!(&**result_variable, "sum");
    let ElementKind::BusinessRuleTask(BusinessRuleTask::Decision(decision)) =
        kind(definition, "decide")
    else {
        panic!()
    };
    assert_eq!(decision.decision_id.source(), "\"eligibility\"");
    assert_eq!(decision.as_of.as_ref().unwrap().source().trim(), "factDate");
    let ElementKind::CallActivity(call) = kind(definition, "call") else {
        panic!()
    };
    assert_eq!(call.binding, Binding::VersionTag("v2".into()));
    assert!(!call.propagate_all_child_variables);
    assert!(call.propagate_all_parent_variables);
    assert_eq!(
        call.business_key.as_ref().unwrap().source().trim(),
        "caseNo"
    );
}

#[test]
fn a_lane_gives_its_user_tasks_a_candidate_group_unless_they_say_otherwise() {
    let definitions = accept(&process(&format!(
        r#"<laneSet id="set"><lane id="l" name="登记员"><flowNodeRef>a</flowNodeRef><flowNodeRef>b</flowNodeRef><flowNodeRef>s</flowNodeRef></lane>
        <lane id="m" name="x"><extensionElements><zeebe:properties><zeebe:property name="tongban:candidate-group" value="SUPERVISOR" /></zeebe:properties></extensionElements><flowNodeRef>c</flowNodeRef></lane></laneSet>{}"#,
        sequence(&[
            ("a", r#"<userTask id="a" />"#),
            (
                "b",
                r#"<userTask id="b"><extensionElements><zeebe:assignmentDefinition assignee="= initiator" /></extensionElements></userTask>"#
            ),
            ("c", r#"<userTask id="c" />"#),
            (
                "s",
                &format!(
                    r#"<subProcess id="s"><startEvent id="s1" />{}<userTask id="inner" /></subProcess>"#,
                    flow("s2", "s1", "inner")
                )
            ),
        ])
    )));
    let group = |id| match kind(&definitions.processes[0], id) {
        ElementKind::UserTask(task) => task
            .candidate_groups
            .as_ref()
            .map(|it| it.source().to_owned()),
        other => panic!("{other:?}"),
    };
    assert_eq!(group("a").as_deref(), Some(r#"["登记员"]"#));
    assert_eq!(group("b"), None);
    assert_eq!(group("c").as_deref(), Some(r#"["SUPERVISOR"]"#));
    assert_eq!(group("inner").as_deref(), Some(r#"["登记员"]"#));
}

#[test]
fn static_texts_with_quotes_become_constants() {
    let xml = r#"<serviceTask id="t"><extensionElements><zeebe:taskDefinition type="a&quot;b\c" retries="5" /><zeebe:taskHeaders><zeebe:header key="k" value="v" /></zeebe:taskHeaders></extensionElements></serviceTask>"#;
    let definitions = accept(&process(&sequence(&[("t", xml)])));
    let ElementKind::ServiceTask(job) = kind(&definitions.processes[0], "t") else {
        panic!()
    };
    assert_eq!(job.job_type.source(), r#""a\"b\\c""#);
    assert_eq!(job.retries.as_ref().unwrap().source(), "5");
    assert_eq!(job.headers.get("k").map(|it| &**it), Some("v"));
}

#[test]
fn the_way_out_of_an_exclusive_gateway_is_kept() {
    let definitions = accept(&process(
        r#"<startEvent id="s" /><exclusiveGateway id="g" default="no" /><endEvent id="a" /><endEvent id="b" />
        <sequenceFlow id="in" sourceRef="s" targetRef="g" />
        <sequenceFlow id="yes" sourceRef="g" targetRef="a"><conditionExpression>= amount &gt; 100</conditionExpression></sequenceFlow>
        <sequenceFlow id="no" sourceRef="g" targetRef="b" />"#,
    ));
    let definition = &definitions.processes[0];
    let ElementKind::ExclusiveGateway {
        default: Some(default),
    } = kind(definition, "g")
    else {
        panic!()
    };
    assert_eq!(&*definition.flow(*default).id, "no");
    let yes = definition.element(definition.find("g").unwrap()).outgoing[0];
    assert_eq!(
        definition
            .flow(yes)
            .condition
            .as_ref()
            .unwrap()
            .source()
            .trim(),
        "amount > 100"
    );
}

#[test]
fn prefixes_other_than_the_usual_ones_are_understood() {
    let definitions = accept(
        r#"<b:definitions xmlns:b="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:t="urn:t">
        <b:message id="m" name="go" /><b:process id="p" isExecutable="1"><b:startEvent id="s">
        <b:messageEventDefinition messageRef="t:m" /></b:startEvent><b:endEvent id="e" />
        <b:sequenceFlow id="f" sourceRef="s" targetRef="e" /></b:process></b:definitions>"#,
    );
    let ElementKind::StartEvent(start) = kind(&definitions.processes[0], "s") else {
        panic!()
    };
    let Some(EventDefinition::Message(message)) = &start.definition else {
        panic!()
    };
    assert_eq!(message.name.source(), "\"go\"");
}

#[test]
fn a_pool_that_is_only_drawn_is_noted_and_the_other_deployed() {
    check(
        &file(&format!(
            r#"<collaboration id="c"><participant id="x" processRef="p" /><participant id="y" processRef="q" /><messageFlow id="mf" sourceRef="x" targetRef="y" /></collaboration><process id="p" isExecutable="true">{}</process><process id="q"><choreographyTask id="g" /></process>"#,
            sequence(&[])
        )),
        &["?BPMN-0031 q"],
    );
}

#[test]
fn data_notes_and_foreign_content_are_kept_and_noted() {
    check(
        &process(&format!(
            r#"<textAnnotation id="n"><text>note</text></textAnnotation><association id="as" sourceRef="n" targetRef="start" /><dataObject id="o" /><other:thing other:a="1" />{}"#,
            sequence(&[("t", r#"<task id="t" other:color="red" />"#)])
        )),
        &["?BPMN-0041 -"],
    );
}

#[test]
fn timers_keep_their_kind_and_text() {
    let definitions = accept(include_str!("files/every_element.bpmn"));
    let definition = &definitions.processes[0];
    let ElementKind::IntermediateCatchEvent(EventDefinition::Timer(TimerDefinition::Duration(it))) =
        kind(definition, "cooling-off")
    else {
        panic!()
    };
    assert_eq!(it.source(), "\"P30D\"");
    let ElementKind::BoundaryEvent(event) = kind(definition, "reminder") else {
        panic!()
    };
    assert!(!event.cancel_activity);
    assert!(matches!(
        &event.definition,
        EventDefinition::Timer(TimerDefinition::Cycle(_))
    ));
}

#[test]
fn events_gateways_and_loops_become_a_graph() {
    let definitions = accept(include_str!("files/events_and_loops.bpmn"));
    assert_eq!(definitions.warnings, vec![]);
    let definition = &definitions.processes[0];
    let ElementKind::EventBasedGateway(gateway) = kind(definition, "ask") else {
        panic!()
    };
    assert_eq!(gateway.instantiates, None);
    let ElementKind::ReceiveTask(message) = kind(definition, "answered") else {
        panic!()
    };
    assert_eq!(
        message.correlation_key.as_ref().unwrap().source().trim(),
        "caseId"
    );
    let ElementKind::SendTask(SendTask::Message(message)) = kind(definition, "letter") else {
        panic!()
    };
    assert_eq!(
        message.correlation_key.as_ref().unwrap().source().trim(),
        "person.id"
    );
    assert_eq!(message.time_to_live.as_ref().unwrap().source(), "\"PT1H\"");
    assert!(message.message_id.is_some());
    assert!(matches!(
        kind(definition, "fax"),
        ElementKind::SendTask(SendTask::Job(_))
    ));
    let ElementKind::EndEvent(Some(EventDefinition::Escalation(thrown))) =
        kind(definition, "escalate")
    else {
        panic!()
    };
    assert_eq!(thrown.code.as_deref(), Some("LATE"));
}

#[test]
fn a_multi_instance_activity_is_a_body_with_the_activity_within() {
    let definitions = accept(include_str!("files/events_and_loops.bpmn"));
    let definition = &definitions.processes[0];
    let body = definition.find("notify").unwrap();
    let ElementKind::MultiInstance(it) = kind(definition, "notify") else {
        panic!()
    };
    assert!(!it.is_sequential && it.completion_condition.is_some());
    let output = it.output.as_ref().unwrap();
    assert_eq!(
        (&*output.collection, output.variable.as_deref()),
        ("answers", Some("answer"))
    );
    let LoopInput::Collection { element, .. } = &it.input else {
        panic!()
    };
    assert_eq!(element.as_deref(), Some("person"));
    let (outer, inner) = (definition.element(body), definition.element(it.inner));
    assert_eq!(outer.contents, [it.inner]);
    assert_eq!((inner.scope, &inner.id), (Some(body), &outer.id));
    assert_eq!(inner.name.as_deref(), Some("逐项通知"));
    assert!(inner.incoming.is_empty() && inner.outgoing.is_empty());
    assert_eq!((outer.incoming.len(), outer.outgoing.len()), (1, 1));
    assert_eq!(
        (outer.boundary_events.len(), inner.boundary_events.len()),
        (2, 0)
    );
    let start = inner.kind.container().unwrap().start_event.unwrap();
    assert_eq!(definition.element(start).scope, Some(it.inner));
}

#[test]
fn a_part_is_the_same_wherever_it_is_cut_out() {
    let definitions = accept(include_str!("files/events_and_loops.bpmn"));
    let whole = &definitions.processes[0];
    assert!(whole.part(whole.find("ask").unwrap()).is_none());
    let part = whole.part(whole.find("notify").unwrap()).unwrap();
    let ids = |definition: &ProcessDefinition| -> Vec<String> {
        let elements = definition.elements().iter();
        elements
            .map(|it| format!("{} {}", it.id, it.kind.name()))
            .collect()
    };
    assert_eq!(
        ids(&part),
        [
            "events-and-loops process",
            "notify multiInstance",
            "notify subProcess",
            "notify-start startEvent",
            "letter sendTask",
            "sign multiInstance",
            "sign userTask",
            "sign-late boundaryEvent",
            "escalate endEvent",
            "notify-choice inclusiveGateway",
            "notify-end endEvent",
        ]
    );
    let body = part.find("notify").unwrap();
    assert_eq!(
        part.root().kind.container().unwrap().start_event,
        Some(body)
    );
    let ElementKind::MultiInstance(it) = kind(&part, "notify") else {
        panic!()
    };
    assert!(it.completion_condition.is_none() && it.output.is_some());
    let ElementKind::InclusiveGateway(gateway) = kind(&part, "notify-choice") else {
        panic!()
    };
    assert_eq!(&*part.flow(gateway.default.unwrap()).id, "n6");
    let sign = part.find("sign").unwrap();
    let late = part.element(part.find("sign-late").unwrap());
    assert!(matches!(&late.kind, ElementKind::BoundaryEvent(it) if it.attached_to == sign));
    let of_whole = whole.part(whole.find("sign").unwrap()).unwrap();
    let of_part = part.part(sign).unwrap();
    assert_eq!(format!("{of_whole:?}"), format!("{of_part:?}"));
}
