//! How what the core names stands in a row.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tongban_core::command::{ChildThrower, ParentLink};
use tongban_core::id::{Binding, ElementInstanceId, ProcessInstanceId};
use tongban_core::variable::Variables;

use crate::command::Principal;

/// A continuation row.
#[derive(Serialize, Deserialize)]
pub(super) struct Row<F> {
    /// Whose command left it; the engine's if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) by: Option<By>,
    /// What is left to be done.
    #[serde(rename = "do")]
    pub(super) left: F,
}

/// A principal.
#[derive(Serialize, Deserialize)]
pub(super) struct By {
    id: String,
    roles: Vec<String>,
    division: Option<String>,
    person: Option<String>,
}

impl From<&Principal> for By {
    fn from(principal: &Principal) -> By {
        let text = |it: &Option<std::sync::Arc<str>>| it.as_ref().map(ToString::to_string);
        By {
            id: principal.id.to_string(),
            roles: principal.roles.iter().map(ToString::to_string).collect(),
            division: text(&principal.division),
            person: text(&principal.person),
        }
    }
}

impl From<By> for Principal {
    fn from(by: By) -> Principal {
        Principal {
            id: by.id.into(),
            roles: by.roles.into_iter().map(Into::into).collect(),
            division: by.division.map(Into::into),
            person: by.person.map(Into::into),
        }
    }
}

/// The two functions that serde asks for, over a form that it knows.
macro_rules! forms {
    ($($(#[$doc:meta])* $name:ident: $core:ty as $form:ty { $to:expr, $from:expr })*) => {$(
        $(#[$doc])*
        pub(super) mod $name {
            use super::*;

            pub(in super::super) fn serialize<S: Serializer>(
                core: &$core,
                serializer: S,
            ) -> Result<S::Ok, S::Error> {
                let to: fn(&$core) -> $form = $to;
                to(core).serialize(serializer)
            }

            pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
                deserializer: D,
            ) -> Result<$core, D::Error> {
                let from: fn($form) -> Option<$core> = $from;
                from(<$form>::deserialize(deserializer)?)
                    .ok_or_else(|| D::Error::custom(concat!("not a ", stringify!($name))))
            }
        }
    )*};
}

forms! {
    /// Where a called process returns to: instance, element instance, depth.
    link: ParentLink as (i64, u32, u32) {
        |it| (it.instance.0, it.element_instance.0, it.depth),
        |(instance, element_instance, depth)| Some(ParentLink {
            instance: ProcessInstanceId(instance),
            element_instance: ElementInstanceId(element_instance),
            depth,
        })
    }

    /// The way back to a thrower: instances and element instances.
    path: Vec<ChildThrower> as Vec<(i64, u32)> {
        |it| it.iter().map(|it| (it.instance.0, it.element_instance.0)).collect(),
        |it| Some(it.into_iter().map(|(instance, element_instance)| ChildThrower {
            instance: ProcessInstanceId(instance),
            element_instance: ElementInstanceId(element_instance),
        }).collect())
    }

    /// Which version: `latest`, `deployment`, or `tag` with the tag behind it.
    binding: Binding as (String, Option<String>) {
        |it| match it {
            Binding::Latest => ("latest".to_owned(), None),
            Binding::Deployment => ("deployment".to_owned(), None),
            Binding::VersionTag(tag) => ("tag".to_owned(), Some(tag.to_string())),
        },
        |(kind, tag)| match (kind.as_str(), tag) {
            ("latest", None) => Some(Binding::Latest),
            ("deployment", None) => Some(Binding::Deployment),
            ("tag", Some(tag)) => Some(Binding::VersionTag(tag.into())),
            _ => None,
        }
    }

    /// Variables in their exact form.
    variables: Variables as serde_json::Value {
        crate::variables::encode,
        |it| crate::variables::decode(&it)
    }
}
