//! Records as lines of JSON. The order of the fields is theirs here, and every field is always there.

use std::io;
use std::time::{SystemTime, UNIX_EPOCH};

use chrono::{DateTime, SecondsFormat};
use serde::{Serialize, Serializer};
use serde_json::ser::Formatter;
use serde_json::{Map, Value};
use uuid::fmt::Hyphenated;

use super::Keep;
use super::record::{Arguments, Call, Record, Unlisted, Use};
use crate::caller::CallId;
use crate::random::random_bytes;
use crate::text::{in_json, is_forbidden};

/// Longest text of a record, in bytes; the rest is cut off. A URL or a path in full fits, and nobody fills the disk with
/// one name.
const TEXT_BYTES: usize = 1 << 10;

/// Longest name of a client, by its own word, in bytes.
const CLIENT_BYTES: usize = 128;

/// Hexadecimal digits of a digest of arguments: enough to tell arguments apart.
const DIGEST_DIGITS: usize = 32;

/// Makes lines.
pub(super) struct Liner {
    keep: Keep,
    key: [u8; blake3::KEY_LEN],
}

#[derive(Serialize)]
struct CallLine<'a> {
    time: Time,
    record: &'static str,
    #[serde(serialize_with = "id")]
    call: CallId,
    caller: CallerLine<'a>,
    endpoint: Option<Text<'a>>,
    method: &'static str,
    resumed: bool,
    plugin: &'a str,
    digest: &'a str,
    name: Text<'a>,
    arguments: Option<ArgumentsLine>,
    outcome: &'static str,
    duration_us: u64,
    cpu_us: u64,
    memory_bytes: usize,
    bytes_in: usize,
    bytes_out: usize,
}

#[derive(Serialize)]
struct CallerLine<'a> {
    subject: Option<Text<'a>>,
    issuer: Option<Text<'a>>,
    client: Option<Text<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum ArgumentsLine {
    Digest(String),
    Whole(Value),
}

#[derive(Serialize)]
struct UseLine<'a> {
    time: Time,
    record: &'static str,
    #[serde(serialize_with = "id")]
    call: CallId,
    plugin: &'a str,
    capability: &'static str,
    what: Text<'a>,
    rule: Option<Text<'a>>,
    decision: &'static str,
    by: Option<&'static str>,
    why: Option<Text<'a>>,
}

#[derive(Serialize)]
struct UnlistedLine<'a> {
    time: Time,
    record: &'static str,
    #[serde(serialize_with = "id")]
    call: CallId,
    plugin: &'a str,
    allowed: u64,
    refused: u64,
}

#[derive(Serialize)]
struct LostLine {
    time: Time,
    record: &'static str,
    queue_full: u64,
    not_written: u64,
}

impl Liner {
    /// With a key of its own for digests.
    ///
    /// # Errors
    /// When the system has no random bytes.
    pub(super) fn new(keep: Keep) -> io::Result<Self> {
        Ok(Self { keep, key: random_bytes()? })
    }

    /// Adds the line of something that happened just now. On an error, what is behind the last line break is no line.
    pub(super) fn add(&self, to: &mut Vec<u8>, record: Record<'_>) -> serde_json::Result<()> {
        let time = Time(SystemTime::now());
        match record {
            Record::Call(call) => write(to, &self.call(time, call)),
            Record::Use(used) => write(to, &use_line(time, used)),
            Record::Unlisted(Unlisted { call, plugin, allowed, refused }) => {
                write(to, &UnlistedLine { time, record: "uses", call, plugin, allowed, refused })
            }
        }
    }

    fn call<'a>(&self, time: Time, call: &'a Call) -> CallLine<'a> {
        let caller = &call.caller;
        let text = |text: &'a Option<String>| text.as_deref().map(|text| Text(text, TEXT_BYTES));
        CallLine {
            time,
            record: "call",
            call: call.id,
            caller: CallerLine {
                subject: text(&caller.subject),
                issuer: text(&caller.issuer),
                client: caller.client.as_deref().map(|client| Text(client, CLIENT_BYTES)),
            },
            endpoint: Some(Text(&call.endpoint, TEXT_BYTES)).filter(|_| !call.endpoint.is_empty()),
            method: call.method,
            resumed: call.resumed,
            plugin: &call.plugin,
            digest: &call.digest,
            name: Text(&call.name, TEXT_BYTES),
            arguments: self.arguments(&call.arguments),
            outcome: call.outcome,
            duration_us: microseconds(call.time),
            cpu_us: microseconds(call.cpu),
            memory_bytes: call.memory_bytes,
            bytes_in: call.bytes_in,
            bytes_out: call.bytes_out,
        }
    }

    fn arguments(&self, arguments: &Arguments) -> Option<ArgumentsLine> {
        let made;
        let json = match arguments {
            Arguments::None => return None,
            Arguments::Json(json) => json.as_str(),
            Arguments::Texts(texts) => {
                let fields = texts.iter().map(|(name, text)| (name.clone(), Value::String(text.clone())));
                made = Value::Object(fields.collect::<Map<_, _>>()).to_string();
                made.as_str()
            }
        };
        match self.keep {
            Keep::Digest => {
                let digest = blake3::keyed_hash(&self.key, json.as_bytes()).to_hex();
                digest.get(..DIGEST_DIGITS).map(|digits| ArgumentsLine::Digest(digits.to_owned()))
            }
            // The host wrote it itself, so it is JSON.
            Keep::Whole => serde_json::from_str(json).ok().map(ArgumentsLine::Whole),
        }
    }
}

