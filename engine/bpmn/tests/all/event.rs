//! Links, conditions, compensation, transactions and multiple events.

use tongban_bpmn::graph::{ElementKind, EventDefinition, ProcessDefinition};

use crate::{accept, check, file, flow, process, sequence};

fn one(id: &str, xml: &str) -> String {
    process(&sequence(&[(id, xml)]))
}

fn compiled(body: &str) -> ProcessDefinition {
    let definitions = accept(&process(body));
    ProcessDefinition::clone(&definitions.processes[0])
}

/// A process with signals, a message, an error and an escalation declared.
fn declared(body: &str) -> String {
    file(&format!(
        r#"<signal id="sa" name="A" /><signal id="sb" name="B" />
        <message id="m" name="M"><extensionElements><zeebe:subscription correlationKey="= k" /></extensionElements></message>
        <error id="er" errorCode="E" /><escalation id="es" escalationCode="X" />
        <process id="p" isExecutable="true">{body}</process>"#
    ))
}

fn catch(id: &str, definitions: &str) -> String {
    format!("<intermediateCatchEvent id=\"{id}\">{definitions}</intermediateCatchEvent>")
}

fn throw(id: &str, definitions: &str) -> String {
    format!("<intermediateThrowEvent id=\"{id}\">{definitions}</intermediateThrowEvent>")
}

fn link(name: &str) -> String {
    format!("<linkEventDefinition name=\"{name}\" />")
}

/// A start event, a linking pair and an end event.
fn linked(source: &str, target: &str) -> String {
    format!(
        "<startEvent id=\"s\" />{}{}<endEvent id=\"e\" />{}{}",
        throw("out", &link(source)),
        catch("in", &link(target)),
        flow("f1", "s", "out"),
        flow("f2", "in", "e")
    )
}

#[test]
fn a_link_is_a_flow_between_its_ends() {
    let process = compiled(&linked("on", "on"));
    let out = process.find("out").unwrap();
    let [flow] = process.element(out).outgoing[..] else {
        panic!("one flow leaves the link")
    };
    let flow = process.flow(flow);
    assert_eq!(&*process.element(flow.target).id, "in");
    assert_eq!(&*flow.id, "link:out");
}

#[test]
fn each_link_has_one_target_and_at_least_one_source() {
    check(
        &process(&linked("on", "off")),
        &[
            "BPMN-0304 out",
            "BPMN-0305 in",
            "?BPMN-0044 in",
            "?BPMN-0044 e",
        ],
    );
    let twice = format!(
        "{}{}{}",
        linked("on", "on"),
        catch("in2", &link("on")),
        flow("f3", "in2", "e")
    );
    check(&process(&twice), &["BPMN-0306 in2", "?BPMN-0044 in2"]);
    check(
        &process(&linked("on", "on").replace(
            " name=\"on\" /></intermediateThrowEvent>",
            " /></intermediateThrowEvent>",
        )),
        &[
            "BPMN-0057 out",
            "BPMN-0303 out",
            "BPMN-0305 in",
            "?BPMN-0044 in",
            "?BPMN-0044 e",
        ],
    );
}

#[test]
fn no_flow_is_drawn_where_a_link_leads() {
    let body = format!("{}{}", linked("on", "on"), flow("f3", "out", "e"));
    check(&process(&body), &["BPMN-0307 out"]);
    let body = format!("{}{}", linked("on", "on"), flow("f3", "s", "in"));
    check(&process(&body), &["BPMN-0307 in"]);
}

#[test]
fn a_link_stays_within_its_scope() {
    let inner = format!(
        "<subProcess id=\"sp\"><startEvent id=\"s2\" />{}{}</subProcess>",
        throw("out", &link("on")),
        flow("f3", "s2", "out")
    );
    let body = format!(
        "<startEvent id=\"s\" />{inner}{}<endEvent id=\"e\" />{}{}",
        catch("in", &link("on")),
        flow("f1", "s", "sp"),
        flow("f2", "in", "e")
    );
    let body = body + &flow("f4", "sp", "e");
    check(
        &process(&body),
        &["BPMN-0304 out", "BPMN-0305 in", "?BPMN-0044 in"],
    );
}

