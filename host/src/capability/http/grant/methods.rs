//! Which methods a rule allows.

use http::Method;

use super::Fault;

/// Never granted: tunnels, and requests that come back with all that the host added to them. Servers may read methods
/// without case, and `TRACK` is what some of them call `TRACE`.
const NEVER: [&str; 3] = ["CONNECT", "TRACE", "TRACK"];

/// The methods of a rule, compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Methods {
    /// All that can be granted.
    All,
    /// These alone.
    These(Vec<Method>),
}

impl Methods {
    pub(super) fn compile(written: &[String]) -> Result<Self, Fault> {
        match written {
            [] => Err(Fault::NoMethods),
            [all] if all == "*" => Ok(Self::All),
            these => these.iter().map(|method| compile_one(method)).collect::<Result<_, _>>().map(Self::These),
        }
    }

    pub(super) fn contains(&self, method: &Method) -> bool {
        match self {
            Self::All => !is_never(method),
            Self::These(these) => these.contains(method),
        }
    }

    /// Whether every method of the other is one of these.
    pub(super) fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::All, _) => true,
            (Self::These(_), Self::All) => false,
            (Self::These(these), Self::These(others)) => others.iter().all(|other| these.contains(other)),
        }
    }

    /// Each method on its own. All of them can't be counted, and stay together.
    pub(super) fn one_by_one(&self) -> Vec<Self> {
        match self {
            Self::All => vec![Self::All],
            Self::These(these) => these.iter().map(|method| Self::These(vec![method.clone()])).collect(),
        }
    }
}

fn compile_one(written: &str) -> Result<Method, Fault> {
    if written == "*" {
        return Err(Fault::MethodsTwice);
    }
    let method = Method::from_bytes(written.as_bytes()).map_err(|_| Fault::Method(written.to_owned()))?;
    if is_never(&method) {
        return Err(Fault::MethodNever(written.to_owned()));
    }
    if written.contains(|character: char| character.is_ascii_lowercase()) {
        return Err(Fault::MethodCase(written.to_owned()));
    }
    Ok(method)
}

/// Whether no rule can grant it.
pub(super) fn is_never(method: &Method) -> bool {
    NEVER.iter().any(|never| never.eq_ignore_ascii_case(method.as_str()))
}
