use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::caller::{CallId, Caller};

const HOUR: Duration = Duration::from_secs(3_600);

fn sealer() -> Sealer {
    Sealer::new(&Key::from_config(&[7; 32]), &[])
}

fn caller(issuer: Option<&str>, subject: Option<&str>) -> Caller {
    Caller { issuer: issuer.map(str::to_owned), subject: subject.map(str::to_owned), ..Caller::default() }
}

fn binding(caller: &Caller) -> Binding<'_> {
    Binding {
        caller,
        method: "tools/call",
        target: "shop__order",
        arguments: digest(&json!({ "item": 3 })),
        plugin: "shop",
        state_version: Some("1"),
    }
}

fn carried() -> Carried {
    let form = Wanted::Form(r#"{"type":"object"}"#.to_owned());
    let asks = [("size", form), ("pay", Wanted::Url), ("say", Wanted::Sample), ("where", Wanted::Roots)];
    Carried {
        state: vec![0, 255, 1],
        call: CallId::new(),
        abandon: Some(b"job 1".to_vec()),
        asks: asks.map(|(key, wanted)| OpenAsk { key: key.to_owned(), wanted }).into(),
        is_task: true,
        is_approval: false,
    }
}

#[test]
fn what_was_sealed_comes_back_to_the_same_request_only() {
    let anna = caller(Some("a"), Some("anna"));
    let (carried, sealer) = (carried(), sealer());
    let text = sealer.seal(&binding(&anna), &carried, HOUR).unwrap();
    assert_eq!(sealer.open(&binding(&anna), &text), Ok(carried));

    let strangers =
        [(None, Some("anna")), (Some("b"), Some("anna")), (Some("a"), Some("ben")), (Some("a"), None), (None, None)];
    for (issuer, subject) in strangers {
        let stranger = caller(issuer, subject);
        assert_eq!(sealer.open(&binding(&stranger), &text), Err(OpenError::Forged), "{issuer:?} {subject:?}");
    }
    let own = binding(&anna);
    let others = [
        Binding { method: "prompts/get", ..own },
        Binding { target: "shop__cancel", ..own },
        Binding { arguments: digest(&json!({ "item": 4 })), ..own },
        Binding { plugin: "shop2", ..own },
        Binding { state_version: Some("2"), ..own },
        Binding { state_version: None, ..own },
        // The same letters, cut elsewhere.
        Binding { target: "shop__orders", plugin: "hop", ..own },
    ];
    for other in others {
        assert_eq!(sealer.open(&other, &text), Err(OpenError::Forged), "{other:?}");
    }
}

#[test]
fn scopes_and_client_program_may_change() {
    let before =
        Caller { scopes: vec!["read".to_owned()], client: Some("x 1".to_owned()), ..caller(None, Some("anna")) };
    let text = sealer().seal(&binding(&before), &carried(), HOUR).unwrap();
    assert!(sealer().open(&binding(&caller(None, Some("anna"))), &text).is_ok());
}

#[test]
fn no_bit_can_be_flipped_and_nothing_cut() {
    let caller = Caller::default();
    let text = sealer().seal(&binding(&caller), &carried(), HOUR).unwrap();
    let bytes = URL_SAFE_NO_PAD.decode(&text).unwrap();
    for (at, bit) in (0..bytes.len()).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
        let mut changed = bytes.clone();
        changed[at] ^= 1 << bit;
        let expected = if at == 0 { OpenError::Malformed } else { OpenError::Forged };
        assert_eq!(sealer().open(&binding(&caller), &URL_SAFE_NO_PAD.encode(changed)), Err(expected), "{at}.{bit}");
    }
    for (at, _) in text.char_indices() {
        assert!(sealer().open(&binding(&caller), text.get(..at).unwrap()).is_err(), "cut at {at}");
        let mut changed = text.clone().into_bytes();
        changed[at] ^= 1;
        assert!(sealer().open(&binding(&caller), str::from_utf8(&changed).unwrap()).is_err(), "letter {at}");
    }
}

