//! The rules of the standard, each broken once.

use tongban_bpmn::diagnostic::Severity;

use crate::{file, findings, process};

/// Expects an error with this code, at this element; other findings may be there too.
#[track_caller]
fn breaks(xml: &str, code: &str, element: &str) {
    let found = findings(xml);
    let is_there = found.iter().any(|it| {
        it.code == code
            && it.severity == Severity::Error
            && it.element_id.as_deref().unwrap_or("-") == element
    });
    let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert!(is_there, "no {code} at {element}:\n{}", lines.join("\n"));
}

/// Expects no finding with this code.
#[track_caller]
fn keeps(xml: &str, code: &str) {
    let found = findings(xml);
    let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert!(
        !found.iter().any(|it| it.code == code),
        "{}",
        lines.join("\n")
    );
}

/// What makes a process more than a drawing; the reading of one has findings of its own, which take the
/// place of those tested here.
const EXECUTABLE: &str = " isExecutable=\"true\"";

/// A process of a start event, an element and an end event, with more beside it.
fn around(id: &str, element: &str, beside: &str) -> String {
    process(&format!(
        r#"<startEvent id="s"/>{element}<endEvent id="e"/>
        <sequenceFlow id="f1" sourceRef="s" targetRef="{id}"/>
        <sequenceFlow id="f2" sourceRef="{id}" targetRef="e"/>{beside}"#
    ))
}

fn task(parts: &str) -> String {
    around("t", &format!("<task id=\"t\">{parts}</task>"), "")
}

#[test]
fn references_lead_to_something_of_the_right_type() {
    let association = |to: &str| {
        let beside = format!(
            r#"<textAnnotation id="a"/><association id="b" sourceRef="t" targetRef="{to}"/>"#
        );
        around("t", "<task id=\"t\"/>", &beside)
    };
    breaks(&association("x"), "BPMN-0400", "b");
    keeps(&association("a"), "BPMN-0400");
    let group = |to: &str| {
        file(&format!(
            r#"<category id="c"><categoryValue id="v"/></category><process id="p"><group id="g" categoryValueRef="{to}"/></process>"#
        ))
    };
    breaks(&group("c"), "BPMN-0401", "g");
    keeps(&group("v"), "BPMN-0401");
    // What another file declares is not looked for here.
    let foreign = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:o="urn:o" targetNamespace="urn:t" id="d"><message id="m" itemRef="o:x"/></definitions>"#;
    keeps(foreign, "BPMN-0400");
    breaks(&foreign.replace("o:x", "x"), "BPMN-0400", "m");
}

#[test]
fn parts_are_there_as_often_as_the_schema_says() {
    breaks(
        &task("<ioSpecification><inputSet/></ioSpecification>"),
        "BPMN-0402",
        "t",
    );
    let loops = "<standardLoopCharacteristics/><multiInstanceLoopCharacteristics><loopCardinality>3</loopCardinality></multiInstanceLoopCharacteristics>";
    breaks(&task(loops).replace(EXECUTABLE, ""), "BPMN-0403", "t");
    breaks(&file("<interface id=\"i\" name=\"i\"/>"), "BPMN-0402", "i");
    breaks(&file("<interface id=\"i\"/>"), "BPMN-0026", "i");
    breaks(&file("<message id=\"m\" color=\"red\"/>"), "BPMN-0024", "m");
    breaks(
        &file("<collaboration id=\"c\"><task id=\"t\"/></collaboration>"),
        "BPMN-0032",
        "t",
    );
    let item = "<itemDefinition id=\"i\" itemKind=\"Imaginary\"/>";
    breaks(&file(item), "BPMN-0025", "i");
}

#[test]
fn texts_have_their_form() {
    let condition = r#"<conditionExpression language="_invalid_uri%$!">= x</conditionExpression>"#;
    let beside = format!(
        "<exclusiveGateway id=\"g\"/><sequenceFlow id=\"c\" sourceRef=\"g\" targetRef=\"e\">{condition}</sequenceFlow>"
    );
    breaks(&around("t", "<task id=\"t\"/>", &beside), "BPMN-0404", "c");
    let note = "<textAnnotation id=\"n\" textFormat=\"plain\"/>";
    breaks(&around("t", "<task id=\"t\"/>", note), "BPMN-0405", "n");
}

