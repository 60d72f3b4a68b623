//! A file read and written again, and two files of one model.

use tongban_bpmn::document::{Document, canonical};
use tongban_bpmn::limit::Limits;

fn document(text: &str) -> Document {
    Document::read("test.bpmn", text.as_bytes(), &Limits::default()).unwrap()
}

#[track_caller]
fn check_round_trip(text: &str) {
    let read = document(text);
    let written = read.write();
    assert_eq!(document(&written), read, "{written}");
    assert_eq!(canonical(&document(&written)), canonical(&read));
}

#[test]
fn everything_in_a_file_is_written_again() {
    for text in [
        include_str!("files/every_element.bpmn"),
        include_str!("files/events_and_loops.bpmn"),
        "<?xml version=\"1.0\"?>\n<!-- one -->\n<?go on?><a xmlns:x='urn:x' x:b='1' b=\"2\">\n  <x:c/> text <![CDATA[<raw> & so]]><!-- two --></a>\n<!-- three -->",
        "<a b='&#10;&#9;&quot;&lt;&amp;'>&#13;&gt;]]&gt;&apos;</a>",
        "<a>  </a>",
        "<名 文='字'>档案</名>",
    ] {
        check_round_trip(text);
    }
    let same =
        "<?xml version=\"1.0\"?>\n<!-- one --><a xmlns:x=\"urn:x\" b=\"2\">\n  <x:c/> t</a>\n";
    assert_eq!(document(same).write(), same);
}

#[test]
fn what_is_not_xml_is_not_a_document() {
    for text in [
        "",
        "<a>",
        "<!DOCTYPE a []><a/>",
        "<a b='1' b='2'/>",
        "<p:a/>",
    ] {
        let read = Document::read("x", text.as_bytes(), &Limits::default());
        assert!(read.is_err(), "{text}");
    }
}

#[test]
fn an_element_can_be_changed() {
    let mut it = document("<a b=\"1\"><c/></a>");
    let root = it.root_mut();
    root.set("b", "2");
    root.set("d", "3");
    root.children_mut().for_each(|it| it.set("e", "<"));
    root.remove("b");
    assert_eq!(it.write(), "<a d=\"3\"><c e=\"&lt;\"/></a>");
}

const ONE: &str = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:tns="urn:t" targetNamespace="urn:t" xsi:schemaLocation="x y">
  <process id="p" isExecutable="true" isClosed="false">
    <startEvent id="s" isInterrupting="true"><outgoing>tns:f</outgoing></startEvent>
    <userTask id="u" name=" Ask " startQuantity="1"><incoming>f</incoming></userTask>
    <sequenceFlow id="f" sourceRef="tns:s" targetRef="u"><conditionExpression xsi:type="tFormalExpression">= x</conditionExpression></sequenceFlow>
  </process>
  <bpmndi:BPMNDiagram id="d1"><bpmndi:BPMNPlane id="pl" bpmnElement="p">
    <bpmndi:BPMNShape id="sh1" bpmnElement="s"><dc:Bounds x="1.0" y="2.50" width="36" height="36"/></bpmndi:BPMNShape>
  </bpmndi:BPMNPlane></bpmndi:BPMNDiagram>
</definitions>"#;

const OTHER: &str = r#"<?xml version="1.0" encoding="UTF-8"?><bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:d="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:c="http://www.omg.org/spec/DD/20100524/DC" xmlns:i="http://www.w3.org/2001/XMLSchema-instance" targetNamespace="urn:t"><bpmn:process isExecutable="1" id="p"><bpmn:sequenceFlow id="f" targetRef="u" sourceRef="s"><bpmn:conditionExpression i:type="bpmn:tFormalExpression">= x</bpmn:conditionExpression></bpmn:sequenceFlow><bpmn:userTask id="u" name="Ask"><bpmn:incoming>f</bpmn:incoming></bpmn:userTask><bpmn:startEvent id="s"><bpmn:outgoing>f</bpmn:outgoing></bpmn:startEvent></bpmn:process><d:BPMNDiagram><d:BPMNPlane bpmnElement="p"><d:BPMNShape id="other" bpmnElement="s"><c:Bounds height="36" width="36.0" x="1" y="2.5"/></d:BPMNShape></d:BPMNPlane></d:BPMNDiagram></bpmn:definitions>"#;

#[test]
fn two_tools_files_of_one_model_have_one_canonical_form() {
    let one = canonical(&document(ONE));
    assert_eq!(one, canonical(&document(OTHER)));
    assert_eq!(
        one,
        r#"bpmn:definitions targetNamespace="urn:t"
  bpmn:process id="p" isExecutable="true"
    bpmn:sequenceFlow id="f" sourceRef="s" targetRef="u"
      bpmn:conditionExpression xsi:type="tFormalExpression" "= x"
    bpmn:startEvent id="s"
      bpmn:outgoing "f"
    bpmn:userTask id="u" name="Ask"
      bpmn:incoming "f"
  bpmndi:BPMNDiagram
    bpmndi:BPMNPlane bpmnElement="p"
      bpmndi:BPMNShape bpmnElement="s"
        dc:Bounds height="36" width="36" x="1" y="2.5"
"#
    );
}

#[test]
fn a_difference_shows_in_the_canonical_form() {
    let one = canonical(&document(ONE));
    for (from, to) in [
        ("name=\" Ask \"", "name=\"Tell\""),
        ("targetRef=\"u\"", "targetRef=\"s\""),
        ("= x<", "= y<"),
        ("isClosed=\"false\"", "isClosed=\"true\""),
        ("x=\"1.0\"", "x=\"1.5\""),
        ("startQuantity=\"1\"", "startQuantity=\"2\""),
    ] {
        let changed = ONE.replace(from, to);
        assert_ne!(canonical(&document(&changed)), one, "{to}");
    }
}
