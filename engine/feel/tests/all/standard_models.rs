//! Models written from the text of DMN 1.5, chapters 6 to 8 and 10.4, with the values it gives them.
//!
//! `standard/models.txt` tells them in lines, so that a case is read at one glance:
//!
//! - `# title` begins a case, `lenient` reads it as a draft;
//! - `file urn:a` begins a file: the first is the model, the others may be imported;
//! - `input x : number`, `decision d : number < input x, knowledge k = expression`;
//! - `table d < input x | UNIQUE` begins a decision with a table of the lines `in expression : type = values`,
//!   `out name : type = values ; default` and `| cell | cell => output | output`;
//! - `service s = output d, inside e, given x`, `function f(a: number, b) : number = expression`;
//! - what begins with `<` is XML as it stands;
//! - `? target {inputs} => value`.

use std::fmt::Write;

use tongban_feel::dmn::{Limits, Model, Source};
use tongban_feel::environment::Environment;
use tongban_feel::expression::{Expression, Names};
use tongban_feel::value::Context;

use super::standard::shown;

const CASES: &str = include_str!("standard/models.txt");
const XMLNS: &str = "https://www.omg.org/spec/DMN/20230324/MODEL/";

/// A case while its lines are read.
#[derive(Default)]
struct Case<'t> {
    title: &'t str,
    lenient: bool,
    /// Namespaces and elements.
    files: Vec<(&'t str, String)>,
    questions: Vec<(&'t str, &'t str)>,
    /// What closes the table that is being read.
    open: &'static str,
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;").replace('\'', "&apos;")
}

fn tag(name: &str, text: Option<&str>) -> String {
    text.map_or_else(String::new, |it| {
        format!("<{name}><text>{}</text></{name}>", escaped(it))
    })
}

/// ` attribute='value'`, nothing if there is none.
fn attribute(name: &str, value: Option<&str>) -> String {
    value.map_or_else(String::new, |it| format!(" {name}='{}'", escaped(it)))
}

/// `head<separator>tail` without the spaces round it.
fn cut<'t>(text: &'t str, separator: &str) -> (&'t str, Option<&'t str>) {
    match text.split_once(separator) {
        Some((head, tail)) => (head.trim(), Some(tail.trim())),
        None => (text.trim(), None),
    }
}

fn parts(text: Option<&str>) -> impl Iterator<Item = (&str, &str)> {
    let parts = text.into_iter().flat_map(|it| it.split(','));
    parts.map(|it| it.trim().split_once(' ').expect("a kind and a name"))
}

/// `name : type < requirements`, up to the logic.
fn decision_start(text: &str) -> String {
    let (head, requires) = cut(text, " < ");
    let (name, of) = cut(head, " : ");
    let id = attribute("id", Some(name)) + &attribute("name", Some(name));
    let variable = attribute("name", Some(name)) + &attribute("typeRef", of);
    let mut xml = format!("<decision{id}><variable{variable}/>");
    for (kind, to) in parts(requires) {
        let hash = if to.contains('#') { "" } else { "#" };
        let href = format!("{hash}{}", escaped(to));
        let (outer, inner) = match kind {
            "input" => ("informationRequirement", "requiredInput"),
            "decision" => ("informationRequirement", "requiredDecision"),
            _ => ("knowledgeRequirement", "requiredKnowledge"),
        };
        write!(xml, "<{outer}><{inner} href='{href}'/></{outer}>").unwrap();
    }
    xml
}

fn logic(text: &str) -> String {
    match text.starts_with('<') && text.ends_with('>') {
        true => text.to_owned(),
        false => tag("literalExpression", Some(text)),
    }
}

fn clause(text: &str, is_input: bool) -> String {
    let (text, default) = cut(text, " ; ");
    let (head, values) = cut(text, " = ");
    let (name, of) = cut(head, " : ");
    let of = attribute("typeRef", of);
    if is_input {
        let expression = format!("<text>{}</text>", escaped(name));
        let values = tag("inputValues", values);
        return format!(
            "<input><inputExpression{of}>{expression}</inputExpression>{values}</input>"
        );
    }
    let name = attribute("name", Some(name).filter(|it| *it != "-"));
    let (values, default) = (
        tag("outputValues", values),
        tag("defaultOutputEntry", default),
    );
    format!("<output{name}{of}>{values}{default}</output>")
}

fn rule(text: &str) -> String {
    let (cells, outputs) = text.split_once(" => ").expect("a rule has outputs");
    let entries = |texts: &str, name: &str| -> String {
        texts
            .split(" | ")
            .map(|it| tag(name, Some(it.trim())))
            .collect()
    };
    format!(
        "<rule>{}{}</rule>",
        entries(cells, "inputEntry"),
        entries(outputs, "outputEntry")
    )
}

fn service(text: &str) -> String {
    let (name, members) = cut(text, " = ");
    let id = attribute("id", Some(name)) + &attribute("name", Some(name));
    let members: String = parts(members)
        .map(|(kind, to)| {
            let member = match kind {
                "output" => "outputDecision",
                "inside" => "encapsulatedDecision",
                "asked" => "inputDecision",
                _ => "inputData",
            };
            format!("<{member} href='#{}'/>", escaped(to))
        })
        .collect();
    format!("<decisionService{id}>{members}</decisionService>")
}

