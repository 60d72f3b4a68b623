//! Correlation as BPMN itself has it: properties that are read off messages, keys made of several
//! properties, and what a process binds to them (BPMN 2.0, 8.4.2 and 10.4.2).
//!
//! A key is a text: that of the one property, or the texts of all its properties as a list. It is
//! computed when a message is awaited or published, unless `zeebe:` names another.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::diagnostic::{At, code};
use crate::expression;
use crate::extension;
use crate::parse::{Parse, reference};
use crate::xml::{Node, Space};
use tongban_feel::expression::Expression;

/// Everything of a file that concerns correlation.
#[derive(Debug, Default)]
pub(crate) struct Correlation {
    /// The paths of each property by message.
    properties: BTreeMap<String, BTreeMap<String, String>>,
    /// The properties of each key, in file order.
    keys: BTreeMap<String, Vec<String>>,
    /// The keys by which anything in the file subscribes.
    subscribed: BTreeSet<String>,
    /// What the process that is being read binds to properties, by key.
    bindings: BTreeMap<String, BTreeMap<String, String>>,
}

impl Correlation {
    /// The key under which the process awaits a message.
    pub(crate) fn awaited(&self, message: &str) -> Option<Expression> {
        let mut keys = self.bindings.iter();
        keys.find_map(|(key, bindings)| {
            let properties = self.properties_of(key, message)?;
            composed(properties.map(|it| bindings.get(it)))
        })
    }

    /// The key under which a message is published: the one by which it is subscribed to, else the first
    /// that can be read off it.
    pub(crate) fn published(&self, message: &str) -> Option<Expression> {
        let mut keys = self.subscribed.iter().chain(self.keys.keys());
        keys.find_map(|key| {
            let properties = self.properties_of(key, message)?;
            composed(properties.map(|it| self.properties.get(it)?.get(message)))
        })
    }

    /// The properties of a key, if all of them can be read off a message.
    fn properties_of(&self, key: &str, message: &str) -> Option<impl Iterator<Item = &String>> {
        let properties = self.keys.get(key)?;
        let is_read = |it: &String| {
            let paths = self.properties.get(it);
            paths.is_some_and(|paths| paths.contains_key(message))
        };
        let are_read = !properties.is_empty() && properties.iter().all(is_read);
        are_read.then(|| properties.iter())
    }
}

/// The keys that the properties give messages, by their names, for whoever publishes one from outside.
/// Where `zeebe:` says how a key is computed, it is computed by whoever waits.
pub(crate) fn message_keys(parse: &Parse<'_>) -> BTreeMap<Arc<str>, Expression> {
    let declared = parse.messages.iter();
    let declared = declared.filter(|(_, it)| !it.is_dynamic() && !it.has_correlation_key);
    let keys = declared.filter_map(|(id, it)| {
        let key = parse.correlation.published(id)?;
        Some((it.name_text.clone()?, key))
    });
    keys.collect()
}

/// Null if one of the values is; a single one as it is.
fn composed<'s>(sources: impl Iterator<Item = Option<&'s String>>) -> Option<Expression> {
    let sources: Vec<&String> = sources.collect::<Option<_>>()?;
    let composed = match sources.as_slice() {
        [] => return None,
        [source] => (*source).clone(),
        several => {
            let missing: Vec<String> = several.iter().map(|it| format!("({it}) = null")).collect();
            let texts: Vec<String> = several.iter().map(|it| format!("string({it})")).collect();
            let (missing, texts) = (missing.join(" or "), texts.join(", "));
            format!("if {missing} then null else string([{texts}])")
        }
    };
    expression::compile(&composed).ok()
}

/// Reads a `bpmn:correlationProperty`.
pub(crate) fn property(parse: &mut Parse<'_>, node: &Node) {
    parse.check_attributes(node, &[], &["type"]);
    extension::read(parse, node, &[], &[]);
    let Some(id) = parse.id(node) else { return };
    let mut paths = BTreeMap::new();
    for retrieval in node.bpmn("correlationPropertyRetrievalExpression") {
        parse.check_attributes(retrieval, &[], &["messageRef"]);
        let at = At {
            place: retrieval.place,
            element_id: Some(&id),
        };
        let message = parse.required(retrieval, at, "messageRef").map(reference);
        let path = source(parse, retrieval, at, "messagePath");
        if let (Some(message), Some(path)) = (message, path) {
            paths.insert(message.to_owned(), path);
        }
    }
    parse.correlation.properties.insert(id.to_string(), paths);
}

