//! A document as text again.

use super::{Document, Element, Item};

pub(super) fn document(document: &Document) -> String {
    let mut text = String::new();
    document.items.iter().for_each(|it| item(&mut text, it));
    text
}

fn item(out: &mut String, item: &Item) {
    let enclosed = |out: &mut String, open: &str, text: &str, close: &str| {
        out.push_str(open);
        out.push_str(text);
        out.push_str(close);
    };
    match item {
        Item::Element(it) => element(out, it),
        Item::Text(text) => escape(out, text, false),
        Item::CData(text) => enclosed(out, "<![CDATA[", text, "]]>"),
        Item::Comment(text) => enclosed(out, "<!--", text, "-->"),
        Item::Instruction(text) | Item::Declaration(text) => enclosed(out, "<?", text, "?>"),
    }
}

fn element(out: &mut String, element: &Element) {
    out.push('<');
    out.push_str(&element.name);
    for (name, value) in &element.attributes {
        out.push(' ');
        out.push_str(name);
        out.push_str("=\"");
        escape(out, value, true);
        out.push('"');
    }
    if element.items.is_empty() {
        out.push_str("/>");
        return;
    }
    out.push('>');
    element.items.iter().for_each(|it| item(out, it));
    out.push_str("</");
    out.push_str(&element.name);
    out.push('>');
}

/// White space in attributes, and a carriage return anywhere, would be read as something else.
fn escape(out: &mut String, text: &str, in_attribute: bool) {
    for character in text.chars() {
        match character {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' if in_attribute => out.push_str("&quot;"),
            '\n' if in_attribute => out.push_str("&#10;"),
            '\t' if in_attribute => out.push_str("&#9;"),
            '\r' => out.push_str("&#13;"),
            other => out.push(other),
        }
    }
}
