//! The life of a change of the configuration: draft, checked, approved by a second person, in effect
//! from its day.

use std::sync::Arc;

use tongban_store::row::configuration_item::{
    ConfigurationEvent, ConfigurationItem, ItemAction, ItemState,
};

use crate::command::configuration_item::ConfigurationItemCommand;
use crate::configuration_item::Finding;
use crate::error::{CommandError, UserError};
use crate::executor::session::Session;
use crate::executor::stop::Decided;
use crate::outcome::Done;
use kind::{Change, Configurer, Kind};

mod activation;
mod approval;
pub(crate) mod assertion;
mod calendar;
mod decision;
pub(crate) mod document_template;
mod draft;
mod file;
mod form;
pub(crate) mod kind;
mod parameter;
mod process;
mod recheck;
mod schedule_rule;
mod staff;

/// Roles of those who administer a bureau.
const ADMINISTRATORS: [&str; 2] = ["ADMIN", "OPERATOR"];
/// Characters of a key, a note or a reason.
const TEXT_MAX: usize = 2_000;

type Item = ConfigurationItem;

impl Session<'_> {
    /// Does what those who configure ask for.
    pub(crate) fn configure(&mut self, command: &ConfigurationItemCommand) -> Decided<Done> {
        let item = match command {
            ConfigurationItemCommand::Save(draft) => self.save_item(draft)?,
            ConfigurationItemCommand::Check { item } => self.check_item(*item)?,
            ConfigurationItemCommand::Approve {
                item,
                expected_version,
            } => self.approve_item(*item, *expected_version)?,
            ConfigurationItemCommand::Reject {
                item,
                expected_version,
                reason,
            } => self.reject_item(*item, *expected_version, reason)?,
            ConfigurationItemCommand::Withdraw {
                item,
                expected_version,
                reason,
            } => self.withdraw_item(*item, *expected_version, reason)?,
        };
        self.audit(command.name(), ("configuration_item", &item.id.to_string()))?;
        Ok(Done::ConfigurationItemChanged { item: item.id })
    }

    /// An item that the running principal has read.
    fn item(&mut self, id: i64, expected_version: Option<i64>) -> Decided<Item> {
        let runtime = self.runtime;
        let found = runtime.block_on(self.unit().configuration_item(id))?;
        let item =
            found.ok_or_else(|| UserError::new("CONFIGURATION_NOT_FOUND", &[]).at("/itemId"))?;
        if expected_version.is_some_and(|it| it != item.version) {
            return Err(UserError::new("CONFIGURATION_CHANGED", &[])
                .at("/expectedVersion")
                .into());
        }
        Ok(item)
    }

    /// The kind of an item that the running principal may configure.
    fn granted(&self, item: &Item) -> Decided<&'static dyn Kind> {
        let kind = kind_of(item);
        let roles = &self.running.principal.roles;
        let has = |code: &str| roles.iter().any(|it| **it == *code);
        let is_administrator = ADMINISTRATORS.iter().any(|it| has(it));
        let plugins = self.running.tenant.plugins.iter();
        let mut configuring = plugins
            .flat_map(|it| &it.manifest().roles)
            .filter(|it| it.configures);
        let is_granted = match kind.configurer() {
            Configurer::Administrator => is_administrator,
            Configurer::Role => is_administrator || configuring.any(|it| has(&it.code)),
        };
        if is_granted {
            return Ok(kind);
        }
        let parameters = [("kind", kind.name())];
        Err(UserError::new("CONFIGURATION_NOT_ALLOWED", &parameters)
            .at("/kind")
            .into())
    }

    /// Everything that is found against an item as things stand.
    fn findings_of(&mut self, item: &Item) -> Decided<Vec<Finding>> {
        let kind = kind_of(item);
        let content = self.content_of(item)?;
        let change = Change {
            item,
            content: &content,
        };
        match item.ends {
            true => kind.check_end(self, &change),
            false => kind.check(self, &change),
        }
    }

    /// The content of an item; nothing where it ends something.
    pub(crate) fn content_of(&mut self, item: &Item) -> Decided<Arc<[u8]>> {
        let Some(digest) = &item.digest else {
            return Ok(Arc::from([]));
        };
        let runtime = self.runtime;
        let content = runtime.block_on(self.unit().resource(digest))?;
        // It is stored with the item and never deleted.
        Ok(content.unwrap_or_default())
    }

    fn put_item(&mut self, item: &Item, action: ItemAction, detail: Option<&str>) -> Decided<()> {
        let runtime = self.runtime;
        runtime.block_on(self.unit().put_configuration_item(item))?;
        let event = ConfigurationEvent {
            item: item.id,
            sequence: 0,
            at: self.running.now,
            principal: self.running.principal.id.clone(),
            action,
            version: item.version,
            digest: item.digest.clone(),
            detail: detail.map(Arc::from),
        };
        runtime.block_on(self.unit().add_configuration_event(&event))?;
        Ok(())
    }
}

fn kind_of(item: &Item) -> &'static dyn Kind {
    kind::find(&item.kind).expect("an item of an unknown kind is refused when it is saved")
}

fn stored(found: &[Finding]) -> Arc<str> {
    // Texts and JSON values always have a form.
    Arc::from(serde_json::to_string(found).unwrap_or_default())
}

fn expect_state(item: &Item, states: &[ItemState]) -> Result<(), CommandError> {
    if states.contains(&item.state) {
        return Ok(());
    }
    let state = state_name(item.state);
    let error = UserError::new("CONFIGURATION_STATE", &[("state", state)]);
    Err(error.at("/itemId").into())
}

/// The name of a state as texts show it.
fn state_name(state: ItemState) -> &'static str {
    match state {
        ItemState::Draft => "DRAFT",
        ItemState::Checked => "CHECKED",
        ItemState::Approved => "APPROVED",
        ItemState::Active => "ACTIVE",
        ItemState::Superseded => "SUPERSEDED",
        ItemState::Withdrawn => "WITHDRAWN",
        ItemState::Rejected => "REJECTED",
        ItemState::Failed => "FAILED",
    }
}

fn check_text(text: &str, place: &str) -> Result<(), CommandError> {
    if text.chars().count() > TEXT_MAX {
        let reason = format!("expected at most {TEXT_MAX} characters");
        return Err(invalid(&reason, place).into());
    }
    Ok(())
}

fn invalid(reason: &str, place: &str) -> UserError {
    UserError::new("INVALID_INPUT", &[("reason", reason)]).at(place)
}
