//! A guest with the fixtures that the MCP conformance suite calls for, under exactly its names: mount it without a prefix.
//!
//! Nothing here is asked in the middle of a call: a tool that asks ends with its questions, and is called again with the
//! answers. That is all it knows of the two ways in which clients are asked.

mod content;
mod input;
mod jobs;
mod legacy;
mod notices;
mod prompts;
mod resources;
mod schemas;

wharf_sdk::plugin! {
    tools: [
        content::test_simple_text,
        content::test_image_content,
        content::test_audio_content,
        content::test_embedded_resource,
        content::test_multiple_content_types,
        content::test_error_handling,
        notices::test_tool_with_progress,
        notices::test_tool_with_logging,
        notices::test_logging_tool,
        notices::test_trigger_tool_change,
        notices::test_trigger_prompt_change,
        notices::test_reconnection,
        legacy::test_sampling,
        legacy::test_elicitation,
        legacy::test_elicitation_sep1034_defaults,
        legacy::test_elicitation_sep1330_enums,
        schemas::json_schema_2020_12_tool,
        schemas::test_custom_header,
        input::test_missing_capability,
        input::test_streaming_elicitation,
        input::test_input_required_result_elicitation,
        input::test_input_required_result_sampling,
        input::test_input_required_result_list_roots,
        input::test_input_required_result_request_state,
        input::test_input_required_result_tampered_state,
        input::test_input_required_result_multiple_inputs,
        input::test_input_required_result_multi_round,
        input::test_input_required_result_capabilities,
        jobs::greet,
        jobs::slow_compute,
        jobs::failing_job,
        jobs::protocol_error_job,
        jobs::confirm_delete,
        jobs::multi_input,
        jobs::test_tool_with_task,
    ],
    resources: [
        resources::static_text,
        resources::static_binary,
        resources::watched,
        resources::data,
    ],
    prompts: [
        prompts::test_simple_prompt,
        prompts::test_prompt_with_arguments,
        prompts::test_prompt_with_embedded_resource,
        prompts::test_prompt_with_image,
        prompts::test_input_required_result_prompt,
    ],
    completion: [prompts::arg1, resources::id],
}
