use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use proptest::prelude::*;
use zeroize::Zeroizing;

use super::*;

/// Has what each encoding treats in its own way.
const SECRET: &[u8] = b"k\"y/+\\ ~ \xc3\xbf\xc3\xbe secret?>";

fn secret(bytes: &[u8]) -> Arc<Secret> {
    Arc::new(Secret::new("a", Zeroizing::new(bytes.to_vec())).unwrap())
}

fn redactor(secrets: &[&[u8]]) -> Redactor {
    Redactor::new(&secrets.iter().map(|bytes| secret(bytes)).collect::<Vec<_>>()).unwrap()
}

/// What comes out when the text goes in in these pieces.
fn pieces<'a>(redactor: &Redactor, pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut stream = redactor.stream();
    let mut out = Vec::new();
    for piece in pieces {
        stream.push(Bytes::copy_from_slice(piece)).iter().for_each(|piece| out.extend_from_slice(piece));
    }
    out.extend_from_slice(&stream.finish());
    out
}

fn percent(bytes: &[u8], which: impl Fn(usize) -> bool, upper: bool) -> Vec<u8> {
    let escaped = |(at, byte): (usize, &u8)| match (which(at) || *byte == b'%', upper) {
        (true, true) => format!("%{byte:02X}").into_bytes(),
        (true, false) => format!("%{byte:02x}").into_bytes(),
        (false, _) => vec![*byte],
    };
    bytes.iter().enumerate().flat_map(escaped).collect()
}

fn json_unicode(bytes: &[u8]) -> Vec<u8> {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let units = text.encode_utf16().map(|unit| format!("\\u{unit:04x}"));
    units.collect::<String>().into_bytes()
}

fn inside(bytes: &[u8]) -> Vec<u8> {
    let json = serde_json::to_string(std::str::from_utf8(bytes).unwrap()).unwrap();
    json.as_bytes()[1..json.len() - 1].to_vec()
}

/// Every form of a secret in which it stands alone, so that all of it has to go.
fn forms(secret: &[u8]) -> Vec<Vec<u8>> {
    let base64 =
        [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE, &URL_SAFE_NO_PAD].map(|engine| engine.encode(secret).into_bytes());
    let mut forms = vec![
        secret.to_vec(),
        percent(secret, |_| true, true),
        percent(secret, |_| true, false),
        percent(secret, |at| at % 2 == 0, true),
        percent(secret, |at| at % 3 == 1, false),
        inside(secret),
        json_unicode(secret),
        inside(secret).iter().flat_map(|byte| if *byte == b'/' { vec![b'\\', b'/'] } else { vec![*byte] }).collect(),
        secret.iter().map(|byte| if *byte == b' ' { b'+' } else { *byte }).collect(),
    ];
    forms.extend(base64.iter().map(|form| percent(form, |at| !form[at].is_ascii_alphanumeric(), true)));
    forms.extend(base64.iter().map(|form| {
        form.iter().flat_map(|byte| if *byte == b'/' { vec![b'\\', b'/'] } else { vec![*byte] }).collect()
    }));
    forms.extend(base64);
    forms
}

/// Stars, but for the padding of base64, which says nothing.
fn is_gone(out: &[u8]) -> bool {
    let text = String::from_utf8_lossy(out);
    let rest = text.trim_end_matches("%3D").trim_end_matches("%3d").trim_end_matches('=');
    !rest.is_empty() && rest.bytes().all(|byte| byte == MASK)
}