#[test]
fn what_is_no_sealed_text_is_refused() {
    let long = "A".repeat(TEXT_BYTES);
    let cases = [
        ("", OpenError::Malformed),
        ("AQ", OpenError::Malformed),
        ("not base64!", OpenError::Malformed),
        ("AQ==", OpenError::Malformed),
        ("+/+/", OpenError::Malformed),
        ("\u{0}\u{1f600}", OpenError::Malformed),
        (&long, OpenError::Malformed),
        (&format!("{long}A"), OpenError::TooLong),
    ];
    let caller = Caller::default();
    for (text, expected) in cases {
        assert_eq!(sealer().open(&binding(&caller), text), Err(expected), "{}", text.len());
    }
    let short = URL_SAFE_NO_PAD.encode([&[VERSION][..], &[0; NONCE_BYTES + TAG_BYTES - 1]].concat());
    assert_eq!(sealer().open(&binding(&caller), &short), Err(OpenError::Malformed));
    let least = URL_SAFE_NO_PAD.encode([&[VERSION][..], &[0; NONCE_BYTES + TAG_BYTES]].concat());
    assert_eq!(sealer().open(&binding(&caller), &least), Err(OpenError::Forged));
}

#[test]
fn it_expires_at_its_time() {
    let (caller, now) = (Caller::default(), SystemTime::now());
    let text = sealer().seal_at(now, &binding(&caller), &carried(), HOUR).unwrap();
    let open = |later| sealer().open_at(now + later, &binding(&caller), &text).map(|_| ());
    assert_eq!(open(HOUR - Duration::from_millis(1)), Ok(()));
    assert_eq!(open(HOUR), Err(OpenError::Expired));
    assert_eq!(open(HOUR * 10_000), Err(OpenError::Expired));
    let endless = sealer().seal_at(now, &binding(&caller), &carried(), Duration::MAX).unwrap();
    assert!(sealer().open_at(now + HOUR * 10_000, &binding(&caller), &endless).is_ok());
}

#[test]
fn older_keys_open_and_only_the_newest_seals() {
    let [old, new, other] = [1, 2, 3].map(|byte| Key::from_config(&[byte; 32]));
    let caller = Caller::default();
    let seal = |sealer: &Sealer| sealer.seal(&binding(&caller), &carried(), HOUR).unwrap();
    let opens = |sealer: &Sealer, text: &str| sealer.open(&binding(&caller), text).map(|_| ());
    let (before, after) = (Sealer::new(&old, &[]), Sealer::new(&new, &[other, old]));
    assert_eq!(opens(&after, &seal(&before)), Ok(()));
    assert_eq!(opens(&before, &seal(&after)), Err(OpenError::Forged));
    let [one, two] = [(); 2].map(|()| Sealer::new(&Key::random().unwrap(), &[]));
    assert_eq!(opens(&two, &seal(&one)), Err(OpenError::Forged));
    let many: Vec<_> = (10..30).map(|byte| Key::from_config(&[byte; 32])).collect();
    let text = seal(&Sealer::new(&many[OLDER_KEYS], &[]));
    assert_eq!(opens(&Sealer::new(&new, &many), &text), Err(OpenError::Forged));
    assert_eq!(opens(&Sealer::new(&new, &many[1..]), &text), Ok(()));
}

#[test]
fn the_largest_is_sealed_and_one_byte_more_is_not() {
    let caller = Caller::default();
    let seal = |bytes| {
        let carried = Carried { state: vec![1; bytes], ..carried() };
        sealer().seal(&binding(&caller), &carried, HOUR)
    };
    let Err(SealError::TooLarge { bytes }) = seal(CARRIED_BYTES) else { panic!("sealed") };
    let fits = CARRIED_BYTES - (bytes - CARRIED_BYTES);
    let text = seal(fits).unwrap();
    assert!(text.len() <= TEXT_BYTES && text.len() + 4 > TEXT_BYTES, "{}", text.len());
    assert!(sealer().open(&binding(&caller), &text).is_ok());
    assert_eq!(seal(fits + 1), Err(SealError::TooLarge { bytes: CARRIED_BYTES + 1 }));
}

