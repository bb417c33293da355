//! Roasts coffee: asks how, then waits until it is done.

use std::time::Duration;

use wharf_sdk::prelude::*;
use wharf_sdk::{Abilities, Error};

#[derive(Deserialize, JsonSchema)]
struct Order {
    /// How much, in grams.
    grams: u32,
}

/// What the person at the client fills in.
#[derive(Deserialize, JsonSchema)]
struct Wish {
    /// How long it is roasted, in minutes.
    #[schemars(range(min = 1, max = 20))]
    minutes: u32,
}

/// What is known from one call to the next.
#[derive(Serialize, Deserialize)]
enum State {
    Asked,
    Roasting { minutes_left: u32 },
}

/// Roasts coffee, which takes a while.
#[tool(tasks = "optional", destructive = false)]
fn roast(order: Order, call: &Call) -> Result<Step<String>, Error> {
    let Some(resumed) = call.resumed() else {
        return if call.client_can().contains(Abilities::FORM) { ask() } else { wait(12) };
    };
    match resumed.state()? {
        State::Asked => match resumed.form::<Wish>("wish")? {
            Some(wish) => wait(wish.minutes),
            None if resumed.reply("wish").is_none() => ask(),
            None => Ok(Step::Done("Nobody wants it: nothing was roasted.".into())),
        },
        State::Roasting { minutes_left: 0 } => Ok(Step::Done(format!("{} g of coffee are roasted.", order.grams))),
        State::Roasting { minutes_left } => wait(minutes_left),
    }
}

fn ask() -> Result<Step<String>, Error> {
    Ok(Step::Ask(Asking::new(&State::Asked)?.form::<Wish>("wish", "How do you like your coffee?")))
}

fn wait(minutes: u32) -> Result<Step<String>, Error> {
    let state = State::Roasting { minutes_left: minutes.saturating_sub(1) };
    Ok(Step::Pause(Pause::new(Duration::from_mins(1), &state)?))
}

wharf_sdk::plugin! { tools: [roast] }

#[cfg(test)]
mod tests {
    use wharf_sdk::testing::{self, Facts};
    use wharf_sdk::{Answer, Reply, Resumption};

    use super::*;

    #[test]
    fn whoever_can_be_asked_is_asked() {
        let call = Facts { client_can: Abilities::FORM, ..Facts::default() }.call();
        let Ok(Step::Ask(asking)) = roast(Order { grams: 250 }, &call) else { panic!("nobody is asked") };

        let wish = Reply::Accepted(Some(r#"{"minutes": 1}"#.into()));
        let answers = vec![Answer { key: "wish".into(), reply: wish }];
        let call = Facts { resumed: Some(Resumption { state: asking.state, answers }), ..Facts::default() }.call();
        assert!(matches!(roast(Order { grams: 250 }, &call), Ok(Step::Pause(_))));
    }

    #[test]
    fn arguments_are_checked() {
        let outcome = roast::definition().call(&testing::call(), r#"{"grams": "many"}"#);
        let shown = format!("{outcome:?}");
        assert!(shown.contains("in `grams`: invalid type"), "{shown}");
    }
}
