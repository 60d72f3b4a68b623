//! The principal behind a request.

use std::sync::Arc;

/// Which of the composed schemas a principal is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Audience {
    /// Programs that take jobs, and see nothing else.
    Worker,
    /// Citizens and anybody without a staff role.
    Public,
    /// Staff of a county.
    Staff,
    /// Those who deploy, install and repair.
    Admin,
}

impl Audience {
    /// All of them, from the least to the most.
    pub const ALL: [Self; 4] = [Self::Worker, Self::Public, Self::Staff, Self::Admin];
}

/// Role of those who deploy, install, repair and move the clock.
pub const OPERATOR: &str = "OPERATOR";
/// Role of those who administer a bureau; until the two are told apart it opens what `OPERATOR` opens.
pub const ADMIN: &str = "ADMIN";
/// Role of a program that takes jobs; it needs a token of its own.
pub const WORKER: &str = "WORKER";
/// Role of a citizen, who sees the records in whose party fields he stands.
pub const CITIZEN: &str = "CITIZEN";
/// Role of whoever asks without a token, and in effect of everybody.
pub const ANYBODY: &str = "ANYBODY";
/// Roles of people outside the bureau; a token with no other role is shown the public schema.
pub const PUBLIC_ROLES: [&str; 3] = [CITIZEN, "AGENT", ANYBODY];

/// Who asks, as the token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// Stable id of the person or program, `sub` of the token.
    pub id: Arc<str>,
    /// The county bureau whose data is meant.
    pub tenant: Arc<str>,
    /// Administrative division the principal acts for; a county's code or a longer one below it.
    pub division: Arc<str>,
    /// Role codes.
    pub roles: Vec<Arc<str>>,
    /// The person record a citizen stands for.
    pub person: Option<Arc<str>>,
    /// Types of jobs a worker may take, as its token and the configuration say.
    pub job_types: Vec<Arc<str>>,
    /// End of the token's validity, seconds since the epoch by the machine's clock.
    pub expires_at: u64,
}

impl Principal {
    /// Whether the principal has `role`.
    pub fn has_role(&self, role: &str) -> bool {
        self.roles.iter().any(|it| &**it == role)
    }

    /// Whether it stands for all who ask without a token. A token cannot say so.
    pub fn is_anonymous(&self) -> bool {
        self.has_role(ANYBODY)
    }

    /// The widest schema the roles open.
    pub fn audience(&self) -> Audience {
        if self.has_role(OPERATOR) || self.has_role(ADMIN) {
            Audience::Admin
        } else if self.roles.iter().any(|it| is_of_staff(it)) {
            Audience::Staff
        } else if self.has_role(WORKER) {
            Audience::Worker
        } else {
            Audience::Public
        }
    }
}

fn is_of_staff(role: &str) -> bool {
    role != WORKER && !PUBLIC_ROLES.contains(&role)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_roles(roles: &[&str]) -> Principal {
        Principal {
            id: "p".into(),
            tenant: "150627".into(),
            division: "150627".into(),
            roles: roles.iter().map(|&it| it.into()).collect(),
            person: None,
            job_types: Vec::new(),
            expires_at: 0,
        }
    }

    #[test]
    fn roles_decide_which_schema_is_shown() {
        assert_eq!(with_roles(&[]).audience(), Audience::Public);
        assert_eq!(with_roles(&["CITIZEN"]).audience(), Audience::Public);
        assert_eq!(with_roles(&["WORKER"]).audience(), Audience::Worker);
        assert_eq!(with_roles(&["REGISTRAR"]).audience(), Audience::Staff);
        assert_eq!(
            with_roles(&["REGISTRAR", "OPERATOR"]).audience(),
            Audience::Admin
        );
    }
}
