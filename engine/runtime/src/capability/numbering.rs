//! Gapless numbers, taken within the transaction.

use std::collections::BTreeMap;

use tongban_host::capability::numbering::{NumberError, Numbering};
use tongban_host::manifest::NumberSeries;

use super::{CallCapabilities, unavailable};

impl Numbering for CallCapabilities {
    fn allocate_number(
        &mut self,
        series: &NumberSeries,
        scope: &BTreeMap<String, String>,
    ) -> Result<u64, NumberError> {
        let name = name_of(series, scope);
        let allocate = self.unit.allocate_number(&name);
        let number = CallCapabilities::wait(&self.runtime, allocate)
            .map_err(|error| NumberError::Unavailable(unavailable(error)))?;
        self.has_allocated = true;
        u64::try_from(number).map_err(|_| NumberError::Exhausted(name))
    }
}

/// The series with its scope, in the order in which the manifest declares it.
fn name_of(series: &NumberSeries, scope: &BTreeMap<String, String>) -> String {
    let mut name = series.name.clone();
    for part in &series.scope {
        name.push('/');
        name.push_str(scope.get(part).map_or("", String::as_str));
    }
    name
}
