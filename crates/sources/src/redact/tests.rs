use super::*;
use proptest::prelude::*;

fn text(media_type: &str, body: &str) -> String {
    String::from_utf8(redact("x.Y", media_type, body.as_bytes()).body.into_owned()).unwrap()
}

#[test]
fn values_go_and_shapes_stay() {
    for (body, expected) in [
        (r#"{"UserData": {"Value": "IyEvYmlu"}, "a": 1}"#, r#"{"UserData": {"Value": "[redacted]"}, "a": 1}"#),
        (r#"{"userData":null,"customData" : "x\"y"}"#, r#"{"userData":null,"customData" : "[redacted]"}"#),
        (
            r#"{"Environment":{"Variables":{"DB":"x","N":1},"Error":"y"}}"#,
            r#"{"Environment":{"Variables":{"DB":"[redacted]","N":"[redacted]"},"Error":"y"}}"#,
        ),
        (r#"{"environment":[{"name":"DB","value":"x"}]}"#, r#"{"environment":[{"name":"DB","value":"[redacted]"}]}"#),
        (r#"{"tags":{"Environment":"production"}}"#, r#"{"tags":{"Environment":"production"}}"#),
        (
            r#"{"Tags":[{"Key":"Environment","Value":"production"},{"Value":"x","Key":"Email"}]}"#,
            r#"{"Tags":[{"Key":"Environment","Value":"production"},{"Value":"[redacted]","Key":"Email"}]}"#,
        ),
        (
            r#"{"Parameters":{"Operation":["Install"],"RebootOption":["NoReboot"],"commands":["rm x"],"SnapshotId":[""]}}"#,
            r#"{"Parameters":{"Operation":["Install"],"RebootOption":["NoReboot"],"commands":["[redacted]"],"SnapshotId":[""]}}"#,
        ),
        (r#"{"Parameters":[{"Name":"a"}]}"#, r#"{"Parameters":[{"Name":"a"}]}"#),
        (
            r#"{"Results":["{\"resourceId\":\"i-1\",\"userData\":\"abc\"}"]}"#,
            r#"{"Results":["{\"resourceId\":\"i-1\",\"userData\":\"[redacted]\"}"]}"#,
        ),
        (r#"{"url":"https://x/c?sv=1&sig=abc%3D&se=2"}"#, r#"{"url":"https://x/c?sv=1&sig=[redacted]&se=2"}"#),
        (
            r#"[{"id":"s","user":{"name":"jane@example.com","type":"user"}}]"#,
            r#"[{"id":"s","user":{"name":"[redacted]","type":"user"}}]"#,
        ),
        (
            r#"{"systemData":{"createdBy":"jane@example.com","lastModifiedBy":"app-1"}}"#,
            r#"{"systemData":{"createdBy":"[redacted]","lastModifiedBy":"app-1"}}"#,
        ),
        (
            r#"{"authorization":{"action":"a/b"},"Authorization":"x"}"#,
            r#"{"authorization":{"action":"a/b"},"Authorization":"[redacted]"}"#,
        ),
        (
            r#"{"TaskParameters":{"Operation":{"Values":["Scan"]},"commands":{"Values":["x"]}}}"#,
            r#"{"TaskParameters":{"Operation":{"Values":["Scan"]},"commands":{"Values":["[redacted]"]}}}"#,
        ),
        (r#"{"Email":"a@b"}"#, r#"{"Email":"[redacted]"}"#),
        ("{\"Email\":\"a@b\"}\n{\"Email\":\"c@d\"}\n", "{\"Email\":\"[redacted]\"}\n{\"Email\":\"[redacted]\"}\n"),
        // Cut short: the secret must not get through.
        (r#"{"a": {"UserData": "IyEvYmlu"#, r#"{"a": {"UserData": "[redacted]""#),
        (
            r#"{"a" "b": "c"d", "adminPassword" : "x\"y", "n": 1"#,
            r#"{"a" "b": "c"d", "adminPassword" : "[redacted]", "n": 1"#,
        ),
        (r#"{"protectedSettings": {"k": "v"#, r#"{"protectedSettings": "[redacted]""#),
        (r#"["{\"adminPassword\":\"x\",\"b\":1"#, r#"["{\"adminPassword\":"[redacted]",\"b\":1"#),
    ] {
        assert_eq!(text("application/json", body), expected, "{body}");
    }
}

#[test]
fn tables_and_markup() {
    for (media, body, expected) in [
        (
            "text/csv",
            "name;E-Mail;note\r\nweb;\"a;b@c\";x\r\nw2;;y\r\n",
            "name;E-Mail;note\r\nweb;\"[redacted]\";x\r\nw2;;y\r\n",
        ),
        ("text/csv", "name,note\nweb,Password=abc\n", "name,note\nweb,Password=[redacted]\n"),
        ("text/csv", "name,owner\nweb,jane@example.com\n", "name,owner\nweb,jane@example.com\n"),
        (
            "text/xml",
            "<R><userData><value>IyEv</value></userData><tag><key>Email</key><value>a@b</value></tag><tag><key>Env</key><value>p</value></tag></R>",
            "<R><userData><value>[redacted]</value></userData><tag><key>Email</key><value>[redacted]</value></tag><tag><key>Env</key><value>p</value></tag></R>",
        ),
        (
            "text/xml",
            "<a><Password><![CDATA[x<y]]></Password></a>",
            "<a><Password><![CDATA[[redacted]]]></Password></a>",
        ),
        ("text/plain", "Bearer abcdefghijklmnopqrstuvwxyz0123", "Bearer [redacted]"),
    ] {
        assert_eq!(text(media, body), expected, "{body}");
    }
}

#[test]
fn pointers_say_where() {
    let body = br#"{"a/b":[{"UserData":"x"},{"UserData":"y"}]}"#;
    assert_eq!(redact("x.Y", "application/json", body).pointers, ["/a~1b/0/UserData", "/a~1b/1/UserData"]);
    let body = b"{\"a\":1}\n{\"Email\":\"x\"}";
    assert_eq!(redact("x.Y", "application/json", body).pointers, ["/1/Email"]);
    let command = br#"{"CommandPlugins":[{"Output":"x"}]}"#;
    assert_eq!(redact("ssm.ListCommandInvocations", "", command).pointers, ["/CommandPlugins/0/Output"]);
    assert!(redact("ssm.X", "", command).pointers.is_empty());
}

#[test]
fn nothing_to_redact_costs_no_copy() {
    let body = br#"{"Patches":[{"Title":"kernel","State":"Missing","CVEIds":"CVE-2024-1"}],"NextToken":"eyJOZXh0"}"#;
    assert!(matches!(redact("x.Y", "application/json", body).body, Cow::Borrowed(_)));
}

/// Secrets as they would be planted by a careless team, each recognisable by `s3cr3t`.
const PLANTED: &[&str] = &[
    r#"{"Reservations":[{"UserData":"s3cr3t"}]}"#,
    r#"{"properties":{"osProfile":{"adminPassword":"s3cr3t","customData":"s3cr3t"},"userData":"s3cr3t"}}"#,
    r#"{"properties":{"protectedSettings":{"script":{"x":["s3cr3t"]}}}}"#,
    r#"{"Functions":[{"Environment":{"Variables":{"KEY":"s3cr3t"}}}]}"#,
    r#"{"StandardOutputContent":"s3cr3t","StandardErrorContent":"s3cr3t"}"#,
    r#"{"Parameters":{"commands":["export A=s3cr3t"]}}"#,
    r#"{"Credentials":{"SecretAccessKey":"s3cr3t","SessionToken":"s3cr3t"}}"#,
    r#"{"c":"DefaultEndpointsProtocol=https;AccountKey=s3cr3t;EndpointSuffix=x"}"#,
    r#"{"c":"Server=x;Uid=y;Pwd=s3cr3t;"}"#,
    r#"{"u":"https://x/y?se=1&sig=s3cr3t%3D"}"#,
    r#"{"u":"https://x/y?se=1\u0026sig=s3cr3t%3D"}"#,
    r#"{"h":"Authorization: Bearer s3cr3ts3cr3ts3cr3t"}"#,
    r#"{"t":"eyJhbGciOiJIUzI1NiJ9.eyJzs3cr3t.s3cr3t"}"#,
    r#"{"k":"-----BEGIN PRIVATE KEY-----\ns3cr3t\n-----END PRIVATE KEY-----\n"}"#,
    r#"{"configuration":"{\"inner\":\"{\\\"userData\\\":\\\"s3cr3t\\\"}\"}"}"#,
    r#"{"masterUserPassword":"s3cr3t","connection_string":"s3cr3t","apiKey":"s3cr3t"}"#,
];

#[test]
fn no_planted_secret_gets_through() {
    for whole in PLANTED {
        let last = whole.rfind("s3cr3t").unwrap() + 6;
        // Whole, and cut anywhere from the end of the last secret on.
        for end in last..=whole.len() {
            let out = text("application/json", &whole[..end]);
            assert!(!out.contains("s3cr3t"), "{} -> {out}", &whole[..end]);
        }
        let out = redact("x.Y", "application/json", whole.as_bytes());
        assert!(serde_json::from_slice::<serde_json::Value>(&out.body).is_ok(), "{whole}");
        assert!(!out.pointers.is_empty() && out.pointers.iter().all(|pointer| pointer.starts_with('/')), "{whole}");
    }
}

fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("UserData".to_owned()),
        Just("Environment".to_owned()),
        Just("Variables".to_owned()),
        Just("Parameters".to_owned()),
        Just("Key".to_owned()),
        Just("Value".to_owned()),
        Just("Email".to_owned()),
        Just("Pwd=a b;c".to_owned()),
        Just("x?sig=abc".to_owned()),
        Just("user".to_owned()),
        Just("name".to_owned()),
        Just(r#"{"userData":"x"}"#.to_owned()),
        Just("a@b".to_owned()),
        Just("[stdout]".to_owned()),
        Just("Parameters=x;eyJhbGciOiJI.eyJzdWIi.x".to_owned()),
        Just("adminPassword".to_owned()),
        "\\PC{0,8}",
    ]
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        words().prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
            prop::collection::btree_map(words(), inner, 0..5)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn valid_json_stays_valid_and_keeps_its_shape(value in json(), pretty in any::<bool>()) {
        let body = if pretty { serde_json::to_vec_pretty(&value) } else { serde_json::to_vec(&value) }.unwrap();
        let out = redact("x.Y", "application/json", &body);
        let read: serde_json::Value = serde_json::from_slice(&out.body).unwrap();
        prop_assert!(alike(&value, &read), "{value} {read}");
        prop_assert!(pieces_of(&body, &out.body), "{value} {read}");
        let again = redact("x.Y", "application/json", &out.body);
        prop_assert!(matches!(again.body, Cow::Borrowed(_)), "{}", String::from_utf8_lossy(&out.body));
    }

    #[test]
    fn any_bytes_are_redacted_once(body in prop::collection::vec(any::<u8>(), 0..200), media in "(text/csv|text/xml|application/json|)") {
        let out = redact("x.Y", &media, &body);
        let again = redact("x.Y", &media, &out.body);
        prop_assert!(matches!(again.body, Cow::Borrowed(_)));
    }

    #[test]
    fn any_text_of_these_words_is_redacted_once(
        parts in prop::collection::vec(prop_oneof![words(), "[\\[\\]{}\":,<>/=;\\\\ \n]{1,3}"], 0..30),
        media in "(text/csv|text/xml|application/json|)",
    ) {
        let body = parts.concat();
        let out = redact("x.Y", &media, body.as_bytes());
        let again = redact("x.Y", &media, &out.body);
        prop_assert!(matches!(again.body, Cow::Borrowed(_)), "{body:?} -> {:?}", String::from_utf8_lossy(&out.body));
    }
}

/// Whether what stands between the marks stands in the body as well, in that order, and begins and ends like it.
fn pieces_of(body: &[u8], redacted: &[u8]) -> bool {
    let (body, redacted) = (std::str::from_utf8(body).unwrap(), std::str::from_utf8(redacted).unwrap());
    let pieces: Vec<&str> = redacted.split(MARK).map(|piece| piece.trim_matches('"')).collect();
    let mut at = 0;
    for piece in &pieces {
        match body[at..].find(piece) {
            Some(found) => at += found + piece.len(),
            None => return false,
        }
    }
    body.trim_matches('"').starts_with(pieces[0]) && body.trim_matches('"').ends_with(pieces[pieces.len() - 1])
}

/// The same structure; leaves may differ where the second one says that it was redacted.
fn alike(before: &serde_json::Value, after: &serde_json::Value) -> bool {
    use serde_json::Value::{Array, Object};
    match (before, after) {
        (Array(a), Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| alike(a, b)),
        (Object(a), Object(b)) => a.len() == b.len() && a.iter().zip(b).all(|((_, a), (_, b))| alike(a, b)),
        (a, b) => a == b || b.as_str().is_some_and(|text| text.contains(MARK)),
    }
}
