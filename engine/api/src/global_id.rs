//! Relay global ids: opaque to clients, type and row id to us.
//!
//! A global id is no permission: whoever resolves one authorizes as everywhere else. It does not name the
//! tenant, which always comes from the principal, so an id of another county finds nothing.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The type and row id behind a GraphQL `ID`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GlobalId {
    /// GraphQL type name, such as `UserTask`.
    pub type_name: String,
    /// Row id in the form its type understands, such as `42:7`.
    pub row_id: String,
}

impl GlobalId {
    /// The id of `row_id` of `type_name`.
    pub fn new(type_name: impl Into<String>, row_id: impl ToString) -> Self {
        Self {
            type_name: type_name.into(),
            row_id: row_id.to_string(),
        }
    }

    /// The opaque text handed to clients.
    pub fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(format!("{}:{}", self.type_name, self.row_id))
    }

    /// Reads what `encode` wrote; `None` for anything else.
    pub fn decode(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let plain = String::from_utf8(bytes).ok()?;
        let (type_name, row_id) = plain.split_once(':')?;
        let named = !type_name.is_empty() && type_name.bytes().all(|b| b.is_ascii_alphanumeric());
        named.then(|| Self::new(type_name, row_id))
    }

    /// The row id if `text` is an id of `type_name`.
    pub fn row_of(text: &str, type_name: &str) -> Option<String> {
        let id = Self::decode(text)?;
        (id.type_name == type_name).then_some(id.row_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_the_round_trip() {
        let id = GlobalId::new("UserTask", "42:7");
        assert_eq!(GlobalId::decode(&id.encode()), Some(id));
    }

    #[test]
    fn foreign_text_is_no_id() {
        for text in ["", "x", "é", "VXNlclRhc2s", "OjQy", "PGE-OjE"] {
            assert_eq!(GlobalId::decode(text), None, "{text}");
        }
    }

    #[test]
    fn an_id_of_another_type_names_no_row() {
        let id = GlobalId::new("UserTask", "1:2").encode();
        assert_eq!(GlobalId::row_of(&id, "Incident"), None);
        assert_eq!(GlobalId::row_of(&id, "UserTask").as_deref(), Some("1:2"));
    }
}