#[test]
fn a_secret_goes_in_every_form_and_wherever_the_text_is_split() {
    let redactor = redactor(&[SECRET]);
    for form in forms(SECRET) {
        for (before, after) in [("", ""), ("{\"key\":\"", "\"}"), ("x=100%&", "&y"), ("\\\\", "\n"), ("k\"y/", "k\"")] {
            let text = [before.as_bytes(), &form, after.as_bytes()].concat();
            let shown = String::from_utf8_lossy(&text).into_owned();
            for split in 0..=text.len() {
                let out = pieces(&redactor, [&text[..split], &text[split..]]);
                assert_eq!(out.len(), text.len(), "{shown} at {split}");
                assert_eq!(&out[..before.len()], before.as_bytes(), "{shown} at {split}");
                assert_eq!(&out[before.len() + form.len()..], after.as_bytes(), "{shown} at {split}");
                let middle = &out[before.len()..before.len() + form.len()];
                assert!(is_gone(middle), "{shown} at {split}: {}", String::from_utf8_lossy(&out));
            }
            let bytewise = pieces(&redactor, text.chunks(1));
            assert!(is_gone(&bytewise[before.len()..before.len() + form.len()]), "{shown} byte by byte");
        }
    }
}

#[test]
fn base64_of_a_longer_text_keeps_the_rest_of_it() {
    let redactor = redactor(&[SECRET]);
    for engine in [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE, &URL_SAFE_NO_PAD] {
        for (before, after) in (0..7).flat_map(|before| (0..4).map(move |after| (before, after))) {
            let text = [&b"user-12:"[..before], SECRET, &b"tail"[..after]].concat();
            let encoded = engine.encode(&text);
            let out = text_of(&redactor, &encoded);
            assert_eq!(out.len(), encoded.len());
            // At most a character at the beginning, which has bits of the text before in it, stays.
            let stars = out.bytes().filter(|byte| *byte == MASK).count();
            assert!(stars * 6 + 5 >= SECRET.len() * 8, "{encoded} {out}");
            assert!(encoded.starts_with(out.trim_end_matches(|end: char| end != '*').trim_end_matches('*')));
            for split in 0..=encoded.len() {
                let (head, tail) = encoded.as_bytes().split_at(split);
                assert_eq!(pieces(&redactor, [head, tail]), out.as_bytes(), "{encoded} at {split}");
            }
        }
    }
}

#[test]
fn secrets_that_overlap_all_go() {
    let cases: [(&[&[u8]], &str, &str); 7] = [
        (&[b"abcdefgh", b"abcdefghijkl"], "-abcdefghijkl-", "-************-"),
        (&[b"abcdefgh", b"abcdefghijkl"], "-abcdefghijk-", "-********ijk-"),
        (&[b"abcdefgh", b"efghijkl"], "-abcdefghijkl-", "-************-"),
        (&[b"abcdefgh", b"efghijkl"], "-abcdefghijk-", "-********ijk-"),
        (&[b"aaaaaaaa"], "-aaaaaaaaaaa-aaaaaaa-", "-***********-aaaaaaa-"),
        (&[b"abababab"], "abababababa", "**********a"),
        (&[b"nabcdefg"], "\\nabcdefg", "\\********"),
    ];
    for (secrets, text, expected) in cases {
        let redactor = redactor(secrets);
        assert_eq!(text_of(&redactor, text), expected);
        for first in 0..=text.len() {
            for second in first..=text.len() {
                let bytes = text.as_bytes();
                let split = [&bytes[..first], &bytes[first..second], &bytes[second..]];
                assert_eq!(pieces(&redactor, split), expected.as_bytes(), "{text} at {first} and {second}");
            }
        }
    }
}

#[test]
fn a_text_without_secrets_is_neither_changed_nor_copied() {
    let redactor = redactor(&[SECRET]);
    let text = Bytes::from("{\"a\": \"100% of C:\\Users\\n\"}\n".repeat(40_000));
    let mut stream = redactor.stream();
    let mut out = 0;
    for begin in (0..text.len()).step_by(16 << 10) {
        let chunk = text.slice(begin..text.len().min(begin + (16 << 10)));
        for piece in stream.push(chunk.clone()) {
            assert_eq!(piece, text.slice(out..out + piece.len()));
            let borrowed = text.as_ptr_range().contains(&piece.as_ptr());
            assert!(piece.len() < 1_024 || borrowed, "a long piece is passed on as it is");
            out += piece.len();
        }
    }
    assert_eq!(out + stream.finish().len(), text.len());
}

