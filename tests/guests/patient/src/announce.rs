//! A tool that says what has changed, as often as it is told to.

use wharf_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Announce {
    /// Which lists have changed: `tools`, `resources`, `prompts`.
    #[serde(default)]
    lists: Vec<String>,
    /// What is behind these URIs has changed.
    #[serde(default)]
    uris: Vec<String>,
    /// How often it is said. None: until the host ends the call.
    times: Option<u32>,
}

/// Says that lists and resources have changed.
#[tool]
pub(crate) fn announce(args: Announce, call: &Call) -> String {
    let mut said = 0_u32;
    while args.times.is_none_or(|times| said < times) {
        for list in &args.lists {
            match list.as_str() {
                "tools" => call.tools_changed(),
                "resources" => call.resources_changed(),
                _ => call.prompts_changed(),
            }
        }
        args.uris.iter().for_each(|uri| call.resource_updated(uri));
        said = said.wrapping_add(1);
    }
    format!("said {said} times")
}
