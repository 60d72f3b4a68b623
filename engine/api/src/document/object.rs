//! `IssuedDocument` and the pages of its preview.

use async_graphql::dynamic::{Enum, EnumItem, Field, FieldFuture, FieldValue, Object, TypeRef};
use async_graphql::{Name, Value};
use tongban_runtime::document::{Area, Page, PageText, Rule};
use tongban_store::row::document::{Document, DocumentFormat};

use crate::builder::{Builder, NameClash, leaf};
use crate::connection;
use crate::global_id::GlobalId;
use crate::scalar::{self, DateTime};

/// Not `Document`: plugins have identity documents of that name.
pub(crate) const TYPE: &str = "IssuedDocument";
pub(crate) const PAGE: &str = "IssuedDocumentPage";
const TEXT: &str = "IssuedDocumentText";
const RULE: &str = "IssuedDocumentRule";
const AREA: &str = "IssuedDocumentArea";

pub(crate) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    let format = Enum::new("IssuedDocumentFormat")
        .description("The form of a document's file.")
        .item(EnumItem::new("PDF").description("Pages."))
        .item(EnumItem::new("XLSX").description("A workbook."));
    builder.register(format)?;
    builder.register(text())?;
    builder.register(rule())?;
    builder.register(area())?;
    builder.register(page())?;
    builder.register(object())?;
    connection::register::<Document>(builder, TYPE, into_node)
}

pub(crate) fn into_node(document: &Document) -> FieldValue<'static> {
    FieldValue::owned_any(document.clone())
}

fn object() -> Object {
    let string = |name: &str, description: &str, read: fn(&Document) -> &str| {
        let ty = TypeRef::named_nn(TypeRef::STRING);
        leaf(name, ty, description, move |it: &Document, _| {
            Some(Value::from(read(it)))
        })
    };
    Object::new(TYPE)
        .description(
            "A document (文书) as it was issued. Its file is made of it when it is asked for.",
        )
        .field(leaf(
            "id",
            TypeRef::named_nn(TypeRef::ID),
            "Global id.",
            |it: &Document, _| Some(Value::from(GlobalId::new(TYPE, it.id).encode())),
        ))
        .field(string("key", "The key under which it is declared.", |it| {
            &it.key
        }))
        .field(string("title", "Its title.", |it| &it.title))
        .field(leaf(
            "format",
            TypeRef::named_nn("IssuedDocumentFormat"),
            "The form of its file.",
            |it: &Document, _| {
                Some(Value::Enum(Name::new(match it.format {
                    DocumentFormat::Pdf => "PDF",
                    DocumentFormat::Xlsx => "XLSX",
                })))
            },
        ))
        .field(string(
            "recordKind",
            "The kind of the record it belongs to.",
            |it| &it.record.0,
        ))
        .field(string("recordId", "The record it belongs to.", |it| {
            &it.record.1
        }))
        .field(string(
            "templateVersion",
            "The digest of the template it is made of.",
            |it| &it.template_digest,
        ))
        .field(string(
            "sha256",
            "The SHA-256 of all that it says; it is made again only while that is the same.",
            |it| &it.sha256,
        ))
        .field(leaf(
            "issuedAt",
            TypeRef::named_nn(scalar::DATE_TIME),
            "When it was issued.",
            |it: &Document, _| Some(DateTime(it.issued_at).value()),
        ))
        .field(string("issuedBy", "By whom.", |it| &it.issued_by))
        .field(leaf(
            "downloadPath",
            TypeRef::named_nn(TypeRef::STRING),
            "Where its file lies on this server; asked for with the same token.",
            |it: &Document, _| {
                let id = GlobalId::new(TYPE, it.id).encode();
                Some(Value::from(format!("/documents/{id}")))
            },
        ))
}

/// A length: millimeters with three digits, as a decimal text.
fn length<T: Send + Sync + 'static>(name: &str, description: &str, read: fn(&T) -> i64) -> Field {
    let description = format!("{description} Millimeters.");
    leaf(
        name,
        TypeRef::named_nn(TypeRef::STRING),
        &description,
        move |it: &T, _| Some(Value::from(millimeters(read(it)))),
    )
}

fn millimeters(length_um: i64) -> String {
    let sign = if length_um < 0 { "-" } else { "" };
    let length = length_um.unsigned_abs();
    format!("{sign}{}.{:03}", length / 1000, length % 1000)
}

fn page() -> Object {
    Object::new(PAGE)
        .description("A page, from its top left corner.")
        .field(length("width", "Its width.", |it: &Page| it.width_um))
        .field(length("height", "Its height.", |it: &Page| it.height_um))
        .field(list("texts", TEXT, "Its texts.", |it| it.texts.clone()))
        .field(list("rules", RULE, "Its lines.", |it| it.rules.clone()))
        .field(list(
            "areas",
            AREA,
            "Where seals and signatures belong.",
            |it| it.areas.clone(),
        ))
}

fn list<T: Send + Sync + 'static>(
    name: &str,
    item: &str,
    description: &str,
    read: fn(&Page) -> Vec<T>,
) -> Field {
    Field::new(name, TypeRef::named_nn_list_nn(item), move |ctx| {
        let page = ctx.parent_value.try_downcast_ref::<Page>().map(read);
        let items =
            page.map(|it| Some(FieldValue::list(it.into_iter().map(FieldValue::owned_any))));
        FieldFuture::new(std::future::ready(items))
    })
    .description(description)
}

fn text() -> Object {
    let string = |name: &str, description: &str, read: fn(&PageText) -> &str| {
        let ty = TypeRef::named_nn(TypeRef::STRING);
        leaf(name, ty, description, move |it: &PageText, _| {
            Some(Value::from(read(it)))
        })
    };
    Object::new(TEXT)
        .description("A line of text of one size.")
        .field(string("name", "The field or block it belongs to.", |it| {
            &it.name
        }))
        .field(string("text", "What it says.", |it| &it.text))
        .field(string("font", "The kind of type.", |it| &it.style))
        .field(length("x", "Where it begins.", |it: &PageText| it.x_um))
        .field(length(
            "baseline",
            "The line on which the letters stand, from the upper edge.",
            |it: &PageText| it.baseline_um,
        ))
        .field(length("width", "How wide it is.", |it: &PageText| {
            it.width_um
        }))
        .field(length(
            "size",
            "The size of the letters.",
            |it: &PageText| it.size_um,
        ))
}

fn rule() -> Object {
    Object::new(RULE)
        .description("A straight line.")
        .field(length("x", "Where it begins.", |it: &Rule| it.x_um))
        .field(length("y", "Where it begins.", |it: &Rule| it.y_um))
        .field(length("toX", "Where it ends.", |it: &Rule| it.to_x_um))
        .field(length("toY", "Where it ends.", |it: &Rule| it.to_y_um))
        .field(length("thickness", "How thick it is.", |it: &Rule| {
            it.thickness_um
        }))
}

fn area() -> Object {
    Object::new(AREA)
        .description("A place that is kept free for a seal or a signature.")
        .field(leaf(
            "name",
            TypeRef::named_nn(TypeRef::STRING),
            "By which a seal service finds it.",
            |it: &Area, _| Some(Value::from(it.name.as_str())),
        ))
        .field(length("x", "The left side.", |it: &Area| it.x_um))
        .field(length("y", "The upper side.", |it: &Area| it.y_um))
        .field(length("width", "How wide it is.", |it: &Area| it.width_um))
        .field(length("height", "How high it is.", |it: &Area| {
            it.height_um
        }))
}
