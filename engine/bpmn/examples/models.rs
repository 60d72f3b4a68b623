//! How long a large model takes: `cargo xtask bench --only bpmn`.
//!
//! Each line is the median of several samples.

#![expect(clippy::disallowed_methods, reason = "an example may read the clock")]

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::{Duration, Instant};

use tongban_bpmn::document::{Document, canonical};
use tongban_bpmn::graph::Definitions;
use tongban_bpmn::limit::Limits;
use tongban_bpmn::soundness;

const SAMPLES: usize = 15;
/// Blocks of six elements each.
const BLOCKS: usize = 83;

fn main() {
    let limits = Limits::default();
    let (structured, crossed) = (model(true), model(false));
    let compiled = |text: &str| -> Definitions {
        match tongban_bpmn::read("model.bpmn", text.as_bytes(), &limits) {
            Ok(definitions) => definitions,
            Err(findings) => panic!("{}", findings[0]),
        }
    };
    let definitions = compiled(&structured);
    let n_elements = definitions.processes[0].elements().len();
    println!(
        "a model of {n_elements} elements, {} KB",
        structured.len() / 1024
    );
    report("read, check and compile it", || {
        drop(black_box(compiled(&structured)));
    });
    report("read it again when it is deployed", || {
        let read = tongban_bpmn::read_deployed("m", structured.as_bytes(), &limits);
        drop(black_box(read));
    });
    report("read and write it with everything in it", || {
        let document = Document::read("m", structured.as_bytes(), &limits);
        black_box(document.map(|it| it.write()).ok());
    });
    report("its canonical form", || {
        let document = Document::read("m", structured.as_bytes(), &limits);
        black_box(document.map(|it| canonical(&it)).ok());
    });
    let options = soundness::Options::default();
    report("soundness, well-nested", || {
        drop(black_box(soundness::check(
            "m",
            &definitions.processes[0],
            &options,
        )));
    });
    let definitions = compiled(&crossed);
    let found = soundness::check("m", &definitions.processes[0], &options);
    let verdict = if found.iter().any(|it| it.code == "BPMN-0489") {
        "unknown"
    } else {
        "known"
    };
    report(&format!("soundness, crossed ways ({verdict})"), || {
        drop(black_box(soundness::check(
            "m",
            &definitions.processes[0],
            &options,
        )));
    });
}

/// The median time of a call.
fn report(what: &str, mut call: impl FnMut()) {
    let mut samples: Vec<Duration> = (0..SAMPLES)
        .map(|_| {
            let started = Instant::now();
            call();
            started.elapsed()
        })
        .collect();
    samples.sort();
    println!("{:>12} {what}", format!("{:.1?}", samples[SAMPLES / 2]));
}

/// Blocks of parallel and exclusive ways in a row; or each parallel block with its ways crossed.
fn model(is_structured: bool) -> String {
    let mut body = String::from("<bpmn:startEvent id=\"start\" name=\"开始\"/>");
    let (mut flows, mut defaults) = (String::new(), String::new());
    let mut count = 0;
    let mut connect = |source: &str, target: &str, condition: &str| {
        count += 1;
        let _ = write!(
            flows,
            "<bpmn:sequenceFlow id=\"f{count}\" sourceRef=\"{source}\" targetRef=\"{target}\">{condition}</bpmn:sequenceFlow>"
        );
    };
    let mut previous = "start".to_owned();
    for n in 0..BLOCKS {
        let is_parallel = n % 2 == 0;
        let gateway = if is_parallel {
            "parallelGateway"
        } else {
            "exclusiveGateway"
        };
        let default = if is_parallel {
            String::new()
        } else {
            format!(" default=\"d{n}\"")
        };
        let _ = write!(
            body,
            "<bpmn:{gateway} id=\"s{n}\"{default}/><bpmn:userTask id=\"a{n}\" name=\"审核{n}\"/><bpmn:userTask id=\"b{n}\"/><bpmn:{gateway} id=\"j{n}\"/><bpmn:serviceTask id=\"w{n}\"><bpmn:extensionElements><zeebe:taskDefinition type=\"work\"/><zeebe:ioMapping><zeebe:input source=\"= amount + {n}\" target=\"amount\"/></zeebe:ioMapping></bpmn:extensionElements></bpmn:serviceTask><bpmn:intermediateThrowEvent id=\"t{n}\"/>"
        );
        connect(&previous, &format!("s{n}"), "");
        let condition = "<bpmn:conditionExpression xsi:type=\"bpmn:tFormalExpression\">= amount &gt; 1000 and level = \"A\"</bpmn:conditionExpression>";
        connect(
            &format!("s{n}"),
            &format!("a{n}"),
            if is_parallel { "" } else { condition },
        );
        if is_parallel {
            connect(&format!("s{n}"), &format!("b{n}"), "");
        }
        let crosses = !is_structured && is_parallel;
        if crosses {
            let _ = write!(
                body,
                "<bpmn:parallelGateway id=\"x{n}\"/><bpmn:parallelGateway id=\"y{n}\"/><bpmn:parallelGateway id=\"u{n}\"/><bpmn:parallelGateway id=\"v{n}\"/>"
            );
            for (source, target) in [
                ("a", "x"),
                ("b", "y"),
                ("x", "u"),
                ("x", "v"),
                ("y", "u"),
                ("y", "v"),
                ("u", "j"),
                ("v", "j"),
            ] {
                connect(&format!("{source}{n}"), &format!("{target}{n}"), "");
            }
        } else {
            connect(&format!("a{n}"), &format!("j{n}"), "");
            connect(&format!("b{n}"), &format!("j{n}"), "");
        }
        connect(&format!("j{n}"), &format!("w{n}"), "");
        connect(&format!("w{n}"), &format!("t{n}"), "");
        if !is_parallel {
            let _ = write!(
                defaults,
                "<bpmn:sequenceFlow id=\"d{n}\" sourceRef=\"s{n}\" targetRef=\"b{n}\"/>"
            );
        }
        previous = format!("t{n}");
    }
    body.push_str("<bpmn:endEvent id=\"end\"/>");
    let _ = write!(
        flows,
        "<bpmn:sequenceFlow id=\"last\" sourceRef=\"{previous}\" targetRef=\"end\"/>"
    );
    format!(
        "<bpmn:definitions xmlns:bpmn=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" xmlns:zeebe=\"http://camunda.org/schema/zeebe/1.0\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" id=\"definitions\" targetNamespace=\"urn:large\"><bpmn:process id=\"large\" isExecutable=\"true\">{body}{flows}{defaults}</bpmn:process></bpmn:definitions>"
    )
}