#[test]
fn a_client_learns_nothing_from_the_text_or_the_error() {
    let caller = Caller::default();
    let [one, two] = [(); 2].map(|()| sealer().seal(&binding(&caller), &carried(), HOUR).unwrap());
    assert_ne!(one, two);
    assert!(!String::from_utf8_lossy(&URL_SAFE_NO_PAD.decode(one).unwrap()).contains("job 1"));
    let errors = [OpenError::TooLong, OpenError::Malformed, OpenError::Forged, OpenError::Expired];
    assert!(errors.iter().all(|error| error.to_string() == errors[0].to_string()));
    assert_eq!(format!("{:?}", Key::from_config(&[9; 32])), "Key(..)");
}

#[test]
fn the_digest_is_of_the_value_and_not_of_how_it_is_written() {
    let read = |text: &str| digest(&serde_json::from_str::<Value>(text).unwrap());
    assert_eq!(read(r#"{"a":1,"b":{"c":[1,2],"d":null}}"#), read(r#"{ "b": {"d":null, "c":[1,2]}, "a": 1 }"#));
    let different = [
        "null",
        "false",
        "true",
        "0",
        "1",
        "-1",
        "1.5",
        r#""""#,
        r#""1""#,
        r#""null""#,
        "[]",
        "{}",
        "[[]]",
        "[[],[]]",
        r#"["a","b"]"#,
        r#"["ab"]"#,
        r#"["a",["b"]]"#,
        r#"{"a":"b"}"#,
        r#"{"a":["b"]}"#,
        r#"{"ab":""}"#,
        r#"{"a":{"b":1},"c":2}"#,
        r#"{"a":{"b":1,"c":2}}"#,
        r#"[1,2]"#,
        r#"[2,1]"#,
        "12",
    ];
    let mut digests = different.map(read).to_vec();
    digests.sort_unstable();
    digests.dedup();
    assert_eq!(digests.len(), different.len());
}

fn any_wanted() -> impl Strategy<Value = Wanted> {
    prop_oneof![".{0,20}".prop_map(Wanted::Form), Just(Wanted::Url), Just(Wanted::Sample), Just(Wanted::Roots)]
}

prop_compose! {
    fn any_carried()(
        state in prop::collection::vec(any::<u8>(), 0..200),
        abandon in prop::option::of(prop::collection::vec(any::<u8>(), 0..50)),
        asks in prop::collection::vec((".{0,10}", any_wanted()).prop_map(|(key, wanted)| OpenAsk { key, wanted }), 0..4),
        is_task in any::<bool>(),
        is_approval in any::<bool>(),
    ) -> Carried {
        Carried { state, call: CallId::new(), abandon, asks, is_task, is_approval }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_carried_comes_back(carried in any_carried(), target in ".{0,20}", subject in prop::option::of(".{0,9}")) {
        let caller = Caller { subject, ..Caller::default() };
        let binding = Binding { target: &target, ..binding(&caller) };
        let text = sealer().seal(&binding, &carried, HOUR).unwrap();
        prop_assert_eq!(sealer().open(&binding, &text), Ok(carried));
    }

    #[test]
    fn whatever_else_comes_is_refused(text in ".{0,200}", bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let caller = Caller::default();
        prop_assert!(sealer().open(&binding(&caller), &text).is_err());
        let versioned = [&[VERSION][..], &bytes].concat();
        prop_assert!(sealer().open(&binding(&caller), &URL_SAFE_NO_PAD.encode(versioned)).is_err());
    }

    /// Sealed with our key, as by an older build: what it holds is still read with care.
    #[test]
    fn an_inside_of_another_form_is_refused_without_a_panic(inside in prop::collection::vec(any::<u8>(), 0..100)) {
        let caller = Caller::default();
        let nonce = XNonce::from([5; NONCE_BYTES]);
        let aad = binding(&caller).encode().unwrap();
        let sealed = sealer().newest.encrypt(&nonce, Payload { msg: &inside, aad: &aad }).unwrap();
        let text = URL_SAFE_NO_PAD.encode([&[VERSION], nonce.as_slice(), &sealed].concat());
        let opened = sealer().open(&binding(&caller), &text);
        prop_assert!(!matches!(opened, Err(OpenError::Forged | OpenError::TooLong)), "{opened:?}");
    }
}
