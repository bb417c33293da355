//! The pieces of what a tool or a prompt says.

use crate::{Annotations, Block, Body, Content, Contents, Link, Media, Role};

/// Several pieces, in order, as a tool may return them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ContentList(pub Vec<Content>);

impl FromIterator<Content> for ContentList {
    fn from_iter<I: IntoIterator<Item = Content>>(pieces: I) -> Self {
        Self(pieces.into_iter().collect())
    }
}

impl<const N: usize> From<[Content; N]> for ContentList {
    fn from(pieces: [Content; N]) -> Self {
        Self(pieces.into())
    }
}

impl Content {
    /// Text for the model.
    pub fn text(text: impl Into<String>) -> Self {
        Block::Text(text.into()).into()
    }

    /// A picture, as the bytes of its file: base64 is the host's business.
    pub fn image(data: impl Into<Vec<u8>>, mime_type: impl Into<String>) -> Self {
        Block::Image(Media { data: data.into(), mime_type: mime_type.into() }).into()
    }

    /// A sound, as the bytes of its file.
    pub fn audio(data: impl Into<Vec<u8>>, mime_type: impl Into<String>) -> Self {
        Block::Audio(Media { data: data.into(), mime_type: mime_type.into() }).into()
    }

    /// A reference to a resource, which the client reads when it wants to.
    pub fn link(link: Link) -> Self {
        Block::Link(link).into()
    }

    /// A resource with what is in it.
    pub fn embedded(contents: Contents) -> Self {
        Block::Embedded(contents).into()
    }

    /// Adds one to whom the content is for. Without: no preference.
    #[must_use]
    pub fn audience(mut self, role: Role) -> Self {
        self.annotations_mut().audience.push(role);
        self
    }

    /// From 0.0 (could be left out) to 1.0 (needed).
    #[must_use]
    pub fn priority(mut self, priority: f64) -> Self {
        self.annotations_mut().priority = Some(priority);
        self
    }

    fn annotations_mut(&mut self) -> &mut Annotations {
        let none = Annotations { audience: Vec::new(), priority: None, last_modified: None };
        self.annotations.get_or_insert(none)
    }
}

impl From<Block> for Content {
    fn from(block: Block) -> Self {
        Self { block, annotations: None, meta: None }
    }
}

impl Link {
    /// With the two things that a link must have; the rest are fields.
    pub fn new(uri: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            uri: uri.into(),
            name: name.into(),
            title: None,
            description: None,
            mime_type: None,
            size: None,
            icons: Vec::new(),
        }
    }
}

impl Contents {
    /// Text behind a URI.
    pub fn text(uri: impl Into<String>, mime_type: impl Into<String>, text: impl Into<String>) -> Self {
        Self::new(uri, mime_type, Body::Text(text.into()))
    }

    /// Bytes behind a URI.
    pub fn blob(uri: impl Into<String>, mime_type: impl Into<String>, blob: impl Into<Vec<u8>>) -> Self {
        Self::new(uri, mime_type, Body::Blob(blob.into()))
    }

    fn new(uri: impl Into<String>, mime_type: impl Into<String>, body: Body) -> Self {
        Self { uri: uri.into(), mime_type: Some(mime_type.into()), body, meta: None }
    }
}
