//! The life of a change of the configuration: draft, checked, approved by a second person, in effect
//! from its day.

use std::sync::Arc;

use tongban_feel::time::{DateTime, Time};
use tongban_store::query::configuration_item::ItemFilter;
use tongban_store::row::configuration_item::{
    ConfigurationEvent, ConfigurationItem, DueItem, ItemAction, ItemState,
};
use tongban_store::row::definition::Resource;

use crate::command::Principal;
use crate::command::configuration_item::{ConfigurationItemCommand, Draft, DraftTarget};
use crate::configuration_item::{Finding, digest_of};
use crate::error::{CommandError, Rejected, UserError};
use crate::executor::border::Keep;
use crate::executor::session::{Running, Session};
use crate::executor::stop::Decided;
use crate::executor::work::Answered;
use crate::outcome::Done;
use crate::parameter::parse_date;
use kind::{Change, Configurer, Kind, Original};

pub(crate) mod assertion;
mod calendar;
mod decision;
mod file;
mod form;
pub(crate) mod kind;
mod parameter;
mod process;
mod recheck;
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

    fn save_item(&mut self, draft: &Draft) -> Decided<Item> {
        let mut item = self.item_to_write(&draft.target)?;
        let kind = self.granted(&item)?;
        check_text(&draft.note, "/note")?;
        if let Some(date) = &draft.effective_from
            && parse_date(date).is_none()
        {
            return Err(invalid("expected a date as YYYY-MM-DD", "/effectiveFrom").into());
        }
        item.digest = self.keep_content(draft)?;
        let original = kind.original(&self.running.tenant, &item.key);
        item.original_digest = original.as_ref().map(Original::digest);
        item.plugin = original.map(|it| it.plugin);
        item.state = ItemState::Draft;
        item.version += 1;
        item.ends = draft.ends;
        item.effective_from = draft.effective_from.as_deref().map(Arc::from);
        item.note = Arc::from(draft.note.as_str());
        item.findings = Arc::from("[]");
        item.updated_at = self.running.now;
        item.updated_by = self.running.principal.id.clone();
        (item.approved_at, item.approved_by) = (None, None);
        self.put_item(&item, ItemAction::Saved, None)?;
        Ok(item)
    }

    fn item_to_write(&mut self, target: &DraftTarget) -> Decided<Item> {
        match target {
            DraftTarget::Existing {
                item,
                expected_version,
            } => {
                let item = self.item(*item, Some(*expected_version))?;
                let open = [
                    ItemState::Draft,
                    ItemState::Checked,
                    ItemState::Rejected,
                    ItemState::Failed,
                ];
                expect_state(&item, &open)?;
                Ok(item)
            }
            DraftTarget::New { kind, key } => {
                if kind::find(kind).is_none() {
                    let parameters = [("kind", kind.as_str())];
                    return Err(UserError::new("CONFIGURATION_KIND_UNKNOWN", &parameters)
                        .at("/kind")
                        .into());
                }
                if key.trim().is_empty() {
                    return Err(invalid("expected a key", "/key").into());
                }
                check_text(key, "/key")?;
                let (at, by) = (self.running.now, self.running.principal.id.clone());
                Ok(Item {
                    id: self.next_id()?,
                    kind: Arc::from(kind.as_str()),
                    key: Arc::from(key.as_str()),
                    plugin: None,
                    state: ItemState::Draft,
                    version: 0,
                    ends: false,
                    digest: None,
                    effective_from: None,
                    due_at: None,
                    original_digest: None,
                    findings: Arc::from("[]"),
                    note: Arc::from(""),
                    created_at: at,
                    created_by: by.clone(),
                    updated_at: at,
                    updated_by: by,
                    approved_at: None,
                    approved_by: None,
                    activated_at: None,
                })
            }
        }
    }

    /// Stores the content under its digest.
    fn keep_content(&mut self, draft: &Draft) -> Decided<Option<Arc<str>>> {
        let content = match (&draft.content, draft.ends) {
            (None, true) => return Ok(None),
            (Some(_), true) => {
                return Err(invalid("what ends something has no content", "/content").into());
            }
            (None, false) => return Err(invalid("expected a content", "/content").into()),
            (Some(content), false) => content.as_bytes(),
        };
        let max = self.shared.bounds.deployment_bytes_max;
        if content.len() > max {
            let (bytes, max) = (content.len().to_string(), max.to_string());
            let parameters = [("bytes", bytes.as_str()), ("max", max.as_str())];
            return Err(UserError::new("DEPLOYMENT_TOO_LARGE", &parameters)
                .at("/content")
                .into());
        }
        let digest = digest_of(content);
        let file = Resource {
            digest: digest.clone(),
            content: Arc::from(content),
        };
        let runtime = self.runtime;
        runtime.block_on(self.unit().put_resource(&file))?;
        Ok(Some(digest))
    }

    fn check_item(&mut self, id: i64) -> Decided<Item> {
        let mut item = self.item(id, None)?;
        self.granted(&item)?;
        expect_state(&item, &[ItemState::Draft, ItemState::Checked])?;
        let found = self.findings_of(&item)?;
        item.state = match found.iter().any(|it| it.is_error) {
            true => ItemState::Draft,
            false => ItemState::Checked,
        };
        item.findings = stored(&found);
        self.put_item(&item, ItemAction::Checked, None)?;
        Ok(item)
    }

    fn approve_item(&mut self, id: i64, expected_version: i64) -> Decided<Item> {
        let mut item = self.item(id, Some(expected_version))?;
        let kind = self.granted(&item)?;
        expect_state(&item, &[ItemState::Checked])?;
        self.expect_second_person(id)?;
        let today = self.today().to_string();
        let date = item.effective_from.clone();
        let date = date.unwrap_or_else(|| Arc::from(today.as_str()));
        if *date < *today {
            let parameters = [("date", &*date), ("today", today.as_str())];
            return Err(UserError::new("CONFIGURATION_DATE_PAST", &parameters)
                .at("/effectiveFrom")
                .into());
        }
        self.expect_free_date(&item, &date)?;
        item.effective_from = Some(date.clone());
        let found = self.findings_of(&item)?;
        refuse(&found)?;
        item.findings = stored(&found);
        item.state = ItemState::Approved;
        item.due_at = Some(self.midnight(&date)?);
        item.approved_at = Some(self.running.now);
        item.approved_by = Some(self.running.principal.id.clone());
        let content = self.content_of(&item)?;
        let change = Change {
            item: &item,
            content: &content,
        };
        kind.publish(self, &change)?;
        self.put_item(&item, ItemAction::Approved, None)?;
        if item.due_at.is_some_and(|it| it <= self.running.now) {
            return self.put_into_effect(item);
        }
        self.running.wakes.timers = true;
        Ok(item)
    }

    fn reject_item(&mut self, id: i64, expected_version: i64, reason: &str) -> Decided<Item> {
        let mut item = self.item(id, Some(expected_version))?;
        self.granted(&item)?;
        expect_state(&item, &[ItemState::Checked])?;
        expect_reason(reason)?;
        item.state = ItemState::Rejected;
        self.put_item(&item, ItemAction::Rejected, Some(reason))?;
        Ok(item)
    }

    fn withdraw_item(&mut self, id: i64, expected_version: i64, reason: &str) -> Decided<Item> {
        let mut item = self.item(id, Some(expected_version))?;
        let kind = self.granted(&item)?;
        let open = [
            ItemState::Draft,
            ItemState::Checked,
            ItemState::Rejected,
            ItemState::Failed,
            ItemState::Approved,
        ];
        expect_state(&item, &open)?;
        expect_reason(reason)?;
        if item.state == ItemState::Approved {
            kind.unpublish(self, &item)?;
        }
        item.state = ItemState::Withdrawn;
        item.due_at = None;
        self.put_item(&item, ItemAction::Withdrawn, Some(reason))?;
        Ok(item)
    }

    /// Lets an approved item take effect whose day has come.
    pub(crate) fn activate_item(&mut self, due: &DueItem) -> Decided<Answered> {
        let now = self.shared.clock.now();
        let world = self.shared.world(due.tenant.as_str());
        let running = || Running::new(world.clone(), Principal::engine(), now);
        let is_due = |item: &Item| {
            item.state == ItemState::Approved && item.due_at.is_some_and(|it| it <= now)
        };
        let done = self.bordered(running, |session| {
            let item = session.item(due.id, None)?;
            if is_due(&item) {
                session.put_into_effect(item)?;
            }
            Ok((None, Keep::Yes))
        })?;
        let Err(CommandError::Rejected(rejected)) = done else {
            return Ok(done);
        };
        // What was not foreseen by the check is told instead of being tried for ever.
        self.bordered(running, |session| {
            let item = session.item(due.id, None)?;
            if is_due(&item) {
                let errors = rejected.errors.iter().cloned();
                let found: Vec<Finding> = errors.map(Finding::error).collect();
                session.fail_item(item, &found)?;
            }
            Ok((None, Keep::Yes))
        })
    }

    fn put_into_effect(&mut self, mut item: Item) -> Decided<Item> {
        let kind = kind_of(&item);
        let found = self.findings_of(&item)?;
        if found.iter().any(|it| it.is_error) {
            return self.fail_item(item, &found);
        }
        let content = self.content_of(&item)?;
        let change = Change {
            item: &item,
            content: &content,
        };
        kind.activate(self, &change)?;
        self.supersede(&item)?;
        item.state = ItemState::Active;
        item.due_at = None;
        item.findings = stored(&found);
        item.activated_at = Some(self.running.now);
        self.put_item(&item, ItemAction::Activated, None)?;
        self.audit(
            "ActivateConfigurationItem",
            ("configuration_item", &item.id.to_string()),
        )?;
        Ok(item)
    }

    fn fail_item(&mut self, mut item: Item, found: &[Finding]) -> Decided<Item> {
        tracing::warn!(
            tenant.id = %self.running.tenant.name,
            item.id = item.id,
            item.kind = %item.kind,
            item.key = %item.key,
            "an approved change of the configuration cannot take effect any more"
        );
        kind_of(&item).unpublish(self, &item)?;
        item.state = ItemState::Failed;
        item.due_at = None;
        item.findings = stored(found);
        let code = found
            .iter()
            .find(|it| it.is_error)
            .map(|it| it.code.clone());
        self.put_item(&item, ItemAction::Failed, code.as_deref())?;
        Ok(item)
    }

    /// What was in effect in the item's place is no longer.
    fn supersede(&mut self, by: &Item) -> Decided<()> {
        let filter = ItemFilter {
            kind: Some(by.kind.clone()),
            key: Some(by.key.clone()),
            states: vec![ItemState::Active],
            ..ItemFilter::default()
        };
        let runtime = self.runtime;
        for mut item in runtime.block_on(self.unit().configuration_items(&filter))? {
            item.state = ItemState::Superseded;
            let detail = by.id.to_string();
            self.put_item(&item, ItemAction::Superseded, Some(&detail))?;
        }
        Ok(())
    }

    /// An item that the running principal has read.
    fn item(&mut self, id: i64, expected_version: Option<i64>) -> Decided<Item> {
        let runtime = self.runtime;
        let found = runtime.block_on(self.unit().configuration_item(id))?;
        let item = found.ok_or_else(|| UserError::new("CONFIGURATION_NOT_FOUND", &[]).at("/id"))?;
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

    /// Whoever has written any of it does not approve it.
    fn expect_second_person(&mut self, id: i64) -> Decided<()> {
        let runtime = self.runtime;
        let events = runtime.block_on(self.unit().configuration_events(id))?;
        let own = &self.running.principal.id;
        let mut writers = events.iter().filter(|it| it.action == ItemAction::Saved);
        if writers.any(|it| it.principal == *own) {
            return Err(UserError::new("CONFIGURATION_SAME_PERSON", &[]).into());
        }
        Ok(())
    }

    /// Two changes of one thing do not wait for the same day.
    fn expect_free_date(&mut self, item: &Item, date: &str) -> Decided<()> {
        let filter = ItemFilter {
            kind: Some(item.kind.clone()),
            key: Some(item.key.clone()),
            states: vec![ItemState::Approved],
            ..ItemFilter::default()
        };
        let runtime = self.runtime;
        let waiting = runtime.block_on(self.unit().configuration_items(&filter))?;
        if waiting
            .iter()
            .any(|it| it.effective_from.as_deref() == Some(date))
        {
            return Err(
                UserError::new("CONFIGURATION_DATE_TAKEN", &[("date", date)])
                    .at("/effectiveFrom")
                    .into(),
            );
        }
        Ok(())
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

    /// The first instant of a date in the county.
    fn midnight(&self, date: &str) -> Decided<i64> {
        let date = parse_date(date).ok_or_else(|| invalid("expected a date", "/effectiveFrom"))?;
        let midnight = Time::new(0, 0, 0, 0, None).map(|time| DateTime::new(date, time));
        let at = midnight.and_then(|it| it.to_timestamp(&self.shared.zone));
        let at = at.ok_or_else(|| invalid("the date is out of range", "/effectiveFrom"))?;
        Ok(at.microseconds())
    }
}

fn kind_of(item: &Item) -> &'static dyn Kind {
    kind::find(&item.kind).expect("an item of an unknown kind is refused when it is saved")
}

