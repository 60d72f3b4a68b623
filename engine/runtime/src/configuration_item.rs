//! Configuration items as they are shown: what was found against them, how they differ from the
//! plugin's own.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use similar::TextDiff;
use tongban_store::error::Error as StoreError;
use tongban_store::id::TenantId;
use tongban_store::query::configuration_item as query;
pub use tongban_store::query::configuration_item::ItemFilter;
use tongban_store::query::definition;
use tongban_store::query::page::{Page, PageRequest};
pub use tongban_store::row::configuration_item::{
    ConfigurationEvent, ConfigurationItem, ItemAction, ItemState,
};

use crate::engine::Handle;
use crate::error::{Text, UserError};
use crate::executor::configuration_item::kind;
use crate::outcome::Notice;

/// Lines round a difference that are shown with it.
const CONTEXT_LINES: usize = 3;

/// Something that was found when an item was checked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Whether it stands in the way; what does not is a warning.
    pub is_error: bool,
    /// The stable code.
    pub code: String,
    /// Where in the item.
    #[serde(default)]
    pub field: Option<String>,
    /// Simplified Chinese.
    pub zh: String,
    /// English.
    pub en: String,
    /// The law it rests on, in Chinese and English.
    #[serde(default)]
    pub law_basis: Option<(String, String)>,
    /// Further facts by name, for programs.
    #[serde(default)]
    pub details: Option<Json>,
}

impl Finding {
    pub(crate) fn error(error: UserError) -> Finding {
        Finding {
            is_error: true,
            code: error.code,
            field: error.field,
            zh: error.text.zh,
            en: error.text.en,
            law_basis: error.law_basis.map(|it| (it.zh, it.en)),
            details: error.details,
        }
    }

    pub(crate) fn warning(notice: Notice) -> Finding {
        Finding {
            is_error: false,
            code: notice.code,
            field: None,
            zh: notice.zh,
            en: notice.en,
            law_basis: None,
            details: None,
        }
    }

    /// As a refusal tells it.
    pub(crate) fn to_error(&self) -> UserError {
        UserError {
            code: self.code.clone(),
            field: self.field.clone(),
            text: Text {
                zh: self.zh.clone(),
                en: self.en.clone(),
            },
            law_basis: self.law_basis.clone().map(|(zh, en)| Text { zh, en }),
            details: self.details.clone(),
        }
    }
}

/// What was found when an item was last checked.
#[must_use]
pub fn findings(item: &ConfigurationItem) -> Vec<Finding> {
    // Only this crate writes them.
    serde_json::from_str(&item.findings).unwrap_or_default()
}

/// The kinds of things that can be configured so.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    kind::KINDS.iter().map(|it| it.name())
}

impl Handle {
    /// Configuration items, the newest first.
    ///
    /// # Errors
    /// The database cannot be read, or the cursor is none.
    pub async fn configuration_items(
        &self,
        tenant: &str,
        filter: &ItemFilter,
        page: &PageRequest,
    ) -> Result<Page<ConfigurationItem>, StoreError> {
        let (database, tenant) = (&self.shared.database, TenantId::new(tenant));
        query::list(database, &tenant, filter, page).await
    }

    /// A configuration item.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn configuration_item(
        &self,
        tenant: &str,
        id: i64,
    ) -> Result<Option<ConfigurationItem>, StoreError> {
        query::get(&self.shared.database, &TenantId::new(tenant), id).await
    }

    /// What was done to an item, the first thing first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn configuration_events(
        &self,
        tenant: &str,
        id: i64,
    ) -> Result<Vec<ConfigurationEvent>, StoreError> {
        query::events(&self.shared.database, &TenantId::new(tenant), id).await
    }

    /// The content of an item as it was written, by its digest.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn configuration_content(
        &self,
        tenant: &str,
        digest: &str,
    ) -> Result<Option<String>, StoreError> {
        let tenant = TenantId::new(tenant);
        let found = definition::get_resource(&self.shared.database, &tenant, digest).await?;
        Ok(found.map(|it| String::from_utf8_lossy(&it).into_owned()))
    }

    /// What the active plugin brings in its place, if a plugin does.
    #[must_use]
    pub fn configuration_original(&self, tenant: &str, kind: &str, key: &str) -> Option<String> {
        let world = self.shared.world(tenant);
        let original = kind::find(kind)?.original(&world, key)?;
        Some(String::from_utf8_lossy(&original.content).into_owned())
    }

    /// Whether what the plugin brings in its place is another than when the item was written.
    #[must_use]
    pub fn is_original_changed(&self, tenant: &str, item: &ConfigurationItem) -> bool {
        let world = self.shared.world(tenant);
        let original = kind::find(&item.kind).and_then(|it| it.original(&world, &item.key));
        original.map(|it| it.digest()).as_deref() != item.original_digest.as_deref()
    }

    /// How an item differs from what the plugin brings in its place, as a unified diff; absent
    /// where no plugin brings anything.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn configuration_difference(
        &self,
        tenant: &str,
        item: &ConfigurationItem,
    ) -> Result<Option<String>, StoreError> {
        let Some(original) = self.configuration_original(tenant, &item.kind, &item.key) else {
            return Ok(None);
        };
        let content = match &item.digest {
            Some(digest) => self.configuration_content(tenant, digest).await?,
            None => None,
        };
        // An item that ends what the county has set leaves the plugin's own.
        let content = content.unwrap_or_else(|| original.clone());
        Ok(Some(difference(&original, &content)))
    }
}

fn difference(original: &str, content: &str) -> String {
    let diff = TextDiff::from_lines(original, content);
    diff.unified_diff()
        .context_radius(CONTEXT_LINES)
        .header("plugin", "county")
        .to_string()
}

/// A digest as files are stored by.
pub(crate) fn digest_of(content: &[u8]) -> Arc<str> {
    Arc::from(tongban_host::digest::sha256(content))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_shown_line_by_line() {
        let text = difference("a\nb\nc\n", "a\nB\nc\n");
        assert_eq!(
            text,
            "--- plugin\n+++ county\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n"
        );
        assert_eq!(difference("a\n", "a\n"), "");
    }

    #[test]
    fn a_finding_comes_back_as_it_was_stored() {
        let error = UserError::new("CONFIGURATION_SAME_PERSON", &[]).at("/content");
        let finding = Finding::error(error.clone());
        let text = serde_json::to_string(&[finding]).unwrap();
        let back: Vec<Finding> = serde_json::from_str(&text).unwrap();
        assert_eq!(back[0].to_error(), error);
    }
}
