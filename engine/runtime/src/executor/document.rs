//! Issues documents: filled, set and stored with the commit of whatever issues them.

use std::sync::Arc;

use serde_json::{Map, Value as Json};
use tongban_document::template::Template;
use tongban_host::call::IssueDocument;
use tongban_host::manifest::Document as Declared;
use tongban_host::plugin::Plugin;
use tongban_store::query::configuration_item::ItemFilter;
use tongban_store::row::audit_entry::NewAuditEntry;
use tongban_store::row::configuration_item::ItemState;
use tongban_store::row::definition::Resource;
use tongban_store::row::document::Document;

use crate::configuration_item::digest_of;
use crate::document::{format_of, rejected};
use crate::error::{CommandError, UserError};
use crate::executor::configuration_item::document_template;
use crate::executor::session::Session;
use crate::executor::stop::Decided;
use crate::record_columns;

impl Session<'_> {
    /// Issues what an operation asks for. What cannot be filled or set refuses the command.
    pub(crate) fn issue_document(&mut self, issue: IssueDocument) -> Decided<()> {
        let world = self.running.tenant.clone();
        let Some((plugin, declared)) = world.document(&issue.document) else {
            return Err(refused("no active plugin declares the document").into());
        };
        self.check_record(&issue)?;
        let dedupe_key = issue.dedupe_key.as_ref().map(|it| dedupe_key(&issue, it));
        let runtime = self.runtime;
        if let Some(key) = &dedupe_key
            && runtime.block_on(self.unit().is_document_issued(key))?
        {
            return Ok(());
        }
        let (digest, template) = self.template_of(plugin, declared)?;
        let empty = Map::new();
        let data = issue.data.as_object().unwrap_or(&empty);
        let when = (self.running.now, &self.shared.zone);
        let content = self.shared.documents.content(&template, data, when);
        let (content, _) = content.map_err(|it| CommandError::Rejected(rejected(&it.0)))?;
        let document = Document {
            id: self.next_id()?,
            key: Arc::from(issue.document.as_str()),
            template_digest: digest,
            format: format_of(&template),
            title: Arc::from(content.title()),
            record: (
                Arc::from(issue.record.kind.as_str()),
                Arc::from(issue.record.id.as_str()),
            ),
            recipient: issue.recipient.as_deref().map(Arc::from),
            data: Arc::from(Json::Object(data.clone()).to_string()),
            sha256: Arc::from(content.digest()),
            dedupe_key: dedupe_key.map(Arc::from),
            issued_at: self.running.now,
            issued_by: self.running.principal.id.clone(),
        };
        self.unit().put_new_document(&document);
        let detail = serde_json::json!({ "key": &*document.key, "sha256": &*document.sha256 });
        self.audit_entry(NewAuditEntry {
            action: Arc::from("IssueDocument"),
            subject_kind: Arc::from("document"),
            subject_id: Arc::from(document.id.to_string()),
            detail: Some(Arc::from(detail.to_string())),
        })
    }

    /// The record is there, and a recipient is one of its parties.
    fn check_record(&mut self, issue: &IssueDocument) -> Decided<()> {
        let world = self.running.tenant.clone();
        let about = &issue.record;
        let declared = world
            .record_plugin(&about.kind)
            .and_then(|it| it.manifest().record(&about.kind));
        let runtime = self.runtime;
        let record = runtime.block_on(self.unit().record(&about.kind, &about.id))?;
        let (Some(declared), Some(record)) = (declared, record) else {
            return Err(refused("the record does not exist").into());
        };
        let Some(recipient) = &issue.recipient else {
            return Ok(());
        };
        let body = serde_json::from_str(&record.body).unwrap_or(Json::Null);
        let parties = record_columns::parties_of(declared, &body);
        if parties.iter().any(|it| **it == **recipient) {
            return Ok(());
        }
        Err(refused("the recipient is no party of the record").into())
    }

    /// The county's template if it has one in effect, else the plugin's, which is stored so that
    /// the document can be made again when the plugin has another.
    fn template_of(
        &mut self,
        plugin: &Plugin,
        declared: &Declared,
    ) -> Decided<(Arc<str>, Arc<Template>)> {
        let filter = ItemFilter {
            kind: Some(Arc::from(document_template::KIND)),
            key: Some(Arc::from(declared.key.as_str())),
            states: vec![ItemState::Active],
            ..ItemFilter::default()
        };
        let runtime = self.runtime;
        let items = runtime.block_on(self.unit().configuration_items(&filter))?;
        let own = items.into_iter().find(|it| !it.ends);
        if let Some(item) = own
            && let Some(digest) = item.digest.clone()
        {
            let text = self.content_of(&item)?;
            let template = self.shared.documents.template(&digest, &text);
            return Ok((digest, template.map_err(CommandError::Rejected)?));
        }
        let file = declared.file();
        let mut files = plugin.originals(&file);
        let text = files.find(|it| it.0 == file).map(|it| it.1);
        let text = text.ok_or_else(|| refused("the package lacks the template"))?;
        let digest = digest_of(text);
        let template = self.shared.documents.template(&digest, text);
        let template = template.map_err(CommandError::Rejected)?;
        if runtime.block_on(self.unit().resource(&digest))?.is_none() {
            let file = Resource {
                digest: digest.clone(),
                content: Arc::from(text),
            };
            runtime.block_on(self.unit().put_resource(&file))?;
        }
        Ok((digest, template))
    }
}

fn dedupe_key(issue: &IssueDocument, key: &str) -> String {
    let record = &issue.record;
    format!("{}|{}|{}|{key}", issue.document, record.kind, record.id)
}

fn refused(reason: &str) -> UserError {
    UserError::new("DOCUMENT_REFUSED", &[("reason", reason)])
}
