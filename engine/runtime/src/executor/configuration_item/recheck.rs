//! The county's own configuration when a plugin gets another version: it stays, and is held against
//! the new one.

use std::sync::Arc;

use tongban_store::query::configuration_item::ItemFilter;
use tongban_store::row::configuration_item::{ItemAction, ItemState};

use super::kind::Change;
use super::{Item, kind_of, stored};
use crate::configuration_item::{Finding, findings};
use crate::executor::deploy::notice;
use crate::executor::session::Session;
use crate::executor::stop::{Decided, Stop};
use crate::outcome::Notice;

impl Session<'_> {
    /// Checks again what the county has made of a plugin's, and lets it go before the plugin's own
    /// again. What was found is kept with each item and told in short.
    pub(crate) fn recheck_items(&mut self, plugin: &str, version: &str) -> Decided<Vec<Notice>> {
        let filter = ItemFilter {
            states: vec![ItemState::Approved, ItemState::Active],
            ..ItemFilter::default()
        };
        let runtime = self.runtime;
        let mut notices = Vec::new();
        for item in runtime.block_on(self.unit().configuration_items(&filter))? {
            if self.concerns(&item, plugin) {
                notices.extend(self.recheck_item(item, &format!("{plugin}@{version}"))?);
            }
        }
        Ok(notices)
    }

    fn concerns(&self, item: &Item, plugin: &str) -> bool {
        if item.plugin.as_deref() == Some(plugin) {
            return true;
        }
        let original = kind_of(item).original(&self.running.tenant, &item.key);
        original.is_some_and(|it| *it.plugin == *plugin)
    }

    /// Lets the county's own go before the plugin's again; what is refused of it.
    fn reapply(&mut self, item: &Item) -> Decided<Vec<Finding>> {
        let content = self.content_of(item)?;
        let change = Change {
            item,
            content: &content,
        };
        match kind_of(item).reapply(self, &change) {
            Ok(()) => Ok(Vec::new()),
            Err(Stop::Refused(error)) => {
                let errors = error.user_errors().into_iter();
                Ok(errors.map(Finding::error).collect())
            }
            Err(stop) => Err(stop),
        }
    }

    fn recheck_item(&mut self, mut item: Item, package: &str) -> Decided<Option<Notice>> {
        let mut found = self.findings_of(&item)?;
        let is_deployed = item.state == ItemState::Active || kind_of(&item).is_dated();
        if is_deployed && !item.ends {
            // Whatever was found, it is for the county to say when it goes. What cannot even be
            // read by this server any more cannot stay, and that is told.
            for refused in self.reapply(&item)? {
                if !found
                    .iter()
                    .any(|it| it.is_error && it.code == refused.code)
                {
                    found.push(refused);
                }
            }
        }
        let is_same = findings(&item) == found;
        item.findings = stored(&found);
        if !is_same {
            self.put_item(&item, ItemAction::Rechecked, Some(package))?;
        }
        let n_errors = found.iter().filter(|it| it.is_error).count();
        if n_errors == 0 {
            return Ok(None);
        }
        let count: Arc<str> = Arc::from(n_errors.to_string());
        let parameters = [
            ("kind", &*item.kind),
            ("key", &*item.key),
            ("count", &*count),
        ];
        Ok(Some(notice("CONFIGURATION_RECHECK", &parameters)))
    }
}
