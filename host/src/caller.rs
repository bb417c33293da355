//! Who calls: a type of its own that travels with each call, from the transport to the guest and to the records.

/// The identity behind one call, as far as it was proven. Holds no token.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Caller {
    /// The proven identity; none where nobody had to prove one.
    pub subject: Option<String>,
    /// Who vouches for the subject.
    pub issuer: Option<String>,
    /// What the subject may do, in the issuer's words.
    pub scopes: Vec<String>,
    /// Name and version of the client program, as it says itself. For display only.
    pub client: Option<String>,
}
