//! Templates of documents that a county makes its own.

use serde_json::{Map, Value as Json};
use tongban_document::template::Template;
use tongban_host::plugin::Plugin;

use super::file;
use super::kind::{Change, Kind, Original, no_original, wrong};
use crate::configuration_item::Finding;
use crate::document::user_errors;
use crate::error::UserError;
use crate::executor::session::Session;
use crate::executor::stop::Decided;
use crate::tenant::TenantWorld;

/// The name of the kind.
pub(crate) const KIND: &str = "document_template";

/// The template of a document, by its key. What is issued from its day on is made of it.
pub(crate) struct DocumentTemplate;

impl Kind for DocumentTemplate {
    fn name(&self) -> &'static str {
        KIND
    }

    fn original(&self, world: &TenantWorld, key: &str) -> Option<Original> {
        let path = world.document(key)?.1.file();
        file::original(world, "documents/", |it, _| it == path)
    }

    fn check(&self, session: &mut Session<'_>, change: &Change<'_>) -> Decided<Vec<Finding>> {
        let Ok(text) = std::str::from_utf8(change.content) else {
            return Ok(vec![wrong(
                "INVALID_INPUT",
                &[("reason", "expected UTF-8")],
            )]);
        };
        let template = match Template::read(text) {
            Ok(template) => template,
            Err(problems) => return Ok(findings(user_errors(&problems))),
        };
        let mut found: Vec<Finding> = file::check_key(change, &[&template.key], true)
            .into_iter()
            .collect();
        let Some(original) = self.original(&session.running.tenant, change.key()) else {
            found.push(wrong("DOCUMENT_NOT_FOUND", &[("key", change.key())]));
            return Ok(found);
        };
        let original = Template::read(&String::from_utf8_lossy(&original.content));
        // An original that cannot be read was refused with its package.
        if let Ok(original) = original {
            found.extend(compared(&template, &original));
            let example = template.example.as_ref().or(original.example.as_ref());
            let errors = tried(session, &template, example);
            found.extend(findings(errors));
        }
        Ok(found)
    }

    fn check_end(&self, session: &mut Session<'_>, change: &Change<'_>) -> Decided<Vec<Finding>> {
        match self.original(&session.running.tenant, change.key()) {
            Some(_) => Ok(Vec::new()),
            None => Ok(no_original(change)),
        }
    }

    /// Whoever issues looks for what is active.
    fn activate(&self, _session: &mut Session<'_>, _change: &Change<'_>) -> Decided<()> {
        Ok(())
    }
}

fn findings(errors: Vec<UserError>) -> Vec<Finding> {
    let errors = errors.into_iter();
    errors.map(|it| Finding::error(it.at("/content"))).collect()
}

/// Operations fill the county's template with what they fill the plugin's with.
fn compared(template: &Template, original: &Template) -> Vec<Finding> {
    let mut found = Vec::new();
    for name in template
        .data
        .iter()
        .filter(|it| !original.data.contains(it))
    {
        let known = original.data.join(", ");
        let parameters = [("place", "data"), ("name", name), ("known", &known)];
        found.push(wrong("DOCUMENT_TEMPLATE_NAME_UNKNOWN", &parameters));
    }
    if template.format() != original.format() {
        found.push(wrong("DOCUMENT_TEMPLATE_FORMAT_DIFFERS", &[]));
    }
    found
}

/// The template with the example's data, set in the fonts of this server if it has any.
fn tried(session: &Session<'_>, template: &Template, example: Option<&Json>) -> Vec<UserError> {
    let Some(data) = example.and_then(Json::as_object) else {
        return Vec::new();
    };
    let documents = &session.shared.documents;
    let when = (session.running.now, &session.shared.zone);
    match documents.content(template, data, when) {
        Ok(_) => Vec::new(),
        Err(problems) => {
            // Without fonts a server can check all but how it looks.
            let errors = user_errors(&problems.0).into_iter();
            errors
                .filter(|it| it.code != "DOCUMENT_FONT_MISSING")
                .collect()
        }
    }
}

/// What is wrong with the templates that a plugin brings.
pub(crate) fn check_own(plugin: &Plugin) -> Vec<UserError> {
    let mut errors = Vec::new();
    for declared in &plugin.manifest().documents {
        let path = declared.file();
        let mut files = plugin.originals(&path);
        let Some((_, text)) = files.find(|it| it.0 == path) else {
            continue;
        };
        let mut own = match Template::read(&String::from_utf8_lossy(text)) {
            Ok(template) if template.key == declared.key => Vec::new(),
            Ok(template) => {
                let parameters = [("key", &*declared.key), ("found", &*template.key)];
                vec![UserError::new("CONFIGURATION_KEY_DIFFERS", &parameters)]
            }
            Err(problems) => user_errors(&problems),
        };
        for error in &mut own {
            let details = Map::from_iter([("file".to_owned(), Json::from(path.as_str()))]);
            error.details = Some(Json::Object(details));
        }
        errors.extend(own);
    }
    errors
}
