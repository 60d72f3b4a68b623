//! Masking of personal data in records: who may not see a value clearly sees its shape.
//!
//! Rules are those of the identifier conventions (`first 6 and last 4` of a resident id, …). A masked value is made
//! here, after loading, and never reaches a filter or an order.

use serde_json::Value as Json;
use tongban_runtime::catalogue::{MaskKind, MaskedEntry};

use crate::auth::principal::Principal;

/// Masks in `body` what `principal` may not see clearly.
pub(crate) fn apply(body: &mut Json, masked: &[MaskedEntry], principal: &Principal) {
    for entry in masked {
        if !entry.clear_for.iter().any(|it| principal.has_role(it)) {
            let path: Vec<&str> = entry.path.split('/').skip(1).collect();
            at_path(body, &path, entry.rule);
        }
    }
}

fn at_path(value: &mut Json, path: &[&str], rule: MaskKind) {
    let Some((head, rest)) = path.split_first() else {
        mask(value, rule);
        return;
    };
    match value {
        Json::Array(items) if *head == "*" => {
            items.iter_mut().for_each(|it| at_path(it, rest, rule))
        }
        Json::Object(map) if *head == "*" => {
            map.values_mut().for_each(|it| at_path(it, rest, rule))
        }
        Json::Array(items) => {
            if let Some(item) = head.parse::<usize>().ok().and_then(|n| items.get_mut(n)) {
                at_path(item, rest, rule);
            }
        }
        Json::Object(map) => {
            if let Some(member) = map.get_mut(*head) {
                at_path(member, rest, rule);
            }
        }
        _ => {}
    }
}

fn mask(value: &mut Json, rule: MaskKind) {
    let masked = match (&*value, rule) {
        (Json::String(text), MaskKind::ResidentId) => keep(text, 6, 4),
        (Json::String(text), MaskKind::Phone) => keep(text, 3, 4),
        (Json::String(text), MaskKind::Name) => keep(text, 1, 0),
        (Json::String(text), MaskKind::Address) => keep(text, 6, 0),
        (Json::String(_), MaskKind::Full) => "***".to_owned(),
        // Stars would not be of the type that a list, a number or an object has in the schema.
        _ => {
            *value = Json::Null;
            return;
        }
    };
    *value = Json::String(masked);
}

/// The first and last characters of `text` with stars between; stars alone if it is too short to hide anything.
fn keep(text: &str, n_first: usize, n_last: usize) -> String {
    let chars: Vec<char> = text.chars().collect();
    if chars.len() <= n_first + n_last {
        return "*".repeat(chars.len());
    }
    let n_hidden = chars.len() - n_first - n_last;
    let first = chars.iter().take(n_first);
    let last = chars.iter().skip(n_first + n_hidden);
    first
        .copied()
        .chain(std::iter::repeat_n('*', n_hidden))
        .chain(last.copied())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn principal(roles: &[&str]) -> Principal {
        Principal {
            id: "p".into(),
            tenant: "150627".into(),
            division: "150627".into(),
            roles: roles.iter().map(|&it| it.into()).collect(),
            person: None,
            job_types: Vec::new(),
            expires_at: 0,
        }
    }

    #[test]
    fn an_identity_number_is_clear_only_for_the_declared_roles() {
        let masked = [MaskedEntry {
            path: "/parties/*/idNumber".to_owned(),
            rule: MaskKind::ResidentId,
            clear_for: vec!["REGISTRAR".into()],
        }];
        let body =
            json!({ "parties": [{ "idNumber": "150603199909099096" }, { "idNumber": null }] });
        let mut seen = body.clone();
        apply(&mut seen, &masked, &principal(&["RECEPTION"]));
        assert_eq!(seen["parties"][0]["idNumber"], "150603********9096");
        assert_eq!(seen["parties"][1]["idNumber"], Json::Null);
        let mut seen = body.clone();
        apply(&mut seen, &masked, &principal(&["REGISTRAR"]));
        assert_eq!(seen, body);
    }

    #[test]
    fn what_has_no_shape_to_show_is_absent() {
        let masked = |path: &str| MaskedEntry {
            path: path.to_owned(),
            rule: MaskKind::Full,
            clear_for: Vec::new(),
        };
        let mut body = json!({ "note": "secret", "flags": ["RISK"], "nth": 3, "other": 4 });
        let entries = [masked("/note"), masked("/flags"), masked("/nth")];
        apply(&mut body, &entries, &principal(&["REGISTRAR"]));
        let seen = json!({ "note": "***", "flags": null, "nth": null, "other": 4 });
        assert_eq!(body, seen);
    }

    #[test]
    fn a_value_too_short_to_hide_is_hidden_whole() {
        assert_eq!(keep("1234", 3, 4), "****");
        assert_eq!(keep("王小明", 1, 0), "王**");
    }
}
