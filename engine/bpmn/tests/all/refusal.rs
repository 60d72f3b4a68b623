//! What is wrong with a model, found all at once.

use tongban_bpmn::diagnostic::{CODES, Severity};

use crate::{accept, check, file, findings, flow, process, sequence};

fn one(id: &str, xml: &str) -> String {
    process(&sequence(&[(id, xml)]))
}

fn task(extension: &str) -> String {
    format!("<extensionElements>{extension}</extensionElements>")
}

#[test]
fn a_finding_names_file_line_column_and_element_in_both_languages() {
    let found = findings(&process("\n  <startEvent id=\"s\" />\n  <frob id=\"x\" />"));
    let unknown = found.iter().find(|it| it.code == "BPMN-0032").unwrap();
    assert_eq!(unknown.file, "test.bpmn");
    assert_eq!((unknown.line, unknown.column), (4, 3));
    assert_eq!(unknown.element_id.as_deref(), Some("x"));
    assert_eq!(unknown.message, "frob is not expected within process");
    assert_eq!(unknown.message_zh, "process 内不应出现 frob");
    assert_eq!(unknown.remedy, "remove it or correct its name");
    assert_eq!(unknown.severity, Severity::Error);
    assert!(CODES.iter().any(|it| it.code == unknown.code));
}

#[test]
fn all_problems_are_reported_not_only_the_first() {
    check(
        &process(
            r#"<startEvent id="s" /><serviceTask id="a" /><choreographyTask id="g" />
            <sequenceFlow id="f1" sourceRef="s" targetRef="nowhere" />
            <sequenceFlow id="f2" sourceRef="a" targetRef="g"><conditionExpression>x</conditionExpression></sequenceFlow>"#,
        ),
        &["BPMN-0120 a", "BPMN-0033 g", "BPMN-0051 f1", "BPMN-0111 f2"],
    );
}

#[test]
fn ids_are_present_unique_and_names() {
    check(
        &process("<startEvent /><endEvent id=\"e\" />"),
        &["BPMN-0020 -", "BPMN-0057 -", "?BPMN-0044 e"],
    );
    check(
        &one("a", "<task id=\"a\" /><textAnnotation id=\"a\" />"),
        &["BPMN-0021 a"],
    );
    check(&one("1 x", "<task id=\"1 x\" />"), &["BPMN-0022 1 x"]);
    let long = "名".repeat(257);
    check(
        &one("a", &format!("<task id=\"a\" name=\"{long}\" />")),
        &["BPMN-0023 a"],
    );
}

#[test]
fn unknown_attributes_and_values_are_refused() {
    check(&one("a", "<task id=\"a\" nam=\"x\" />"), &["BPMN-0024 a"]);
    check(
        &one("a", "<task id=\"a\" startQuantity=\"0\" />"),
        &["BPMN-0115 a"],
    );
    check(
        &one("a", "<task id=\"a\" isForCompensation=\"maybe\" />"),
        &["BPMN-0025 a"],
    );
    check(
        &one("a", "<task id=\"a\" default=\"f1\" />"),
        &["BPMN-0059 a"],
    );
}

#[test]
fn a_file_needs_an_executable_process() {
    check(
        &file("<process id=\"p\" />"),
        &["BPMN-0030 d", "?BPMN-0031 p"],
    );
}

#[test]
fn elements_that_cannot_be_executed_are_refused_by_name() {
    let nodes = ["choreographyTask", "callChoreography"];
    for name in nodes {
        check(&one("x", &format!("<{name} id=\"x\" />")), &["BPMN-0033 x"]);
        let found = findings(&one("x", &format!("<{name} id=\"x\" />")));
        assert_eq!(found[0].message, format!("{name} cannot be executed yet"));
    }
    check(
        &one("x", "<task id=\"x\"><potentialOwner /></task>"),
        &["BPMN-0033 x"],
    );
}

#[test]
fn events_that_cannot_be_executed_are_refused_by_name() {
    // What BPMN itself has not here.
    for kind in ["timer", "error", "cancel", "terminate"] {
        let xml = format!(
            "<intermediateThrowEvent id=\"x\"><{kind}EventDefinition /></intermediateThrowEvent>"
        );
        check(&one("x", &xml), &["BPMN-0420 x"]);
    }
    check(
        &one("x", "<intermediateCatchEvent id=\"x\" />"),
        &["BPMN-0036 x"],
    );
    check(
        &one(
            "x",
            "<intermediateCatchEvent id=\"x\"><timerEventDefinition><timeDuration>PT1S</timeDuration></timerEventDefinition><conditionalEventDefinition /></intermediateCatchEvent>",
        ),
        &["BPMN-0308 x"],
    );
    check(
        &process(&format!(
            "<startEvent id=\"s\"><errorEventDefinition /></startEvent><endEvent id=\"e\" />{}",
            flow("f", "s", "e")
        )),
        &["BPMN-0420 s"],
    );
}

