//! The rights table: no root field exists without an entry.
//!
//! A field is added to the schema together with its [`Right`], so a field without one cannot be written down; the
//! table itself is committed as `schemas/graphql/rights.tsv` and a test compares it.

use super::principal::{Audience, PUBLIC_ROLES, Principal};

/// Who may use a root field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Right {
    /// Anybody with a valid token; rows are filtered by what the principal may see.
    SignedIn,
    /// Any role of staff or above.
    Staff,
    /// Operators only.
    Operator,
    /// One of these roles.
    Roles(Vec<String>),
}

impl Right {
    /// The least audience whose schema shows the field.
    pub fn audience(&self) -> Audience {
        match self {
            Self::SignedIn => Audience::Public,
            Self::Staff => Audience::Staff,
            Self::Operator => Audience::Admin,
            Self::Roles(roles) => {
                if roles.iter().any(|it| PUBLIC_ROLES.contains(&it.as_str())) {
                    Audience::Public
                } else {
                    Audience::Staff
                }
            }
        }
    }

    /// Whether `principal` may use the field.
    pub fn allows(&self, principal: &Principal) -> bool {
        match self {
            Self::SignedIn => true,
            Self::Staff => principal.audience() >= Audience::Staff,
            Self::Operator => principal.audience() == Audience::Admin,
            Self::Roles(roles) => roles.iter().any(|it| principal.has_role(it)),
        }
    }

    /// The entry as the committed table shows it.
    pub fn text(&self) -> String {
        match self {
            Self::SignedIn => "signed-in".to_owned(),
            Self::Staff => "staff".to_owned(),
            Self::Operator => "operator".to_owned(),
            Self::Roles(roles) => roles.join(","),
        }
    }
}