fn function(text: &str) -> String {
    let (head, body) = cut(text, " = ");
    let (signature, of) = cut(head, ") : ");
    let (name, parameters) = cut(signature.trim_end_matches(')'), "(");
    let id = attribute("id", Some(name)) + &attribute("name", Some(name));
    let parameters: String = parameters
        .into_iter()
        .flat_map(|it| it.split(',').filter(|it| !it.trim().is_empty()))
        .map(|parameter| {
            let (name, of) = cut(parameter, ":");
            let name = attribute("name", Some(name)) + &attribute("typeRef", of);
            format!("<formalParameter{name}/>")
        })
        .collect();
    let variable = attribute("name", Some(name)) + &attribute("typeRef", of);
    let body = logic(body.unwrap_or(""));
    format!(
        "<businessKnowledgeModel{id}><variable{variable}/><encapsulatedLogic>{parameters}{body}\
         </encapsulatedLogic></businessKnowledgeModel>"
    )
}

impl<'t> Case<'t> {
    fn read(&mut self, line: &'t str) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        if !matches!(word, "in" | "out" | "|") {
            let close = std::mem::take(&mut self.open);
            self.push(close);
        }
        match word {
            "lenient" => self.lenient = true,
            "file" => self.files.push((rest, String::new())),
            "input" => {
                let (name, of) = cut(rest, " : ");
                let id = attribute("id", Some(name)) + &attribute("name", Some(name));
                let variable = attribute("name", Some(name)) + &attribute("typeRef", of);
                self.push(&format!("<inputData{id}><variable{variable}/></inputData>"));
            }
            "decision" => {
                let (head, text) = cut(rest, " = ");
                let logic = logic(text.expect("a decision has a logic"));
                self.push(&format!("{}{logic}</decision>", decision_start(head)));
            }
            "table" => {
                let (head, policy) = cut(rest, " | ");
                let (policy, aggregation) = cut(policy.unwrap_or("UNIQUE"), " with ");
                let attributes =
                    attribute("hitPolicy", Some(policy)) + &attribute("aggregation", aggregation);
                self.push(&format!(
                    "{}<decisionTable{attributes}>",
                    decision_start(head)
                ));
                self.open = "</decisionTable></decision>";
            }
            "in" => self.push(&clause(rest, true)),
            "out" => self.push(&clause(rest, false)),
            "|" => self.push(&rule(rest)),
            "service" => self.push(&service(rest)),
            "function" => self.push(&function(rest)),
            "?" => {
                let (question, value) = rest.rsplit_once(" => ").expect("a question has an answer");
                self.questions.push((question, value));
            }
            _ if word.starts_with('<') => self.push(line),
            _ => panic!("{line:?} is no line of a case"),
        }
    }

    fn push(&mut self, xml: &str) {
        if let Some((_, file)) = self.files.last_mut() {
            file.push_str(xml);
        }
    }

    fn model(&self) -> Result<Model, String> {
        let files: Vec<String> = self
            .files
            .iter()
            .map(|(namespace, body)| {
                format!(
                    "<definitions xmlns='{XMLNS}' id='model' name='model' namespace='{namespace}'>{body}\
                     </definitions>"
                )
            })
            .collect();
        let sources: Vec<Source<'_>> = files
            .iter()
            .map(|it| Source {
                file: "m.dmn",
                bytes: it.as_bytes(),
            })
            .collect();
        let parse = match self.lenient {
            true => Model::parse_leniently,
            false => Model::parse_with_imports,
        };
        parse(sources[0], &sources[1..], &Limits::default()).map_err(|it| it[0].to_string())
    }

    /// The questions with a wrong answer.
    fn wrong(&self) -> Vec<String> {
        let model = match self.model() {
            Ok(model) => model,
            Err(problem) => return vec![format!("{}: {problem}", self.title)],
        };
        let mut wrong = Vec::new();
        for (question, expected) in &self.questions {
            let at = question.find('{').expect("a question has inputs");
            let (target, inputs) = question.split_at(at);
            let inputs = Expression::compile(inputs, &Names::default()).unwrap();
            let inputs = inputs
                .evaluate(&Context::new(), &Environment::default())
                .unwrap();
            let inputs = inputs.as_context().cloned().unwrap_or_default();
            let found = match model.evaluate(target.trim(), &inputs, &Environment::default()) {
                Ok(result) => shown(result.value),
                Err(error) => format!("stopped: {}", error.code),
            };
            if found != *expected {
                wrong.push(format!(
                    "{}: {question} gave {found}, not {expected}",
                    self.title
                ));
            }
        }
        wrong
    }
}

#[test]
fn models_have_the_values_the_standard_gives_them() {
    let mut cases: Vec<Case<'_>> = Vec::new();
    for line in CASES.lines().filter(|it| !it.is_empty()) {
        match (line.strip_prefix("# "), cases.last_mut()) {
            (Some(title), _) => cases.push(Case {
                title,
                ..Case::default()
            }),
            (None, Some(case)) => case.read(line),
            (None, None) => panic!("{line:?} stands before the first case"),
        }
    }
    let questions: usize = cases.iter().map(|it| it.questions.len()).sum();
    assert!(questions > 100, "{questions}");
    let wrong: Vec<String> = cases.iter().flat_map(Case::wrong).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The reader of the cases reads what it says: a wrong answer is told.
#[test]
fn a_wrong_answer_is_told() {
    let mut case = Case {
        title: "t",
        ..Case::default()
    };
    for line in [
        "file urn:a",
        "input x : number",
        "decision d < input x = x + 1",
        "? d {x: 1} => 3",
    ] {
        case.read(line);
    }
    assert_eq!(case.wrong(), ["t: d {x: 1} gave 2, not 3"]);
}