#[test]
fn flows_end_at_elements_of_their_own_scope() {
    check(
        &process(&format!(
            "<startEvent id=\"s\" /><subProcess id=\"sub\"><startEvent id=\"s2\" /><task id=\"in\" />{}</subProcess>{}{}",
            flow("inner", "s2", "in"),
            flow("f", "s", "sub"),
            flow("cross", "sub", "in")
        )),
        &["BPMN-0052 cross"],
    );
    check(
        &process(&sequence(&[]).replace("targetRef=\"end\"", "targetRef=\"p\"")),
        &["?BPMN-0044 end", "BPMN-0051 last"],
    );
    check(
        &process(&sequence(&[]).replace("sourceRef=\"start\"", "sourceRef=\"gone\"")),
        &["BPMN-0057 start", "?BPMN-0044 end", "BPMN-0050 last"],
    );
    check(
        &process(&sequence(&[]).replace("targetRef=\"end\"", "")),
        &["BPMN-0057 start", "?BPMN-0044 end", "BPMN-0026 last"],
    );
}

#[test]
fn start_and_end_events_have_flows_on_one_side_only() {
    check(
        &process(&format!(
            "{}{}",
            sequence(&[("a", "<task id=\"a\" />")]),
            flow("back", "a", "start")
        )),
        &["BPMN-0053 start"],
    );
    check(
        &process(&format!(
            "{}{}",
            sequence(&[("a", "<task id=\"a\" />")]),
            flow("on", "end", "a")
        )),
        &["BPMN-0054 end"],
    );
    check(&process("<startEvent id=\"s\" />"), &["BPMN-0057 s"]);
}

#[test]
fn an_exclusive_gateway_says_which_way() {
    let body = |default: &str, first: &str, second: &str| {
        process(&format!(
            r#"<startEvent id="s" /><exclusiveGateway id="g" {default} /><endEvent id="a" /><endEvent id="b" />{}
            <sequenceFlow id="f1" sourceRef="g" targetRef="a">{first}</sequenceFlow>
            <sequenceFlow id="f2" sourceRef="g" targetRef="b">{second}</sequenceFlow>"#,
            flow("f0", "s", "g")
        ))
    };
    let condition = "<conditionExpression>= x &gt; 1</conditionExpression>";
    check(&body("default=\"f2\"", condition, ""), &[]);
    check(&body("", condition, ""), &["BPMN-0058 f2"]);
    check(&body("", "", ""), &["BPMN-0058 f1", "BPMN-0058 f2"]);
    check(
        &body("default=\"f0\"", condition, condition),
        &["BPMN-0059 g"],
    );
    check(
        &body("default=\"f2\"", condition, condition),
        &["BPMN-0061 f2"],
    );
    check(
        &body(
            "default=\"f2\"",
            "<conditionExpression> </conditionExpression>",
            "",
        ),
        &["BPMN-0112 f1"],
    );
    check(
        &body(
            "default=\"f2\"",
            "<conditionExpression language=\"http://java.com\">= x</conditionExpression>",
            "",
        ),
        &["BPMN-0113 -"],
    );
    check(
        &one("g", "<exclusiveGateway id=\"g\" />")
            .replace("sourceRef=\"g\"", "sourceRef=\"start\""),
        &["BPMN-0057 g"],
    );
}

#[test]
fn a_condition_stands_only_after_what_evaluates_it() {
    let condition = "<conditionExpression>= x</conditionExpression>";
    let xml = format!(
        r#"<startEvent id="s" /><sequenceFlow id="f2" sourceRef="s" targetRef="e">{condition}</sequenceFlow><endEvent id="e" />"#,
    );
    check(&process(&xml), &["BPMN-0060 f2"]);
}

#[test]
fn a_parallel_gateway_passes_over_conditions_and_says_so() {
    let condition = "<conditionExpression>= x</conditionExpression>";
    let xml = format!(
        r#"<startEvent id="s" /><parallelGateway id="g" /><endEvent id="e" /><endEvent id="e2" />{}<sequenceFlow id="f2" sourceRef="g" targetRef="e">{condition}</sequenceFlow>{}"#,
        flow("f1", "s", "g"),
        flow("f3", "g", "e2")
    );
    let definitions = accept(&process(&xml));
    let codes: Vec<&str> = definitions.warnings.iter().map(|it| it.code).collect();
    assert_eq!(codes, ["BPMN-0046"]);
    let flows = definitions.processes[0].flows();
    assert!(flows.iter().all(|it| it.condition.is_none()));
}

#[test]
fn every_scope_has_its_start_events() {
    check(&process("<textAnnotation id=\"a\" />"), &["BPMN-0070 p"]);
    let circle = format!(
        "<task id=\"a\" /><task id=\"b\" />{}{}",
        flow("f1", "a", "b"),
        flow("f2", "b", "a")
    );
    check(&process(&circle), &["BPMN-0070 p"]);
    check(
        &process(&format!(
            "{}<startEvent id=\"s2\" />{}",
            sequence(&[]),
            flow("f2", "s2", "end")
        )),
        &["BPMN-0071 p"],
    );
    check(
        &one(
            "sub",
            "<subProcess id=\"sub\"><textAnnotation id=\"a\" /></subProcess>",
        ),
        &["BPMN-0072 sub"],
    );
    let event = |start: &str| {
        process(&format!(
            "{}<subProcess id=\"sub\" triggeredByEvent=\"true\">{start}</subProcess>",
            sequence(&[])
        ))
    };
    check(&event(""), &["BPMN-0073 sub"]);
    let inner = flow("f", "s", "e");
    check(
        &event(&format!(
            "<startEvent id=\"s\" /><endEvent id=\"e\" />{inner}"
        )),
        &["BPMN-0036 s"],
    );
    check(
        &event(&format!(
            "<startEvent id=\"s\" isInterrupting=\"false\"><errorEventDefinition /></startEvent><endEvent id=\"e\" />{inner}"
        )),
        &["BPMN-0082 s"],
    );
    check(
        &event(&format!(
            "<startEvent id=\"s\"><errorEventDefinition /></startEvent><endEvent id=\"e\" />{inner}"
        ))
        .replace("targetRef=\"end\"", "targetRef=\"sub\""),
        &["?BPMN-0044 end", "BPMN-0055 sub"],
    );
}

