//! The one-word scripts of the executable models, and the few forms of conditions, as our dialect
//! writes them. The table is here and not in the engine: it is about the suite.

use tongban_bpmn::document::{Element, Item};

/// Expressions, by the element that holds them.
const EXPRESSIONS: &[&str] = &[
    "conditionExpression",
    "condition",
    "loopCondition",
    "loopCardinality",
    "completionCondition",
    "activationCondition",
];

/// Writes a model of the suite in our dialect.
pub(crate) fn adapt(root: &mut Element) {
    root.set("xmlns:zeebe", "http://camunda.org/schema/zeebe/1.0");
    element(root);
}

fn element(at: &mut Element) {
    let local = at.local().to_owned();
    match local.as_str() {
        "scriptTask" | "globalScriptTask" => script(at),
        // Our messages carry variables; an operation adds nothing to them.
        "message" => {
            at.remove("itemRef");
            extend(
                at,
                "zeebe:subscription",
                &[("correlationKey", "= \"betsy\"")],
            );
        }
        "sendTask" | "receiveTask" => {
            at.remove("operationRef");
            at.remove("implementation");
        }
        "messageEventDefinition" => remove(at, "operationRef"),
        _ if EXPRESSIONS.contains(&local.as_str()) => expression(at),
        _ => {}
    }
    at.children_mut().for_each(element);
}

fn remove(at: &mut Element, local: &str) {
    at.items
        .retain(|it| !matches!(it, Item::Element(child) if child.local() == local));
}

/// A script is a job whose type is the word.
fn script(task: &mut Element) {
    let word = task.children().find(|it| it.local() == "script");
    let word = word.map(|it| it.text().trim().to_owned());
    remove(task, "script");
    task.remove("scriptFormat");
    task.remove("scriptLanguage");
    if let Some(word) = word {
        extend(task, "zeebe:taskDefinition", &[("type", &word)]);
    }
}

/// Adds an extension element.
fn extend(at: &mut Element, name: &str, attributes: &[(&str, &str)]) {
    let attributes = attributes.iter();
    let extension = Element {
        name: name.to_owned(),
        attributes: attributes
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        items: Vec::new(),
    };
    let prefix = at.name.split_once(':').map(|(prefix, _)| prefix.to_owned());
    let own = at
        .children_mut()
        .find(|it| it.local() == "extensionElements");
    if let Some(own) = own {
        own.items.push(Item::Element(extension));
        return;
    }
    let name = match prefix {
        Some(prefix) => format!("{prefix}:extensionElements"),
        None => "extensionElements".to_owned(),
    };
    let elements = Element {
        name,
        attributes: Vec::new(),
        items: vec![Item::Element(extension)],
    };
    at.items.insert(0, Item::Element(elements));
}

fn expression(at: &mut Element) {
    at.remove("language");
    let text = feel(at.text().trim());
    at.items = vec![Item::Text(text)];
}

/// The forms that conditions and cardinalities have.
fn feel(text: &str) -> String {
    // The closing bracket is a slip of the pen in one file.
    let text = text.trim_end_matches('>');
    let (negated, inner) = match text.strip_prefix('!') {
        Some(inner) => (true, inner),
        None => (false, text),
    };
    let contained = inner
        .strip_prefix("test.contains(\"")
        .and_then(|it| it.strip_suffix("\")"));
    if let Some(part) = contained {
        let contains = format!("test != null and contains(test, \"{part}\")");
        return if negated {
            format!("= not({contains})")
        } else {
            format!("= {contains}")
        };
    }
    let inner = text.strip_prefix("${").and_then(|it| it.strip_suffix('}'));
    format!("= {}", inner.unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_become_feel() {
        assert_eq!(
            feel("test.contains(\"a\")>"),
            "= test != null and contains(test, \"a\")"
        );
        assert_eq!(
            feel("!test.contains(\"b\")"),
            "= not(test != null and contains(test, \"b\"))"
        );
        assert_eq!(feel("${integerVariable}"), "= integerVariable");
        assert_eq!(feel("integerVariable<3"), "= integerVariable<3");
        assert_eq!(feel("true"), "= true");
    }
}
