//! Changes of the configuration: written, checked, approved by a second person, in effect from a day.

pub(crate) mod mutation;
pub(crate) mod object;
pub(crate) mod query;

use tongban_runtime::catalogue::Catalogue;

use crate::auth::right::Right;

/// Whoever has a role that configures, as the plugins declare it, or administers the bureau.
pub(crate) fn right(catalogue: &Catalogue) -> Right {
    let roles = catalogue.plugins.values().flat_map(|it| &it.roles);
    let codes = roles
        .filter(|it| it.configures)
        .map(|it| it.code.to_string());
    Right::Configurator(codes.collect())
}
