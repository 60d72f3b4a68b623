//! A change of the configuration on its day: it takes effect, or it says why it cannot.

use tongban_store::query::configuration_item::ItemFilter;
use tongban_store::row::configuration_item::{DueItem, ItemAction, ItemState};

use super::kind::Change;
use super::{Item, kind_of, stored};
use crate::command::Principal;
use crate::configuration_item::Finding;
use crate::error::CommandError;
use crate::executor::border::Keep;
use crate::executor::session::{Running, Session};
use crate::executor::stop::Decided;
use crate::executor::work::Answered;

impl Session<'_> {
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

    pub(super) fn put_into_effect(&mut self, mut item: Item) -> Decided<Item> {
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
}
