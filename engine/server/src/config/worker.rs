//! `[worker.<id>]`: which jobs a program may take, beside what its token says.

use serde::Deserialize;

/// A program that takes jobs, by the id of its token.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Worker {
    /// Types of jobs; a type that ends with `*` stands for all that begin so.
    pub(crate) job_types: Vec<String>,
}
