//! One step of a client's call: what comes in checked, the guest called, what comes out checked.

use std::sync::Arc;

use serde_json::{Map, Value};
use tokio::time::{sleep, timeout};

use super::attempt::Attempt;
use super::bindings::completion::{Reference, Suggestions};
use super::bindings::prompts::{Filled, Outcome as FilledOutcome};
use super::bindings::resources::{Outcome as ReadOutcome, Reading};
use super::bindings::tools::{Outcome as ToolOutcome, ToolResult as GuestResult};
use super::bindings::types::{Content, Resumption};
use super::context::{CallContext, Event, within};
use super::describe::{Tool, parse_meta};
use super::error::CallError;
use super::limits;
use super::load::Plugin;
use super::record::{CALL_TOOL, COMPLETE, GET_PROMPT, READ, Recording};
use super::size;
use super::wait::{Outcome, check_asking, check_pause, pause_time};
use crate::audit::Arguments as Given;
use crate::caller::CallId;

/// What a tool returned, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolResult {
    /// What the model reads.
    pub content: Vec<Content>,
    /// Satisfies the tool's output schema.
    pub structured: Option<Value>,
    /// The tool ran and failed, and says so.
    pub is_error: bool,
    /// Metadata for the client.
    pub meta: Option<Map<String, Value>>,
    /// What the policy refused it, if the tool failed thereupon: by whom, and why.
    pub refusal: Option<String>,
}

/// Arguments that satisfy their tool's input schema, as JSON text.
#[derive(Debug, Clone)]
pub struct Arguments(Arc<String>);

impl Arguments {
    /// A JSON object.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl Plugin {
    /// Checks the arguments of a call.
    ///
    /// # Errors
    /// [`CallError::BadArguments`], which says what doesn't fit.
    pub fn check_arguments(&self, tool: &Tool, arguments: &Value) -> Result<Arguments, CallError> {
        let json = text(arguments);
        let bound = self.core.template.limits.argument_bytes;
        if json.len() > bound {
            let text = format!("the arguments have {} bytes, and {bound} are allowed", json.len());
            return Err(CallError::BadArguments(text));
        }
        tool.input.check(arguments).map_err(|problem| {
            CallError::BadArguments(format!("the arguments do not fit the tool's input schema: {problem}"))
        })?;
        Ok(Arguments(Arc::new(json)))
    }

    /// Records a call that was refused before anything of the plugin ran.
    pub fn refused(&self, tool: &Tool, arguments: &Value, context: &CallContext, error: &CallError) {
        let given = || Given::Json(Arc::new(text(arguments)));
        let mut recording = Recording::of(&self.core, context, CallId::new(), CALL_TOOL, &tool.name, given);
        recording.ended(error.kind());
    }

    /// Calls a tool for somebody who can't be asked anything, and waits through its pauses. Dropping the future stops the
    /// guest at its next yield.
    ///
    /// # Errors
    /// See [`CallError`]. A tool that ran and failed is not an error but a result.
    pub async fn call_tool(
        &self,
        tool: &Tool,
        arguments: &Value,
        context: CallContext,
    ) -> Result<ToolResult, CallError> {
        let checked = self.check_arguments(tool, arguments);
        let arguments = checked.inspect_err(|error| self.refused(tool, arguments, &context, error))?;
        let mut attempt = self.begin(context);
        let held = attempt.hold(tool, &arguments);
        timeout(limits::HOLD_TIME, held).await.unwrap_or(Err(CallError::TimedOut(limits::HOLD_TIME)))
    }
}

