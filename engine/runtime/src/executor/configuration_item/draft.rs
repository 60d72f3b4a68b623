//! Writing a change of the configuration.

use std::sync::Arc;

use tongban_store::row::configuration_item::{ItemAction, ItemState};
use tongban_store::row::definition::Resource;

use super::kind::{self, Original};
use super::{Item, check_text, expect_state, invalid};
use crate::command::configuration_item::{Draft, DraftTarget};
use crate::configuration_item::digest_of;
use crate::error::UserError;
use crate::executor::session::Session;
use crate::executor::stop::Decided;
use crate::parameter::parse_date;

impl Session<'_> {
    /// Writes a change, or writes it again; it is a draft then.
    pub(super) fn save_item(&mut self, draft: &Draft) -> Decided<Item> {
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
}