#[test]
fn what_is_evaluated_is_formal() {
    let catch = |timer: &str| {
        around(
            "c",
            &format!(
                "<intermediateCatchEvent id=\"c\"><timerEventDefinition>{timer}</timerEventDefinition></intermediateCatchEvent>"
            ),
            "",
        )
    };
    breaks(
        &catch("<timeDate>2015-12-24T20:00:00</timeDate>"),
        "BPMN-0406",
        "c",
    );
    keeps(&catch("<timeDuration>PT1H</timeDuration>"), "BPMN-0406");
    keeps(&catch("<timeDuration>= x</timeDuration>"), "BPMN-0406");
    let complex = "<multiInstanceLoopCharacteristics behavior=\"Complex\"><loopCardinality>3</loopCardinality><complexBehaviorDefinition><condition/></complexBehaviorDefinition></multiInstanceLoopCharacteristics>";
    breaks(&task(complex), "BPMN-0407", "t");
}

#[test]
fn flows_connect_what_they_should() {
    let gateway = |attributes: &str| {
        format!(
            r#"<startEvent id="s"/><exclusiveGateway id="g" {attributes}/><task id="a"/><endEvent id="e"/>
            <sequenceFlow id="f1" sourceRef="s" targetRef="g"/><sequenceFlow id="f2" sourceRef="g" targetRef="a"><conditionExpression>= x</conditionExpression></sequenceFlow>
            <sequenceFlow id="f3" sourceRef="g" targetRef="e"><conditionExpression>= y</conditionExpression></sequenceFlow><sequenceFlow id="f4" sourceRef="a" targetRef="e"/>"#
        )
    };
    breaks(
        &process(&gateway("gatewayDirection=\"Mixed\"")),
        "BPMN-0410",
        "g",
    );
    breaks(
        &process(&gateway("gatewayDirection=\"Converging\"")),
        "BPMN-0410",
        "g",
    );
    keeps(
        &process(&gateway("gatewayDirection=\"Diverging\"")),
        "BPMN-0410",
    );
    breaks(
        &around("g", "<exclusiveGateway id=\"g\"/>", ""),
        "BPMN-0411",
        "g",
    );
    breaks(
        &around("t", "<task id=\"t\"/>", "<task id=\"x\"/>"),
        "BPMN-0412",
        "x",
    );
    breaks(
        &around("t", "<task id=\"t\"/>", "<task id=\"x\"/>"),
        "BPMN-0413",
        "x",
    );
    let no_end =
        r#"<startEvent id="s"/><task id="t"/><sequenceFlow id="f" sourceRef="s" targetRef="t"/>"#;
    breaks(&process(no_end), "BPMN-0414", "p");
    let no_start = r#"<process id="p"><task id="t"/><endEvent id="e"/><sequenceFlow id="f" sourceRef="t" targetRef="e"/></process>"#;
    breaks(&file(no_start), "BPMN-0415", "p");
    let named = r#"<startEvent id="s"><outgoing>f</outgoing></startEvent><endEvent id="e"/><sequenceFlow id="f" sourceRef="s" targetRef="e"/>"#;
    breaks(&process(named), "BPMN-0416", "e");
}

