//! FEEL values and expressions, DMN decisions, working-day functions.
//!
//! Start from [`Expression`](expression::Expression): compiled once, evaluated over a
//! [`Scope`](expression::Scope) within an [`Environment`](environment::Environment).
//!
//! ```
//! use tongban_feel::environment::Environment;
//! use tongban_feel::expression::{Expression, Names};
//! use tongban_feel::value::{Context, Value};
//!
//! let expression = Expression::compile("amount > 1000 and level = \"A\"", &Names::default())?;
//! let mut variables = Context::default();
//! variables.insert("amount", Value::from(1200));
//! variables.insert("level", Value::from("A"));
//! let value = expression.evaluate(&variables, &Environment::default()).expect("within the budget");
//! assert_eq!(value, Value::Boolean(true));
//! # Ok::<(), Vec<tongban_feel::diagnostic::SyntaxError>>(())
//! ```
//!
//! **Invariant:** nothing here reads a clock, a file or the network, starts a thread or uses binary
//! floating point; whatever text comes in, evaluation ends within its budget and never aborts.

pub mod catalogue;
pub mod diagnostic;
pub mod dmn;
pub mod environment;
pub mod expression;
pub mod json;
pub mod number;
pub mod time;
pub mod trace;
pub mod value;
pub mod workday;

mod ast;
mod builtin;
mod eval;
mod lex;
mod names;
mod parse;
mod regex;
mod table;
mod types;
