//! Loops, complex gateways, ad-hoc sub-processes and gateways that start a process.

use tongban_bpmn::graph::ad_hoc_sub_process::Ordering;
use tongban_bpmn::graph::multi_instance::Behavior;
use tongban_bpmn::graph::{
    Binding, ElementIdx, ElementKind, EventDefinition, Instantiation, ProcessDefinition,
};

use crate::{accept, check, file, flow, process, sequence};

fn one(id: &str, xml: &str) -> String {
    process(&sequence(&[(id, xml)]))
}

fn kind<'a>(definition: &'a ProcessDefinition, id: &str) -> &'a ElementKind {
    &definition.element(definition.find(id).unwrap()).kind
}

fn looped(attributes: &str, content: &str) -> String {
    let marker = format!(
        "<standardLoopCharacteristics {attributes}>{content}</standardLoopCharacteristics>"
    );
    one("x", &format!("<task id=\"x\">{marker}</task>"))
}

#[test]
fn a_loop_is_a_body_with_the_activity_within() {
    let xml = looped(
        "testBefore=\"true\" loopMaximum=\"3\"",
        "<loopCondition>=open</loopCondition>",
    );
    let definitions = accept(&xml);
    let definition = &definitions.processes[0];
    let ElementKind::StandardLoop(it) = kind(definition, "x") else {
        panic!()
    };
    assert!(it.test_before && it.condition.is_some());
    assert_eq!(it.maximum, Some(3));
    let inner = definition.element(it.inner);
    assert_eq!(inner.scope, definition.find("x"));
    assert!(inner.outgoing.is_empty() && matches!(inner.kind, ElementKind::Task));
}

#[test]
fn a_loop_has_an_end() {
    check(&looped("loopMaximum=\"3\"", ""), &[]);
    check(&looped("", ""), &["BPMN-0351 x"]);
    check(&looped("loopMaximum=\"-1\"", ""), &["BPMN-0115 x"]);
    check(
        &looped("", "<loopCondition>open</loopCondition>"),
        &["BPMN-0111 x"],
    );
    let both = "<standardLoopCharacteristics loopMaximum=\"2\" /><multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics>";
    check(
        &one("x", &format!("<task id=\"x\">{both}</task>")),
        &["BPMN-0350 x"],
    );
}

#[test]
fn an_activity_takes_and_leaves_several_tokens() {
    let xml = one(
        "x",
        "<task id=\"x\" startQuantity=\"2\" completionQuantity=\"3\" />",
    );
    let definitions = accept(&xml);
    let definition = &definitions.processes[0];
    let element = definition.element(definition.find("x").unwrap());
    assert_eq!(
        (element.start_quantity, element.completion_quantity),
        (2, 3)
    );
    check(
        &one("x", "<task id=\"x\" completionQuantity=\"many\" />"),
        &["BPMN-0115 x"],
    );
}

fn joined(condition: &str) -> String {
    let body = [
        "<startEvent id=\"s\" /><parallelGateway id=\"split\" /><task id=\"a\" /><task id=\"b\" />",
        &format!("<complexGateway id=\"g\">{condition}</complexGateway><endEvent id=\"e\" />"),
        &flow("f1", "s", "split"),
        &flow("f2", "split", "a"),
        &flow("f3", "split", "b"),
        &flow("f4", "a", "g"),
        &flow("f5", "b", "g"),
        &flow("f6", "g", "e"),
    ];
    process(&body.concat())
}

#[test]
fn a_complex_gateway_says_when_it_goes_on() {
    let condition = "<activationCondition>=activationCount >= 1</activationCondition>";
    let definitions = accept(&joined(condition));
    let definition = &definitions.processes[0];
    let ElementKind::ComplexGateway(it) = kind(definition, "g") else {
        panic!()
    };
    assert!(it.activation_condition.is_some());
    let a = definition.find("a").unwrap();
    assert!(it.reach.from_element(a).unwrap().contains(0));
    check(&joined(""), &["BPMN-0352 g"]);
    let wrong = "<activationCondition>activationCount</activationCondition>";
    check(&joined(wrong), &["BPMN-0111 g"]);
    // With one way in there is nothing to synchronize.
    check(&one("x", "<complexGateway id=\"x\" />"), &[]);
}