impl Attempt {
    /// Calls a tool once.
    ///
    /// # Errors
    /// See [`CallError`]. A tool that ran and failed is not an error but a result.
    pub async fn tool(
        &mut self,
        tool: &Tool,
        arguments: &Arguments,
        resumed: Option<Resumption>,
    ) -> Result<Outcome<ToolResult>, CallError> {
        let given = || Given::Json(Arc::clone(&arguments.0));
        let mut recording = self.record(CALL_TOOL, &tool.name, resumed.as_ref(), given);
        let (name, arguments) = (tool.name.clone(), Arc::clone(&arguments.0));
        let called = self.enter(&mut recording, move |guest| {
            Box::pin(async move {
                let call_tool = guest.exports.tools()?.call_tool(guest.store, guest.instance)?;
                let (answer,) = call_tool.call_async(guest.store, (&*name, &**arguments, resumed.as_ref())).await?;
                Ok(answer)
            })
        });
        let called = called.await;
        let outcome = called.and_then(|outcome| match outcome {
            ToolOutcome::Done(result) => self.check_result(tool, result, &mut recording).map(Outcome::Done),
            ToolOutcome::Ask(asking) => self.ask(asking),
            ToolOutcome::Pause(pause) => check_pause(&pause).map(|()| {
                self.state.set(Some(pause.state.clone()));
                Outcome::Pause(pause)
            }),
        });
        self.settle(&outcome);
        recording.end(&outcome, matches!(&outcome, Ok(Outcome::Done(result)) if result.is_error));
        outcome
    }

