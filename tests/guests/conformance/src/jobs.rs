//! Tools that run as tasks. The first pause makes a task of a call; what is asked after it, the task asks.

use std::collections::BTreeMap;
use std::time::Duration;

use wharf_sdk::prelude::*;
use wharf_sdk::{Error, Failure, Reply, Resumption, RpcError};

use crate::input::Name;

/// Greets at once.
#[tool(read_only)]
pub(crate) fn greet(args: Name) -> String {
    format!("Hello, {}!", args.name)
}

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Compute {
    /// How long it takes.
    seconds: u32,
    /// What it is called.
    label: Option<String>,
}

/// Takes as many seconds as it is told.
#[tool(tasks = "optional", long_running)]
pub(crate) fn slow_compute(args: Compute, call: &Call) -> Result<Step<String>, Error> {
    if call.resumed().is_some() {
        let label = args.label.unwrap_or_default();
        return Ok(Step::Done(format!("Computed {label} in {} seconds", args.seconds)));
    }
    Ok(Pause::new(Duration::from_secs(args.seconds.into()), &())?.into())
}

/// Fails after a second.
#[tool(tasks = "required")]
pub(crate) fn failing_job(call: &Call) -> Result<Step<String>, String> {
    if call.resumed().is_some() {
        return Err("This job always fails".into());
    }
    Ok(Pause::new(Duration::from_secs(1), &()).map_err(|error| error.to_string())?.into())
}

/// Ends with an error of the protocol.
#[tool(tasks = "optional")]
pub(crate) fn protocol_error_job(call: &Call) -> Result<Step<String>, Failure> {
    if call.resumed().is_some() {
        let message = "This job breaks the protocol".into();
        return Err(Failure::Protocol(RpcError { code: -32603, message, data: None }));
    }
    Ok(Pause::new(Duration::ZERO, &()).map_err(|error| Failure::Internal(error.to_string()))?.into())
}

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Delete {
    /// What is deleted.
    filename: String,
}

#[derive(Deserialize, JsonSchema)]
struct Sure {
    confirm: bool,
}

/// How far a job with questions is, and what it was told.
#[derive(Default, Serialize, Deserialize)]
struct Told(BTreeMap<String, String>);

/// Pretends to delete a file, once it is confirmed.
#[tool(tasks = "optional")]
pub(crate) fn confirm_delete(args: Delete, call: &Call) -> Result<Step<String>, Error> {
    let Some(resumed) = call.resumed() else { return begin() };
    let name = args.filename;
    match resumed.reply("confirm") {
        None => Ok(Asking::new(&Told::default())?.form::<Sure>("confirm", format!("Delete {name}?")).into()),
        Some(_) => {
            let sure = resumed.form::<Sure>("confirm")?.is_some_and(|sure| sure.confirm);
            Ok(Step::Done(format!("{} {name}", if sure { "Deleted" } else { "Kept" })))
        }
    }
}

fn begin() -> Result<Step<String>, Error> {
    Ok(Pause::new(Duration::ZERO, &Told::default())?.into())
}

/// Asks two things at once, which may be answered one at a time.
#[tool(tasks = "optional")]
pub(crate) fn multi_input(call: &Call) -> Result<Step<String>, Error> {
    let Some(resumed) = call.resumed() else { return begin() };
    let Told(mut told) = resumed.state()?;
    for key in ["first", "second"] {
        match (resumed.form::<Name>(key)?, resumed.reply(key)) {
            (Some(Name { name }), _) => drop(told.insert(key.into(), name)),
            (None, Some(Reply::Declined | Reply::Cancelled)) => drop(told.insert(key.into(), "nobody".into())),
            _ => {}
        }
    }
    let open: Vec<&str> = ["first", "second"].into_iter().filter(|key| !told.contains_key(*key)).collect();
    if open.is_empty() {
        let names: Vec<String> = told.into_values().collect();
        return Ok(Step::Done(format!("Told: {}", names.join(", "))));
    }
    let asking = Asking::new(&Told(told))?;
    Ok(open.into_iter().fold(asking, |asking, key| asking.form::<Name>(key, format!("The {key} name?"))).into())
}

/// Asks for a name before it becomes a task.
#[tool(tasks = "required")]
pub(crate) fn test_tool_with_task(call: &Call) -> Result<Step<String>, Error> {
    let told: Told = call.resumed().map(Resumption::state).transpose()?.unwrap_or_default();
    if let Some(name) = told.0.get("user_name") {
        return Ok(Step::Done(format!("Hello, {name}!")));
    }
    match call.resumed().map_or(Ok(None), |resumed| resumed.form::<Name>("user_name"))? {
        Some(Name { name }) => {
            let told = Told(BTreeMap::from([("user_name".into(), name)]));
            Ok(Pause::new(Duration::from_millis(100), &told)?.into())
        }
        None => Ok(Asking::new(&Told::default())?.form::<Name>("user_name", "What is your name?").into()),
    }
}
