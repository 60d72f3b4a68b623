//! `#[derive(Record)]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Error, LitInt, LitStr, Result};

#[derive(Default)]
struct Attributes {
    kind: Option<LitStr>,
    schema_version: Option<LitInt>,
    filters: Vec<(LitStr, LitStr)>,
}

pub(crate) fn expand(input: DeriveInput) -> Result<TokenStream> {
    if !matches!(input.data, Data::Struct(_)) {
        return Err(Error::new(
            input.span(),
            "expected a struct: a record is one JSON object",
        ));
    }
    if !input.generics.params.is_empty() {
        let text = "expected a record without type or lifetime parameters";
        return Err(Error::new(input.generics.span(), text));
    }
    let Attributes {
        kind,
        schema_version,
        filters,
    } = attributes(&input)?;
    let Some(kind) = kind else {
        let text = "expected `#[record(kind = \"…\")]`, the kind that plugin.toml declares";
        return Err(Error::new(input.ident.span(), text));
    };
    check_kind(&kind)?;
    let schema_version = match schema_version {
        Some(version) => version.base10_parse::<u32>()?,
        None => 1,
    };
    let ident = &input.ident;
    let (names, paths): (Vec<_>, Vec<_>) = filters.into_iter().unzip();
    Ok(quote! {
        impl ::tongban_sdk::Record for #ident {
            const KIND: &'static str = #kind;
            const SCHEMA_VERSION: u32 = #schema_version;
            const FILTERS: &'static [::tongban_sdk::FilterPath] = &[
                #(::tongban_sdk::FilterPath { name: #names, path: #paths }),*
            ];
        }
    })
}

fn attributes(input: &DeriveInput) -> Result<Attributes> {
    let mut attributes = Attributes::default();
    for attribute in input.attrs.iter().filter(|it| it.path().is_ident("record")) {
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("kind") {
                attributes.kind = Some(meta.value()?.parse()?);
            } else if meta.path.is_ident("schema_version") {
                attributes.schema_version = Some(meta.value()?.parse()?);
            } else if meta.path.is_ident("filter") {
                attributes.filters.push(filter(&meta)?);
            } else {
                return Err(meta.error("expected `kind`, `schema_version` or `filter`"));
            }
            Ok(())
        })?;
    }
    Ok(attributes)
}

fn filter(filter: &syn::meta::ParseNestedMeta<'_>) -> Result<(LitStr, LitStr)> {
    let (mut name, mut path) = (None, None);
    filter.parse_nested_meta(|meta| {
        let value = if meta.path.is_ident("name") {
            &mut name
        } else if meta.path.is_ident("path") {
            &mut path
        } else {
            return Err(meta.error("expected `name` or `path`"));
        };
        *value = Some(meta.value()?.parse::<LitStr>()?);
        Ok(())
    })?;
    match (name, path) {
        (Some(name), Some(path)) if path.value().starts_with('/') => Ok((name, path)),
        _ => Err(filter.error("expected `filter(name = \"…\", path = \"/…\")`")),
    }
}

fn check_kind(kind: &LitStr) -> Result<()> {
    let text = kind.value();
    let fits = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_';
    if text.starts_with(|it: char| it.is_ascii_lowercase()) && text.chars().all(fits) {
        return Ok(());
    }
    Err(Error::new(
        kind.span(),
        "expected lower-case letters, digits and `_`, as `divorce_case`",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(source: &str) -> String {
        expand(syn::parse_str(source).unwrap())
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn a_record_needs_a_kind_in_snake_case() {
        let missing = "expected `#[record(kind = \"…\")]`, the kind that plugin.toml declares";
        assert_eq!(refused("struct Case {}"), missing);
        let text = "expected lower-case letters, digits and `_`, as `divorce_case`";
        assert_eq!(
            refused("#[record(kind = \"DivorceCase\")] struct Case {}"),
            text
        );
        assert_eq!(refused("#[record(kind = \"\")] struct Case {}"), text);
    }

    #[test]
    fn an_unknown_attribute_is_refused() {
        let text = "expected `kind`, `schema_version` or `filter`";
        assert_eq!(
            refused("#[record(kind = \"case\", table = \"t\")] struct Case {}"),
            text
        );
        let text = "expected `filter(name = \"…\", path = \"/…\")`";
        assert_eq!(
            refused("#[record(kind = \"case\", filter(name = \"n\"))] struct Case {}"),
            text
        );
    }

    #[test]
    fn only_a_plain_struct_is_a_record() {
        assert!(refused("enum Case {}").starts_with("expected a struct"));
        let generic = refused("#[record(kind = \"case\")] struct Case<T> { it: T }");
        assert!(generic.starts_with("expected a record without"));
    }

    #[test]
    fn filters_and_version_are_carried_over() {
        let source = "#[record(kind = \"case\", schema_version = 3)]
             #[record(filter(name = \"dueOn\", path = \"/due/on\"))] struct Case {}";
        let expanded = expand(syn::parse_str(source).unwrap()).unwrap().to_string();
        assert!(
            expanded.contains("SCHEMA_VERSION : u32 = 3u32"),
            "{expanded}"
        );
        assert!(
            expanded.contains("name : \"dueOn\" , path : \"/due/on\""),
            "{expanded}"
        );
    }
}
