//! Messages, signals, errors and escalations, which events refer to by id.

use std::sync::Arc;

use tongban_feel::expression::Expression;

use crate::diagnostic::{CodeText, code};
use crate::extension;
use crate::parse::Parse;
use crate::xml::Node;

/// A `bpmn:message`.
#[derive(Debug)]
pub(crate) struct MessageDeclaration {
    pub(crate) id: String,
    /// As written; absent if it has none.
    pub(crate) name_text: Option<Arc<str>>,
    pub(crate) name: Option<Expression>,
    pub(crate) correlation_key: Option<Expression>,
    /// Whether there is a correlation key at all, even a broken one.
    pub(crate) has_correlation_key: bool,
}

impl MessageDeclaration {
    /// Whether the name is computed when the message is awaited or published.
    pub(crate) fn is_dynamic(&self) -> bool {
        is_feel(self.name_text.as_deref())
    }
}

/// A `bpmn:error`.
#[derive(Debug)]
pub(crate) struct ErrorDeclaration {
    pub(crate) id: String,
    /// Absent if it has none.
    pub(crate) code: Option<Arc<str>>,
}

/// A `bpmn:signal`.
#[derive(Debug)]
pub(crate) struct SignalDeclaration {
    pub(crate) id: String,
    /// As written; absent if it has none.
    pub(crate) name_text: Option<Arc<str>>,
    pub(crate) name: Option<Expression>,
}

impl SignalDeclaration {
    /// Whether the name is computed when the signal is awaited or broadcast.
    pub(crate) fn is_dynamic(&self) -> bool {
        is_feel(self.name_text.as_deref())
    }
}

fn is_feel(text: Option<&str>) -> bool {
    text.is_some_and(|it| it.trim().starts_with('='))
}

/// A `bpmn:escalation`.
#[derive(Debug)]
pub(crate) struct EscalationDeclaration {
    pub(crate) id: String,
    /// Absent if it has none.
    pub(crate) code: Option<Arc<str>>,
}

/// Reads a `bpmn:message`.
pub(crate) fn message(parse: &mut Parse<'_>, node: &Node) {
    parse.check_attributes(node, &[], &["itemRef"]);
    let Some(id) = parse.id(node) else { return };
    let name_text = parse.name(node);
    let name = name_text
        .as_deref()
        .and_then(|it| parse.text_or_feel(node.at(), "message name", it));
    let extension = extension::read(parse, node, &["subscription"], &[]);
    let declaration = MessageDeclaration {
        id: id.to_string(),
        name_text,
        name,
        has_correlation_key: extension.has("subscription"),
        correlation_key: extension.correlation_key,
    };
    parse.messages.insert(id.to_string(), declaration);
}

/// Reads a `bpmn:signal`.
pub(crate) fn signal(parse: &mut Parse<'_>, node: &Node) {
    parse.check_attributes(node, &[], &["structureRef"]);
    let Some(id) = parse.id(node) else { return };
    let name_text = parse.name(node);
    let name = name_text
        .as_deref()
        .and_then(|it| parse.text_or_feel(node.at(), "signal name", it));
    extension::read(parse, node, &[], &[]);
    let declaration = SignalDeclaration {
        id: id.to_string(),
        name_text,
        name,
    };
    parse.signals.insert(id.to_string(), declaration);
}

/// Reads a `bpmn:error`.
pub(crate) fn error(parse: &mut Parse<'_>, node: &Node) {
    let Some((id, code)) = coded(parse, node, "errorCode", &code::ERROR_CODE_NOT_STATIC) else {
        return;
    };
    let declaration = ErrorDeclaration {
        id: id.to_string(),
        code,
    };
    parse.errors.insert(id.to_string(), declaration);
}

/// Reads a `bpmn:escalation`.
pub(crate) fn escalation(parse: &mut Parse<'_>, node: &Node) {
    let not_static = &code::ESCALATION_CODE_NOT_STATIC;
    let Some((id, code)) = coded(parse, node, "escalationCode", not_static) else {
        return;
    };
    let declaration = EscalationDeclaration {
        id: id.to_string(),
        code,
    };
    parse.escalations.insert(id.to_string(), declaration);
}

/// The id and the code of a declaration that is known by a code.
fn coded(
    parse: &mut Parse<'_>,
    node: &Node,
    attribute: &'static str,
    not_static: &'static CodeText,
) -> Option<(Arc<str>, Option<Arc<str>>)> {
    parse.check_attributes(node, &[], &[attribute, "structureRef"]);
    let id = parse.id(node)?;
    parse.name(node);
    extension::read(parse, node, &[], &[]);
    let text = node.attribute(attribute).map(str::trim);
    let text = text.filter(|it| !it.is_empty());
    if let Some(text) = text.filter(|it| it.starts_with('=')) {
        parse.report(not_static, node.at(), &[text.into()]);
    }
    Some((id, text.map(Arc::from)))
}
