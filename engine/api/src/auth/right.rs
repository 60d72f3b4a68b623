//! The rights table: no root field exists without an entry.
//!
//! A field is added to the schema together with its [`Right`], so a field without one cannot be written down; the
//! table itself is committed as `schemas/graphql/rights.tsv` and a test compares it.

use super::principal::{ANYBODY, Audience, PUBLIC_ROLES, Principal, WORKER};

/// Who may use a root field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Right {
    /// Anybody with a valid token, workers included; nothing is read that is not his own.
    Everybody,
    /// Programs with the role of a worker.
    Worker,
    /// Any person with a valid token; rows are filtered by what the principal may see.
    SignedIn,
    /// Any role of staff or above.
    Staff,
    /// One of these roles, which plugins declare to configure the county, or whoever administers it.
    Configurator(Vec<String>),
    /// Operators only.
    Operator,
    /// One of these roles; whoever asks, if [`ANYBODY`] is among them.
    Roles(Vec<String>),
}

impl Right {
    /// Whether the schema of an audience shows the field.
    pub fn is_shown_to(&self, audience: Audience) -> bool {
        match self {
            // Neither citizens nor staff have to do with jobs.
            Self::Worker => matches!(audience, Audience::Worker | Audience::Admin),
            Self::Everybody
            | Self::SignedIn
            | Self::Staff
            | Self::Configurator(_)
            | Self::Operator
            | Self::Roles(_) => self.audience() <= audience,
        }
    }

    /// The least audience whose schema shows the field.
    pub fn audience(&self) -> Audience {
        match self {
            Self::Everybody | Self::Worker => Audience::Worker,
            Self::SignedIn => Audience::Public,
            Self::Staff | Self::Configurator(_) => Audience::Staff,
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
            Self::Everybody => !principal.is_anonymous(),
            Self::Worker => principal.has_role(WORKER),
            Self::SignedIn => principal.audience() > Audience::Worker && !principal.is_anonymous(),
            Self::Staff => principal.audience() >= Audience::Staff,
            Self::Configurator(roles) => {
                let is_of_staff = principal.audience() >= Audience::Staff;
                let is_granted = is_of_staff && roles.iter().any(|it| principal.has_role(it));
                is_granted || principal.audience() == Audience::Admin
            }
            Self::Operator => principal.audience() == Audience::Admin,
            Self::Roles(roles) => roles
                .iter()
                .any(|it| it == ANYBODY || principal.has_role(it)),
        }
    }

    /// The entry as the committed table shows it.
    pub fn text(&self) -> String {
        match self {
            Self::Everybody => "everybody".to_owned(),
            Self::Worker => "worker".to_owned(),
            Self::SignedIn => "signed-in".to_owned(),
            Self::Staff => "staff".to_owned(),
            Self::Configurator(_) => "configurator".to_owned(),
            Self::Operator => "operator".to_owned(),
            Self::Roles(roles) => roles.join(","),
        }
    }
}
