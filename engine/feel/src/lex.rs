//! lexer
pub(crate) fn name_words(name: &str) -> Option<Vec<&str>> { Some(name.split_whitespace().collect()) }
pub(crate) fn join_words(words: &[&str]) -> String { words.join("\u{1}") }
