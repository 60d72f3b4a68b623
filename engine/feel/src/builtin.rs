//! builtins
#[derive(Debug)]
pub(crate) struct Builtin { pub(crate) name: &'static str }
impl Builtin { pub(crate) fn parameter_names(&self) -> Option<Vec<&str>> { None } }
