//! What a test expects of some JSON, as JSON.

use serde_json::Value;

/// Compares a value with a pattern: an object has to have the keys of the pattern's, and may have more; a list has to have
/// the same length. Instead of a value, a pattern may say
///
/// * `{"$has": …}`: a text with this in it, or a list with an item that fits this;
/// * `{"$begins": [ … ]}`: a list that begins with items that fit these;
/// * `{"$least": …}`: a number that isn't smaller;
/// * `{"$absent": true}`: there is nothing.
///
/// # Errors
/// Where the first difference is, and what it is.
pub fn fits(value: &Value, pattern: &Value) -> Result<(), String> {
    fits_at("", value, pattern)
}

fn fits_at(at: &str, value: &Value, pattern: &Value) -> Result<(), String> {
    match (value, pattern) {
        (_, Value::Object(fields)) if fields.contains_key("$has") => has(at, value, &fields["$has"]),
        (Value::Number(number), Value::Object(fields)) if fields.contains_key("$least") => {
            let is_enough = number.as_f64() >= fields["$least"].as_f64();
            if is_enough { Ok(()) } else { Err(format!("{at}: {value} is less than {pattern} says")) }
        }
        (Value::Array(items), Value::Object(fields)) if fields.contains_key("$begins") => {
            let wanted = fields["$begins"].as_array().expect("a list of patterns");
            if items.len() < wanted.len() {
                return Err(format!("{at}: {value} does not begin as {pattern} says"));
            }
            all_fit(at, items.iter().zip(wanted))
        }
        (Value::Object(_), Value::Object(fields)) => fields.iter().try_for_each(|(key, pattern)| {
            let at = format!("{at}/{key}");
            match (value.get(key), pattern.get("$absent").is_some()) {
                (None, true) => Ok(()),
                (None, false) => Err(format!("{at}: missing in {value}")),
                (Some(value), true) => Err(format!("{at}: {value} should not be there")),
                (Some(value), false) => fits_at(&at, value, pattern),
            }
        }),
        (Value::Array(items), Value::Array(wanted)) if items.len() == wanted.len() => {
            all_fit(at, items.iter().zip(wanted))
        }
        // 100 and 100.0 are one number.
        (Value::Number(one), Value::Number(other)) if one.as_f64() == other.as_f64() => Ok(()),
        _ if value == pattern => Ok(()),
        _ => Err(format!("{at}: {value} instead of {pattern}")),
    }
}

fn has(at: &str, value: &Value, wanted: &Value) -> Result<(), String> {
    let is_there = match (value, wanted) {
        (Value::String(text), Value::String(part)) => text.contains(part.as_str()),
        (Value::Array(items), _) => items.iter().any(|item| fits(item, wanted).is_ok()),
        _ => false,
    };
    if is_there { Ok(()) } else { Err(format!("{at}: {value} has no {wanted}")) }
}

fn all_fit<'a>(at: &str, pairs: impl Iterator<Item = (&'a Value, &'a Value)>) -> Result<(), String> {
    pairs.enumerate().try_for_each(|(place, (value, pattern))| fits_at(&format!("{at}/{place}"), value, pattern))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_pattern_says_what_has_to_be_there() {
        let value = json!({ "a": 1.0, "list": [{ "x": 1, "y": 2 }, "text"], "none": null });
        for (pattern, expected) in [
            (json!({}), true),
            (json!({ "a": 1 }), true),
            (json!({ "a": 2 }), false),
            (json!({ "a": { "$least": 1 } }), true),
            (json!({ "a": { "$least": 1.5 } }), false),
            (json!({ "b": null }), false),
            (json!({ "b": { "$absent": true } }), true),
            (json!({ "none": { "$absent": true } }), false),
            (json!({ "list": [{ "x": 1 }, "text"] }), true),
            (json!({ "list": [{ "x": 1 }] }), false),
            (json!({ "list": { "$begins": [{ "x": 1 }] } }), true),
            (json!({ "list": { "$begins": [{ "x": 2 }] } }), false),
            (json!({ "list": { "$begins": [{}, {}, {}] } }), false),
            (json!({ "list": { "$has": "text" } }), true),
            (json!({ "list": { "$has": { "x": 2 } } }), false),
            (json!({ "list": [{ "$has": "x" }, { "$has": "ex" }] }), false),
            (json!({ "list": [{}, { "$has": "ex" }] }), true),
        ] {
            assert_eq!(fits(&value, &pattern).is_ok(), expected, "{pattern}");
        }
    }
}
