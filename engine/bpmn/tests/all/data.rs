//! Data objects, properties and associations, which become mappings of variables.

use tongban_bpmn::graph::multi_instance::LoopInput;
use tongban_bpmn::graph::{ElementKind, Mapping, ProcessDefinition};

use crate::{accept, check, process, sequence};

const OBJECTS: &str = r#"<dataObject id="o1" name="form" /><dataObject id="o2" name="the list" /><dataObjectReference id="r1" dataObjectRef="o1" /><dataObjectReference id="r2" dataObjectRef="o2" />"#;

fn one(content: &str) -> String {
    let task = format!("<task id=\"x\">{content}</task>");
    process(&format!("{OBJECTS}{}", sequence(&[("x", &task)])))
}

fn input(content: &str) -> String {
    format!("<dataInputAssociation id=\"d1\">{content}</dataInputAssociation>")
}

fn output(content: &str) -> String {
    format!("<dataOutputAssociation id=\"d2\">{content}</dataOutputAssociation>")
}

const SPECIFICATION: &str = r#"<ioSpecification><dataInput id="in1" name="request" /><dataOutput id="out1" name="answer" /><inputSet><dataInputRefs>in1</dataInputRefs></inputSet><outputSet><dataOutputRefs>out1</dataOutputRefs></outputSet></ioSpecification>"#;

fn mapped(mappings: &[Mapping]) -> Vec<(String, String)> {
    let of = |it: &Mapping| (it.source.source().to_owned(), it.target.to_string());
    mappings.iter().map(of).collect()
}

fn element<'a>(definition: &'a ProcessDefinition, id: &str) -> &'a tongban_bpmn::graph::Element {
    definition.element(definition.find(id).unwrap())
}

fn pair(source: &str, target: &str) -> (String, String) {
    (source.to_owned(), target.to_owned())
}

#[test]
fn associations_become_mappings() {
    let content = [
        SPECIFICATION,
        &input("<sourceRef>r1</sourceRef><targetRef>in1</targetRef>"),
        &output("<sourceRef>out1</sourceRef><targetRef>r2</targetRef>"),
        "<extensionElements><zeebe:ioMapping><zeebe:input source=\"=request.id\" target=\"id\" /></zeebe:ioMapping></extensionElements>",
    ];
    let definitions = accept(&one(&content.concat()));
    assert_eq!(definitions.warnings, vec![]);
    let x = element(&definitions.processes[0], "x");
    let expected = [pair("form", "request"), pair("request.id", "id")];
    assert_eq!(mapped(&x.inputs), expected);
    // The name of the second object is none of a variable, so that its id is.
    let expected = [pair("if answer = null then o2 else answer", "o2")];
    assert_eq!(mapped(&x.outputs), expected);
}

#[test]
fn transformations_and_assignments_compute() {
    let content = [
        SPECIFICATION,
        &input(
            "<sourceRef>r1</sourceRef><sourceRef>r2</sourceRef><targetRef>in1</targetRef><transformation>={form: form, list: o2}</transformation><assignment><from>=count(o2)</from><to>size</to></assignment><assignment><from>=true</from><to>=request.open</to></assignment>",
        ),
    ];
    let definitions = accept(&one(&content.concat()));
    let x = element(&definitions.processes[0], "x");
    let expected = [
        pair("{form: form, list: o2}", "request"),
        pair("count(o2)", "request.size"),
        pair("true", "request.open"),
    ];
    assert_eq!(mapped(&x.inputs), expected);
}

#[test]
fn properties_are_local() {
    let definitions = accept(&one("<property id=\"q1\" name=\"note\" />"));
    let x = element(&definitions.processes[0], "x");
    assert_eq!(mapped(&x.inputs), [pair("null", "note")]);
}

#[test]
fn what_only_draws_an_arrow_is_noted() {
    let drawn = format!(
        "<property id=\"q1\" name=\"__targetRef_placeholder\" />{}{}",
        input("<sourceRef>r1</sourceRef><targetRef>q1</targetRef>"),
        output("<targetRef>r1</targetRef>")
    );
    check(&one(&drawn), &["?BPMN-0043 x"]);
    let definitions = accept(&one(&drawn));
    let x = element(&definitions.processes[0], "x");
    assert!(x.inputs.is_empty() && x.outputs.is_empty());
}

#[test]
fn broken_data_is_refused() {
    let dangling = input("<sourceRef>nowhere</sourceRef><targetRef>in1</targetRef>");
    check(
        &one(&format!("{SPECIFICATION}{dangling}")),
        &["BPMN-0365 x"],
    );
    let two = input("<sourceRef>r1</sourceRef><sourceRef>r2</sourceRef><targetRef>in1</targetRef>");
    check(&one(&format!("{SPECIFICATION}{two}")), &["BPMN-0366 x"]);
    let from = input(
        "<sourceRef>r1</sourceRef><targetRef>in1</targetRef><assignment><from>form</from><to>request</to></assignment>",
    );
    check(&one(&format!("{SPECIFICATION}{from}")), &["BPMN-0111 x"]);
    let set = SPECIFICATION.replace("<dataInputRefs>in1", "<dataInputRefs>in2");
    check(&one(&set), &["BPMN-0365 x"]);
}

