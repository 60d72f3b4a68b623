//! `Light`: how much time is left, at a glance.

use async_graphql::dynamic::{Enum, EnumItem};
use async_graphql::{Error, Name, Value};
use tongban_core::escalation::Light;

use crate::builder::{Builder, NameClash};
use crate::session::failure;

pub(crate) const TYPE: &str = "Light";

pub(crate) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    let light = Enum::new(TYPE)
        .description("How much time is left.")
        .item(EnumItem::new("GREEN").description("There is time (绿灯)."))
        .item(EnumItem::new("YELLOW").description("It is running out (黄灯)."))
        .item(EnumItem::new("RED").description("It is the last day, or late (红灯)."));
    builder.register(light)
}

pub(crate) fn value(light: Light) -> Value {
    Value::Enum(Name::new(match light {
        Light::Green => "GREEN",
        Light::Yellow => "YELLOW",
        Light::Red => "RED",
    }))
}

pub(crate) fn parse(name: &str) -> Result<Light, Error> {
    match name {
        "GREEN" => Ok(Light::Green),
        "YELLOW" => Ok(Light::Yellow),
        "RED" => Ok(Light::Red),
        other => Err(failure("BAD_USER_INPUT", &format!("{other} is no light"))),
    }
}
