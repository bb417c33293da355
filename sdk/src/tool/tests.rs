use std::time::Duration;

use serde_json::json;

use super::*;
use crate::prelude::*;
use crate::testing::{self, Facts, Said};

#[derive(Deserialize, JsonSchema)]
struct Division {
    /// What is divided.
    a: i32,
    b: i32,
}

/// Divides two numbers.
///
/// Rounds towards zero:
///   like Rust.
#[tool(
    name = "divide-it",
    title = "Divide",
    read_only,
    destructive = false,
    idempotent = true,
    open_world = false,
    long_running,
    icons = vec![Icon { src: "https://example.com/i.png".into(), mime_type: None, sizes: Vec::new(), theme: None }],
    meta = Map::from_iter([("example.com/cost".into(), 1.into())]),
)]
fn divide(Division { a, b }: Division) -> Result<i32, String> {
    a.checked_div(b).ok_or_else(|| "division by zero: give another `b`".into())
}

/** In a block comment. */
#[tool]
fn nothing() {}

/// Says its name.
#[tool]
fn r#type(call: &Call) -> String {
    call.info("named");
    call.id()
}

type Outcomes<T> = Result<T, std::fmt::Error>;

/// Fails when it writes.
#[tool]
fn write(_: Division) -> std::fmt::Result {
    Err(std::fmt::Error)
}

/// Waits once, then is done.
#[tool(tasks = "optional")]
fn wait(args: Division, call: &Call) -> Result<Step<i32>, crate::Error> {
    match call.resumed() {
        None => Ok(Step::Pause(Pause::new(Duration::from_secs(5), &args.a)?)),
        Some(resumed) => Ok(Step::Done(resumed.state::<i32>()? + args.b)),
    }
}

/// Pauses without having said so.
#[tool]
fn hasty() -> Result<Step<()>, crate::Error> {
    Ok(Pause::new(Duration::ZERO, &())?.into())
}

mod deep {
    use super::*;

    /// Lies deeper.
    #[tool]
    pub(crate) fn other() -> Outcomes<&'static str> {
        Ok("deep")
    }
}

