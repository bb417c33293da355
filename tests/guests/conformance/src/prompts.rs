//! Messages to start from.

use wharf_sdk::Error;
use wharf_sdk::prelude::*;

use crate::content::PNG;
use crate::notices::listed;

/// One message, without arguments.
#[prompt(meta = listed())]
pub(crate) fn test_simple_prompt() -> &'static str {
    "This is a simple prompt for testing."
}

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Arguments {
    /// First test argument
    arg1: String,
    /// Second test argument
    arg2: String,
}

/// One message with what it was given.
#[prompt]
pub(crate) fn test_prompt_with_arguments(args: Arguments) -> String {
    format!("Prompt with arguments: arg1='{}', arg2='{}'", args.arg1, args.arg2)
}

/// Words that begin with what was typed.
#[completion(of = test_prompt_with_arguments)]
pub(crate) fn arg1(typed: Typed) -> Vec<&'static str> {
    ["test", "testing", "text"].into_iter().filter(|word| word.starts_with(&typed.text)).collect()
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Embedded {
    /// URI of the resource to embed
    resource_uri: String,
}

/// A resource with what is in it.
#[prompt]
pub(crate) fn test_prompt_with_embedded_resource(args: Embedded) -> Filled {
    let contents = Contents::text(args.resource_uri, "text/plain", "Embedded resource content for testing.");
    Filled::user(Content::embedded(contents)).and_user("Please process the embedded resource above.")
}

/// A picture and a question.
#[prompt]
pub(crate) fn test_prompt_with_image() -> Filled {
    Filled::user(Content::image(PNG, "image/png")).and_user("Please analyze the image above.")
}

#[derive(Deserialize, JsonSchema)]
struct Context {
    context: String,
}

/// Asks for its context first.
#[prompt]
pub(crate) fn test_input_required_result_prompt(call: &Call) -> Result<Step<String>, Error> {
    match call.resumed().map_or(Ok(None), |resumed| resumed.form::<Context>("user_context"))? {
        Some(Context { context }) => Ok(Step::Done(format!("Use this context: {context}"))),
        None => {
            let asking = Asking::new(&())?;
            Ok(asking.form::<Context>("user_context", "What context should the prompt use?").into())
        }
    }
}
