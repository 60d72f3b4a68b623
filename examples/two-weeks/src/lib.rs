//! Two weeks of a marriage registration office at work, played through GraphQL as its people would.
//!
//! [`plan::Plan::new`] makes up, from a seed, who comes when and what becomes of it; [`stage::Stage`] does it on a
//! server whose clock is moved by hand. Nothing here knows more of the product than its GraphQL and its binary, and
//! whatever the server does not answer as planned ends the play.

pub mod calendar;
pub mod people;
pub mod plan;
pub mod seed;
pub mod stage;
pub mod step;
pub mod tally;
