//! Item definitions as they stand in the file.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Reader;
use crate::diagnostic;
use crate::dmn::item::{self, ItemType, Kind};
use crate::dmn::xml::Element;
use crate::expression::Names;
use crate::types::Type;

impl Reader<'_> {
    pub(super) fn item_types(&mut self, root: &Element) {
        let definitions: BTreeMap<&str, &Element> = root
            .all("itemDefinition")
            .filter_map(|element| Some((element.attribute("name")?, element)))
            .collect();
        for element in root.all("itemDefinition") {
            let name = self.required(element, "name");
            self.define(name, &definitions, 0);
        }
    }

    fn define(
        &mut self,
        name: &str,
        definitions: &BTreeMap<&str, &Element>,
        depth: u32,
    ) -> Option<Arc<ItemType>> {
        if let Some(known) = self.types.get(name) {
            return Some(known.clone());
        }
        let element = *definitions.get(name)?;
        if depth > item::DEPTH_MAX {
            let message = format!("the type {name:?} is defined by itself or too deeply");
            self.error(diagnostic::DMN_TYPE, element, message);
            return None;
        }
        let of = Arc::new(self.item_type(element, definitions, depth + 1));
        self.types.insert(name.to_owned(), of.clone());
        Some(of)
    }

    fn item_type(
        &mut self,
        element: &Element,
        definitions: &BTreeMap<&str, &Element>,
        depth: u32,
    ) -> ItemType {
        let reference = element.first("typeRef").map(|it| it.text.trim());
        let components: Vec<&Element> = element.all("itemComponent").collect();
        let kind = if let Some(reference) = reference {
            let plain = reference.strip_prefix("feel:").unwrap_or(reference);
            match (Type::simple(plain), definitions.contains_key(plain)) {
                (_, true) => match self.define(plain, definitions, depth) {
                    Some(of) => Kind::Defined(of),
                    None => Kind::Simple(Type::Any),
                },
                (Some(of), false) => Kind::Simple(of),
                (None, false) => {
                    let message = format!("found no type {reference:?}");
                    self.error(diagnostic::DMN_TYPE, element, message);
                    Kind::Simple(Type::Any)
                }
            }
        } else if components.is_empty() {
            let is_function = element.first("functionItem").is_some();
            Kind::Simple(if is_function {
                Type::AnyFunction
            } else {
                Type::Any
            })
        } else {
            let mut read = Vec::with_capacity(components.len());
            for component in components {
                let name = Arc::from(self.required(component, "name"));
                read.push((name, self.item_type(component, definitions, depth)));
            }
            Kind::Components(read)
        };
        let allowed = self
            .allowed(element, "allowedValues")
            .or_else(|| self.allowed(element, "typeConstraint"));
        let is_collection = element.attribute("isCollection") == Some("true");
        ItemType {
            kind,
            is_collection,
            allowed,
        }
    }

    /// Whether a type of this name can be used in FEEL.
    pub(in crate::dmn) fn knows_type(&self, name: &str) -> bool {
        let plain = name.strip_prefix("feel:").unwrap_or(name);
        self.types.contains_key(plain) || Type::simple(plain).is_some()
    }

    pub(super) fn type_named(&mut self, name: &str, element: &Element) -> ItemType {
        let plain = name.strip_prefix("feel:").unwrap_or(name);
        if let Some(of) = self.types.get(plain) {
            return ItemType {
                kind: Kind::Defined(of.clone()),
                is_collection: false,
                allowed: None,
            };
        }
        match Type::simple(plain) {
            Some(of) => ItemType::simple(of),
            // What Camunda's modeler writes for numbers.
            None if ["integer", "long", "double"].contains(&plain) => {
                ItemType::simple(Type::Number)
            }
            None if plain.is_empty() || plain == "Any" => ItemType::simple(Type::Any),
            None => {
                let message = format!("found no type {name:?}");
                self.error(diagnostic::DMN_TYPE, element, message);
                ItemType::simple(Type::Any)
            }
        }
    }
}

/// Brings the names of components into scope behind a dot.
pub(super) fn add_members(of: &ItemType, names: &mut Names) {
    if let Kind::Components(components) = &of.kind {
        for (name, of) in components {
            names.add_member(name);
            add_members(of, names);
        }
    }
}
