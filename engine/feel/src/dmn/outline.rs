//! What a decision file says beside its result: from when it holds, its rules as they are written,
//! the names it reads. For those who publish decisions; evaluating needs none of it.
//!
//! The date stands in the property `tongban:effective-from` among the extension elements of the
//! decision, or of the whole file, where Camunda Modeler writes it.

use std::collections::BTreeSet;

use super::Limits;
use super::xml::{self, Element};
use crate::diagnostic::{self, Diagnostic, Severity};
use crate::expression::{Expression, Names};
use crate::time::Date;

/// The property that holds the date.
const EFFECTIVE_FROM: &str = "tongban:effective-from";
/// Elements followed from one decision to what it requires.
const REQUIRED_MAX: usize = 10_000;

/// What a file says of one decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionOutline {
    /// Its id.
    pub id: String,
    /// The date from which it holds; from ever if absent.
    pub effective_from: Option<Date>,
    /// The names that it reads, those of required decisions included: inputs, and what expressions
    /// name.
    pub reads: BTreeSet<String>,
    /// The rules of its table.
    pub rules: Vec<RuleOutline>,
}

/// A rule as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleOutline {
    /// Its id, if it has one.
    pub id: Option<String>,
    /// The texts of its input entries.
    pub inputs: Vec<String>,
    /// The texts of its output entries.
    pub outputs: Vec<String>,
}

/// Which namespace a file is known by, and which it imports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportOutline {
    /// Its own namespace.
    pub namespace: String,
    /// Those of the models it imports, each once.
    pub imports: BTreeSet<String>,
}

/// Reads which other models a file needs; nothing if it is no XML, which whoever compiles it says.
pub fn imports(bytes: &[u8], limits: &Limits) -> Option<ImportOutline> {
    let root = xml::read(bytes, limits).ok()?;
    let imports = root.all("import");
    let namespaces = imports.filter_map(|it| it.attribute("namespace"));
    Some(ImportOutline {
        namespace: root.attribute("namespace").unwrap_or_default().to_owned(),
        imports: namespaces.map(str::to_owned).collect(),
    })
}

/// Reads what a file says of its decisions; what does not concern this is not checked.
///
/// # Errors
/// The file is no XML, or a date is none.
pub fn outline(
    file: &str,
    bytes: &[u8],
    limits: &Limits,
) -> Result<Vec<DecisionOutline>, Vec<Diagnostic>> {
    let diagnostic = |code, place: xml::Place, element_id, message| Diagnostic {
        code,
        severity: Severity::Error,
        file: file.to_owned(),
        line: place.line,
        column: place.column,
        element_id,
        message,
        remedy: diagnostic::help(code).to_owned(),
    };
    let root = xml::read(bytes, limits)
        .map_err(|it| vec![diagnostic(it.code, it.place, None, it.message)])?;
    let bad_date = |(element, text): (&Element, String)| {
        let id = element.attribute("id").map(str::to_owned);
        let message = format!("expected a date as YYYY-MM-DD, found {text:?}");
        diagnostic(diagnostic::DMN_EFFECTIVE_FROM, element.place, id, message)
    };
    let of_file = effective_from(&root).map_err(|it| vec![bad_date(it)])?;
    let mut decisions = Vec::new();
    let mut errors = Vec::new();
    for element in root.all("decision") {
        match effective_from(element) {
            Ok(own) => decisions.push(DecisionOutline {
                id: element.attribute("id").unwrap_or_default().to_owned(),
                effective_from: own.or(of_file),
                reads: reads(&root, element),
                rules: rules(element),
            }),
            Err(error) => errors.push(bad_date(error)),
        }
    }
    if errors.is_empty() {
        Ok(decisions)
    } else {
        Err(errors)
    }
}

fn effective_from(element: &Element) -> Result<Option<Date>, (&Element, String)> {
    let extensions = element.first("extensionElements");
    let lists = extensions.into_iter().flat_map(|it| &it.children);
    let properties = lists
        .filter(|it| it.name == "properties")
        .flat_map(|it| &it.children);
    let mut dates = properties.filter(|it| it.attribute("name") == Some(EFFECTIVE_FROM));
    let Some(property) = dates.next() else {
        return Ok(None);
    };
    let text = property.attribute("value").unwrap_or_default().trim();
    match Date::parse(text) {
        // FEEL knows years of more digits; published rules have four.
        Some(date) if text.len() == "YYYY-MM-DD".len() => Ok(Some(date)),
        _ => Err((element, text.to_owned())),
    }
}

fn rules(decision: &Element) -> Vec<RuleOutline> {
    let table = decision.first("decisionTable");
    let texts = |rule: &Element, name: &str| -> Vec<String> {
        let entries = rule.all(name);
        entries
            .map(|it| it.expression_text().unwrap_or_default().to_owned())
            .collect()
    };
    let rules = table.into_iter().flat_map(|it| it.all("rule"));
    rules
        .map(|rule| RuleOutline {
            id: rule.attribute("id").map(str::to_owned),
            inputs: texts(rule, "inputEntry"),
            outputs: texts(rule, "outputEntry"),
        })
        .collect()
}