#[test]
fn a_multi_instance_goes_through_data_of_its_own() {
    let marker = "<multiInstanceLoopCharacteristics><loopDataInputRef>in1</loopDataInputRef><loopDataOutputRef>out1</loopDataOutputRef><inputDataItem id=\"i1\" name=\"item\" /><outputDataItem id=\"i2\" name=\"given\" /></multiInstanceLoopCharacteristics>";
    let content = [
        SPECIFICATION,
        &input("<sourceRef>r2</sourceRef><targetRef>in1</targetRef>"),
        &output("<sourceRef>out1</sourceRef><targetRef>r1</targetRef>"),
        marker,
    ];
    let definitions = accept(&one(&content.concat()));
    let body = element(&definitions.processes[0], "x");
    let ElementKind::MultiInstance(it) = &body.kind else {
        panic!()
    };
    let LoopInput::Collection {
        collection,
        element: item,
    } = &it.input
    else {
        panic!()
    };
    assert_eq!((collection.source(), item.as_deref()), ("o2", Some("item")));
    let gathered = it.output.as_ref().unwrap();
    assert_eq!(&*gathered.collection, "form");
    assert_eq!(gathered.element.source(), "given");
    let inner = definitions.processes[0].element(it.inner);
    assert!(inner.inputs.is_empty() && inner.outputs.is_empty());
}

const TYPES: &str = r#"<itemDefinition id="number" structureRef="number" /><itemDefinition id="dates" structureRef="xsd:date" isCollection="true" /><itemDefinition id="case" structureRef="schemas/case.json" /><itemDefinition id="foreign" structureRef="java.util.Map" />"#;

fn typed(process: &str) -> String {
    process.replacen("<process", &format!("{TYPES}<process"), 1)
}

fn declared(element: &tongban_bpmn::graph::Element) -> Vec<String> {
    let of = |it: &tongban_bpmn::graph::data_type::DataDeclaration| {
        format!("{:?} {}: {}", it.role, it.variable, it.of)
    };
    element.data.iter().map(of).collect()
}

#[test]
fn item_definitions_type_what_refers_to_them() {
    let content = r#"<ioSpecification><dataInput id="in1" name="case" itemSubjectRef="case" /><dataOutput id="out1" name="days" itemSubjectRef="dates" isCollection="true" /><inputSet><dataInputRefs>in1</dataInputRefs></inputSet><outputSet><dataOutputRefs>out1</dataOutputRefs></outputSet></ioSpecification><property id="p1" name="note" />"#;
    let process = one(content).replacen(
        "<dataObject id=\"o1\" name=\"form\" />",
        "<property id=\"p0\" name=\"amount\" itemSubjectRef=\"number\" /><dataObject id=\"o1\" name=\"form\" />",
        1,
    );
    let definitions = accept(&typed(&process));
    let process = &definitions.processes[0];
    assert_eq!(declared(process.root()), ["Local amount: number"]);
    let expected = ["Local case: schemas/case.json", "Output days: list<date>"];
    assert_eq!(declared(element(process, "x")), expected);
    assert_eq!(definitions.warnings, vec![]);
}

#[test]
fn a_type_of_another_tool_is_told_and_not_checked() {
    let process = one("<property id=\"p1\" name=\"map\" itemSubjectRef=\"foreign\" />");
    let definitions = accept(&typed(&process));
    assert_eq!(declared(element(&definitions.processes[0], "x")), [""; 0]);
    let warnings: Vec<_> = definitions.warnings.iter().map(|it| it.code).collect();
    assert_eq!(warnings, ["BPMN-0367"]);
}

#[test]
fn a_keyword_is_no_variable() {
    let specification = SPECIFICATION
        .replace("answer", "return")
        .replace("request", "for");
    let content = [
        specification.as_str(),
        &input("<sourceRef>r1</sourceRef><targetRef>in1</targetRef>"),
        &output("<sourceRef>out1</sourceRef><targetRef>r1</targetRef>"),
    ];
    let definitions = accept(&one(&content.concat()));
    let x = element(&definitions.processes[0], "x");
    assert_eq!(mapped(&x.inputs), [pair("form", "in1")]);
    let expected = [pair("if out1 = null then form else out1", "form")];
    assert_eq!(mapped(&x.outputs), expected);
}

#[test]
fn a_multi_instance_goes_through_data_named_by_a_keyword() {
    let marker = "<multiInstanceLoopCharacteristics><loopDataInputRef>in1</loopDataInputRef><loopDataOutputRef>out1</loopDataOutputRef><outputDataItem id=\"i2\" name=\"return\" /></multiInstanceLoopCharacteristics>";
    let specification = SPECIFICATION.replace("request", "for");
    let definitions = accept(&one(&[specification.as_str(), marker].concat()));
    let body = element(&definitions.processes[0], "x");
    let ElementKind::MultiInstance(it) = &body.kind else {
        panic!()
    };
    let LoopInput::Collection { collection, .. } = &it.input else {
        panic!()
    };
    assert_eq!(collection.source(), "in1");
    assert_eq!(it.output.as_ref().unwrap().element.source(), "i2");
}

#[test]
fn what_begins_with_its_trigger_takes_no_inputs() {
    let body = sequence(&[("x", "<task id=\"x\" />")]).replace(
        "<startEvent id=\"start\" />",
        "<startEvent id=\"start\"><property id=\"q1\" name=\"note\" /></startEvent>",
    );
    check(&process(&body), &["BPMN-0368 start"]);
    let boundary = "<boundaryEvent id=\"b\" attachedToRef=\"x\"><extensionElements><zeebe:ioMapping><zeebe:input source=\"=1\" target=\"one\" /></zeebe:ioMapping></extensionElements><errorEventDefinition /></boundaryEvent>";
    let body = format!(
        "{}{boundary}{}",
        sequence(&[(
            "x",
            "<serviceTask id=\"x\"><extensionElements><zeebe:taskDefinition type=\"w\" /></extensionElements></serviceTask>"
        )]),
        crate::flow("fb", "b", "end")
    );
    check(&process(&body), &["BPMN-0368 b"]);
}
