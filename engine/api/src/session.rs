//! What every resolver has at hand: the engine, the principal, the language of texts.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_graphql::dynamic::ResolverContext;
use async_graphql::{Error, ErrorExtensions as _};
use tongban_runtime::command::{Command, CommandRequest, Principal as Actor, UserTaskId};
use tongban_runtime::engine::Handle;
use tongban_runtime::error::CommandError;
use tongban_runtime::outcome::{CommandOutcome, Left};
use tongban_store::row::process_instance::ProcessInstance;
use tongban_store::row::user_task::UserTask;

use crate::auth::principal::Principal;
use crate::auth::right::Right;

/// The session of one request.
#[derive(Clone)]
pub struct Session {
    /// The engine.
    pub engine: Handle,
    principal: Option<Arc<Principal>>,
    // What the latest mutation was about, as its commit left it. Guards only this value.
    left: Arc<Mutex<Left>>,
}

impl Session {
    /// A session of `principal` over `engine`.
    pub fn new(engine: Handle, principal: Option<Arc<Principal>>) -> Self {
        Self {
            engine,
            principal,
            left: Arc::default(),
        }
    }

    /// The session that `ctx` runs in.
    pub fn of<'a>(ctx: &ResolverContext<'a>) -> &'a Self {
        ctx.ctx.data_unchecked::<Self>()
    }

    /// The principal, or why there is none.
    pub fn principal(&self) -> Result<&Arc<Principal>, Error> {
        self.principal.as_ref().ok_or_else(unauthenticated)
    }

    /// The principal's tenant.
    pub fn tenant(&self) -> Result<&str, Error> {
        Ok(&self.principal()?.tenant)
    }

    /// Refuses a tenant in which `plugin` is not active.
    pub fn require_active(&self, plugin: &str) -> Result<(), Error> {
        if self.engine.catalogue().is_active(self.tenant()?, plugin) {
            return Ok(());
        }
        Err(failure(
            "PLUGIN_NOT_ACTIVE",
            "this plugin is not active in the tenant of the token",
        ))
    }

    /// Refuses whoever `right` does not allow.
    pub fn require(&self, right: &Right) -> Result<(), Error> {
        let principal = self.principal()?;
        if right.allows(principal) {
            return Ok(());
        }
        if principal.is_anonymous() {
            return Err(unauthenticated());
        }
        Err(failure(
            "FORBIDDEN",
            "the roles of this token do not allow this field",
        ))
    }

    /// The engine's principal of the same name.
    pub fn actor(&self) -> Result<Actor, Error> {
        let principal = self.principal()?;
        Ok(Actor {
            id: Arc::clone(&principal.id),
            roles: principal.roles.clone(),
            division: Some(Arc::clone(&principal.division)),
            person: principal.person.clone(),
        })
    }

    /// Takes jobs on the principal's behalf, and waits for some if there are none.
    pub async fn activate_jobs(
        &self,
        command: Command,
        idempotency_key: Option<String>,
        wait: Duration,
    ) -> Result<Result<CommandOutcome, CommandError>, Error> {
        let request = self.request(command, idempotency_key)?;
        told(self.engine.activate_jobs(request, wait).await)
    }

    /// Sends `command` on the principal's behalf.
    pub async fn execute(
        &self,
        command: Command,
        idempotency_key: Option<String>,
    ) -> Result<Result<CommandOutcome, CommandError>, Error> {
        let request = self.request(command, idempotency_key)?;
        let mut answer = told(self.engine.execute(request).await)?;
        if let Ok(outcome) = &mut answer {
            *self.lock_left() = std::mem::take(&mut outcome.left);
        }
        Ok(answer)
    }

    fn request(
        &self,
        command: Command,
        idempotency_key: Option<String>,
    ) -> Result<CommandRequest, Error> {
        Ok(CommandRequest {
            tenant: Arc::clone(&self.principal()?.tenant),
            principal: self.actor()?,
            idempotency_key,
            command,
        })
    }

    /// The instance that the latest mutation was about, as its commit left it.
    pub(crate) fn left_process_instance(&self, id: i64) -> Option<ProcessInstance> {
        let left = self.lock_left().process_instance.clone();
        left.filter(|it| it.id.0 == id)
    }

    /// The user task that the latest mutation was about, as its commit left it.
    pub(crate) fn left_user_task(&self, id: UserTaskId) -> Option<UserTask> {
        let left = self.lock_left().user_task.clone();
        left.filter(|it| it.process_instance_id.0 == id.process_instance && it.id.0 == id.number)
    }

    fn lock_left(&self) -> MutexGuard<'_, Left> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn unauthenticated() -> Error {
    failure("UNAUTHENTICATED", "a bearer token is needed")
}

/// What the world's failures look like from outside.
fn told(
    answer: Result<CommandOutcome, CommandError>,
) -> Result<Result<CommandOutcome, CommandError>, Error> {
    match answer {
        Err(error @ (CommandError::Unavailable { .. } | CommandError::Failed { .. })) => {
            Err(failure(
                error.code(),
                "the command could not be carried out; repeat it with the same idempotencyKey",
            ))
        }
        other => Ok(other),
    }
}

/// A top-level error with a stable code.
pub fn failure(code: &str, message: &str) -> Error {
    Error::new(message).extend_with(|_, extensions| extensions.set("code", code))
}
