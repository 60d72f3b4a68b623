//! Between the core's types and their stored forms: converted field by field, by hand-made rules.
//!
//! A stored form borrows from the core when it is written and from the bytes when it is read, so
//! that neither copies texts twice.

use std::collections::BTreeMap;
use std::sync::Arc;

use tongban_core::id::{
    CompensationId, DefinitionId, ElementIdx, ElementInstanceId, FlowIdx, IncidentId, Instant,
    JobId, ProcessInstanceId, SubscriptionId, TimerId, UserTaskId,
};

/// Stored bytes that are not what we wrote.
#[derive(Debug, thiserror::Error)]
pub(super) enum Damaged {
    /// They do not have the form.
    #[error("the bytes do not have the form of this version")]
    Form(#[from] postcard::Error),
    /// They have the form, but not the meaning.
    #[error("{0} is not a valid value")]
    Value(&'static str),
}

/// The stored form of a core type.
pub(super) trait Wire<'a, Core>: Sized {
    /// The stored form.
    fn of(core: &'a Core) -> Self;
    /// The core's value.
    fn into_core(self) -> Result<Core, Damaged>;
}

macro_rules! same {
    ($($plain:ty),*) => {$(
        impl<'a> Wire<'a, $plain> for $plain {
            fn of(core: &'a $plain) -> Self {
                *core
            }
            fn into_core(self) -> Result<$plain, Damaged> {
                Ok(self)
            }
        }
    )*};
}

same!(bool, u8, u32, u64, i64);

macro_rules! number {
    ($($core:ident($plain:ty)),*) => {$(
        impl<'a> Wire<'a, $core> for $plain {
            fn of(core: &'a $core) -> Self {
                core.0
            }
            fn into_core(self) -> Result<$core, Damaged> {
                Ok($core(self))
            }
        }
    )*};
}

number!(
    ProcessInstanceId(i64),
    DefinitionId(i64),
    Instant(i64),
    ElementIdx(u32),
    FlowIdx(u32),
    ElementInstanceId(u32),
    JobId(u32),
    TimerId(u32),
    SubscriptionId(u32),
    CompensationId(u32),
    IncidentId(u32),
    UserTaskId(u32)
);

impl<'a> Wire<'a, Arc<str>> for &'a str {
    fn of(core: &'a Arc<str>) -> Self {
        core
    }
    fn into_core(self) -> Result<Arc<str>, Damaged> {
        Ok(Arc::from(self))
    }
}

impl<'a, C: 'a, W: Wire<'a, C>> Wire<'a, Option<C>> for Option<W> {
    fn of(core: &'a Option<C>) -> Self {
        core.as_ref().map(W::of)
    }
    fn into_core(self) -> Result<Option<C>, Damaged> {
        self.map(W::into_core).transpose()
    }
}

impl<'a, C: 'a, W: Wire<'a, C>> Wire<'a, Vec<C>> for Vec<W> {
    fn of(core: &'a Vec<C>) -> Self {
        core.iter().map(W::of).collect()
    }
    fn into_core(self) -> Result<Vec<C>, Damaged> {
        self.into_iter().map(W::into_core).collect()
    }
}

impl<'a, C: 'a, D: 'a, A: Wire<'a, C>, B: Wire<'a, D>> Wire<'a, (C, D)> for (A, B) {
    fn of((left, right): &'a (C, D)) -> Self {
        (A::of(left), B::of(right))
    }
    fn into_core(self) -> Result<(C, D), Damaged> {
        Ok((self.0.into_core()?, self.1.into_core()?))
    }
}

impl<'a, K, V, A, B> Wire<'a, BTreeMap<K, V>> for Vec<(A, B)>
where
    K: Ord + 'a,
    V: 'a,
    A: Wire<'a, K>,
    B: Wire<'a, V>,
{
    fn of(core: &'a BTreeMap<K, V>) -> Self {
        core.iter()
            .map(|(key, value)| (A::of(key), B::of(value)))
            .collect()
    }
    fn into_core(self) -> Result<BTreeMap<K, V>, Damaged> {
        self.into_iter()
            .map(|(key, value)| Ok((key.into_core()?, value.into_core()?)))
            .collect()
    }
}

impl<'a, C: 'a, W: Wire<'a, C>> Wire<'a, Box<C>> for Box<W> {
    fn of(core: &'a Box<C>) -> Self {
        Box::new(W::of(core))
    }
    fn into_core(self) -> Result<Box<C>, Damaged> {
        (*self).into_core().map(Box::new)
    }
}

/// A stored form with the same fields as a struct of the core.
macro_rules! wire_struct {
    ($name:ident<'a> = $core:ident { $($field:ident: $form:ty),* $(,)? }) => {
        #[derive(Debug, serde::Serialize, serde::Deserialize)]
        #[serde(bound(deserialize = "'de: 'a"))]
        pub(super) struct $name<'a> { $($field: $form),* }
        wire_struct!(@convert [$name<'a>] $name $core $($field)*);
    };
    ($name:ident = $core:ident { $($field:ident: $form:ty),* $(,)? }) => {
        #[derive(Debug, serde::Serialize, serde::Deserialize)]
        pub(super) struct $name { $($field: $form),* }
        wire_struct!(@convert [$name] $name $core $($field)*);
    };
    (@convert [$form:ty] $name:ident $core:ident $($field:ident)*) => {
        impl<'a> Wire<'a, $core> for $form {
            fn of(core: &'a $core) -> Self {
                $name { $($field: Wire::of(&core.$field)),* }
            }
            fn into_core(self) -> Result<$core, Damaged> {
                Ok($core { $($field: self.$field.into_core()?),* })
            }
        }
    };
}

/// A stored form with the same variants as an enum of the core. The order is part of the form:
/// a variant's number is its place, so new ones come last.
macro_rules! wire_enum {
    ($name:ident<'a> = $core:ident { $($variants:tt)* }) => {
        wire_enum!(@define [#[serde(bound(deserialize = "'de: 'a"))]] [$name<'a>] [<'a>] $name $core $($variants)*);
    };
    ($name:ident = $core:ident { $($variants:tt)* }) => {
        wire_enum!(@define [] [$name] [] $name $core $($variants)*);
    };
    (@define [$($attribute:tt)*] [$form:ty] [$($generics:tt)*] $name:ident $core:ident $(
        $variant:ident
        $(($bound:ident: $inner:ty))?
        $({ $($field:ident: $field_form:ty),* $(,)? })?
    ),* $(,)?) => {
        #[derive(Debug, serde::Serialize, serde::Deserialize)]
        $($attribute)*
        pub(super) enum $name $($generics)* {
            $($variant $(($inner))? $({ $($field: $field_form),* })?),*
        }
        impl<'a> Wire<'a, $core> for $form {
            fn of(core: &'a $core) -> Self {
                match core {
                    $($core::$variant $(($bound))? $({ $($field),* })? => {
                        $name::$variant $((Wire::of($bound)))? $({ $($field: Wire::of($field)),* })?
                    })*
                }
            }
            fn into_core(self) -> Result<$core, Damaged> {
                Ok(match self {
                    $($name::$variant $(($bound))? $({ $($field),* })? => {
                        $core::$variant $(($bound.into_core()?))? $({ $($field: $field.into_core()?),* })?
                    })*
                })
            }
        }
    };
}

pub(super) use {wire_enum, wire_struct};
