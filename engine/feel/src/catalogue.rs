//! The built-in functions as those who write expressions look them up: for documentation and for
//! editors. Start from [`families`].

use crate::builtin::{FAMILIES, signatures};

/// Functions about one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Family {
    /// What they are about.
    pub title: &'static str,
    /// The clauses of DMN 1.5 that define them; empty if the standard does not know them.
    pub clause: &'static str,
    /// The functions.
    pub functions: Vec<Function>,
}

/// A built-in function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// The name.
    pub name: &'static str,
    /// How it is called, such as `substring(string, start position, length?)`.
    pub forms: Vec<String>,
    /// What it does.
    pub description: &'static str,
    /// Calls and their values.
    pub examples: &'static [(&'static str, &'static str)],
}

/// All functions by families.
pub fn families() -> Vec<Family> {
    let functions = |family: &crate::builtin::Family| {
        let functions = family.builtins.iter().map(|builtin| Function {
            name: builtin.name,
            forms: signatures(builtin)
                .iter()
                .map(|form| format!("{}{form}", builtin.name))
                .collect(),
            description: builtin.doc,
            examples: builtin.examples,
        });
        functions.collect()
    };
    let families = FAMILIES.iter().map(|family| Family {
        title: family.title,
        clause: family.clause,
        functions: functions(family),
    });
    families.collect()
}