#[test]
fn without_a_start_event_what_nothing_leads_to_begins() {
    let xml = process(
        "<task id=\"a\" /><subProcess id=\"sub\"><task id=\"b\" /><task id=\"c\" isForCompensation=\"true\" /></subProcess>",
    );
    let definitions = accept(&xml);
    let definition = &definitions.processes[0];
    let begins = |id: &str| -> Vec<&str> {
        let container = definition.container(definition.find(id).unwrap()).unwrap();
        let begins = container.begins_with.iter();
        begins.map(|it| &*definition.element(*it).id).collect()
    };
    assert_eq!(begins("p"), ["a", "sub"]);
    assert_eq!(begins("sub"), ["b"]);
    let event = "<task id=\"a\" /><intermediateThrowEvent id=\"t\" />";
    check(
        &process(event),
        &["BPMN-0057 t", "?BPMN-0044 t", "BPMN-0419 t"],
    );
    // Who has an end event has a start event (BPMN 2.0, 10.4.3).
    let with_end = format!(
        "<task id=\"a\" /><endEvent id=\"e\" />{}",
        flow("f", "a", "e")
    );
    check(&process(&with_end), &["BPMN-0415 p"]);
}

#[test]
fn a_receive_task_starts_a_process() {
    let task = |attributes: &str, around: &str| {
        file(&format!(
            "<message id=\"m\" name=\"M\" /><process id=\"p\" isExecutable=\"true\">{}{around}</process>",
            format_args!(
                "<receiveTask id=\"r\" messageRef=\"m\" instantiate=\"true\" {attributes} />"
            )
        ))
    };
    let definitions = accept(&task("", ""));
    let definition = &definitions.processes[0];
    let receive = definition.find("r").unwrap();
    let root = definition.root().kind.container().unwrap();
    assert!(definition.element(receive).instantiates);
    assert_eq!(root.start_events, [receive]);
    assert!(root.begins_with.is_empty() && root.start_event.is_none());
    check(&task("startQuantity=\"2\"", ""), &["BPMN-0027 r"]);
    let other = format!("<task id=\"a\" />{}", flow("f", "a", "r"));
    check(
        &task("", &other),
        &["BPMN-0092 r", "BPMN-0431 r", "?BPMN-0044 a"],
    );
    let twice = "<receiveTask id=\"r2\" messageRef=\"m\" instantiate=\"true\" />";
    check(&task("", twice), &["BPMN-0074 r2"]);
    let inner = "<message id=\"m\" name=\"M\" /><process id=\"p\" isExecutable=\"true\"><subProcess id=\"s\"><receiveTask id=\"r\" messageRef=\"m\" instantiate=\"true\" /></subProcess></process>";
    check(&file(inner), &["BPMN-0357 r"]);
}

#[test]
fn what_cannot_be_reached_is_warned_of() {
    check(
        &process(&format!("{}<task id=\"island\" />", sequence(&[]))),
        &["?BPMN-0044 island"],
    );
}

#[test]
fn a_boundary_event_hangs_on_an_activity() {
    let timer = "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>";
    let boundary = |attributes: &str, definition: &str| {
        process(&format!(
            "{}<boundaryEvent id=\"b\" {attributes}>{definition}</boundaryEvent>{}",
            sequence(&[("a", "<task id=\"a\" />")]),
            flow("fb", "b", "end")
        ))
    };
    check(&boundary("attachedToRef=\"a\"", timer), &[]);
    check(&boundary("", timer), &["BPMN-0026 b", "?BPMN-0044 b"]);
    check(
        &boundary("attachedToRef=\"gone\"", timer),
        &["BPMN-0080 b", "?BPMN-0044 b"],
    );
    check(&boundary("attachedToRef=\"end\"", timer), &["BPMN-0081 b"]);
    check(&boundary("attachedToRef=\"a\"", ""), &["BPMN-0036 b"]);
    check(
        &boundary(
            "attachedToRef=\"a\" cancelActivity=\"false\"",
            "<errorEventDefinition />",
        ),
        &["BPMN-0082 b"],
    );
    check(
        &boundary("attachedToRef=\"a\"", timer).replace(
            "</process>",
            &format!("{}</process>", flow("into", "a", "b")),
        ),
        &["BPMN-0056 b"],
    );
    check(
        &boundary("attachedToRef=\"a\"", "<errorEventDefinition />").replace(
            "</process>",
            &format!("<boundaryEvent id=\"b2\" attachedToRef=\"a\"><errorEventDefinition /></boundaryEvent>{}</process>", flow("fb2", "b2", "end")),
        ),
        &["BPMN-0083 b2"],
    );
}