#[test]
fn events_stand_where_the_standard_has_them() {
    let end = |definition: &str| {
        process(&format!(
            r#"<startEvent id="s"/><endEvent id="e"><{definition}EventDefinition/></endEvent><sequenceFlow id="f" sourceRef="s" targetRef="e"/>"#
        ))
    };
    for wrong in ["timer", "conditional", "link"] {
        breaks(&end(wrong), "BPMN-0420", "e");
    }
    keeps(&end("terminate"), "BPMN-0420");
    let drawn = end("cancel").replace(EXECUTABLE, "");
    breaks(&drawn, "BPMN-0421", "e");
    let throws = |definition: &str| {
        let event =
            format!("<intermediateThrowEvent id=\"t\">{definition}</intermediateThrowEvent>");
        around("t", &event, "")
    };
    breaks(&throws("<terminateEventDefinition/>"), "BPMN-0420", "t");
    keeps(&throws("<compensateEventDefinition/>"), "BPMN-0420");
    let drawn = throws("<linkEventDefinition name=\"a\"/>").replace(EXECUTABLE, "");
    breaks(&drawn, "BPMN-0422", "t");
    breaks(&drawn, "BPMN-0424", "t");
    let shared = "<message id=\"m\" name=\"m\"/><process id=\"p\"><intermediateThrowEvent id=\"t\"><messageEventDefinition id=\"md\" messageRef=\"m\"/></intermediateThrowEvent><intermediateThrowEvent id=\"u\"><eventDefinitionRef>md</eventDefinitionRef></intermediateThrowEvent></process>";
    breaks(&file(shared), "BPMN-0425", "u");
    let typed = "<itemDefinition id=\"i\"/><message id=\"m\" name=\"m\" itemRef=\"i\"/><process id=\"p\" isExecutable=\"true\"><startEvent id=\"s\"><messageEventDefinition messageRef=\"m\"/></startEvent></process>";
    breaks(&file(typed), "BPMN-0429", "s");
    keeps(&file(&typed.replace(" itemRef=\"i\"", "")), "BPMN-0429");
}

#[test]
fn compensation_and_cancellation_are_complete() {
    let boundary = |kind: &str, beside: &str| {
        around(
            "t",
            &format!(
                "<task id=\"t\"/><boundaryEvent id=\"b\" attachedToRef=\"t\" {kind}</boundaryEvent>"
            ),
            beside,
        )
    };
    let drawn = boundary("><cancelEventDefinition/>", "").replace(EXECUTABLE, "");
    breaks(&drawn, "BPMN-0421", "b");
    let handler = "<task id=\"h\"/><association id=\"a\" sourceRef=\"b\" targetRef=\"h\"/>";
    let drawn = boundary("><compensateEventDefinition/>", handler).replace(EXECUTABLE, "");
    breaks(&drawn, "BPMN-0427", "h");
    let in_flow = "<task id=\"h\" isForCompensation=\"true\"/><sequenceFlow id=\"x\" sourceRef=\"h\" targetRef=\"e\"/>";
    let drawn = around("t", "<task id=\"t\"/>", in_flow).replace(EXECUTABLE, "");
    breaks(&drawn, "BPMN-0428", "h");
    let called = "<process id=\"q\"><startEvent id=\"r\"><messageEventDefinition/></startEvent></process><process id=\"p\"><callActivity id=\"c\" calledElement=\"q\"/></process>";
    breaks(&file(called), "BPMN-0430", "c");
}

#[test]
fn activities_have_what_their_kind_needs() {
    breaks(
        &around("t", "<task id=\"t\" startQuantity=\"0\"/>", ""),
        "BPMN-0440",
        "t",
    );
    breaks(
        &around(
            "t",
            "<scriptTask id=\"t\"><script>x</script></scriptTask>",
            "",
        ),
        "BPMN-0441",
        "t",
    );
    let drawn = around("a", "<adHocSubProcess id=\"a\"/>", "").replace(EXECUTABLE, "");
    breaks(&drawn, "BPMN-0442", "a");
    let started =
        "<adHocSubProcess id=\"a\"><task id=\"t\"/><startEvent id=\"x\"/></adHocSubProcess>";
    let drawn = around("a", started, "").replace(EXECUTABLE, "");
    breaks(&drawn, "BPMN-0443", "x");
    let danced = "<choreographyTask id=\"c\" initiatingParticipantRef=\"x\"/>";
    breaks(&around("c", danced, ""), "BPMN-0444", "c");
    let data = "<subProcess id=\"a\"><ioSpecification><inputSet/><outputSet/></ioSpecification></subProcess>";
    breaks(&around("a", data, ""), "BPMN-0445", "a");
    let twice = "<resource id=\"r\" name=\"r\"/><process id=\"p\"><task id=\"t\"><performer id=\"x\"><resourceRef>r</resourceRef><resourceAssignmentExpression><expression>y</expression></resourceAssignmentExpression></performer></task></process>";
    breaks(&file(twice), "BPMN-0446", "x");
    let behavior = "<multiInstanceLoopCharacteristics behavior=\"All\"><complexBehaviorDefinition><condition>= x</condition></complexBehaviorDefinition></multiInstanceLoopCharacteristics>";
    breaks(&task(behavior).replace(EXECUTABLE, ""), "BPMN-0448", "t");
}