/// Reads the `bpmn:correlationKey`s of a collaboration or conversation.
pub(crate) fn keys(parse: &mut Parse<'_>, node: &Node) {
    let mut queue: Vec<&Node> = vec![node];
    while let Some(node) = queue.pop() {
        let children = node.children.iter();
        queue.extend(children.filter(|it| it.space == Space::Bpmn));
        if !node.is_bpmn("correlationKey") {
            continue;
        }
        let Some(id) = parse.id(node) else { continue };
        let mut properties = Vec::new();
        for child in node.bpmn("correlationPropertyRef") {
            properties.push(reference(&child.text).to_owned());
        }
        parse.correlation.keys.insert(id.to_string(), properties);
    }
}

/// Notes by which keys anything in the file subscribes. Who publishes a message and all who await it
/// have to mean the same key.
pub(crate) fn note_subscribed(parse: &mut Parse<'_>, root: &Node) {
    let subscriptions = root
        .bpmn("process")
        .flat_map(|it| it.bpmn("correlationSubscription"));
    let keys = subscriptions.filter_map(|it| it.attribute("correlationKeyRef"));
    parse.correlation.subscribed = keys.map(|it| reference(it).to_owned()).collect();
    let correlation = &parse.correlation;
    let messages = correlation.properties.values().flat_map(BTreeMap::keys);
    let messages: BTreeSet<String> = messages.cloned().collect();
    let mut ambiguous = Vec::new();
    for message in messages {
        let keys = correlation.subscribed.iter();
        let keys = keys.filter(|key| correlation.properties_of(key, &message).is_some());
        let keys: Vec<&str> = keys.map(String::as_str).collect();
        if keys.len() > 1 {
            ambiguous.push((keys.join(", "), message));
        }
    }
    for (keys, message) in ambiguous {
        let declared = root.bpmn("message").find(|it| it.id() == Some(&message));
        let at = declared.map_or(root.at(), Node::at);
        let found = [message.as_str().into(), keys.as_str().into()];
        parse.report(&code::SEVERAL_CORRELATION_KEYS, at, &found);
    }
}

/// Reads the `bpmn:correlationSubscription`s of a process, in place of those of the process before.
pub(crate) fn subscriptions(parse: &mut Parse<'_>, process: &Node) {
    parse.correlation.bindings.clear();
    for node in process.bpmn("correlationSubscription") {
        parse.check_attributes(node, &[], &["correlationKeyRef"]);
        extension::read(parse, node, &[], &[]);
        let key = parse.required(node, node.at(), "correlationKeyRef");
        let Some(key) = key.map(reference) else {
            continue;
        };
        let Some(properties) = parse.correlation.keys.get(key).cloned() else {
            let found = ["correlationKeyRef".into(), key.into()];
            parse.report(&code::DANGLING_CORRELATION, node.at(), &found);
            continue;
        };
        let bindings = bindings(parse, node);
        for property in properties.iter().filter(|it| !bindings.contains_key(*it)) {
            let found = [key.into(), property.as_str().into()];
            parse.report(&code::INCOMPLETE_CORRELATION, node.at(), &found);
        }
        parse.correlation.bindings.insert(key.to_owned(), bindings);
    }
}

fn bindings(parse: &mut Parse<'_>, subscription: &Node) -> BTreeMap<String, String> {
    let mut bindings = BTreeMap::new();
    for node in subscription.bpmn("correlationPropertyBinding") {
        parse.check_attributes(node, &[], &["correlationPropertyRef"]);
        let at = subscription.at();
        let property = parse.required(node, at, "correlationPropertyRef");
        let Some(property) = property.map(reference) else {
            continue;
        };
        if !parse.correlation.properties.contains_key(property) {
            let found = ["correlationPropertyRef".into(), property.into()];
            parse.report(&code::DANGLING_CORRELATION, at, &found);
        }
        if let Some(path) = source(parse, node, at, "dataPath") {
            bindings.insert(property.to_owned(), path);
        }
    }
    bindings
}

/// The FEEL of a path, which is compiled to find what is wrong with it.
fn source(parse: &mut Parse<'_>, node: &Node, at: At<'_>, name: &str) -> Option<String> {
    let Some(path) = node.bpmn(name).next() else {
        let found = [name.into(), node.local.as_str().into()];
        parse.report(&code::MISSING_ATTRIBUTE, at, &found);
        return None;
    };
    parse.check_language(path);
    let expression = parse.feel(at, name, &path.text)?;
    Some(expression.source().trim().to_owned())
}
