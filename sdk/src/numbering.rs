//! Gapless numbers (编号).

use crate::context::Context;
#[cfg(target_family = "wasm")]
use crate::host::Host;
use crate::host::NumberError;

impl Context {
    /// The next number of a series, formatted by its pattern in `plugin.toml`, with a value for
    /// each name of the series' scope. The number is taken inside the transaction: if the command
    /// is refused or only tried (`dry run`), nobody has used it.
    ///
    /// ```no_run
    /// # fn issue(ctx: &mut tongban_sdk::Context) -> Result<(), tongban_sdk::OperationError> {
    /// let year = ctx.today().year();
    /// let number = ctx.number("divorce_certificate", &[("area", &"150627"), ("year", &year)])?;
    /// # let _ = number;
    /// # Ok(())
    /// # }
    /// ```
    pub fn number(
        &mut self,
        series: &str,
        scope: &[(&str, &dyn ToString)],
    ) -> Result<String, NumberError> {
        let scope: Vec<(String, String)> = scope
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.to_string()))
            .collect();
        self.host().allocate_number(series, &scope)
    }
}