crate::plugin! {
    tools: [divide, nothing, r#type, write, wait, hasty, deep::other],
    requests: [files { at: "/data", optional: true, reason: "To read it." }],
    state_version: "1",
}

fn done(definition: Definition, arguments: &str) -> ToolResult {
    match definition.call(&testing::call(), arguments) {
        Ok(Outcome::Done(result)) => result,
        other => panic!("{other:?}"),
    }
}

#[test]
fn all_of_a_definition_reaches_the_list() {
    let tool = divide::definition().describe().unwrap();
    assert_eq!((tool.name.as_str(), tool.title.as_deref()), ("divide-it", Some("Divide")));
    assert_eq!(tool.description, "Divides two numbers.\n\nRounds towards zero:\n  like Rust.");
    let hints =
        Hints { read_only: Some(true), destructive: Some(false), idempotent: Some(true), open_world: Some(false) };
    assert_eq!((tool.hints, tool.tasks, tool.long_running), (hints, TaskSupport::Forbidden, true));
    assert_eq!((tool.icons.len(), tool.meta.as_deref()), (1, Some("{\"example.com/cost\":1}")));

    let input: Value = serde_json::from_str(&tool.input_schema).unwrap();
    assert_eq!(input["properties"]["a"]["description"], "What is divided.");
    let output: Value = serde_json::from_str(&tool.output_schema.unwrap()).unwrap();
    assert_eq!(output["properties"]["result"]["type"], "integer");
}

#[test]
fn what_isnt_said_stays_open() {
    let tool = nothing::definition().describe().unwrap();
    assert_eq!((tool.name.as_str(), tool.description.as_str()), ("nothing", "In a block comment."));
    let input: Value = serde_json::from_str(&tool.input_schema).unwrap();
    assert_eq!(input, json!({ "type": "object", "additionalProperties": false, "properties": {} }));
    assert_eq!((tool.title, tool.output_schema, tool.meta), (None, None, None));
    let hints = Hints { read_only: None, destructive: None, idempotent: None, open_world: None };
    assert_eq!((tool.hints, tool.icons, tool.long_running), (hints, Vec::new(), false));
    assert_eq!(r#type::definition().name, "type");
    assert_eq!(wait::definition().tasks, TaskSupport::Optional);
}

#[test]
fn a_function_is_called_with_what_it_takes() {
    assert_eq!(done(divide::definition(), r#"{"a": 7, "b": 2}"#).structured.as_deref(), Some("{\"result\":3}"));
    assert_eq!(done(nothing::definition(), "{}").content, []);
    assert_eq!(done(deep::other::definition(), "{}").content, [Content::text("deep")]);

    let call = Facts { id: "call-9".into(), ..Facts::default() }.call();
    let Ok(Outcome::Done(result)) = r#type::definition().call(&call, "{}") else { panic!("not done") };
    assert_eq!(result.content, [Content::text("call-9")]);
    let expected = Said::Log { level: Level::Info, logger: None, data: "named".into() };
    assert_eq!(testing::said(&call), [expected]);
}

#[test]
fn what_fails_is_a_result_that_the_model_reads() {
    let cases = [
        (done(divide::definition(), r#"{"a": 7, "b": 0}"#), "division by zero: give another `b`"),
        (done(divide::definition(), r#"{"a": 7}"#), "invalid arguments: missing field `b`"),
        (
            done(divide::definition(), r#"{"a": "7", "b": 1}"#),
            "invalid arguments: in `a`: invalid type: string \"7\", expected i32",
        ),
        (
            done(nothing::definition(), r#"{"a": 1}"#),
            "invalid arguments: in `a`: unknown field `a`, there are no fields",
        ),
        (done(write::definition(), r#"{"a": 1, "b": 1}"#), "an error occurred when formatting an argument"),
    ];
    for (result, expected) in cases {
        assert!(result.is_error, "{expected}");
        assert_eq!(result.content, [Content::text(expected)]);
    }
}

#[test]
fn a_call_goes_on_where_it_paused() {
    let arguments = r#"{"a": 7, "b": 2}"#;
    let Ok(Outcome::Pause(pause)) = wait::definition().call(&testing::call(), arguments) else { panic!("no pause") };
    assert_eq!(pause.resume_after_ms, 5000);
    let resumed = Some(Resumption { state: pause.state, answers: Vec::new() });
    let call = Facts { resumed, ..Facts::default() }.call();
    let Ok(Outcome::Done(result)) = wait::definition().call(&call, arguments) else { panic!("not done") };
    assert_eq!(result.structured.as_deref(), Some("{\"result\":9}"));
}

#[test]
fn whoever_pauses_says_so() {
    let failure = hasty::definition().call(&testing::call(), "{}").unwrap_err();
    let expected = "tool `hasty`: it pauses, so it must say `tasks = \"optional\"` or `\"required\"`";
    assert_eq!(failure, Failure::Internal(expected.into()));
}

#[test]
fn tools_are_found_by_their_names() {
    let all = [divide::definition(), deep::other::definition()];
    let names: Vec<String> = list_tools(&all).unwrap().into_iter().map(|tool| tool.name).collect();
    assert_eq!(names, ["divide-it", "other"]);
    assert!(call_tool(&all, "other".into(), "{}", None).is_ok());
    assert_eq!(call_tool(&all, "divide".into(), "{}", None), Err(Failure::UnknownName("divide".into())));
}

/// Fails so that there is no result.
#[tool(input_schema = json!({ "type": "object", "$defs": {} }))]
fn broken(_: Value) -> Result<String, Failure> {
    Err(Failure::Unavailable("closed".into()))
}

#[derive(Deserialize, JsonSchema)]
struct Region {
    #[schemars(extend("x-mcp-header" = "Region"))]
    region: String,
}

/// Takes an argument that is repeated in a header.
#[tool]
fn routed(args: Region) -> String {
    args.region
}

#[test]
fn a_failure_is_no_result() {
    let failure = broken::definition().call(&testing::call(), "{}").unwrap_err();
    assert_eq!(failure, Failure::Unavailable("closed".into()));
}

#[test]
fn a_schema_may_be_written_by_hand_or_extended() {
    assert_eq!(broken::definition().describe().unwrap().input_schema, r#"{"$defs":{},"type":"object"}"#);
    let schema: Value = serde_json::from_str(&routed::definition().describe().unwrap().input_schema).unwrap();
    assert_eq!(schema["properties"]["region"]["x-mcp-header"], "Region");
    assert_eq!(done(routed::definition(), r#"{"region": "eu"}"#).content, [Content::text("eu")]);
}