#[test]
fn a_message_is_declared_named_and_keyed() {
    let catch = |declaration: &str, reference: &str| {
        file(&format!(
            "{declaration}<process id=\"p\" isExecutable=\"true\">{}</process>",
            sequence(&[(
                "c",
                &format!(
                    "<intermediateCatchEvent id=\"c\"><messageEventDefinition {reference} /></intermediateCatchEvent>"
                )
            )])
        ))
    };
    let key = task("<zeebe:subscription correlationKey=\"= id\" />");
    check(
        &catch(
            &format!("<message id=\"m\" name=\"M\">{key}</message>"),
            "messageRef=\"m\"",
        ),
        &[],
    );
    check(&catch("", ""), &["BPMN-0090 c"]);
    check(&catch("", "messageRef=\"m\""), &["BPMN-0090 c"]);
    check(
        &catch(
            &format!("<message id=\"m\">{key}</message>"),
            "messageRef=\"m\"",
        ),
        &["BPMN-0091 c"],
    );
    check(
        &catch("<message id=\"m\" name=\"M\" />", "messageRef=\"m\""),
        &["BPMN-0092 c"],
    );
    let not_feel = task("<zeebe:subscription correlationKey=\"id\" />");
    check(
        &catch(
            &format!("<message id=\"m\" name=\"M\">{not_feel}</message>"),
            "messageRef=\"m\"",
        ),
        &["BPMN-0111 m"],
    );
    check(
        &catch("<message id=\"m\" name=\"= x\" />", "messageRef=\"m\"")
            .replace("intermediateCatchEvent", "intermediateThrowEvent"),
        &[],
    );
}

#[test]
fn a_start_message_has_a_fixed_and_single_name() {
    let starts = |name: &str| {
        file(&format!(
            r#"<message id="m" name="{name}" /><process id="p" isExecutable="true">
            <startEvent id="a"><messageEventDefinition messageRef="m" /></startEvent>
            <startEvent id="b"><messageEventDefinition messageRef="m" /></startEvent><endEvent id="e" />{}{}</process>"#,
            flow("f1", "a", "e"),
            flow("f2", "b", "e")
        ))
    };
    check(&starts("M"), &["BPMN-0074 b"]);
    check(&starts("= x"), &["BPMN-0100 a", "BPMN-0100 b"]);
}

#[test]
fn an_error_is_declared_with_a_code() {
    let end = |declaration: &str, reference: &str| {
        file(&format!(
            "{declaration}<process id=\"p\" isExecutable=\"true\">{}</process>",
            sequence(&[]).replace(
                "<endEvent id=\"end\" />",
                &format!("<endEvent id=\"end\"><errorEventDefinition {reference} /></endEvent>")
            )
        ))
    };
    check(
        &end("<error id=\"e\" errorCode=\"X\" />", "errorRef=\"e\""),
        &[],
    );
    check(&end("", ""), &["BPMN-0093 end"]);
    check(&end("", "errorRef=\"e\""), &["BPMN-0093 end"]);
    check(
        &end("<error id=\"e\" />", "errorRef=\"e\""),
        &["BPMN-0094 end"],
    );
    check(
        &end("<error id=\"e\" errorCode=\"= x\" />", "errorRef=\"e\""),
        &["BPMN-0101 e"],
    );
}

#[test]
fn a_timer_has_one_kind_that_fits_its_place() {
    let catch = |timer: &str| {
        one(
            "c",
            &format!(
                "<intermediateCatchEvent id=\"c\"><timerEventDefinition>{timer}</timerEventDefinition></intermediateCatchEvent>"
            ),
        )
    };
    check(&catch("<timeDuration>= wait</timeDuration>"), &[]);
    check(&catch(""), &["BPMN-0095 c"]);
    check(
        &catch("<timeDate>2026-01-01T00:00:00Z</timeDate><timeDuration>PT1S</timeDuration>"),
        &["BPMN-0095 c"],
    );
    check(&catch("<timeCycle>R/PT1H</timeCycle>"), &["?BPMN-0327 c"]);
    check(&catch("<timeDate>tomorrow</timeDate>"), &["BPMN-0097 c"]);
    check(
        &catch("<timeDuration>30 days</timeDuration>"),
        &["BPMN-0098 c"],
    );
    check(&catch("<timeDuration></timeDuration>"), &["BPMN-0112 c"]);
    let start = |cycle: &str| {
        process(&sequence(&[]).replace(
            "<startEvent id=\"start\" />",
            &format!("<startEvent id=\"start\"><timerEventDefinition>{cycle}</timerEventDefinition></startEvent>"),
        ))
    };
    check(&start("<timeCycle>0 0 9 * * Mon-Fri</timeCycle>"), &[]);
    check(
        &start("<timeCycle>0 0 9 * * 1-5</timeCycle>"),
        &["BPMN-0099 start"],
    );
    check(
        &start("<timeCycle>R3/tomorrow</timeCycle>"),
        &["BPMN-0099 start"],
    );
    check(
        &start("<timeDuration>PT1H</timeDuration>"),
        &["BPMN-0096 start"],
    );
}