fn ad_hoc(attributes: &str, content: &str) -> String {
    let xml = format!("<adHocSubProcess id=\"x\" {attributes}>{content}</adHocSubProcess>");
    one("x", &xml)
}

#[test]
fn an_ad_hoc_sub_process_offers_its_activities() {
    let content = [
        "<extensionElements><zeebe:adHoc activeElementsCollection=\"=first\" /></extensionElements>",
        "<userTask id=\"a\" /><userTask id=\"b\" /><userTask id=\"c\" />",
        &flow("g1", "a", "b"),
        "<completionCondition>=done</completionCondition>",
    ];
    let xml = ad_hoc(
        "ordering=\"Sequential\" cancelRemainingInstances=\"false\"",
        &content.concat(),
    );
    let definitions = accept(&xml);
    let definition = &definitions.processes[0];
    let ElementKind::AdHocSubProcess(it) = kind(definition, "x") else {
        panic!()
    };
    assert_eq!(it.ordering, Ordering::Sequential);
    assert!(!it.cancel_remaining_instances);
    assert!(it.completion_condition.is_some() && it.active_elements.is_some());
    let offered = |id: &str| it.activities.contains(&definition.find(id).unwrap());
    assert!(offered("a") && !offered("b") && offered("c"));
}

#[test]
fn an_ad_hoc_sub_process_contains_activities_only() {
    let start = "<startEvent id=\"i\" /><task id=\"a\" />";
    let xml = ad_hoc("", &format!("{start}{}", flow("g1", "i", "a")));
    check(&xml, &["BPMN-0353 i"]);
    check(&ad_hoc("", ""), &["BPMN-0354 x"]);
    check(
        &ad_hoc("ordering=\"Random\"", "<task id=\"a\" />"),
        &["BPMN-0025 x"],
    );
    check(
        &ad_hoc("triggeredByEvent=\"true\"", "<task id=\"a\" />"),
        &["BPMN-0027 x"],
    );
}

fn started_by(attributes: &str, second: &str, rest: &str) -> String {
    let subscription =
        "<extensionElements><zeebe:subscription correlationKey=\"=id\" /></extensionElements>";
    let first = "<intermediateCatchEvent id=\"a\"><messageEventDefinition messageRef=\"m\" /></intermediateCatchEvent>";
    let body = [
        &format!("<message id=\"m\" name=\"M\">{subscription}</message>"),
        &format!("<message id=\"n\" name=\"=who\">{subscription}</message>"),
        &format!("<message id=\"o\" name=\"O\">{subscription}</message>"),
        "<signal id=\"sig\" name=\"S\" /><process id=\"p\" isExecutable=\"true\">",
        &format!("<eventBasedGateway id=\"g\" {attributes} />"),
        first,
        second,
        "<endEvent id=\"e\" />",
        rest,
        &flow("f1", "g", "a"),
        &flow("f2", "g", "b"),
        &flow("f3", "a", "e"),
        &flow("f4", "b", "e"),
        "</process>",
    ];
    file(&body.concat())
}

#[test]
fn the_events_after_a_gateway_start_the_process() {
    let signal = "<intermediateCatchEvent id=\"b\"><signalEventDefinition signalRef=\"sig\" /></intermediateCatchEvent>";
    let message = signal.replace(
        "signalEventDefinition signalRef=\"sig",
        "messageEventDefinition messageRef=\"o",
    );
    let starts = "instantiate=\"true\"";
    let both = "instantiate=\"true\" eventGatewayType=\"Parallel\"";
    let definitions = accept(&started_by(starts, signal, ""));
    let definition = &definitions.processes[0];
    let ElementKind::EventBasedGateway(gateway) = kind(definition, "g") else {
        panic!()
    };
    assert_eq!(gateway.instantiates, Some(Instantiation::Exclusive));
    let events = &definition.container(ElementIdx::ROOT).unwrap().start_events;
    let expected = ["a", "b"].map(|id| definition.find(id).unwrap());
    assert_eq!(events[..], expected);
    check(&started_by(both, &message, ""), &[]);
    check(&started_by(both, signal, ""), &["BPMN-0356 b"]);
    let same = message.replace("messageRef=\"o\"", "messageRef=\"m\"");
    check(&started_by(starts, &same, ""), &["BPMN-0074 b"]);
    let timer = "<intermediateCatchEvent id=\"b\"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></intermediateCatchEvent>";
    check(&started_by(starts, timer, ""), &["BPMN-0356 b"]);
    let dynamic = message.replace("messageRef=\"o\"", "messageRef=\"n\"");
    check(&started_by(starts, &dynamic, ""), &["BPMN-0356 b"]);
    let start = format!("<startEvent id=\"s\" />{}", flow("f0", "s", "g"));
    check(&started_by(starts, signal, &start), &["BPMN-0355 g"]);
    let parallel = "eventGatewayType=\"Parallel\"";
    check(&started_by(parallel, signal, &start), &["BPMN-0027 g"]);
}