fn stored(found: &[Finding]) -> Arc<str> {
    // Texts and JSON values always have a form.
    Arc::from(serde_json::to_string(found).unwrap_or_default())
}

fn refuse(found: &[Finding]) -> Result<(), CommandError> {
    let errors: Vec<UserError> = found
        .iter()
        .filter(|it| it.is_error)
        .map(Finding::to_error)
        .collect();
    if errors.is_empty() {
        return Ok(());
    }
    Err(CommandError::Rejected(Rejected {
        errors,
        warnings: Vec::new(),
    }))
}

fn expect_state(item: &Item, states: &[ItemState]) -> Result<(), UserError> {
    if states.contains(&item.state) {
        return Ok(());
    }
    let state = state_name(item.state);
    Err(UserError::new("CONFIGURATION_STATE", &[("state", state)]).at("/id"))
}

/// The name of a state as the API shows it.
pub(crate) fn state_name(state: ItemState) -> &'static str {
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

fn expect_reason(reason: &str) -> Result<(), UserError> {
    if reason.trim().is_empty() {
        return Err(invalid("expected a reason", "/reason"));
    }
    check_text(reason, "/reason")
}

fn check_text(text: &str, place: &str) -> Result<(), UserError> {
    if text.chars().count() > TEXT_MAX {
        let reason = format!("expected at most {TEXT_MAX} characters");
        return Err(invalid(&reason, place));
    }
    Ok(())
}

fn invalid(reason: &str, place: &str) -> UserError {
    UserError::new("INVALID_INPUT", &[("reason", reason)]).at(place)
}