#[test]
fn a_timer_bound_to_a_deadline_has_no_other_date() {
    let event = |properties: &[(&str, &str)], definition: &str| {
        let list: String = properties
            .iter()
            .map(|(name, value)| format!("<zeebe:property name=\"{name}\" value=\"{value}\" />"))
            .collect();
        let extension = task(&format!("<zeebe:properties>{list}</zeebe:properties>"));
        one(
            "c",
            &format!(
                "<intermediateCatchEvent id=\"c\">{extension}{definition}</intermediateCatchEvent>"
            ),
        )
    };
    let timer = "<timerEventDefinition />";
    let key = ("tongban:deadline", "cooling_off");
    let record = ("tongban:record-id", "= caseId");
    check(&event(&[key, record], timer), &[]);
    check(&event(&[key], timer), &["BPMN-0146 c"]);
    check(&event(&[record], timer), &["BPMN-0146 c"]);
    check(
        &event(&[("tongban:deadline", "= key"), record], timer),
        &["BPMN-0147 c"],
    );
    check(
        &event(
            &[key, record],
            "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>",
        ),
        &["BPMN-0148 c"],
    );
    check(
        &event(&[key, ("tongban:record-id", "= 1 +")], timer),
        &["BPMN-0110 c"],
    );
    check(
        &event(
            &[key, record],
            "<messageEventDefinition messageRef=\"gone\" />",
        ),
        &["BPMN-0145 c", "BPMN-0090 c"],
    );
}

#[test]
fn an_expression_is_feel_and_its_error_has_a_position() {
    let xml = one(
        "s",
        &format!(
            "<scriptTask id=\"s\">{}</scriptTask>",
            task("<zeebe:script expression=\"= 1 +\" resultVariable=\"x\" />")
        ),
    );
    check(&xml, &["BPMN-0110 s"]);
    let found = findings(&xml);
    assert!(
        found[0].message.contains("at character"),
        "{}",
        found[0].message
    );
    let script = |attributes: &str| {
        one(
            "s",
            &format!(
                "<scriptTask id=\"s\">{}</scriptTask>",
                task(&format!("<zeebe:script {attributes} />"))
            ),
        )
    };
    check(
        &script("expression=\"1\" resultVariable=\"x\""),
        &["BPMN-0111 s"],
    );
    check(
        &script("expression=\"= 1\" resultVariable=\"1x\""),
        &["BPMN-0114 s"],
    );
    check(&script("expression=\"= 1\""), &["BPMN-0026 s"]);
    check(&script("expression=\"= 1\" resultVariable=\"结果\""), &[]);
}

#[test]
fn a_task_says_what_it_does_once() {
    check(&one("t", "<serviceTask id=\"t\" />"), &["BPMN-0120 t"]);
    check(&one("t", "<callActivity id=\"t\" />"), &["BPMN-0120 t"]);
    check(&one("t", "<businessRuleTask id=\"t\" />"), &["BPMN-0120 t"]);
    check(
        &one(
            "t",
            "<scriptTask id=\"t\" scriptFormat=\"js\"><script>1</script></scriptTask>",
        ),
        &["BPMN-0122 t"],
    );
    let both = task(
        "<zeebe:taskDefinition type=\"x\" /><zeebe:script expression=\"= 1\" resultVariable=\"y\" />",
    );
    check(
        &one("t", &format!("<scriptTask id=\"t\">{both}</scriptTask>")),
        &["BPMN-0121 t"],
    );
    let service = |extension: &str| {
        one(
            "t",
            &format!("<serviceTask id=\"t\">{}</serviceTask>", task(extension)),
        )
    };
    check(
        &service("<zeebe:taskDefinition type=\"\" />"),
        &["BPMN-0026 t"],
    );
    check(
        &service("<zeebe:taskDefinition type=\"x\" retries=\"many\" />"),
        &["BPMN-0115 t"],
    );
    check(
        &service("<zeebe:taskDefinition type=\"x\" /><zeebe:taskDefinition type=\"x\" />"),
        &["BPMN-0040 t"],
    );
    check(
        &service(
            "<zeebe:taskDefinition type=\"x\" /><zeebe:taskHeaders><zeebe:header key=\"a\" value=\"1\" /><zeebe:header key=\"a\" value=\"2\" /></zeebe:taskHeaders>",
        ),
        &["BPMN-0128 t"],
    );
}

#[test]
fn extensions_are_known_placed_and_executable() {
    let user = |extension: &str| {
        one(
            "t",
            &format!("<userTask id=\"t\">{}</userTask>", task(extension)),
        )
    };
    check(&user("<zeebe:frob />"), &["BPMN-0039 t"]);
    check(
        &user("<zeebe:script expression=\"= 1\" resultVariable=\"x\" />"),
        &["BPMN-0038 t"],
    );
    check(&user("<zeebe:executionListeners />"), &["BPMN-0037 t"]);
    check(&user("<zeebe:loopCharacteristics />"), &["BPMN-0038 t"]);
    check(&user("<zeebe:publishMessage />"), &["BPMN-0038 t"]);
    check(&user("<zeebe:userTask x=\"1\" />"), &["BPMN-0024 t"]);
    check(
        &user("<zeebe:formDefinition formId=\"a\" formKey=\"b\" />"),
        &["BPMN-0124 t"],
    );
    check(
        &user("<zeebe:formDefinition formId=\"a\" bindingType=\"newest\" />"),
        &["BPMN-0127 t"],
    );
    check(
        &user("<zeebe:priorityDefinition priority=\"101\" />"),
        &["BPMN-0115 t"],
    );
    check(
        &user("<zeebe:taskSchedule dueDate=\"soon\" />"),
        &["BPMN-0097 t"],
    );
    check(
        &user(
            "<zeebe:taskListeners><zeebe:taskListener eventType=\"creating\" type=\"x\" /></zeebe:taskListeners>",
        ),
        &["BPMN-0123 t"],
    );
    check(
        &user(
            "<zeebe:properties><zeebe:property name=\"tongban:frob\" value=\"1\" /></zeebe:properties>",
        ),
        &["BPMN-0125 t"],
    );
    check(
        &user(
            "<zeebe:properties><zeebe:property name=\"tongban:record-id\" value=\"1\" /><zeebe:property name=\"mine\" value=\"1\" /></zeebe:properties>",
        ),
        &["BPMN-0126 t"],
    );
    check(
        &user("<zeebe:ioMapping><zeebe:input source=\"= 1\" target=\"a.1b\" /></zeebe:ioMapping>"),
        &["BPMN-0114 t"],
    );
    check(&user("<other:thing />"), &["?BPMN-0041 t"]);
}

