//! Tools that answer with each kind of content.

use wharf_sdk::prelude::*;

/// One red pixel.
pub(crate) const PNG: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52, 0x00, 0x00, 0x00,
    0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x02, 0x00, 0x00, 0x00, 0x90, 0x77, 0x53, 0xde, 0x00, 0x00, 0x00, 0x0c, 0x49,
    0x44, 0x41, 0x54, 0x08, 0xd7, 0x63, 0xf8, 0xcf, 0xc0, 0x00, 0x00, 0x03, 0x01, 0x01, 0x00, 0x18, 0xdd, 0x8d, 0xb0,
    0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
];

/// A sound of no samples.
const WAV: &[u8] = b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data\0\0\0\0";

/// Answers with a text.
#[tool(read_only)]
pub(crate) fn test_simple_text() -> &'static str {
    "This is a simple text response for testing."
}

/// Answers with a picture.
#[tool(read_only)]
pub(crate) fn test_image_content() -> Content {
    Content::image(PNG, "image/png")
}

/// Answers with a sound.
#[tool(read_only)]
pub(crate) fn test_audio_content() -> Content {
    Content::audio(WAV, "audio/wav")
}

/// Answers with a resource and what is in it.
#[tool(read_only)]
pub(crate) fn test_embedded_resource() -> Content {
    let text = "This is an embedded resource content.";
    Content::embedded(Contents::text("test://embedded-resource", "text/plain", text))
}

/// Answers with a text, a picture and a resource.
#[tool(read_only)]
pub(crate) fn test_multiple_content_types() -> ContentList {
    let json = r#"{"test":"data","value":123}"#;
    ContentList::from([
        Content::text("Multiple content types test:"),
        Content::image(PNG, "image/png"),
        Content::embedded(Contents::text("test://mixed-content-resource", "application/json", json)),
    ])
}

/// Fails, always.
#[tool(read_only)]
pub(crate) fn test_error_handling() -> Result<String, &'static str> {
    Err("This tool intentionally returns an error for testing")
}
