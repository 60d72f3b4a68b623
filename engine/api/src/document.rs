//! Documents (文书): what was issued about a record, its pages, and its file.
//!
//! A role that the plugin names reads a document whole; a citizen reads those of his records that are
//! for him or for all parties, if the plugin lets parties read them. Anybody else is told that there
//! is none.

pub(crate) mod object;
pub(crate) mod query;

use std::sync::Arc;

use tongban_runtime::catalogue::{Catalogue, DocumentEntry};
use tongban_runtime::document::File;
use tongban_runtime::engine::Handle;
use tongban_runtime::error::{CommandError, UserError};
use tongban_store::id::TenantId;
use tongban_store::query::page::PageRequest;
use tongban_store::query::record::RecordFilter;
use tongban_store::query::{document, record};
use tongban_store::row::document::Document;

use crate::auth::principal::Principal;
use crate::global_id::GlobalId;

/// The file of a document by its global id, for a principal who may read it.
///
/// # Errors
/// `DOCUMENT_NOT_FOUND` also for who may not; else what stands against making it.
pub async fn file(engine: &Handle, principal: &Principal, id: &str) -> Result<File, CommandError> {
    let not_found = || UserError::new("DOCUMENT_NOT_FOUND", &[("key", id)]);
    let row_id = GlobalId::row_of(id, object::TYPE).and_then(|it| it.parse().ok());
    let row_id = row_id.ok_or_else(not_found)?;
    let found = find(engine, principal, row_id).await?;
    let tenant = TenantId::from(Arc::clone(&principal.tenant));
    engine
        .document_file(&tenant, &found.ok_or_else(not_found)?)
        .await
}

/// A document, if the principal may read it.
pub(crate) async fn find(
    engine: &Handle,
    principal: &Principal,
    id: i64,
) -> Result<Option<Document>, CommandError> {
    let tenant = TenantId::from(Arc::clone(&principal.tenant));
    let found = document::get(engine.database(), &tenant, id).await;
    let Some(found) = found.map_err(failed)? else {
        return Ok(None);
    };
    let catalogue = engine.catalogue();
    let Some(declared) = active(&catalogue, principal, &found.key) else {
        return Ok(None);
    };
    if is_of_role(declared, principal) {
        return Ok(Some(found));
    }
    let is_for = |person: &Arc<str>| found.recipient.as_ref().is_none_or(|it| it == person);
    let may_read = declared.party && principal.person.as_ref().is_some_and(is_for);
    if may_read && is_party(engine, principal, (&found.record.0, &found.record.1)).await? {
        return Ok(Some(found));
    }
    Ok(None)
}

/// Which documents of a record the principal may read: their keys, and for a citizen his person id.
pub(crate) async fn readable(
    engine: &Handle,
    principal: &Principal,
    record: (&str, &str),
) -> Result<(Vec<String>, Option<Arc<str>>), CommandError> {
    let catalogue = engine.catalogue();
    let all = catalogue.plugins.values();
    let active = all.filter(|it| catalogue.is_active(&principal.tenant, &it.name));
    let declared = active.flat_map(|it| &it.documents);
    let of_kind: Vec<&DocumentEntry> = declared.filter(|it| *it.record_kind == *record.0).collect();
    let keys = |allowed: &dyn Fn(&DocumentEntry) -> bool| {
        let allowed = of_kind.iter().filter(|it| allowed(it));
        allowed.map(|it| it.key.to_string()).collect::<Vec<_>>()
    };
    let of_roles = keys(&|it| is_of_role(it, principal));
    if !of_roles.is_empty() {
        return Ok((of_roles, None));
    }
    let of_parties = keys(&|it| it.party);
    if of_parties.is_empty() || !is_party(engine, principal, record).await? {
        return Ok((Vec::new(), None));
    }
    Ok((of_parties, principal.person.clone()))
}

fn active<'c>(
    catalogue: &'c Catalogue,
    principal: &Principal,
    key: &str,
) -> Option<&'c DocumentEntry> {
    let (plugin, declared) = catalogue.document(key)?;
    let is_active = catalogue.is_active(&principal.tenant, &plugin.name);
    is_active.then_some(declared)
}

fn is_of_role(declared: &DocumentEntry, principal: &Principal) -> bool {
    declared.roles.iter().any(|it| principal.has_role(it))
}

/// Whether the principal is a citizen who is a party of the record.
async fn is_party(
    engine: &Handle,
    principal: &Principal,
    (kind, id): (&str, &str),
) -> Result<bool, CommandError> {
    let Some(person) = principal.person.clone() else {
        return Ok(false);
    };
    let filter = RecordFilter {
        ids: vec![id.into()],
        party: Some(person),
        ..RecordFilter::default()
    };
    let tenant = TenantId::from(Arc::clone(&principal.tenant));
    let one = PageRequest::first(1);
    let found = record::list(engine.database(), &tenant, kind, &filter, &one).await;
    Ok(!found.map_err(failed)?.into_nodes().is_empty())
}

pub(crate) fn failed(error: tongban_store::error::Error) -> CommandError {
    CommandError::Failed {
        reason: error.to_string(),
    }
}
