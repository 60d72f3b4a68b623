//! `#[operation]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::Parser;
use syn::spanned::Spanned;
use syn::{Error, FnArg, ItemFn, LitStr, Result, ReturnType, Signature};

pub(crate) fn expand(arguments: TokenStream, function: &ItemFn) -> Result<TokenStream> {
    let name = name(arguments, &function.sig)?;
    check_signature(&function.sig)?;
    let input = match &function.sig.inputs[1] {
        FnArg::Typed(input) => &input.ty,
        FnArg::Receiver(receiver) => return Err(Error::new(receiver.span(), EXPECTED)),
    };
    let ReturnType::Type(_, output) = &function.sig.output else {
        return Err(Error::new(function.sig.span(), EXPECTED));
    };
    let ident = &function.sig.ident;
    let visibility = &function.vis;
    let doc = format!("The operation `{name}`, for the list in `plugin!`.");
    Ok(quote! {
        #function

        #[doc = #doc]
        #[expect(non_camel_case_types, reason = "named as the function it stands for")]
        #visibility struct #ident {}

        impl ::tongban_sdk::Operation for #ident {
            const NAME: &'static str = #name;
            type Input = #input;
            type Output = <#output as ::tongban_sdk::OperationResult>::Output;

            fn run(
                ctx: &mut ::tongban_sdk::Context,
                input: Self::Input,
            ) -> ::core::result::Result<Self::Output, ::tongban_sdk::OperationError> {
                ::tongban_sdk::OperationResult::into_result(#ident(ctx, input))
            }
        }
    })
}

const EXPECTED: &str =
    "expected `fn name(ctx: &mut Context, input: Input) -> Result<Output, OperationError>`";

fn check_signature(signature: &Signature) -> Result<()> {
    let is_plain = signature.asyncness.is_none()
        && signature.unsafety.is_none()
        && signature.generics.params.is_empty()
        && signature.variadic.is_none();
    if is_plain && signature.inputs.len() == 2 {
        return Ok(());
    }
    Err(Error::new(signature.span(), EXPECTED))
}

fn name(arguments: TokenStream, signature: &Signature) -> Result<String> {
    let mut name: Option<LitStr> = None;
    let parser = syn::meta::parser(|meta| {
        if !meta.path.is_ident("name") {
            return Err(meta.error("expected `name = \"…\"`; everything else is in plugin.toml"));
        }
        name = Some(meta.value()?.parse()?);
        Ok(())
    });
    parser.parse2(arguments)?;
    let Some(name) = name else {
        return Ok(camel_case(&signature.ident.to_string()));
    };
    let text = name.value();
    let fits = text.starts_with(|it: char| it.is_ascii_lowercase())
        && text.chars().all(|it| it.is_ascii_alphanumeric());
    if fits {
        return Ok(text);
    }
    Err(Error::new(
        name.span(),
        "expected a name in camel case, as `acceptDivorceApplication`",
    ))
}

fn camel_case(snake_case: &str) -> String {
    let mut words = snake_case
        .trim_start_matches("r#")
        .split('_')
        .filter(|it| !it.is_empty());
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| {
        let (head, tail) = word.split_at(1);
        name + &head.to_ascii_uppercase() + tail
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(arguments: &str, function: &str) -> Result<String> {
        let function = syn::parse_str(function)?;
        expand(arguments.parse()?, &function).map(|it| it.to_string())
    }

    const FUNCTION: &str = "fn accept_case(ctx: &mut Context, input: In) -> Outcome { todo }";

    #[test]
    fn the_name_is_given_or_made_of_the_function() {
        let named = expanded("name = \"accept\"", FUNCTION).unwrap();
        assert!(
            named.contains("NAME : & 'static str = \"accept\""),
            "{named}"
        );
        let unnamed = expanded("", FUNCTION).unwrap();
        assert!(
            unnamed.contains("NAME : & 'static str = \"acceptCase\""),
            "{unnamed}"
        );
        assert_eq!(camel_case("a__b_c2"), "aBC2");
    }

    #[test]
    fn a_name_that_is_not_in_camel_case_is_refused() {
        for name in ["Accept", "accept_case", "accept-case", ""] {
            let error = expanded(&format!("name = {name:?}"), FUNCTION).unwrap_err();
            assert!(
                error
                    .to_string()
                    .starts_with("expected a name in camel case"),
                "{name}"
            );
        }
        let error = expanded("exposed = true", FUNCTION)
            .unwrap_err()
            .to_string();
        assert!(error.starts_with("expected `name = "), "{error}");
    }

    #[test]
    fn a_function_of_another_form_is_refused() {
        for function in [
            "fn f() -> R {}",
            "fn f(ctx: &mut Context) -> R {}",
            "fn f(ctx: &mut Context, input: In) {}",
            "fn f(ctx: &mut Context, input: In, more: In) -> R {}",
            "async fn f(ctx: &mut Context, input: In) -> R {}",
            "fn f<T>(ctx: &mut Context, input: T) -> R {}",
        ] {
            assert_eq!(
                expanded("", function).unwrap_err().to_string(),
                EXPECTED,
                "{function}"
            );
        }
    }
}