#[test]
fn an_event_is_not_held_back() {
    let redactor = redactor(&[SECRET]);
    let mut stream = redactor.stream();
    for event in ["data: {\"n\":1}\n\n", "data: k\"y/+ isn't it\n\n", "data: \\u0041 %41\n\n"] {
        assert_eq!(stream.push(Bytes::from(event)).concat(), event.as_bytes());
    }
}

#[test]
fn nothing_prints_what_is_held_back() {
    let redactor = redactor(&[b"hunter2hunter2"]);
    let mut stream = redactor.stream();
    assert!(stream.push(Bytes::from_static(b"hunter2hunter")).concat().is_empty());
    assert_eq!(format!("{stream:?}"), "Redaction { held: 13, .. }");
}

#[test]
fn what_is_held_back_is_bounded() {
    let long: Vec<u8> = (0..crate::secret::MOST_BYTES).map(|at| b'a' + u8::try_from(at * at % 23).unwrap()).collect();
    let redactor = redactor(&[&long]);
    let mut stream = redactor.stream();
    let mut most = 0;
    let text = [json_unicode(&long), long.clone(), b"x".to_vec()].concat();
    let began = std::time::Instant::now();
    let mut out = Vec::new();
    for chunk in text.chunks(10) {
        stream.push(Bytes::copy_from_slice(chunk)).iter().for_each(|piece| out.extend_from_slice(piece));
        most = most.max(stream.held());
    }
    out.extend_from_slice(&stream.finish());
    assert!(most <= redactor.0.reach() * 9 / 8, "{most}");
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
    assert!(out == [vec![MASK; text.len() - 1], b"x".to_vec()].concat());
}

/// What becomes of a text that comes as a whole.
fn text_of(redactor: &Redactor, text: &str) -> String {
    let mut stream = redactor.stream();
    let begin = stream.push(Bytes::copy_from_slice(text.as_bytes()));
    let out = [begin.concat(), stream.finish().to_vec()].concat();
    String::from_utf8_lossy(&out).into_owned()
}

#[test]
fn headers_lose_their_secrets_too() {
    let redactor = redactor(&[b"hunter2hunter2"]);
    let mut headers = HeaderMap::new();
    headers.insert("x-echo", "Bearer hunter2hunter2; q=1".parse().unwrap());
    headers.append("x-echo", "harmless".parse().unwrap());
    redactor.headers(&mut headers);
    let values: Vec<_> = headers.get_all("x-echo").iter().collect();
    assert_eq!(values, ["Bearer **************; q=1", "harmless"]);
    assert_eq!(text_of(&redactor, "no route to /?key=hunter2%68unter2"), "no route to /?key=****************");
    // Names are told apart by no case, and can't be starred.
    let redactor = self::redactor(&[b"Hunter2Hunter2"]);
    headers.insert("x-hunter2hunter2-y", "1".parse().unwrap());
    redactor.headers(&mut headers);
    assert_eq!(headers.keys().collect::<Vec<_>>(), ["x-echo"]);
    assert!(Redactor::new(&[]).is_none());
}

#[tokio::test]
async fn a_body_is_redacted_with_its_trailers() {
    let redactor = redactor(&[b"hunter2hunter2"]);
    let mut trailers = HeaderMap::new();
    trailers.insert("x-echo", "hunter2hunter2".parse().unwrap());
    let frames = ["a hunter2", "hun", "", "ter2 b hunter2"].map(|piece| Frame::data(Bytes::from(piece)));
    let frames = frames.into_iter().chain([Frame::trailers(trailers)]).map(Ok::<_, std::io::Error>);
    let body = StreamBody::new(stream(frames.collect()));
    let collected = RedactedBody::new(body, &redactor).collect().await.unwrap();
    assert_eq!(collected.trailers().unwrap()["x-echo"], "**************");
    assert_eq!(collected.to_bytes(), "a ************** b hunter2");

    let whole = RedactedBody::new(http_body_util::Full::new(Bytes::from("hunter2")), &redactor);
    assert_eq!(http_body::Body::size_hint(&whole).exact(), Some(7));
    assert_eq!(whole.collect().await.unwrap().to_bytes(), "hunter2");
}