fn conditional(condition: &str, extension: &str) -> String {
    format!(
        "<conditionalEventDefinition>{extension}<condition>{condition}</condition></conditionalEventDefinition>"
    )
}

fn variables_of(process: &ProcessDefinition, id: &str) -> Vec<String> {
    let element = process.element(process.find(id).unwrap());
    match &element.kind {
        ElementKind::IntermediateCatchEvent(EventDefinition::Conditional(it)) => {
            it.variables.iter().map(ToString::to_string).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_condition_knows_the_variables_it_reads() {
    let event = catch("x", &conditional("= paid &gt;= fee + 1", ""));
    let definitions = accept(&one("x", &event));
    assert_eq!(
        variables_of(&definitions.processes[0], "x"),
        ["fee", "paid"]
    );
}

#[test]
fn a_filter_names_the_variables_instead() {
    let filter = |attributes: &str| {
        format!("<extensionElements><zeebe:conditionalFilter {attributes} /></extensionElements>")
    };
    let with = |attributes| {
        one(
            "x",
            &catch("x", &conditional("= a &gt; b", &filter(attributes))),
        )
    };
    let definitions = accept(&with(
        "variableNames=\"b, c\" variableEvents=\"create, update\"",
    ));
    assert_eq!(variables_of(&definitions.processes[0], "x"), ["b", "c"]);
    check(
        &with("variableNames=\"b\" variableEvents=\"create\""),
        &["BPMN-0027 x"],
    );
    check(&with("variableNames=\"1b\""), &["BPMN-0114 x"]);
}

#[test]
fn a_condition_is_feel_and_there_is_one() {
    check(
        &one("x", &catch("x", "<conditionalEventDefinition />")),
        &["BPMN-0308 x"],
    );
    check(
        &one("x", &catch("x", &conditional("paid", ""))),
        &["BPMN-0111 x"],
    );
    check(
        &one("x", &catch("x", &conditional("", ""))),
        &["BPMN-0112 x"],
    );
}

/// A task that can be undone, and what else is in the process.
fn undoable(handler: &str, rest: &str) -> String {
    format!(
        "<startEvent id=\"s\" /><task id=\"book\" />
        <boundaryEvent id=\"b\" attachedToRef=\"book\"><compensateEventDefinition waitForCompletion=\"true\" /></boundaryEvent>
        {handler}<endEvent id=\"e\" />{rest}{}{}",
        flow("f1", "s", "book"),
        flow("f2", "book", "e")
    )
}

const HANDLER: &str = "<task id=\"h\" isForCompensation=\"true\" />";
const ASSOCIATION: &str = "<association id=\"as\" sourceRef=\"b\" targetRef=\"h\" />";

#[test]
fn an_association_leads_from_the_event_to_the_handler() {
    let process = compiled(&undoable(HANDLER, ASSOCIATION));
    let book = process.element(process.find("book").unwrap());
    assert_eq!(book.compensation_handler, process.find("h"));
    let turned = "<association id=\"as\" sourceRef=\"h\" targetRef=\"b\" />";
    let process = compiled(&undoable(HANDLER, turned));
    let book = process.element(process.find("book").unwrap());
    assert_eq!(book.compensation_handler, process.find("h"));
}

#[test]
fn a_compensation_event_has_one_handler_for_compensation() {
    check(
        &process(&undoable(HANDLER, "")),
        &["BPMN-0309 b", "?BPMN-0315 h"],
    );
    check(
        &process(&undoable(&HANDLER.replace("true", "false"), ASSOCIATION)),
        &["BPMN-0310 b", "?BPMN-0044 h"],
    );
    let second = "<association id=\"as2\" sourceRef=\"b\" targetRef=\"h\" />";
    check(
        &process(&undoable(HANDLER, &format!("{ASSOCIATION}{second}"))),
        &["BPMN-0309 b", "?BPMN-0315 h"],
    );
}

#[test]
fn neither_event_nor_handler_has_flows() {
    let from_event = format!("{ASSOCIATION}{}", flow("f3", "b", "e"));
    check(&process(&undoable(HANDLER, &from_event)), &["BPMN-0312 b"]);
    let from_handler = format!("{ASSOCIATION}{}", flow("f3", "h", "e"));
    check(
        &process(&undoable(HANDLER, &from_handler)),
        &["BPMN-0313 h"],
    );
    let event =
        "<boundaryEvent id=\"b2\" attachedToRef=\"h\"><errorEventDefinition /></boundaryEvent>";
    let with_event = format!("{ASSOCIATION}{event}{}", flow("f3", "b2", "e"));
    check(&process(&undoable(HANDLER, &with_event)), &["BPMN-0314 h"]);
}

fn undo(activity: &str) -> String {
    format!("<compensateEventDefinition activityRef=\"{activity}\" />")
}

#[test]
fn an_activity_is_undone_from_its_scope_or_an_event_sub_process_of_it() {
    let within = |activity: &str| {
        format!(
            "{ASSOCIATION}<subProcess id=\"es\" triggeredByEvent=\"true\">
            <startEvent id=\"s2\"><errorEventDefinition /></startEvent>
            <endEvent id=\"e2\">{}</endEvent>{}</subProcess>",
            undo(activity),
            flow("f3", "s2", "e2")
        )
    };
    accept(&process(&undoable(HANDLER, &within("book"))));
    check(
        &process(&undoable(HANDLER, &within("nowhere"))),
        &["BPMN-0316 e2"],
    );
    check(
        &process(&undoable(HANDLER, &within("h"))),
        &["BPMN-0316 e2"],
    );
    let deeper = within("book")
        .replace(" triggeredByEvent=\"true\"", "")
        .replace("<errorEventDefinition />", "");
    let body = undoable(
        HANDLER,
        &format!("{deeper}{}{}", flow("f4", "s", "es"), flow("f5", "es", "e")),
    );
    check(&process(&body), &["BPMN-0316 e2"]);
}

fn undoing(interrupting: &str) -> String {
    format!(
        "<subProcess id=\"es{interrupting}\" triggeredByEvent=\"true\">
        <startEvent id=\"t{interrupting}\"><compensateEventDefinition /></startEvent>
        <endEvent id=\"u{interrupting}\" />{}</subProcess>",
        flow(
            &format!("g{interrupting}"),
            &format!("t{interrupting}"),
            &format!("u{interrupting}")
        )
    )
}

#[test]
fn a_sub_process_is_undone_by_one_event_sub_process() {
    let sub = |contents: &str| {
        let inner = format!(
            "<subProcess id=\"sp\"><startEvent id=\"s2\" /><endEvent id=\"e2\" />{}{contents}</subProcess>",
            flow("f", "s2", "e2")
        );
        one("sp", &inner)
    };
    accept(&sub(&undoing("1")));
    check(
        &sub(&format!("{}{}", undoing("1"), undoing("2"))),
        &["BPMN-0318 es2"],
    );
    check(
        &sub(&undoing("1").replace("id=\"t1\"", "id=\"t1\" isInterrupting=\"false\"")),
        &["BPMN-0319 t1"],
    );
    let body = format!(
        "{}{}",
        sequence(&[("a", "<task id=\"a\" />")]),
        undoing("1")
    );
    check(&process(&body), &["BPMN-0317 es1"]);
}

/// A transaction with a cancel end event.
fn transaction(boundary: &str) -> String {
    let contents = format!(
        "<startEvent id=\"s2\" /><endEvent id=\"e2\"><cancelEventDefinition /></endEvent>{}",
        flow("f3", "s2", "e2")
    );
    let body = format!("<transaction id=\"t\">{contents}</transaction>{boundary}");
    process(&sequence(&[("t", &body)]))
}

const CANCELED: &str =
    "<boundaryEvent id=\"b\" attachedToRef=\"t\"><cancelEventDefinition /></boundaryEvent>";

#[test]
fn a_transaction_is_canceled_and_left_by_its_border() {
    let way = flow("way", "b", "end");
    accept(&transaction(&format!("{CANCELED}{way}")));
    check(&transaction(""), &["?BPMN-0324 e2"]);
    let second = CANCELED.replace("\"b\"", "\"b2\"");
    let second_way = flow("way2", "b2", "end");
    check(
        &transaction(&format!("{CANCELED}{way}{second}{second_way}")),
        &["BPMN-0323 t"],
    );
    let beside = CANCELED.replace("attachedToRef", "cancelActivity=\"false\" attachedToRef");
    check(&transaction(&format!("{beside}{way}")), &["BPMN-0322 b"]);
}

#[test]
fn a_cancel_belongs_to_a_transaction() {
    let sub_process = |it: &str| it.replace("transaction", "subProcess");
    let way = flow("way", "b", "end");
    check(&sub_process(&transaction("")), &["BPMN-0320 e2"]);
    check(
        &sub_process(&transaction(&format!("{CANCELED}{way}"))),
        &["BPMN-0320 e2", "BPMN-0321 b"],
    );
}

#[test]
fn a_transaction_is_undone_by_compensation_only() {
    let with = |method: &str| {
        transaction("").replace("id=\"t\"", &format!("id=\"t\" method=\"{method}\""))
    };
    check(&with("##Compensate"), &["?BPMN-0324 e2"]);
    check(&with("##Image"), &["BPMN-0027 t"]);
}

fn signals() -> String {
    "<signalEventDefinition signalRef=\"sa\" /><signalEventDefinition signalRef=\"sb\" />"
        .to_owned()
}

fn definition<'a>(process: &'a ProcessDefinition, id: &str) -> &'a EventDefinition {
    match &process.element(process.find(id).unwrap()).kind {
        ElementKind::IntermediateCatchEvent(it) => it,
        ElementKind::IntermediateThrowEvent(Some(it)) | ElementKind::EndEvent(Some(it)) => it,
        ElementKind::BoundaryEvent(it) => &it.definition,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_event_waits_for_one_or_all_of_several() {
    let event = catch("x", &signals());
    let definitions = accept(&declared(&sequence(&[("x", &event)])));
    let one_of = definition(&definitions.processes[0], "x");
    assert_eq!((one_of.parts().len(), one_of.is_parallel()), (2, false));
    let all = event.replace("id=\"x\"", "id=\"x\" parallelMultiple=\"true\"");
    let definitions = accept(&declared(&sequence(&[("x", &all)])));
    assert!(definition(&definitions.processes[0], "x").is_parallel());
}

#[test]
fn what_ends_the_scope_is_thrown_last() {
    let end = format!(
        "<endEvent id=\"x\"><terminateEventDefinition />{}</endEvent>",
        signals()
    );
    let body = format!("<startEvent id=\"s\" />{end}{}", flow("f", "s", "x"));
    let definitions = accept(&declared(&body));
    let parts = definition(&definitions.processes[0], "x").parts();
    assert!(matches!(parts[2], EventDefinition::Terminate));
    let two = body.replace(
        "<terminate",
        "<errorEventDefinition errorRef=\"er\" /><terminate",
    );
    check(&declared(&two), &["BPMN-0302 x"]);
}

#[test]
fn what_can_come_only_once_is_not_one_of_all() {
    let boundary = |attributes: &str, definitions: &str| {
        let event = format!(
            "<task id=\"a\" /><boundaryEvent id=\"x\" attachedToRef=\"a\" {attributes}>{definitions}</boundaryEvent>{}",
            flow("way", "x", "end")
        );
        declared(&sequence(&[("a", &event)]))
    };
    let error = format!("{}<errorEventDefinition />", signals());
    accept(&boundary("", &error));
    check(
        &boundary("parallelMultiple=\"true\"", &error),
        &["BPMN-0301 x"],
    );
    check(
        &boundary("cancelActivity=\"false\"", &error),
        &["BPMN-0082 x"],
    );
    let compensation = format!("{}<compensateEventDefinition />", signals());
    check(&boundary("", &compensation), &["BPMN-0301 x"]);
    let cycle = format!(
        "{}<timerEventDefinition><timeCycle>R3/PT1H</timeCycle></timerEventDefinition>",
        signals()
    );
    accept(&boundary("cancelActivity=\"false\"", &cycle));
    accept(&boundary(
        "cancelActivity=\"false\" parallelMultiple=\"true\"",
        &cycle,
    ));
}

#[test]
fn all_of_several_cannot_start_a_process() {
    let body = format!(
        "<startEvent id=\"s\" parallelMultiple=\"true\">{}</startEvent><endEvent id=\"e\" />{}",
        signals(),
        flow("f", "s", "e")
    );
    check(&declared(&body), &["BPMN-0301 s", "BPMN-0301 s"]);
    let one_of = body.replace("parallelMultiple=\"true\"", "");
    accept(&declared(&one_of));
}

#[test]
fn what_cannot_be_told_before_there_is_an_instance_starts_no_process() {
    let started = |definitions: &str| {
        let body = format!(
            "<eventBasedGateway id=\"g\" instantiate=\"true\" />{}{}<endEvent id=\"e\" />{}{}{}{}",
            catch("x", definitions),
            catch("y", "<messageEventDefinition messageRef=\"m\" />"),
            flow("f1", "g", "x"),
            flow("f2", "g", "y"),
            flow("f3", "x", "e"),
            flow("f4", "y", "e")
        );
        declared(&body)
    };
    check(&started(&conditional("= a", "")), &["BPMN-0356 x"]);
    check(&started(&signals()), &["BPMN-0356 x"]);
}

#[test]
fn a_worker_does_not_send_one_of_several() {
    let event = throw(
        "x",
        &format!(
            "<extensionElements><zeebe:taskDefinition type=\"w\" /></extensionElements>{}",
            signals()
        ),
    );
    check(&declared(&sequence(&[("x", &event)])), &["BPMN-0038 x"]);
}

#[test]
fn a_definition_may_stand_beside_the_processes() {
    let body = sequence(&[(
        "x",
        "<intermediateCatchEvent id=\"x\"><eventDefinitionRef>td</eventDefinitionRef></intermediateCatchEvent>",
    )]);
    let timer =
        "<timerEventDefinition id=\"td\"><timeDuration>PT1S</timeDuration></timerEventDefinition>";
    let definitions = accept(&file(&format!(
        "{timer}<process id=\"p\" isExecutable=\"true\">{body}</process>"
    )));
    let waits = definition(&definitions.processes[0], "x");
    assert!(matches!(waits, EventDefinition::Timer(_)));
    check(&process(&body), &["BPMN-0300 x"]);
}

/// A message that two processes know by one or two properties.
fn correlated(properties: &[(&str, &str, &str)], process: &str) -> String {
    let mut text = String::from("<message id=\"m\" name=\"ORDER\" />");
    let mut key = String::new();
    let mut bindings = String::new();
    for (id, message_path, data_path) in properties {
        text.push_str(&format!(
            "<correlationProperty id=\"{id}\" name=\"{id}\" type=\"string\">
            <correlationPropertyRetrievalExpression messageRef=\"m\"><messagePath>{message_path}</messagePath>
            </correlationPropertyRetrievalExpression></correlationProperty>"
        ));
        key.push_str(&format!(
            "<correlationPropertyRef>{id}</correlationPropertyRef>"
        ));
        bindings.push_str(&format!(
            "<correlationPropertyBinding correlationPropertyRef=\"{id}\"><dataPath>{data_path}</dataPath>
            </correlationPropertyBinding>"
        ));
    }
    file(&format!(
        "{text}<collaboration id=\"co1\"><participant id=\"pa\" processRef=\"p\" />
        <conversation id=\"co\"><correlationKey id=\"ck\" name=\"k\">{key}</correlationKey></conversation></collaboration>
        <process id=\"p\" isExecutable=\"true\">
        <correlationSubscription id=\"su\" correlationKeyRef=\"ck\">{bindings}</correlationSubscription>{process}</process>"
    ))
}

fn message_events() -> String {
    let message = "<messageEventDefinition messageRef=\"m\" />";
    sequence(&[("t", &throw("t", message)), ("c", &catch("c", message))])
}

fn key_of(process: &ProcessDefinition, id: &str) -> String {
    match definition(process, id) {
        EventDefinition::Message(message) => message
            .correlation_key
            .as_ref()
            .unwrap()
            .source()
            .to_owned(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn properties_give_the_key_of_a_message() {
    let one = [("number", "= order.number", "= orderNumber")];
    let definitions = accept(&correlated(&one, &message_events()));
    let process = &definitions.processes[0];
    assert_eq!(key_of(process, "t"), "order.number");
    assert_eq!(key_of(process, "c"), "orderNumber");
}

#[test]
fn several_properties_make_one_key() {
    let two = [("number", "= n", "= n1"), ("year", "= y", "= y1")];
    let definitions = accept(&correlated(&two, &message_events()));
    let key = key_of(&definitions.processes[0], "c");
    assert_eq!(
        key,
        "if (n1) = null or (y1) = null then null else string([string(n1), string(y1)])"
    );
}

#[test]
fn what_a_key_is_made_of_exists() {
    let one = [("number", "= n", "= n1")];
    let xml = correlated(&one, &message_events());
    let dangling = xml.replace("correlationKeyRef=\"ck\"", "correlationKeyRef=\"other\"");
    check(&dangling, &["BPMN-0325 su", "BPMN-0092 c"]);
    let unbound = xml.replace(
        "correlationPropertyBinding correlationPropertyRef=\"number\"",
        "correlationPropertyBinding correlationPropertyRef=\"other\"",
    );
    check(&unbound, &["BPMN-0325 su", "BPMN-0326 su", "BPMN-0092 c"]);
}

/// Two keys that can be read off one message, by the first of which the process subscribes.
fn with_two_keys() -> String {
    let one = [("number", "= n", "= n1")];
    correlated(&one, &message_events()).replace(
        "<collaboration id=\"co1\">",
        "<correlationProperty id=\"case\" name=\"case\" type=\"string\">
        <correlationPropertyRetrievalExpression messageRef=\"m\"><messagePath>= case</messagePath>
        </correlationPropertyRetrievalExpression></correlationProperty>
        <collaboration id=\"co1\"><correlationKey id=\"a-key\"><correlationPropertyRef>case</correlationPropertyRef></correlationKey>",
    )
}

#[test]
fn a_message_is_published_under_the_key_it_is_awaited_by() {
    let definitions = accept(&with_two_keys());
    let process = &definitions.processes[0];
    assert_eq!(key_of(process, "t"), "n");
    assert_eq!(key_of(process, "c"), "n1");
}

#[test]
fn a_message_is_subscribed_to_by_one_key() {
    let other = "<process id=\"q\" isExecutable=\"false\"><correlationSubscription id=\"su2\" correlationKeyRef=\"a-key\"></correlationSubscription></process></definitions>";
    let both = with_two_keys().replace("</definitions>", other);
    check(&both, &["BPMN-0328 m", "?BPMN-0031 q"]);
}
