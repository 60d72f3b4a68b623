//! Texts of a model as compiled expressions.
//!
//! Attributes of the `zeebe:` extension may hold either a static text or, after `=`, FEEL. A static
//! text becomes a constant expression, so that the core always evaluates.

use tongban_feel::diagnostic::SyntaxError;
use tongban_feel::expression::{Expression, Names};

/// Compiles FEEL, without the leading `=`.
pub(crate) fn compile(source: &str) -> Result<Expression, Vec<SyntaxError>> {
    Expression::compile(source, &Names::default())
}

/// A static text as a constant expression.
pub(crate) fn constant_text(value: &str) -> Expression {
    compile(&quote(value)).expect("a quoted text is a FEEL string literal")
}

/// Static texts as a constant list.
pub(crate) fn constant_list<'a>(values: impl Iterator<Item = &'a str>) -> Expression {
    let items: Vec<String> = values.map(quote).collect();
    compile(&format!("[{}]", items.join(", "))).expect("quoted texts are a FEEL list literal")
}

/// A static integer as a constant expression.
pub(crate) fn constant_integer(value: u32) -> Expression {
    compile(&value.to_string()).expect("digits are a FEEL number literal")
}

/// A FEEL string literal (DMN 1.5, 10.3.1.2: grammar rule 35).
fn quote(value: &str) -> String {
    let mut literal = String::with_capacity(value.len() + 2);
    literal.push('"');
    for character in value.chars() {
        match character {
            '"' => literal.push_str("\\\""),
            '\\' => literal.push_str("\\\\"),
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            other => literal.push(other),
        }
    }
    literal.push('"');
    literal
}

/// Whether a text names a variable: letters of any script, digits and `_`.
pub(crate) fn is_variable(name: &str) -> bool {
    let mut characters = name.chars();
    let begins = characters
        .next()
        .is_some_and(|it| it.is_alphabetic() || it == '_');
    begins && characters.all(|it| it.is_alphanumeric() || it == '_')
}

/// Whether a text names a variable that FEEL can read: one of its keywords does not.
pub(crate) fn is_readable(name: &str) -> bool {
    let reads_it = |it: Expression| it.variables().contains(name);
    is_variable(name) && compile(name).is_ok_and(reads_it)
}

/// Whether a text is a path of variable names, `a.b.c`.
pub(crate) fn is_path(path: &str) -> bool {
    path.split('.').all(is_variable)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tongban_feel::environment::Environment;
    use tongban_feel::value::{Context, Value};

    use super::*;

    fn evaluate(expression: &Expression) -> Value {
        expression
            .evaluate(&Context::default(), &Environment::default())
            .unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_static_text_evaluates_to_itself(text in any::<String>()) {
            prop_assert_eq!(evaluate(&constant_text(&text)), Value::from(text.as_str()));
        }
    }

    #[test]
    fn static_lists_and_integers_evaluate_to_themselves() {
        let expected = Value::list(vec![Value::from("a"), Value::from("登记员\\u0041")]);
        assert_eq!(
            evaluate(&constant_list(["a", "登记员\\u0041"].into_iter())),
            expected
        );
        assert_eq!(
            evaluate(&constant_integer(4_000_000_000)),
            Value::from(4_000_000_000_i64)
        );
    }

    #[test]
    fn keywords_cannot_be_read() {
        for name in [
            "return", "for", "in", "if", "null", "true", "some", "between",
        ] {
            assert!(is_variable(name) && !is_readable(name), "{name}");
        }
        for name in ["form", "表单", "_a1", "count", "date"] {
            assert!(is_readable(name), "{name}");
        }
    }

    #[test]
    fn variables_are_letters_of_any_script() {
        assert!(is_path("案件.编号") && is_path("_a1"));
        for path in ["", "1a", "a.", ".a", "a b", "a-b"] {
            assert!(!is_path(path), "{path}");
        }
    }
}
