//! URIs for clients: the plugin's id is put in behind the scheme, so that two plugins may have the same URIs and a scheme
//! keeps its meaning. It is undone without a table.
//!
//! `test://a/b` is `test://echo/a/b`, `urn:x` is `urn:echo/x`, and `file:///a` is `file://echo//a`. Templates go the same
//! way, since they begin with a scheme that is written out: what is made of one for clients is, undone, made of its own.

use super::name::check_plugin_id;
use crate::plugin::scheme;

/// Schemes whose URIs clients look up themselves, without asking this server: they stay as they are in what plugins say.
const CLIENTS_OWN: [&str; 3] = ["http", "https", "data"];

/// A plugin's own URI, or template, for clients. A text without a scheme is no URI, and stays as it is.
pub(super) fn outward(plugin: &str, uri: &str) -> String {
    split(uri).map_or_else(|| uri.to_owned(), |(front, rest)| format!("{front}{plugin}/{rest}"))
}

/// The plugin's id and its own URI, or template, of what a client names; none if no plugin has such URIs. `a:b///c` and
/// `a://b/c` both lead to `a://c`, since a template may expand to either.
pub(super) fn inward(uri: &str) -> Option<(&str, String)> {
    let (front, rest) = split(uri)?;
    let (plugin, own) = rest.split_once('/')?;
    check_plugin_id(plugin).ok()?;
    Some((plugin, format!("{front}{own}")))
}

/// Whether clients look it up themselves.
pub(super) fn is_clients_own(uri: &str) -> bool {
    scheme(uri).is_some_and(|scheme| CLIENTS_OWN.iter().any(|own| scheme.eq_ignore_ascii_case(own)))
}

/// The scheme with its signs, and what is behind them.
fn split(uri: &str) -> Option<(&str, &str)> {
    let colon = scheme(uri)?.len() + 1;
    let front = if uri.get(colon..)?.starts_with("//") { colon + 2 } else { colon };
    uri.split_at_checked(front)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_id_stands_behind_the_scheme() {
        let cases = [
            ("test://a/b", "test://echo/a/b"),
            ("test://{+a}", "test://echo/{+a}"),
            ("test://", "test://echo/"),
            ("ui://widget", "ui://echo/widget"),
            ("urn:x:y", "urn:echo/x:y"),
            ("urn:", "urn:echo/"),
            ("a:/b", "a:echo//b"),
            ("file:///a", "file://echo//a"),
            ("file:////a", "file://echo///a"),
            ("https://example.com/?q#f", "https://echo/example.com/?q#f"),
            ("a://ä ö", "a://echo/ä ö"),
            ("a:b://c", "a:echo/b://c"),
            ("test://echo/a", "test://echo/echo/a"),
        ];
        for (own, client) in cases {
            assert_eq!(outward("echo", own), client);
            assert_eq!(inward(client), Some(("echo", own.to_owned())), "{client}");
        }
    }

    #[test]
    fn what_is_no_uri_stays_and_leads_nowhere() {
        for text in ["", "a", "a/b", "//a/b", ":a/b", "1a:b/c", "ä:b/c", "a b:c/d", "{x}:b/c", "./a:b/c"] {
            assert_eq!(outward("echo", text), text);
            assert_eq!(inward(text), None, "{text}");
        }
        for text in [
            "a:",
            "a:b",
            "a://",
            "a://b",
            "a:///b",
            "a:/b",
            "a://b__c/d",
            "a://-b/c",
            "a://b.c/d",
            "a://ä/b",
            "a://{+x}/b",
        ] {
            assert_eq!(inward(text), None, "{text}");
        }
    }

    #[test]
    fn what_clients_look_up_is_told_by_its_scheme() {
        let cases = [
            ("https://a", true),
            ("HTTP://a", true),
            ("data:,x", true),
            ("httpx://a", false),
            ("https", false),
            ("ui://a", false),
        ];
        for (uri, own) in cases {
            assert_eq!(is_clients_own(uri), own, "{uri}");
        }
    }

    const IDS: &str = "[A-Za-z0-9]([A-Za-z0-9-]{0,22}[A-Za-z0-9])?";

    fn odd() -> impl Strategy<Value = String> {
        prop_oneof!["\\PC*", "[a-c:/]{0,12}", "[a-z][a-z0-9+.-]{0,5}:\\PC*", "[a-z]{1,3}:/{0,4}[a-z/:_-]{0,12}"]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_uri_comes_back_to_its_plugin(plugin in IDS, uri in odd()) {
            let client = outward(&plugin, &uri);
            match scheme(&uri) {
                Some(scheme) => {
                    prop_assert_eq!(crate::plugin::scheme(&client), Some(scheme));
                    prop_assert_eq!(inward(&client), Some((&*plugin, uri)));
                }
                None => prop_assert_eq!(client, uri),
            }
        }

        #[test]
        fn what_a_client_names_leads_to_the_plugin_in_it_or_nowhere(client in odd()) {
            if let Some((plugin, own)) = inward(&client) {
                prop_assert!(check_plugin_id(plugin).is_ok());
                // The same signs, less the id: nothing else may have been lost or made up.
                prop_assert_eq!(own.len() + plugin.len() + 1, client.len());
                let part = format!("{plugin}/");
                prop_assert!(client.contains(&part));
                let again = outward(plugin, &own);
                prop_assert_eq!(inward(&again), Some((plugin, own)));
            }
        }

        #[test]
        fn no_two_plugins_share_a_uri(one in IDS, other in IDS, uri in odd(), another in odd()) {
            prop_assume!(one != other && scheme(&uri).is_some() && scheme(&another).is_some());
            prop_assert_ne!(outward(&one, &uri), outward(&other, &another));
        }

        #[test]
        fn what_a_template_for_clients_makes_is_made_of_its_own(
            plugin in IDS, front in "[a-z]{1,3}:/{0,3}[a-z/]{0,4}", behind in "[a-z/]{0,3}", value in odd(),
        ) {
            let client = outward(&plugin, &format!("{front}{{+x}}{behind}"));
            let expanded = client.replace("{+x}", &value);
            prop_assert_eq!(inward(&expanded), Some((&*plugin, format!("{front}{value}{behind}"))));
        }
    }
}
