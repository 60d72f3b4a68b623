//! The macros of the plugin SDK: they only connect an author's types and functions to the traits
//! of `tongban-sdk`, and know nothing else.

use proc_macro::TokenStream;
use quote::ToTokens;

mod operation;
mod record;

/// Makes a struct a record kind: `#[record(kind = "divorce_case")]`.
///
/// - `kind`: as `plugin.toml` declares it; lower case with underscores.
/// - `schema_version`: 1 if not said.
/// - `filter(name = "…", path = "/…")`, repeatable: where a declared filter lies in the body,
///   unless it is `/<name>`.
#[proc_macro_derive(Record, attributes(record))]
pub fn derive_record(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as syn::DeriveInput);
    record::expand(input)
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

/// Makes a function an operation: `#[operation(name = "acceptDivorceApplication")]`.
///
/// The function takes `&mut Context` and one input, and returns `Result<Output, OperationError>`.
/// Without a name, the operation is called as the function, in camel case. The function itself
/// stays as it is and can be called; beside it stands a type of the same name, which
/// `plugin!` lists.
#[proc_macro_attribute]
pub fn operation(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let function = syn::parse_macro_input!(item as syn::ItemFn);
    match operation::expand(arguments.into(), &function) {
        Ok(tokens) => tokens.into(),
        // The function is kept, so that one mistake is not reported as many.
        Err(error) => {
            let mut tokens = error.into_compile_error();
            function.to_tokens(&mut tokens);
            tokens.into()
        }
    }
}