/// The names read by a decision and by all that it requires within the file.
fn reads(root: &Element, decision: &Element) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut open = vec![decision];
    while let Some(element) = open.pop() {
        let id = element.attribute("id").unwrap_or_default();
        if !seen.insert(id) || seen.len() > REQUIRED_MAX {
            continue;
        }
        if element.name == "inputData" {
            let variable = element
                .first("variable")
                .and_then(|it| it.attribute("name"));
            let name = variable.or_else(|| element.attribute("name"));
            names.extend(name.map(str::to_owned));
            continue;
        }
        named_by(element, &mut names);
        let required = element.children.iter().flat_map(|it| &it.children);
        let hrefs = required.filter_map(|it| it.attribute("href"));
        let ids: Vec<&str> = hrefs.filter_map(|it| it.rsplit('#').next()).collect();
        let all = root.children.iter();
        open.extend(all.filter(|it| {
            it.namespace == root.namespace && it.attribute("id").is_some_and(|id| ids.contains(&id))
        }));
    }
    // The results of the decisions that were followed are no inputs.
    for element in root
        .all("decision")
        .chain(root.all("businessKnowledgeModel"))
    {
        if element.attribute("id").is_some_and(|it| seen.contains(it)) {
            let variable = element
                .first("variable")
                .and_then(|it| it.attribute("name"));
            if let Some(name) = variable.or_else(|| element.attribute("name")) {
                names.remove(name);
            }
        }
    }
    names
}

/// The names in the expressions within an element.
fn named_by(element: &Element, names: &mut BTreeSet<String>) {
    let scope = Names::default();
    let mut open = vec![element];
    while let Some(element) = open.pop() {
        open.extend(&element.children);
        let Some(text) = element.expression_text() else {
            continue;
        };
        let compiled = match element.name.as_str() {
            "inputEntry" | "inputValues" | "outputValues" | "allowedValues" => {
                Expression::compile_unary_tests(text, &scope)
            }
            _ => Expression::compile(text, &scope),
        };
        // An expression over names with blanks cannot be read alone; its inputs are declared.
        if let Ok(expression) = compiled {
            names.extend(expression.variables().iter().map(ToString::to_string));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r##"<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"
      xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d" name="d" namespace="n">
      <extensionElements><zeebe:properties>
        <zeebe:property name="tongban:effective-from" value="2025-05-10"/>
      </zeebe:properties></extensionElements>
      <inputData id="age" name="applicant age"/>
      <decision id="group" name="Group">
        <informationRequirement><requiredInput href="#age"/></informationRequirement>
        <literalExpression><text>if applicant age &gt; 60 then "old" else region</text></literalExpression>
      </decision>
      <decision id="fee" name="Fee">
        <extensionElements><zeebe:properties>
          <zeebe:property name="tongban:effective-from" value="DATE"/>
        </zeebe:properties></extensionElements>
        <informationRequirement><requiredDecision href="#group"/></informationRequirement>
        <decisionTable>
          <input id="i"><inputExpression><text>Group</text></inputExpression></input>
          <input id="j"><inputExpression><text>amount</text></inputExpression></input>
          <output id="o"/>
          <rule id="r1">
            <inputEntry id="e1"><text>"old"</text></inputEntry>
            <inputEntry id="e2"><text>&lt; limit</text></inputEntry>
            <outputEntry id="e3"><text>0</text></outputEntry>
          </rule>
        </decisionTable>
      </decision>
    </definitions>"##;

    #[test]
    fn imports_are_told_by_their_namespaces() {
        let file = r#"<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" name="d" namespace="n">
          <import name="a" namespace="one" importType="x"/><import name="b" namespace="two" importType="x"/>
        </definitions>"#;
        let found = imports(file.as_bytes(), &Limits::default()).unwrap();
        assert_eq!(found.namespace, "n");
        assert_eq!(
            found.imports.into_iter().collect::<Vec<_>>(),
            ["one", "two"]
        );
        assert_eq!(imports(b"no", &Limits::default()), None);
    }

    fn read(date: &str) -> Result<Vec<DecisionOutline>, Vec<Diagnostic>> {
        let file = FILE.replace("DATE", date);
        outline("fee.dmn", file.as_bytes(), &Limits::default())
    }

    #[test]
    fn a_decision_holds_from_its_own_date_else_from_the_files() {
        let decisions = read("2026-01-01").unwrap();
        let dates: Vec<String> = decisions
            .iter()
            .filter_map(|it| Some(it.effective_from?.to_string()))
            .collect();
        assert_eq!(dates, ["2025-05-10", "2026-01-01"]);
    }

    #[test]
    fn what_is_no_date_is_said_with_its_place() {
        for text in ["1 May", "2026-13-01", "12026-01-01", ""] {
            let errors = read(text).unwrap_err();
            assert_eq!(errors[0].code, "DMN-0040", "{text:?}");
            assert_eq!(errors[0].element_id.as_deref(), Some("fee"));
            assert_eq!(errors[0].line, 11);
        }
    }

    #[test]
    fn names_are_those_of_inputs_and_expressions_of_required_decisions_too() {
        let decisions = read("2026-01-01").unwrap();
        let names: Vec<&str> = decisions[1].reads.iter().map(String::as_str).collect();
        assert_eq!(names, ["amount", "applicant age", "limit"]);
    }

    #[test]
    fn rules_are_given_as_they_are_written() {
        let decisions = read("2026-01-01").unwrap();
        let rule = RuleOutline {
            id: Some("r1".to_owned()),
            inputs: vec!["\"old\"".to_owned(), "< limit".to_owned()],
            outputs: vec!["0".to_owned()],
        };
        assert_eq!(decisions[1].rules, [rule]);
        assert!(decisions[0].rules.is_empty());
    }
}