fn stream<T: Unpin>(items: Vec<T>) -> impl futures::Stream<Item = T> + Unpin {
    futures::stream::iter(items)
}

fn arbitrary_text() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..12),
        "[%0-9a-fA-F]{0,9}".prop_map(String::into_bytes),
        r#"[\\u0-9a-fnd"/]{0,9}"#.prop_map(String::into_bytes),
    ];
    proptest::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_form_of_any_secret_survives(
        text in "[a-z%\\\\/+\" é0-9]{8,24}",
        which in any::<prop::sample::Index>(),
        (before, between, after) in (arbitrary_text(), arbitrary_text(), arbitrary_text()),
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..8),
    ) {
        let bytes = text.as_bytes();
        let redactor = redactor(&[bytes]);
        let forms = forms(bytes);
        let form = which.get(&forms);
        // Something plain at its sides: what stands before could make another escape of its beginning.
        let body = [&before[..], b"&", form, b"&", &between, b"&", form, b"&", &after].concat();
        let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(body.len() + 1)).collect();
        places.extend([0, body.len()]);
        places.sort_unstable();
        let out = pieces(&redactor, places.windows(2).map(|pair| &body[pair[0]..pair[1]]));
        prop_assert_eq!(out.len(), body.len());
        prop_assert!(!contains(&out, bytes));
        prop_assert!(!contains(&out, form), "{} in {}", String::from_utf8_lossy(form), String::from_utf8_lossy(&out));
        let whole = pieces(&redactor, [&body[..]]);
        prop_assert_eq!(&out, &whole, "the same however it is cut");
    }
}

/// `cargo test --release -- --ignored --nocapture throughput`
#[test]
#[ignore = "a measurement"]
fn throughput() {
    let redactor = redactor(&[b"sk_live_0123456789abcdefghijklmnopqrstuv", b"another-secret-with-some-length"]);
    let mut random = 88_172_645_463_325_252_u64;
    let noise = (0..1 << 20).map(|_| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random.to_le_bytes()[3]
    });
    let bodies = [
        ("noise", noise.collect::<Vec<u8>>()),
        ("json", "{\"id\":12345,\"name\":\"some ordinary text\",\"ok\":true},".repeat(20_000).into_bytes()),
        (
            "json in json",
            r#"{\"id\":12345,\"name\":\"some ordinary text\",\"ok\":true},\n"#.repeat(20_000).into_bytes(),
        ),
        ("percent", "a=b%20c%2Fd%3F&list=%5B1%2C2%5D&".repeat(30_000).into_bytes()),
        ("near misses", "sk_live_0123456789abcdefghijklmnopqrstuX".repeat(26_000).into_bytes()),
        ("secrets", "sk_live_0123456789abcdefghijklmnopqrstuv ".repeat(26_000).into_bytes()),
    ];
    for (name, body) in bodies {
        for size in [8 << 10, 64 << 10] {
            let body = Bytes::from(body.clone());
            let began = cpu_seconds();
            let (mut stream, mut bytes) = (redactor.stream(), 0_usize);
            while bytes < 200 << 20 {
                for begin in (0..body.len()).step_by(size) {
                    let chunk = body.slice(begin..body.len().min(begin + size));
                    bytes += chunk.len();
                    std::hint::black_box(stream.push(chunk));
                }
            }
            let rate = bytes as f64 / (cpu_seconds() - began) / 1e6;
            println!("{name} in chunks of {size}: {rate:.0} MB for each second of CPU time");
        }
    }
    let began = cpu_seconds();
    for _ in 0..100 {
        std::hint::black_box(self::redactor(&[b"sk_live_0123456789abcdefghijklmnopqrstuv"]));
    }
    println!("preparing one secret of 40 bytes: {:.0} µs", (cpu_seconds() - began) * 1e4);
}

/// Of this thread, so that other work on the machine doesn't count.
fn cpu_seconds() -> f64 {
    let statistics = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    statistics.split(' ').next().unwrap().parse::<f64>().unwrap() / 1e9
}