#[test]
fn data_fit_together() {
    let items = "<itemDefinition id=\"a\" structureRef=\"A\"/><itemDefinition id=\"b\" structureRef=\"B\" isCollection=\"true\"/>";
    let with = |body: &str| {
        file(&format!(
            "{items}<process id=\"p\" isExecutable=\"true\">{body}</process>"
        ))
    };
    breaks(
        &with("<dataObject id=\"o\" itemSubjectRef=\"b\"/>"),
        "BPMN-0450",
        "o",
    );
    let association = "<dataObject id=\"o\" itemSubjectRef=\"a\"/><dataObject id=\"n\" itemSubjectRef=\"b\" isCollection=\"true\"/><task id=\"t\"><dataInputAssociation id=\"x\"><sourceRef>o</sourceRef><targetRef>n</targetRef></dataInputAssociation></task>";
    breaks(&with(association), "BPMN-0451", "x");
    keeps(
        &with(&association.replace("<targetRef>n", "<targetRef>o")),
        "BPMN-0451",
    );
    let sets = "<ioSpecification><dataInput id=\"i\"/><dataInput id=\"j\"/><inputSet id=\"is\"><dataInputRefs>i</dataInputRefs><optionalInputRefs>j</optionalInputRefs><outputSetRefs>os</outputSetRefs></inputSet><outputSet id=\"os\"/></ioSpecification>";
    breaks(&with(sets), "BPMN-0452", "is");
    breaks(&with(sets), "BPMN-0453", "is");
    let named = "<dataObject id=\"o\" name=\"Form\"/><dataObjectReference id=\"r\" name=\"Form [new]\" dataObjectRef=\"o\"><dataState name=\"old\"/></dataObjectReference>";
    breaks(&with(named), "BPMN-0458", "r");
    keeps(&with(&named.replace("[new]", "[old]")), "BPMN-0458");
}

#[test]
fn collaborations_are_between_participants() {
    let flow = |source: &str, target: &str| {
        file(&format!(
            r#"<collaboration id="c"><participant id="one" processRef="p"/><participant id="two"/><messageFlow id="m" sourceRef="{source}" targetRef="{target}"/></collaboration>
            <process id="p"><startEvent id="s"/><task id="t"/><task id="u"/></process>"#
        ))
    };
    breaks(&flow("t", "u"), "BPMN-0470", "m");
    breaks(&flow("one", "t"), "BPMN-0470", "m");
    keeps(&flow("t", "two"), "BPMN-0470");
    breaks(&flow("two", "s"), "BPMN-0472", "m");
    let many = "<collaboration id=\"c\"><participant id=\"a\"><participantMultiplicity minimum=\"3\" maximum=\"2\"/></participant></collaboration>";
    breaks(&file(many), "BPMN-0471", "a");
    let global = "<globalConversation id=\"g\"><conversation id=\"x\"/></globalConversation>";
    breaks(&file(global), "BPMN-0473", "x");
    let bound = "<correlationProperty id=\"q\"><correlationPropertyRetrievalExpression messageRef=\"m\"><messagePath>x</messagePath></correlationPropertyRetrievalExpression></correlationProperty><message id=\"m\"/><collaboration id=\"c\"><correlationKey id=\"k\"/></collaboration><process id=\"p\"><correlationSubscription id=\"s\" correlationKeyRef=\"k\"><correlationPropertyBinding id=\"b\" correlationPropertyRef=\"q\"><dataPath>x</dataPath></correlationPropertyBinding></correlationSubscription></process>";
    breaks(&file(bound), "BPMN-0474", "b");
}
