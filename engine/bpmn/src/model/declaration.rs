//! Messages and errors, which events refer to by id.

use std::sync::Arc;

use tongban_feel::expression::Expression;

use crate::diagnostic::code;
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
        self.name_text
            .as_deref()
            .is_some_and(|it| it.trim().starts_with('='))
    }
}

/// A `bpmn:error`.
#[derive(Debug)]
pub(crate) struct ErrorDeclaration {
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

/// Reads a `bpmn:error`.
pub(crate) fn error(parse: &mut Parse<'_>, node: &Node) {
    parse.check_attributes(node, &[], &["errorCode", "structureRef"]);
    let Some(id) = parse.id(node) else { return };
    parse.name(node);
    extension::read(parse, node, &[], &[]);
    let text = node
        .attribute("errorCode")
        .map(str::trim)
        .filter(|it| !it.is_empty());
    if let Some(text) = text.filter(|it| it.starts_with('=')) {
        parse.report(&code::ERROR_CODE_NOT_STATIC, node.at(), &[text.into()]);
    }
    let declaration = ErrorDeclaration {
        id: id.to_string(),
        code: text.map(Arc::from),
    };
    parse.errors.insert(id.to_string(), declaration);
}
