//! Boxed expressions (DMN 1.5, 10.2.1) as nodes: each means what its form in FEEL does.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Reader;
use super::logic::{expression_of, expressions, null};
use crate::ast::{
    ContextEntry, ForNode, FunctionCode, FunctionNode, Iterator as IteratorNode, Node, Parameter,
};
use crate::diagnostic::{self, Severity};
use crate::dmn::xml::Element;
use crate::parse;
use crate::types::Type;

/// Names in scope at one place.
const SCOPE_MAX: usize = 1_000;

impl Reader<'_> {
    /// The node of an expression, made fit for its declared type; what is wrong gives `null`.
    pub(super) fn boxed(&mut self, element: &Element) -> Node {
        let of = self.type_ref(element);
        let node = match element.name.as_str() {
            "literalExpression" => self.literal(element),
            "decisionTable" => self.decision_table(element),
            "context" => self.context(element),
            "list" => Node::List(expressions(element).map(|it| self.boxed(it)).collect()),
            "relation" => self.relation(element),
            "invocation" => self.invocation(element),
            "functionDefinition" => self.function(element, None, Type::Any, &[]),
            "conditional" => self.conditional(element),
            "filter" => self.filter(element),
            "for" => self.iteration(element),
            "some" | "every" => self.quantified(element),
            _ => {
                let message = format!("found {:?}, which is no expression", element.name);
                self.error(diagnostic::DMN_UNSUPPORTED, element, message);
                null("the element is no expression")
            }
        };
        // The type of a function definition is that of the function, not of what is made of it.
        match element.name.as_str() {
            "functionDefinition" => node,
            _ => self.coerced(element, node, of),
        }
    }

    /// The value made fit for a type; warns if no value of the node is.
    fn coerced(&mut self, element: &Element, node: Node, of: Type) -> Node {
        if of.is_any() {
            return node;
        }
        self.check_type(element, &node, &of);
        Node::Coerce {
            value: Box::new(node),
            of,
            place: self.subject.clone(),
        }
    }

    /// Warns if a value is never of the type it has to be of.
    pub(super) fn check_type(&mut self, element: &Element, node: &Node, of: &Type) {
        if let Some(found) = parse::misfit_in(&mut self.frames, node, of) {
            let message = format!(
                "expected a {}, found a {found}; it is always null",
                of.name()
            );
            self.warning(diagnostic::TYPE_MISMATCH, element, message);
        }
    }

    fn missing(&mut self, element: &Element, what: &str) -> Node {
        let message = format!("expected {what} in {:?}", element.name);
        self.error(diagnostic::DMN_MISSING, element, message);
        null("a part of the expression is missing")
    }

    /// The expression in a child element, such as `in` or `then`, made fit for its type.
    fn child(&mut self, element: &Element, name: &str) -> Node {
        let child = element.first(name);
        match child.and_then(|child| Some((child, expression_of(child)?))) {
            Some((child, expression)) => {
                let of = self.type_ref(child);
                let node = self.boxed(expression);
                self.coerced(child, node, of)
            }
            None => self.missing(element, &format!("an expression in {name:?}")),
        }
    }

    fn literal(&mut self, element: &Element) -> Node {
        self.check_language(element);
        if element.first("importedValues").is_some() {
            let message = "imported values are not read".to_owned();
            self.error(diagnostic::DMN_UNSUPPORTED, element, message);
            return null("imported values are not read");
        }
        match element.expression_text() {
            None | Some("") => null("the expression is empty"),
            Some(text) => self.text(element, text),
        }
    }

    /// A text of FEEL in the scope of the place.
    pub(super) fn text(&mut self, element: &Element, text: &str) -> Node {
        let names = self.names.clone();
        let read = parse::expression_in(text, &names, &mut self.frames);
        self.note_unknown(element);
        match read {
            Ok((node, warnings)) => {
                self.note(Severity::Warning, element, text, warnings);
                node
            }
            Err(errors) => {
                let why = errors.first().map_or_else(String::new, ToString::to_string);
                self.note(Severity::Error, element, text, errors);
                null(&why)
            }
        }
    }

    fn type_of(&mut self, node: &Node) -> Type {
        parse::type_in(&mut self.frames, node)
    }

    fn context(&mut self, element: &Element) -> Node {
        let mark = self.frames.mark();
        let node = self.context_entries(element);
        self.frames.reset(mark);
        node
    }

    fn context_entries(&mut self, element: &Element) -> Node {
        let mut entries: Vec<ContextEntry> = Vec::new();
        let mut result = None;
        for entry in element.all("contextEntry") {
            let variable = entry.first("variable");
            let name = variable.and_then(|it| it.attribute("name"));
            let Some(expression) = expression_of(entry) else {
                return self.missing(entry, "an expression");
            };
            let Some(name) = name else {
                result = Some(self.boxed(expression));
                continue;
            };
            if self.frames.count() > SCOPE_MAX {
                let message = format!("expected at most {SCOPE_MAX} names in scope");
                self.error(diagnostic::TOO_LONG, entry, message);
                return null("too many names are in scope");
            }
            let name: Arc<str> = Arc::from(name);
            let of = variable.map_or(Type::Any, |it| self.type_ref(it));
            let value = match expression.name.as_str() {
                "functionDefinition" => self.function(expression, Some(&name), Type::Any, &[]),
                _ => self.boxed(expression),
            };
            let is_function = matches!(value, Node::Function(_));
            let value = match is_function {
                true => value,
                false => self.coerced(entry, value, of),
            };
            let of = self.type_of(&value);
            let slot = self.frames.declare(&name, of);
            entries.push(ContextEntry { name, slot, value });
        }
        let names: BTreeSet<&Arc<str>> = entries.iter().map(|entry| &entry.name).collect();
        if names.len() < entries.len() {
            let message = "two entries of the context have the same name; it is null".to_owned();
            self.warning(diagnostic::DUPLICATE_ENTRY, element, message);
            return null("two entries of the context have the same name");
        }
        match result {
            Some(result) => Node::Block {
                entries: entries.into_iter().map(|it| (it.slot, it.value)).collect(),
                result: Box::new(result),
            },
            None => Node::Context(entries.into()),
        }
    }

    fn relation(&mut self, element: &Element) -> Node {
        let mut columns: Vec<(Arc<str>, Type)> = Vec::new();
        for column in element.all("column") {
            let name = Arc::from(self.required(column, "name"));
            let of = self.type_ref(column);
            columns.push((name, of));
        }
        let rows: Vec<Node> = element
            .all("row")
            .map(|row| self.relation_row(row, &columns))
            .collect();
        Node::List(rows.into())
    }

    fn relation_row(&mut self, row: &Element, columns: &[(Arc<str>, Type)]) -> Node {
        let cells: Vec<&Element> = expressions(row).collect();
        if cells.len() != columns.len() {
            let message = format!(
                "expected {} cells in the row, found {}",
                columns.len(),
                cells.len()
            );
            self.error(diagnostic::DMN_COLUMNS, row, message);
            return null("a row of the relation is incomplete");
        }
        let mut entries = Vec::with_capacity(cells.len());
        for (cell, (name, of)) in cells.into_iter().zip(columns) {
            let value = self.boxed(cell);
            let value = self.coerced(cell, value, of.clone());
            let of = self.type_of(&value);
            // No name leads to the slot: the cells of a row do not see each other.
            let slot = self.frames.reserve(of);
            entries.push(ContextEntry {
                name: name.clone(),
                slot,
                value,
            });
        }
        Node::Context(entries.into())
    }

    fn invocation(&mut self, element: &Element) -> Node {
        let Some(callee) = expression_of(element) else {
            return self.missing(element, "what is called");
        };
        let callee = Box::new(self.boxed(callee));
        let mut arguments = Vec::new();
        for binding in element.all("binding") {
            let parameter = binding.first("parameter");
            let Some(parameter) = parameter.filter(|it| it.attribute("name").is_some()) else {
                return self.missing(binding, "the name of a parameter");
            };
            let name = self.required(parameter, "name");
            let value = match expression_of(binding) {
                Some(value) => self.boxed(value),
                None => null("the parameter is bound to nothing"),
            };
            arguments.push((Arc::from(name), value));
        }
        let given: Vec<_> = arguments
            .iter()
            .map(|(name, node): &(Arc<str>, Node)| (Some(&**name), node))
            .collect();
        if let Some((code, message)) = parse::call_misfit_in(&mut self.frames, &callee, &given) {
            self.warning(code, element, message);
        }
        Node::CallValueNamed {
            callee,
            arguments: arguments.into(),
        }
    }

    /// A function, also the logic of a business knowledge model, which may call itself by its name.
    pub(super) fn function(
        &mut self,
        element: &Element,
        own_name: Option<&str>,
        result: Type,
        implicit: &[Arc<str>],
    ) -> Node {
        let kind = element.attribute("kind").unwrap_or("FEEL");
        if kind != "FEEL" && kind != "F" {
            let message = format!("found a function of the kind {kind}, which is not executed");
            self.error(diagnostic::EXTERNAL_FUNCTION, element, message);
            return null("external functions are not executed");
        }
        let mut parameters = Vec::new();
        for parameter in element.all("formalParameter") {
            let name = Arc::from(self.required(parameter, "name"));
            let of = self.type_ref(parameter);
            parameters.push(Parameter { name, of });
        }
        let implicit = implicit.iter().map(|name| Parameter {
            name: name.clone(),
            of: Type::Any,
        });
        parameters.extend(implicit);
        self.frames.enter_function(own_name);
        for parameter in &parameters {
            self.frames.declare(&parameter.name, parameter.of.clone());
        }
        let body = match expression_of(element) {
            Some(body) => self.boxed(body),
            None => self.missing(element, "an expression"),
        };
        let body = self.coerced(element, body, result);
        let result = self.type_of(&body);
        let (frame_size, captures) = self.frames.leave_function();
        let code = Arc::new(FunctionCode {
            parameters: parameters.into(),
            frame_size,
            body,
            result,
        });
        Node::Function(Box::new(FunctionNode { captures, code }))
    }

    fn conditional(&mut self, element: &Element) -> Node {
        let condition = self.child(element, "if");
        let then = self.child(element, "then");
        let otherwise = Box::new(self.child(element, "else"));
        Node::If {
            branches: [(condition, then)].into(),
            otherwise,
        }
    }

    fn filter(&mut self, element: &Element) -> Node {
        let list = Box::new(self.child(element, "in"));
        let of = self.type_of(&list).item();
        let mark = self.frames.mark();
        let item = self.frames.reserve(of);
        self.frames.declare_at("item", item);
        self.frames.declare_filter(item);
        let predicate = Box::new(self.child(element, "match"));
        self.frames.reset(mark);
        Node::Filter {
            list,
            item,
            predicate,
        }
    }

    fn iterator(&mut self, element: &Element) -> IteratorNode {
        let name = self.required(element, "iteratorVariable").to_owned();
        let (source, end) = match self.literal_ends(element) {
            Some(ends) => ends,
            None => (self.child(element, "in"), None),
        };
        let of = self.type_of(&source);
        let of = match end {
            Some(_) => of,
            None => of.item(),
        };
        let slot = self.frames.declare(&name, of);
        IteratorNode { slot, source, end }
    }

    /// The two ends, where the collection is written as `a..b`.
    fn literal_ends(&mut self, element: &Element) -> Option<(Node, Option<Node>)> {
        let literal = element.first("in")?.first("literalExpression")?;
        let text = literal.expression_text().filter(|it| it.contains(".."))?;
        let names = self.names.clone();
        let mark = self.frames.mark();
        let read = parse::iteration_in(text, &names, &mut self.frames);
        self.frames.reset(mark);
        let ((start, end), warnings) = read.ok()?;
        end.as_ref()?;
        self.note_unknown(literal);
        self.note(Severity::Warning, literal, text, warnings);
        Some((start, end))
    }

    fn iteration(&mut self, element: &Element) -> Node {
        let mark = self.frames.mark();
        let iterators = [self.iterator(element)].into();
        let partial = self.frames.declare("partial", Type::list(Type::Any));
        let body = self.child(element, "return");
        self.frames.reset(mark);
        Node::For(Box::new(ForNode {
            iterators,
            partial,
            uses_partial: true,
            body,
        }))
    }

    fn quantified(&mut self, element: &Element) -> Node {
        let mark = self.frames.mark();
        let iterators = [self.iterator(element)].into();
        let condition = Box::new(self.child(element, "satisfies"));
        self.frames.reset(mark);
        Node::Quantified {
            every: element.name == "every",
            iterators,
            condition,
        }
    }
}