fn use_line(time: Time, used: Use<'_>) -> UseLine<'_> {
    UseLine {
        time,
        record: "use",
        call: used.call,
        plugin: used.plugin,
        capability: used.capability,
        what: Text(used.what, TEXT_BYTES),
        rule: used.rule.map(|rule| Text(rule, TEXT_BYTES)),
        decision: if used.refusal.is_some() { "refused" } else { "allowed" },
        by: used.refusal.map(|(by, _)| by),
        why: used.refusal.map(|(_, why)| Text(why, TEXT_BYTES)),
    }
}

/// The line that says how many others are missing: those that the queue had no room for, and those that the file took
/// not.
pub(super) fn lost(to: &mut Vec<u8>, queue_full: u64, not_written: u64) -> serde_json::Result<()> {
    write(to, &LostLine { time: Time(SystemTime::now()), record: "lost", queue_full, not_written })
}

fn write(to: &mut Vec<u8>, line: &impl Serialize) -> serde_json::Result<()> {
    let begin = to.len();
    serde_json::to_writer(&mut *to, line)?;
    // Nearly all lines are plain as they are, and one look at the whole of it is much faster than one at each text.
    if !is_plain(to.get(begin..).unwrap_or_default()) {
        to.truncate(begin);
        line.serialize(&mut serde_json::Serializer::with_formatter(&mut *to, Plain))?;
    }
    to.push(b'\n');
    Ok(())
}

/// Whether nothing has to be written out in what JSON has written: it does so itself with the other control characters.
fn is_plain(json: &[u8]) -> bool {
    json.is_ascii() && !json.contains(&DELETE)
}

/// Writes out in JSON's own way what may rewrite a terminal or hide from a reader; JSON itself asks that only of a few.
struct Plain;

impl Formatter for Plain {
    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        write_plain(writer, fragment)
    }
}

/// The one control character of ASCII that JSON doesn't write out by itself.
const DELETE: u8 = 0x7f;

fn write_plain<W: ?Sized + io::Write>(writer: &mut W, mut text: &str) -> io::Result<()> {
    if is_plain(text.as_bytes()) {
        return writer.write_all(text.as_bytes());
    }
    while let Some((place, character)) = text.char_indices().find(|(_, character)| hides(*character)) {
        let (before, rest) = text.split_at_checked(place).unwrap_or((text, ""));
        writer.write_all(before.as_bytes())?;
        for escape in in_json(character) {
            writer.write_all(&escape)?;
        }
        text = rest.get(character.len_utf8()..).unwrap_or_default();
    }
    writer.write_all(text.as_bytes())
}

/// Control characters, and those that order text anew or take no room. Wider than what plugins may say, by joiners and what is
/// unassigned beside them: a record is to be read as it is.
fn hides(character: char) -> bool {
    is_forbidden(character) || character.is_control() || matches!(character, '\u{200C}' | '\u{200D}' | '\u{2065}')
}

/// A text of somebody else, of so many bytes at most.
struct Text<'a>(&'a str, usize);

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(text, most) = *self;
        let kept = text.get(..text.floor_char_boundary(most)).unwrap_or_default();
        if kept.len() == text.len() {
            serializer.serialize_str(text)
        } else {
            serializer.collect_str(&format_args!("{kept}…"))
        }
    }
}

/// RFC 3339, in milliseconds and UTC.
struct Time(SystemTime);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let since = self.0.duration_since(UNIX_EPOCH).unwrap_or_default();
        let date = i64::try_from(since.as_millis()).ok().and_then(DateTime::from_timestamp_millis);
        let date = date.unwrap_or(DateTime::UNIX_EPOCH);
        serializer.serialize_str(&date.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

fn id<S: Serializer>(id: &CallId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(id.encode(&mut [0; Hyphenated::LENGTH]))
}

fn microseconds(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> String {
        let mut line = Vec::new();
        write(&mut line, &Text(text, 20)).unwrap();
        String::from_utf8(line).unwrap()
    }

    #[test]
    fn a_text_is_bounded_and_hides_nothing() {
        let cases = [
            ("plain, Grüße, 日本", r#""plain, Grüße, 日…""#),
            ("a long \u{7f} text, it", r#""a long \u007f text, it""#),
            ("a\n\u{1b}[2J\u{7f}", r#""a\n\u001b[2J\u007f""#),
            ("a\u{9b}b\u{202e}c", r#""a\u009bb\u202ec""#),
            ("\u{E0041}x", r#""\udb40\udc41x""#),
            ("\"}\r{\"", r#""\"}\r{\"""#),
        ];
        for (text, expected) in cases {
            assert_eq!(written(text), format!("{expected}\n"), "{text:?}");
            let read: String = serde_json::from_str(&written(text)).unwrap();
            assert!(read == text || read.ends_with('…'), "{read:?}");
        }
    }

    #[test]
    fn a_digest_tells_arguments_apart_and_says_nothing_of_them_without_its_key() {
        let json = |text: &str| Arguments::Json(std::sync::Arc::new(text.to_owned()));
        let (one, other) = (Liner::new(Keep::Digest).unwrap(), Liner::new(Keep::Digest).unwrap());
        let digest = |liner: &Liner, arguments: &Arguments| serde_json::to_value(liner.arguments(arguments)).unwrap();
        let first = digest(&one, &json("{}"));
        assert_eq!(first["digest"].as_str().map(str::len), Some(DIGEST_DIGITS));
        assert_eq!(first, digest(&one, &json("{}")));
        assert_ne!(first, digest(&one, &json("{ }")));
        assert_ne!(first, digest(&other, &json("{}")));
        let texts = Arguments::Texts(vec![("a".into(), "b".into())]);
        let whole = Liner::new(Keep::Whole).unwrap();
        assert_eq!(digest(&whole, &texts), serde_json::json!({ "whole": { "a": "b" } }));
        assert_eq!(digest(&whole, &Arguments::None), Value::Null);
    }
}