    /// Reads a resource once. The URI is the plugin's own: `listed` itself, or one that fits this template.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn read(
        &mut self,
        uri: &str,
        listed: &str,
        resumed: Option<Resumption>,
    ) -> Result<Outcome<Reading>, CallError> {
        // What a template was filled in with are arguments.
        let given = || if uri == listed { Given::None } else { Given::Texts(vec![("uri".into(), uri.into())]) };
        let mut recording = self.record(READ, listed, resumed.as_ref(), given);
        let uri = uri.to_owned();
        let called = self.enter(&mut recording, move |guest| {
            Box::pin(async move {
                let resources = guest.exports.resources()?.load(&mut *guest.store, &guest.instance)?;
                resources.call_read(guest.store, &uri, resumed.as_ref()).await
            })
        });
        let called = called.await;
        let outcome = called.and_then(|outcome| match outcome {
            ReadOutcome::Done(reading) => self.check_reading(reading, &mut recording).map(Outcome::Done),
            ReadOutcome::Ask(asking) => self.ask(asking),
        });
        self.settle(&outcome);
        recording.end(&outcome, false);
        outcome
    }

    /// Fills in a prompt once. The name is the plugin's own, and the required arguments are there.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn prompt(
        &mut self,
        name: &str,
        arguments: Vec<(String, String)>,
        resumed: Option<Resumption>,
    ) -> Result<Outcome<Filled>, CallError> {
        let mut recording = self.record(GET_PROMPT, name, resumed.as_ref(), || Given::Texts(arguments.clone()));
        let name = name.to_owned();
        let called = self.enter(&mut recording, move |guest| {
            Box::pin(async move {
                let prompts = guest.exports.prompts()?.load(&mut *guest.store, &guest.instance)?;
                prompts.call_get(guest.store, &name, &arguments, resumed.as_ref()).await
            })
        });
        let called = called.await;
        let outcome = called.and_then(|outcome| match outcome {
            FilledOutcome::Done(filled) => self.check_filled(filled, &mut recording).map(Outcome::Done),
            FilledOutcome::Ask(asking) => self.ask(asking),
        });
        self.settle(&outcome);
        recording.end(&outcome, false);
        outcome
    }

    /// Asks for suggestions: `typed` is what stands in the argument so far, `others` are those that are settled.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn complete(
        &mut self,
        of: Reference,
        argument: String,
        typed: String,
        others: Vec<(String, String)>,
    ) -> Result<Suggestions, CallError> {
        let (Reference::Prompt(name) | Reference::Template(name)) = &of;
        let typing = || Given::Texts([vec![(argument.clone(), typed.clone())], others.clone()].concat());
        let mut recording = self.record(COMPLETE, name, None, typing);
        let called = self.enter(&mut recording, move |guest| {
            Box::pin(async move {
                let completion = guest.exports.completion()?.load(&mut *guest.store, &guest.instance)?;
                completion.call_complete(guest.store, &of, &argument, &typed, &others).await
            })
        });
        let called = called.await;
        let outcome =
            called.and_then(|suggestions| self.check_suggestions(suggestions, &mut recording)).map(Outcome::Done);
        self.settle(&outcome);
        recording.end(&outcome, false);
        match outcome? {
            Outcome::Done(suggestions) => Ok(suggestions),
            Outcome::Ask(_) | Outcome::Pause(_) => {
                Err(CallError::BadResult("a completion neither asks nor waits".into()))
            }
        }
    }

    /// Tells who listens how far the call is: what a pause says of it.
    pub fn report(&self, progress: super::bindings::types::Progress) {
        if let Some(events) = &self.context.events {
            // Lost when nobody reads fast enough, as the contract says.
            let progress = within(progress, self.core.template.limits.event_bytes);
            let _ = events.try_send(Event::Progress(progress));
        }
    }

    /// Calls again after each pause. What is asked, nobody answers: it was checked against what can be asked.
    async fn hold(&mut self, tool: &Tool, arguments: &Arguments) -> Result<ToolResult, CallError> {
        let mut resumed = None;
        loop {
            let state = match self.tool(tool, arguments, resumed.take()).await? {
                Outcome::Done(result) => return Ok(result),
                Outcome::Ask(asking) => asking.state,
                Outcome::Pause(mut pause) => {
                    pause.progress.take().into_iter().for_each(|progress| self.report(progress));
                    sleep(pause_time(&pause)).await;
                    pause.state
                }
            };
            resumed = Some(Resumption { state, answers: Vec::new() });
        }
    }

    fn ask<R>(&self, asking: super::bindings::types::Asking) -> Result<Outcome<R>, CallError> {
        check_asking(&asking, self.context.abilities)?;
        Ok(Outcome::Ask(asking))
    }

    fn check_result(
        &self,
        tool: &Tool,
        result: GuestResult,
        recording: &mut Recording,
    ) -> Result<ToolResult, CallError> {
        let content = result.content.iter().map(size::of_content).sum::<usize>();
        self.check_size(
            content + size::of_text(result.structured.as_ref()) + size::of_text(result.meta.as_ref()),
            recording,
        )?;
        let structured = result.structured.as_deref().map(serde_json::from_str).transpose();
        let structured: Option<Value> =
            structured.map_err(|error| CallError::BadResult(format!("its structured part is not JSON: {error}")))?;
        match (&tool.output, &structured) {
            (Some(_), None) if !result.is_error => {
                return Err(CallError::BadResult(
                    "the tool has an output schema, and there is no structured part".into(),
                ));
            }
            (Some(schema), Some(value)) if !result.is_error => schema.check(value).map_err(|problem| {
                CallError::BadResult(format!("its structured part does not fit the tool's output schema: {problem}"))
            })?,
            _ => {}
        }
        let meta = result.meta.as_deref().map(parse_meta).transpose().map_err(CallError::BadResult)?;
        let refusal = if result.is_error { self.refusal() } else { None };
        Ok(ToolResult { content: result.content, structured, is_error: result.is_error, meta, refusal })
    }

    fn check_reading(&self, reading: Reading, recording: &mut Recording) -> Result<Reading, CallError> {
        if reading.contents.is_empty() {
            return Err(CallError::BadResult("there are no contents, and no failure either".into()));
        }
        self.check_size(reading.contents.iter().map(size::of_contents).sum(), recording)?;
        Ok(reading)
    }

    fn check_filled(&self, filled: Filled, recording: &mut Recording) -> Result<Filled, CallError> {
        let messages = filled.messages.iter().map(|message| size::of_content(&message.content)).sum::<usize>();
        self.check_size(messages + size::of_text(filled.description.as_ref()), recording)?;
        Ok(filled)
    }

    fn check_suggestions(
        &self,
        mut suggestions: Suggestions,
        recording: &mut Recording,
    ) -> Result<Suggestions, CallError> {
        self.check_size(suggestions.values.iter().map(String::len).sum(), recording)?;
        if suggestions.values.len() > limits::SUGGESTIONS {
            suggestions.values.truncate(limits::SUGGESTIONS);
            suggestions.more = true;
        }
        Ok(suggestions)
    }

    fn check_size(&self, size: usize, recording: &mut Recording) -> Result<(), CallError> {
        recording.returned(size);
        let bound = self.core.template.limits.result_bytes;
        if size <= bound {
            return Ok(());
        }
        Err(CallError::BadResult(format!("it has {size} bytes, and {bound} are allowed")))
    }
}

/// As JSON text. Faster than displaying it, and the same.
fn text(json: &Value) -> String {
    serde_json::to_string(json).unwrap_or_else(|_| json.to_string())
}