#[test]
fn lanes_name_elements_once() {
    let lanes = |lanes: &str| {
        process(&format!(
            "<laneSet id=\"set\">{lanes}</laneSet>{}",
            sequence(&[("a", "<userTask id=\"a\" />")])
        ))
    };
    check(
        &lanes("<lane id=\"l\" name=\"L\"><flowNodeRef>gone</flowNodeRef></lane>"),
        &["BPMN-0140 -"],
    );
    check(
        &lanes(
            "<lane id=\"l\" name=\"L\"><flowNodeRef>a</flowNodeRef></lane><lane id=\"m\" name=\"M\"><flowNodeRef>a</flowNodeRef></lane>",
        ),
        &["BPMN-0141 m"],
    );
    check(
        &lanes("<lane id=\"l\"><flowNodeRef>a</flowNodeRef></lane>"),
        &["?BPMN-0142 a"],
    );
}

#[test]
fn camunda_seven_content_is_noted() {
    check(
        &one(
            "a",
            "<task id=\"a\" xmlns:camunda=\"http://camunda.org/schema/1.0/bpmn\" camunda:asyncBefore=\"true\" />",
        ),
        &["?BPMN-0042 a"],
    );
}

#[test]
fn flows_named_by_elements_exist_and_are_theirs() {
    check(
        &one("a", "<task id=\"a\"><incoming>gone</incoming></task>"),
        &["BPMN-0064 a"],
    );
    check(
        &one(
            "a",
            "<task id=\"a\"><incoming>f1</incoming><outgoing>f1</outgoing></task>",
        ),
        &["?BPMN-0062 a"],
    );
}

#[test]
fn what_only_drawings_may_say_is_refused() {
    check(
        &process(&sequence(&[]).replace("targetRef", "isImmediate=\"false\" targetRef")),
        &["BPMN-0418 last"],
    );
    check(
        &process(&sequence(&[])).replace("isExecutable", "processType=\"Public\" isExecutable"),
        &["BPMN-0432 p"],
    );
}

#[test]
fn an_inclusive_gateway_says_which_ways() {
    let gateway = |attributes: &str, first: &str| {
        process(&format!(
            r#"<startEvent id="s" /><inclusiveGateway id="g" {attributes} /><endEvent id="e" />{}
            <sequenceFlow id="f2" sourceRef="g" targetRef="e">{first}</sequenceFlow>
            <sequenceFlow id="f3" sourceRef="g" targetRef="e"><conditionExpression>= x</conditionExpression></sequenceFlow>"#,
            flow("f1", "s", "g")
        ))
    };
    let condition = "<conditionExpression>= y</conditionExpression>";
    check(&gateway("", condition), &[]);
    check(&gateway("default=\"f2\"", ""), &[]);
    check(&gateway("", ""), &["BPMN-0058 f2"]);
    check(&gateway("default=\"f2\"", condition), &["BPMN-0061 f2"]);
    check(&gateway("default=\"f1\"", condition), &["BPMN-0059 g"]);
}

#[test]
fn joins_that_would_take_too_long_to_compile_are_refused() {
    let mut body = String::from("<startEvent id=\"s\" />");
    for number in 0..40 {
        body.push_str(&format!(
            "<inclusiveGateway id=\"g{number}\" default=\"d{number}\" />"
        ));
        for way in 0..200 {
            body.push_str(&flow(
                &format!("f{number}-{way}"),
                "s",
                &format!("g{number}"),
            ));
        }
        body.push_str(&flow(&format!("d{number}"), &format!("g{number}"), "e"));
    }
    body.push_str("<endEvent id=\"e\" />");
    check(&process(&body), &["BPMN-0065 p"]);
}

fn event_gateway(attributes: &str, first: &str, second: &str, rest: &str) -> String {
    let message = format!(
        "<message id=\"m\" name=\"M\">{}</message><signal id=\"sig\" name=\"S\" />",
        task("<zeebe:subscription correlationKey=\"= id\" />")
    );
    file(&format!(
        r#"{message}<process id="p" isExecutable="true"><startEvent id="s" /><eventBasedGateway id="g" {attributes} />{first}{second}<endEvent id="e" />
        {}{}{}{}{}{rest}</process>"#,
        flow("f1", "s", "g"),
        flow("f2", "g", "a"),
        flow("f3", "g", "b"),
        flow("f4", "a", "e"),
        flow("f5", "b", "e"),
    ))
}