fn thrown(attributes: &str, content: &str) -> String {
    let marker = format!(
        "<multiInstanceLoopCharacteristics {attributes}><loopCardinality>3</loopCardinality>{content}</multiInstanceLoopCharacteristics>"
    );
    let body = [
        "<signal id=\"sig\" name=\"S\" /><signalEventDefinition id=\"d1\" signalRef=\"sig\" />",
        "<errorEventDefinition id=\"err\" /><process id=\"p\" isExecutable=\"true\">",
        &sequence(&[("x", &format!("<task id=\"x\">{marker}</task>"))]),
        "</process>",
    ];
    file(&body.concat())
}

#[test]
fn a_multi_instance_throws_events() {
    let xml = thrown("behavior=\"One\" oneBehaviorEventRef=\"d1\"", "");
    let definitions = accept(&xml);
    let ElementKind::MultiInstance(it) = kind(&definitions.processes[0], "x") else {
        panic!()
    };
    let Behavior::One(EventDefinition::Signal(_)) = &it.behavior else {
        panic!("{:?}", it.behavior)
    };
    let condition = "<condition>=loopCounter = 2</condition>";
    let within = "<event><signalEventDefinition signalRef=\"sig\" /></event>";
    let referred = "<event><eventDefinitionRef>d1</eventDefinitionRef></event>";
    for event in [within, referred] {
        let definition =
            format!("<complexBehaviorDefinition>{condition}{event}</complexBehaviorDefinition>");
        check(&thrown("behavior=\"Complex\"", &definition), &[]);
        check(&thrown("", &definition), &["BPMN-0359 x"]);
    }
    let without = format!("<complexBehaviorDefinition>{condition}</complexBehaviorDefinition>");
    check(&thrown("behavior=\"Complex\"", &without), &["BPMN-0360 x"]);
    let nowhere = "behavior=\"None\" noneBehaviorEventRef=\"missing\"";
    check(&thrown(nowhere, ""), &["BPMN-0358 x"]);
    let error = "behavior=\"None\" noneBehaviorEventRef=\"err\"";
    check(&thrown(error, ""), &["BPMN-0034 x"]);
}

#[test]
fn a_call_activity_carries_out_a_global_task_or_calls_a_process() {
    let global = "<globalUserTask id=\"g\" name=\"审核\"><extensionElements><zeebe:assignmentDefinition assignee=\"li\" /></extensionElements></globalUserTask>";
    let called = |name: &str| {
        let call = format!("<callActivity id=\"x\" calledElement=\"{name}\" />");
        let body = sequence(&[("x", &call)]);
        file(&format!(
            "{global}<process id=\"p\" isExecutable=\"true\">{body}</process>"
        ))
    };
    let definitions = accept(&called("g"));
    let ElementKind::UserTask(task) = kind(&definitions.processes[0], "x") else {
        panic!()
    };
    assert_eq!(task.assignee.as_ref().unwrap().source(), "\"li\"");
    for (name, binding) in [("p", Binding::Deployment), ("q", Binding::Latest)] {
        let definitions = accept(&called(name));
        let ElementKind::CallActivity(call) = kind(&definitions.processes[0], "x") else {
            panic!()
        };
        assert_eq!(call.binding, binding);
    }
    let broken = called("g").replace("assignee=\"li\"", "assignee=\"=\"");
    check(&broken, &["BPMN-0112 g"]);
    let mapped = called("g").replace(
        "<zeebe:assignmentDefinition assignee=\"li\" />",
        "<zeebe:ioMapping />",
    );
    check(&mapped, &["BPMN-0038 g"]);
}
