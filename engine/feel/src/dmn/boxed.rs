//! Boxed expressions, written out as FEEL.
//!
//! A context, list, relation, invocation, function, conditional, filter or iterator has a form in
//! FEEL with the same meaning, so that one compiler serves them all. Each text in them is compiled
//! by itself first, so that a slip is reported at its own place and cannot leak into its neighbours.

use super::read::Reader;
use super::xml::Element;
use crate::diagnostic;

/// The names of elements that hold an expression.
pub(super) const EXPRESSIONS: &[&str] = &[
    "literalExpression",
    "decisionTable",
    "context",
    "list",
    "relation",
    "invocation",
    "functionDefinition",
    "conditional",
    "filter",
    "for",
    "some",
    "every",
];

/// The expression among an element's children.
pub(super) fn expression_of(element: &Element) -> Option<&Element> {
    let holds = |it: &&Element| {
        it.namespace == element.namespace && EXPRESSIONS.contains(&it.name.as_str())
    };
    element.children.iter().find(holds)
}

/// The names a boxed expression itself brings into scope.
pub(super) fn local_names<'e>(element: &'e Element, names: &mut Vec<&'e str>) {
    match element.name.as_str() {
        "variable" | "formalParameter" | "parameter" | "column" => {
            names.extend(element.attribute("name"));
        }
        "for" | "some" | "every" => names.extend(element.attribute("iteratorVariable")),
        _ => {}
    }
    for child in &element.children {
        local_names(child, names);
    }
}

impl Reader<'_> {
    /// The FEEL form of an expression; problems are reported and give `null`.
    pub(super) fn written(&mut self, element: &Element) -> String {
        let written = match element.name.as_str() {
            "literalExpression" => self.written_literal(element),
            "context" => self.written_context(element),
            "list" => {
                let items: Vec<String> = expressions(element).map(|it| self.written(it)).collect();
                Some(format!("[{}]", items.join(", ")))
            }
            "relation" => self.written_relation(element),
            "invocation" => self.written_invocation(element),
            "functionDefinition" => self.written_function(element),
            "conditional" => {
                self.parts(element, ["if", "then", "else"])
                    .map(|[condition, then, otherwise]| {
                        format!("(if {condition} then {then} else {otherwise})")
                    })
            }
            "filter" => self
                .parts(element, ["in", "match"])
                .map(|[list, predicate]| format!("({list})[{predicate}]")),
            "for" => self.written_iterator(element, "return", "return"),
            "some" | "every" => self.written_iterator(element, "satisfies", "satisfies"),
            _ => {
                self.unsupported(element, "inside another expression");
                Some("null".to_owned())
            }
        };
        written.unwrap_or_else(|| {
            self.missing(element, "a part of the expression");
            "null".to_owned()
        })
    }

    fn written_literal(&mut self, element: &Element) -> Option<String> {
        let text = element.expression_text().unwrap_or("");
        if text.is_empty() {
            return Some("null".to_owned());
        }
        self.check_language(element);
        self.check_part(element, text);
        // A comment at the end of the text must not swallow the parenthesis.
        Some(format!("({text}\n)"))
    }

    fn written_context(&mut self, element: &Element) -> Option<String> {
        let mut entries = Vec::new();
        let mut result = None;
        for entry in element.all("contextEntry") {
            let value = self.written(expression_of(entry)?);
            match entry.first("variable").and_then(|it| it.attribute("name")) {
                Some(name) => entries.push(format!("{}: {}", quoted(name), self.unwrapped(value))),
                None => result = Some(value),
            }
        }
        let Some(result) = result else {
            return Some(format!("{{{}}}", entries.join(", ")));
        };
        entries.push(format!("\"\u{2}\": {result}"));
        Some(format!("get value({{{}}}, \"\u{2}\")", entries.join(", ")))
    }

    /// A function keeps its bare form, by which a context's entry may call itself.
    fn unwrapped(&self, written: String) -> String {
        match written
            .strip_prefix("(function(")
            .and_then(|it| it.strip_suffix(')'))
        {
            Some(function) => format!("function({function}"),
            None => written,
        }
    }

    fn written_relation(&mut self, element: &Element) -> Option<String> {
        let columns: Vec<&str> = element
            .all("column")
            .filter_map(|column| column.attribute("name"))
            .collect();
        let mut rows = Vec::new();
        for row in element.all("row") {
            let cells: Vec<String> = expressions(row).map(|cell| self.written(cell)).collect();
            if cells.len() != columns.len() {
                return None;
            }
            let entries: Vec<String> = columns
                .iter()
                .zip(cells)
                .map(|(name, cell)| format!("{}: {cell}", quoted(name)))
                .collect();
            rows.push(format!("{{{}}}", entries.join(", ")));
        }
        Some(format!("[{}]", rows.join(", ")))
    }

    fn written_invocation(&mut self, element: &Element) -> Option<String> {
        let callee = expression_of(element)?;
        let callee = match callee.name.as_str() {
            "literalExpression" => callee.expression_text()?.to_owned(),
            _ => self.written(callee),
        };
        let mut arguments = Vec::new();
        for binding in element.all("binding") {
            let name = binding.first("parameter")?.attribute("name")?;
            let value = match expression_of(binding) {
                Some(value) => self.written(value),
                None => "null".to_owned(),
            };
            arguments.push(format!("{name}: {value}"));
        }
        Some(format!("{callee}({})", arguments.join(", ")))
    }

    /// A function, also the logic of a business knowledge model.
    pub(super) fn written_function(&mut self, element: &Element) -> Option<String> {
        if element
            .attribute("kind")
            .is_some_and(|kind| kind != "FEEL" && kind != "F")
        {
            self.unsupported(element, "of a kind other than FEEL");
            return Some("null".to_owned());
        }
        let mut parameters = Vec::new();
        for parameter in element.all("formalParameter") {
            let name = parameter.attribute("name")?;
            let of = parameter
                .attribute("typeRef")
                .filter(|of| self.knows_type(of));
            parameters.push(match of {
                Some(of) => format!("{name}: {}", of.trim_start_matches("feel:")),
                None => name.to_owned(),
            });
        }
        let body = self.written(expression_of(element)?);
        Some(format!("(function({}) {body})", parameters.join(", ")))
    }

    fn written_iterator(&mut self, element: &Element, word: &str, part: &str) -> Option<String> {
        let variable = element.attribute("iteratorVariable")?;
        let [source, body] = self.parts(element, ["in", part])?;
        Some(format!(
            "({} {variable} in {source} {word} {body})",
            element.name
        ))
    }

    /// The expressions inside these child elements.
    fn parts<const N: usize>(
        &mut self,
        element: &Element,
        names: [&str; N],
    ) -> Option<[String; N]> {
        let mut parts = [const { String::new() }; N];
        for (part, name) in parts.iter_mut().zip(names) {
            *part = self.written(expression_of(element.first(name)?)?);
        }
        Some(parts)
    }

    fn missing(&mut self, element: &Element, what: &str) {
        let message = format!("expected {what} in {:?}", element.name);
        self.error(diagnostic::DMN_MISSING, element, message);
    }
}

fn expressions(element: &Element) -> impl Iterator<Item = &Element> {
    let holds = |it: &&Element| {
        it.namespace == element.namespace && EXPRESSIONS.contains(&it.name.as_str())
    };
    element.children.iter().filter(holds)
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
}