#[test]
fn an_event_based_gateway_leads_to_events() {
    const MESSAGE: &str = "<intermediateCatchEvent id=\"a\"><messageEventDefinition messageRef=\"m\" /></intermediateCatchEvent>";
    const SIGNAL: &str = "<intermediateCatchEvent id=\"b\"><signalEventDefinition signalRef=\"sig\" /></intermediateCatchEvent>";
    const RECEIVE: &str = "<receiveTask id=\"b\" messageRef=\"m\" />";
    check(&event_gateway("", MESSAGE, SIGNAL, ""), &[]);
    check(
        &event_gateway("eventGatewayType=\"Parallel\"", MESSAGE, SIGNAL, ""),
        &["BPMN-0027 g"],
    );
    check(
        &event_gateway("", MESSAGE, "<userTask id=\"b\" />", ""),
        &["BPMN-0066 g"],
    );
    check(&event_gateway("", MESSAGE, RECEIVE, ""), &["BPMN-0068 g"]);
    let timer = format!(
        "<boundaryEvent id=\"late\" attachedToRef=\"b\"><timerEventDefinition><timeDuration>PT1S</timeDuration></timerEventDefinition></boundaryEvent>{}",
        flow("f6", "late", "e")
    );
    let first = MESSAGE.replace(
        "messageEventDefinition messageRef=\"m\"",
        "signalEventDefinition signalRef=\"sig\"",
    );
    check(&event_gateway("", &first, RECEIVE, ""), &[]);
    check(
        &event_gateway("", &first, RECEIVE, &timer),
        &["BPMN-0066 g"],
    );
    check(
        &event_gateway("", MESSAGE, SIGNAL, &flow("f6", "s", "b")),
        &["BPMN-0067 b"],
    );
    check(
        &event_gateway("", MESSAGE, SIGNAL, "").replace(&flow("f3", "g", "b"), ""),
        &["BPMN-0069 g", "?BPMN-0044 b"],
    );
}

#[test]
fn signals_and_escalations_are_declared_named_and_coded() {
    let with = |declaration: &str, event: &str| {
        file(&format!(
            "{declaration}<process id=\"p\" isExecutable=\"true\">{}</process>",
            sequence(&[("x", event)])
        ))
    };
    let signal = |attributes: &str| {
        format!(
            "<intermediateCatchEvent id=\"x\"><signalEventDefinition {attributes} /></intermediateCatchEvent>"
        )
    };
    check(
        &with(
            "<signal id=\"s1\" name=\"S\" />",
            &signal("signalRef=\"s1\""),
        ),
        &[],
    );
    check(
        &with(
            "<signal id=\"s1\" name=\"= a\" />",
            &signal("signalRef=\"s1\""),
        ),
        &[],
    );
    check(&with("", &signal("")), &["BPMN-0102 x"]);
    check(
        &with("<signal id=\"s1\" />", &signal("signalRef=\"s1\"")),
        &["BPMN-0103 x"],
    );
    let escalation = |attributes: &str| {
        format!(
            "<intermediateThrowEvent id=\"x\"><escalationEventDefinition {attributes} /></intermediateThrowEvent>"
        )
    };
    let declared = "<escalation id=\"e1\" escalationCode=\"LATE\" />";
    check(&with(declared, &escalation("escalationRef=\"e1\"")), &[]);
    check(
        &with(declared, &escalation("escalationRef=\"e2\"")),
        &["BPMN-0105 x"],
    );
    check(&with("", &escalation("")), &["BPMN-0105 x"]);
    check(
        &with(
            "<escalation id=\"e1\" />",
            &escalation("escalationRef=\"e1\""),
        ),
        &["BPMN-0106 x"],
    );
    check(
        &with(
            "<escalation id=\"e1\" escalationCode=\"= c\" />",
            &escalation("escalationRef=\"e1\""),
        ),
        &["BPMN-0107 e1"],
    );
}

#[test]
fn a_start_signal_has_a_fixed_and_single_name() {
    let starts = |name: &str| {
        file(&format!(
            r#"<signal id="m" name="{name}" /><process id="p" isExecutable="true">
            <startEvent id="a"><signalEventDefinition signalRef="m" /></startEvent>
            <startEvent id="b"><signalEventDefinition signalRef="m" /></startEvent><endEvent id="e" />{}{}</process>"#,
            flow("f1", "a", "e"),
            flow("f2", "b", "e")
        ))
    };
    check(&starts("S"), &["BPMN-0075 b"]);
    check(&starts("= x"), &["BPMN-0104 a", "BPMN-0104 b"]);
}

#[test]
fn two_boundary_events_do_not_catch_one_escalation() {
    let boundary = |id: &str, reference: &str| {
        format!(
            "<boundaryEvent id=\"{id}\" attachedToRef=\"a\" cancelActivity=\"false\"><escalationEventDefinition {reference} /></boundaryEvent>{}",
            flow(&format!("f-{id}"), id, "end")
        )
    };
    let with = |first: &str, second: &str| {
        file(&format!(
            "<escalation id=\"e1\" escalationCode=\"LATE\" /><process id=\"p\" isExecutable=\"true\">{}{}{}</process>",
            sequence(&[("a", "<task id=\"a\" />")]),
            boundary("b1", first),
            boundary("b2", second)
        ))
    };
    check(&with("", "escalationRef=\"e1\""), &[]);
    check(&with("", ""), &["BPMN-0084 b2"]);
    let coded = "escalationRef=\"e1\"";
    check(&with(coded, coded), &["BPMN-0084 b2"]);
}

