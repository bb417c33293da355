use super::*;
use crate::plugin::{About, Prompt, Resource, Template, UriTemplate};

fn about() -> About {
    About {
        name: "x".into(),
        title: None,
        description: None,
        mime_type: None,
        icons: Vec::new(),
        annotations: None,
        meta: None,
    }
}

fn offers(prompts: &[&str], resources: &[&str], templates: &[&str]) -> Offers {
    let prompt = |name: &&str| Prompt {
        name: (*name).to_owned(),
        title: None,
        description: None,
        arguments: Vec::new(),
        icons: Vec::new(),
        meta: None,
    };
    let resource = |uri: &&str| Resource { uri: (*uri).to_owned(), about: about(), size: None, poll: None };
    let template = |uri: &&str| Template { uri: UriTemplate::parse(uri).unwrap(), about: about(), poll: None };
    Offers {
        tools: Vec::new(),
        prompts: prompts.iter().map(prompt).collect(),
        resources: resources.iter().map(resource).collect(),
        templates: templates.iter().map(template).collect(),
    }
}

fn view(prefix: Prefix) -> View {
    View { prefix, ..View::default() }
}

fn all(names: &Names) -> Vec<&str> {
    names.all().map(|(_, name)| name).collect()
}

#[test]
fn each_kind_has_its_prefix_or_none() {
    let offers = offers(&["review", "plan"], &["test://a", "urn:x"], &["file:///{+path}"]);
    let cases = [
        (Prefix::Always, ["p__review", "p__plan", "test://p/a", "urn:p/x", "file://p//{+path}"]),
        (Prefix::Never, ["review", "plan", "test://a", "urn:x", "file:///{+path}"]),
    ];
    for (prefix, expected) in cases {
        assert_eq!(all(&Names::of("p", &offers, &view(prefix), None)), expected);
    }
}

#[test]
fn an_endpoint_shows_nothing_of_other_plugins() {
    let offers = offers(&["review"], &["test://a"], &["test://{x}"]);
    let shown = |ids: &[&str]| {
        let plugins = Some(ids.iter().map(|id| (*id).to_owned()).collect());
        Names::of("p", &offers, &View { plugins, ..View::default() }, None)
    };
    assert_eq!(shown(&["q", "p"]).all().count(), 3);
    assert_eq!(shown(&["q"]), Names::default());
    assert_eq!(shown(&[]), Names::default());
}

#[test]
fn a_plugin_takes_all_of_its_names_or_none() {
    let never = view(Prefix::Never);
    let names = |id: &str, offers: &Offers| Names::of(id, offers, &never, None);
    let first = offers(&["review"], &["test://a"], &["test://{x}"]);
    let cases = [
        (offers(&["plan", "review"], &[], &[]), "prompt `review`"),
        (offers(&[], &["test://b", "test://a"], &[]), "resource `test://a`"),
        (offers(&[], &[], &["test://{x}"]), "resource template `test://{x}`"),
    ];
    for (second, said) in &cases {
        let mut taken = Taken::default();
        taken.take("a", &names("a", &first)).unwrap();
        let collision = taken.take("b", &names("b", second)).unwrap_err();
        assert_eq!((&*collision.plugin, &*collision.other), ("b", "a"));
        assert_eq!(collision.to_string(), format!("plugins `a` and `b` both have a {said}"));
        // What comes before the clash isn't taken either.
        let third = offers(&["plan"], &["test://b"], &["test://{y}"]);
        taken.take("c", &names("c", &third)).unwrap();
    }
    // Different kinds share names, and a resource may belong to another plugin's family.
    let mut taken = Taken::default();
    taken.take("a", &names("a", &offers(&["x"], &[], &["test://{x}"]))).unwrap();
    taken.take("b", &names("b", &offers(&[], &["test://x"], &["test://{y}"]))).unwrap();
}

#[test]
fn with_prefixes_the_same_offers_never_collide() {
    let same = offers(&["review"], &["test://a", "a:/b", "a:b"], &["test://{x}"]);
    let mut taken = Taken::default();
    for id in ["a", "b", "a-b", "B", "aa"] {
        taken.take(id, &Names::of(id, &same, &View::default(), None)).unwrap();
    }
}

#[test]
fn a_plugin_that_names_two_things_alike_is_told_so() {
    let names = Names { tools: vec![("x".into(), 0), ("x".into(), 1)], ..Names::default() };
    let collision = Taken::default().take("a", &names).unwrap_err();
    assert_eq!(collision.to_string(), "plugin `a` has two tools `x`");
}
