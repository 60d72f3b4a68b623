//! Documents as they are shown and handed out: made anew of template and data whenever they are asked
//! for, and held against what was said when they were issued.

use std::sync::Arc;

use moka::sync::Cache;
use serde_json::{Map, Value as Json};
use tongban_document::content::Content;
use tongban_document::fill::fill;
use tongban_document::font::Fonts;
use tongban_document::pdf::About;
use tongban_document::problem::{Problem, Problems};
use tongban_document::template::Template;
use tongban_document::{layout, pdf, workbook};
use tongban_feel::environment::Environment;
use tongban_feel::time::{Timestamp, Zone};
use tongban_feel::workday::Weekends;
use tongban_store::id::TenantId;
use tongban_store::query::definition;
use tongban_store::row::document::{Document, DocumentFormat};

use crate::engine::Handle;
use crate::error::{CommandError, Rejected, UserError};

pub use tongban_document::page::{Area, Page, Rule, Text as PageText};

/// Templates kept compiled.
const TEMPLATES_MAX: u64 = 500;

/// A document's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// What to call it.
    pub name: String,
    /// Its media type.
    pub media_type: &'static str,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// What makes documents: fonts and compiled templates.
pub(crate) struct Documents {
    pub(crate) fonts: Fonts,
    /// By the digest of their text.
    templates: Cache<Arc<str>, Arc<Template>>,
}

impl Documents {
    pub(crate) fn new(fonts: Fonts) -> Documents {
        Documents {
            fonts,
            templates: Cache::new(TEMPLATES_MAX),
        }
    }

    /// The compiled template of a text that was checked before.
    pub(crate) fn template(
        &self,
        digest: &Arc<str>,
        text: &[u8],
    ) -> Result<Arc<Template>, Rejected> {
        if let Some(known) = self.templates.get(digest) {
            return Ok(known);
        }
        let template = Template::read(&String::from_utf8_lossy(text));
        let template = template.map_err(|problems| rejected(&problems))?;
        let template = Arc::new(template);
        self.templates.insert(digest.clone(), template.clone());
        Ok(template)
    }

    /// What a document says; also whether it can be set, as far as it is pages.
    pub(crate) fn content(
        &self,
        template: &Template,
        data: &Map<String, Json>,
        (issued_at, zone): (i64, &Zone),
    ) -> Result<(Content, Vec<Page>), Problems> {
        // The same for ever: what a calendar makes of a date is decided by who issues.
        let now = Timestamp::from_microseconds(issued_at);
        let environment = Environment::new(now, zone.clone(), &Weekends);
        let content = fill(template, data, &environment)?;
        let pages = match &content {
            Content::Pages(it) => layout::lay_out(template, it, &self.fonts)?,
            Content::Workbook(_) => Vec::new(),
        };
        Ok((content, pages))
    }
}

/// Problems as a refusal tells them.
pub(crate) fn user_errors(problems: &[Problem]) -> Vec<UserError> {
    let error = |it: &Problem| {
        let parameters = it.all_parameters();
        let parameters: Vec<(&str, &str)> = parameters
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        UserError::new(it.code, &parameters)
    };
    problems.iter().map(error).collect()
}

pub(crate) fn rejected(problems: &[Problem]) -> Rejected {
    Rejected {
        errors: user_errors(problems),
        warnings: Vec::new(),
    }
}

/// A document that was made again, and still says what it said.
struct Made {
    content: Content,
    pages: Vec<Page>,
}

impl Handle {
    /// The pages of a document with every text at its place; none for a workbook. Whether the
    /// principal may see it was decided before.
    pub async fn document_pages(
        &self,
        tenant: &TenantId,
        document: &Document,
    ) -> Result<Vec<Page>, CommandError> {
        Ok(self.made(tenant, document).await?.pages)
    }

    /// The file of a document. Whether the principal may see it was decided before.
    pub async fn document_file(
        &self,
        tenant: &TenantId,
        document: &Document,
    ) -> Result<File, CommandError> {
        let made = self.made(tenant, document).await?;
        let id = format!("{}/{}", tenant.as_str(), document.id);
        let about = About {
            title: &document.title,
            author: &document.issued_by,
            issued_at: civil(document.issued_at),
            id: &id,
        };
        let (extension, media_type, bytes) = match &made.content {
            Content::Pages(_) => (
                "pdf",
                "application/pdf",
                pdf::write(&made.pages, &self.shared.documents.fonts, &about),
            ),
            Content::Workbook(it) => (
                "xlsx",
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                workbook::write(it, &about),
            ),
        };
        let bytes = bytes.map_err(|it| CommandError::Rejected(rejected(&it.0)))?;
        Ok(File {
            name: format!("{}-{}.{extension}", document.title, document.id),
            media_type,
            bytes,
        })
    }

    async fn made(&self, tenant: &TenantId, document: &Document) -> Result<Made, CommandError> {
        let documents = &self.shared.documents;
        let digest = &document.template_digest;
        let text = definition::get_resource(&self.shared.database, tenant, digest).await;
        let text = text.map_err(|error| CommandError::Failed {
            reason: error.to_string(),
        })?;
        let text = text.ok_or_else(|| changed(document))?;
        let template = documents.template(digest, &text);
        let template = template.map_err(CommandError::Rejected)?;
        let data = serde_json::from_str(&document.data).map_err(|_| changed(document))?;
        let when = (document.issued_at, &self.shared.zone);
        let (content, pages) = documents
            .content(&template, &data, when)
            .map_err(|it| CommandError::Rejected(rejected(&it.0)))?;
        if *content.digest() != *document.sha256 {
            tracing::error!(
                tenant.id = %tenant.as_str(),
                document.id = document.id,
                "a document does not say any more what it said when it was issued"
            );
            return Err(changed(document));
        }
        Ok(Made { content, pages })
    }
}

/// The form of the file that a template makes.
pub(crate) fn format_of(template: &Template) -> DocumentFormat {
    match template.format() {
        tongban_document::template::Format::Pdf => DocumentFormat::Pdf,
        tongban_document::template::Format::Xlsx => DocumentFormat::Xlsx,
    }
}

fn changed(document: &Document) -> CommandError {
    UserError::new("DOCUMENT_CHANGED", &[("id", &document.id.to_string())]).into()
}

/// Year, month, day, hour, minute and second in UTC.
fn civil(at: i64) -> [u16; 6] {
    let instant = jiff::Timestamp::from_microsecond(at).unwrap_or_default();
    let zoned = instant.to_zoned(jiff::tz::TimeZone::UTC);
    let small = |it: i8| u16::try_from(it).unwrap_or(0);
    [
        u16::try_from(zoned.year()).unwrap_or(0),
        small(zoned.month()),
        small(zoned.day()),
        small(zoned.hour()),
        small(zoned.minute()),
        small(zoned.second()),
    ]
}