#[test]
fn send_and_receive_tasks_say_what_they_exchange() {
    let with = |xml: &str| {
        let message = format!(
            "<message id=\"m\" name=\"M\">{}</message><message id=\"n\" name=\"N\" />",
            task("<zeebe:subscription correlationKey=\"= id\" />")
        );
        file(&format!(
            "{message}<process id=\"p\" isExecutable=\"true\">{}</process>",
            sequence(&[("x", xml)])
        ))
    };
    let send = |attributes: &str, extension: &str| {
        with(&format!(
            "<sendTask id=\"x\" {attributes}>{}</sendTask>",
            task(extension)
        ))
    };
    let job = "<zeebe:taskDefinition type=\"w\" />";
    let publish = "<zeebe:publishMessage correlationKey=\"= id\" timeToLive=\"PT1H\" />";
    check(&send("", job), &[]);
    check(&send("messageRef=\"m\"", job), &[]);
    check(&send("messageRef=\"n\"", publish), &[]);
    check(&send("messageRef=\"n\"", ""), &[]);
    check(&send("", ""), &["BPMN-0120 x"]);
    check(&send("", publish), &["BPMN-0120 x"]);
    check(&send("messageRef=\"gone\"", publish), &["BPMN-0090 x"]);
    check(
        &send("messageRef=\"n\"", &format!("{job}{publish}")),
        &["BPMN-0121 x"],
    );
    check(
        &send(
            "messageRef=\"n\"",
            "<zeebe:publishMessage timeToLive=\"soon\" />",
        ),
        &["BPMN-0098 x"],
    );
    check(&with("<receiveTask id=\"x\" messageRef=\"m\" />"), &[]);
    check(
        &with("<receiveTask id=\"x\" messageRef=\"n\" />"),
        &["BPMN-0092 x"],
    );
    check(&with("<receiveTask id=\"x\" />"), &["BPMN-0090 x"]);
    check(
        &with("<receiveTask id=\"x\" messageRef=\"n\" instantiate=\"true\" />"),
        &["BPMN-0092 x"],
    );
    let event = format!(
        "<intermediateThrowEvent id=\"x\">{}</intermediateThrowEvent>",
        task(publish)
    );
    check(&with(&event), &["BPMN-0038 x"]);
}

#[test]
fn a_multi_instance_says_how_often_and_what_is_gathered() {
    let marked = |attributes: &str, content: &str, loops: &str| {
        let extension = if loops.is_empty() {
            String::new()
        } else {
            task(&format!("<zeebe:loopCharacteristics {loops} />"))
        };
        one(
            "x",
            &format!(
                "<task id=\"x\"><multiInstanceLoopCharacteristics {attributes}>{extension}{content}</multiInstanceLoopCharacteristics></task>"
            ),
        )
    };
    let cardinality = "<loopCardinality>3</loopCardinality>";
    let items = "inputCollection=\"= items\" inputElement=\"item\"";
    check(&marked("", "", items), &[]);
    check(&marked("isSequential=\"true\"", cardinality, ""), &[]);
    check(&marked("behavior=\"All\"", cardinality, ""), &[]);
    check(
        &marked("behavior=\"None\"", cardinality, ""),
        &["BPMN-0358 x"],
    );
    check(
        &marked("behavior=\"Some\"", cardinality, ""),
        &["BPMN-0025 x"],
    );
    check(
        &marked("noneBehaviorEventRef=\"e\"", cardinality, ""),
        &["BPMN-0359 x"],
    );
    check(
        &marked("behavior=\"Complex\"", cardinality, ""),
        &["BPMN-0360 x"],
    );
    check(&marked("", "", ""), &["BPMN-0130 x"]);
    check(&marked("", cardinality, items), &["BPMN-0130 x"]);
    check(
        &marked("", "<loopCardinality>many</loopCardinality>", ""),
        &["BPMN-0115 x"],
    );
    check(
        &marked("", "<loopCardinality>100001</loopCardinality>", ""),
        &["BPMN-0115 x"],
    );
    check(
        &marked("", cardinality, "inputElement=\"item\""),
        &["BPMN-0132 x"],
    );
    check(
        &marked("", "", &format!("{items} outputCollection=\"results\"")),
        &["BPMN-0131 x"],
    );
    check(
        &marked("", "", &format!("{items} outputElement=\"= r\"")),
        &["BPMN-0131 x"],
    );
    check(
        &marked(
            "",
            "",
            &format!("{items} outputCollection=\"a b\" outputElement=\"= r\""),
        ),
        &["BPMN-0114 x"],
    );
    check(
        &marked("", "", "inputCollection=\"items\""),
        &["BPMN-0111 x"],
    );
    check(
        &marked(
            "",
            &format!("{cardinality}<completionCondition>done</completionCondition>"),
            "",
        ),
        &["BPMN-0111 x"],
    );
    check(
        &marked(
            "",
            &format!("{cardinality}<loopDataInputRef>x</loopDataInputRef>"),
            "",
        ),
        &["BPMN-0365 x"],
    );
    let event_sub_process = format!(
        "{}<subProcess id=\"sub\" triggeredByEvent=\"true\"><multiInstanceLoopCharacteristics>{cardinality}</multiInstanceLoopCharacteristics><startEvent id=\"s\"><errorEventDefinition /></startEvent><endEvent id=\"e\" />{}</subProcess>",
        sequence(&[]),
        flow("f", "s", "e")
    );
    check(&process(&event_sub_process), &["BPMN-0133 sub"]);
}
