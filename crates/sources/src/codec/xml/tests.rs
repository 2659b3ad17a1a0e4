use super::*;
use crate::testing::exchange;
use proptest::prelude::*;

fn names(wire: &str) -> Option<Kind> {
    match wire {
        "tagSet" => Some(Kind::List("Tags")),
        "instanceState" => Some(Kind::Object("State")),
        "ipAddress" => Some(Kind::Text("PublicIpAddress")),
        _ => None,
    }
}

fn shown(node: &Node) -> serde_json::Value {
    match &node.content {
        Content::Text(text) => text.as_str().into(),
        Content::List(items) => items.iter().map(shown).collect(),
        Content::Object(members) => members.iter().map(|(name, node)| (name.clone(), shown(node))).collect(),
    }
}

fn value(xml: &[u8]) -> Result<serde_json::Value, Reject> {
    document(xml, names, &Limits { bytes: 1 << 20, elements: 1000 })
        .map(|document| shown(&document.node))
        .map_err(|stop| stop.reject(|at| Some(place(xml, at))))
}

fn check(xml: &str, expected: &str) {
    assert_eq!(value(xml.as_bytes()).unwrap().to_string(), expected, "{xml}");
}

#[test]
fn elements_become_members() {
    check("<R xmlns=\"u\"><instanceId>i-0a1</instanceId></R>", r#"{"InstanceId":"i-0a1"}"#);
    check("<R><a:ipAddress xmlns:a=\"u\">1</a:ipAddress></R>", r#"{"PublicIpAddress":"1"}"#);
    check("<R>\n  <tagSet>\n <item><key>a</key></item><item/>\n</tagSet>\n</R>", r#"{"Tags":[{"Key":"a"},""]}"#);
    check("<R><tagSet/><instanceState></instanceState><x/></R>", r#"{"State":{},"Tags":[],"X":""}"#);
    check("<R><Any><member>1</member></Any></R>", r#"{"Any":["1"]}"#);
    check("<?xml version=\"1.0\"?><R><a>&lt;&amp;&#x41; <![CDATA[<b>]]></a></R>\n", r#"{"A":"<&A <b>"}"#);
}

#[test]
fn what_is_no_answer_is_refused_with_its_place() {
    let refused = |xml: &str| value(xml.as_bytes()).unwrap_err();
    assert_eq!(refused("<R>\n<a></b></R>").position.map(|(line, _)| line), Some(2));
    for xml in [
        "<!DOCTYPE R [<!ENTITY e \"x\">]><R/>",
        "<R>&e;</R>",
        "<R><a>1</a><a>2</a></R>",
        "<R><tagSet><key>a</key></tagSet></R>",
        "<R><x><item/><y/></x></R>",
        "<R>text<a/></R>",
        "<R/><R/>",
        "<R/>text",
        "<R>&lt</R>",
    ] {
        let reject = refused(xml);
        assert!(!reject.cut_short && reject.position.is_some(), "{xml}: {reject:?}");
    }
    assert_eq!(refused(&"<a>".repeat(100)).message, "elements nest too deep");
}

/// Invariant 1: a document that ends too early is never a shorter one.
#[test]
fn a_cut_document_is_cut_short() {
    let whole = "<R><tagSet><item><key>a</key><value>&#233;é</value></item></tagSet></R>";
    for end in 1..whole.len() {
        let reject = value(&whole.as_bytes()[..end]).unwrap_err();
        assert!(reject.cut_short, "cut at {end}: {reject:?}");
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body {
    tags: Vec<Tag>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: String,
}

/// Reads a body as the answer to `ec2.DescribeInstances`.
fn read_tags(body: &[u8]) -> Result<Body, Reject> {
    let exchange = exchange(crate::operation("ec2.DescribeInstances").unwrap(), None);
    read(&Answer { exchange: &exchange, body }, names)
}

#[test]
fn what_a_row_misses_is_refused_at_its_element() {
    let xml = "\n<DescribeInstancesResponse><tagSet>\n  <item><key>a</key></item>\n  <item><other/></item>\n</tagSet></DescribeInstancesResponse>";
    let reject = read_tags(xml.as_bytes()).unwrap_err();
    assert_eq!((reject.position, reject.message.as_str()), (Some((4, 3)), "missing field `Key`"));
    let reject = read_tags(b"<DescribeInstancesResponse>\n</DescribeInstancesResponse>").unwrap_err();
    assert_eq!(reject.position, Some((1, 1)), "{reject:?}");
    let reject = read_tags(b"<DescribeInstancesResponse>\n <tagSet>\n<item/>text</tagSet></DescribeInstancesResponse>");
    assert_eq!(reject.unwrap_err().position.map(|(line, _)| line), Some(3));
    let read =
        read_tags(b"<DescribeInstancesResponse><tagSet><item><key>a</key></item></tagSet></DescribeInstancesResponse>");
    assert_eq!(read.unwrap().tags[0].key, "a");
}

/// Another action's answer can have everything that this one's needs, or need nothing.
#[test]
fn another_actions_answer_is_refused() {
    let reject =
        read_tags(b"<?xml version=\"1.0\"?>\n<DescribeImagesResponse><tagSet/></DescribeImagesResponse>").unwrap_err();
    assert_eq!(reject.position, Some((2, 1)));
    assert_eq!(
        reject.message,
        "the document is a <DescribeImagesResponse>, and a <DescribeInstancesResponse> was expected"
    );
    let error = b"<Response><Errors><Error><Code>RequestLimitExceeded</Code><Message>Slow down.</Message></Error></Errors></Response>";
    let message = read_tags(error).unwrap_err().message;
    assert!(message.ends_with("was expected: RequestLimitExceeded: Slow down."), "{message}");
}

#[test]
fn error_documents_say_code_and_message() {
    let pair = |code: &str, message: &str| Some((code.to_owned(), message.to_owned()));
    let ec2 = b"<?xml version=\"1.0\"?>\n<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>no</Message></Error></Errors><RequestID>0a</RequestID></Response>";
    assert_eq!(error(ec2), pair("UnauthorizedOperation", "no"));
    let query = b"<ErrorResponse xmlns=\"u\"><Error><Type>Sender</Type><Code>Throttling</Code></Error><RequestId>0a</RequestId></ErrorResponse>";
    assert_eq!(error(query), pair("Throttling", ""));
    for other in ["<Response/>", "<R><Error><Code>a</Code></Error></R>", "{}", "", "<html><body>503</body></html>"] {
        assert_eq!(error(other.as_bytes()), None, "{other}");
    }
}

/// Files made to hurt end in a refusal: neither deep, nor many, nor large.
#[test]
fn what_is_too_much_is_refused() {
    let many = format!("<R><tagSet>{}</tagSet></R>", "<item/>".repeat(1000));
    assert!(value(many.as_bytes()).unwrap_err().message.contains("elements: save it in pages"));
    let large = format!("<R><a>{}</a></R>", " ".repeat(1 << 20));
    assert!(value(large.as_bytes()).unwrap_err().message.contains("save it in pages"));
    assert!(value(format!("{}x", "<a>".repeat(DEPTH)).as_bytes()).unwrap_err().cut_short);
    // The reader holds what is open, and no more: a hundred thousand levels do not reach the stack.
    assert!(!value("<a>".repeat(100_000).as_bytes()).unwrap_err().cut_short);
}

/// Pieces that documents are made of, right and wrong.
fn soup() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "<DescribeInstancesResponse>",
        "</DescribeInstancesResponse>",
        "<tagSet>",
        "</tagSet>",
        "<tagSet/>",
        "<item>",
        "</item>",
        "<key>a</key>",
        "<member/>",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "<?xml version=\"1.0\"?>",
        "<!DOCTYPE a [<!ENTITY b \"c\">]>",
        "&amp;",
        "&#x110000;",
        "&#0;",
        "&b;",
        "&",
        "<",
        ">",
        "é",
        "\u{feff}",
        " x=\"y\"",
        "<a:b",
        "/>",
        "\n",
    ]);
    prop::collection::vec(pieces, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..256)) {
        let _ = error(&bytes);
        let _ = read_tags(&bytes);
        let _ = read_tags(&[b"<", bytes.as_slice()].concat());
    }

    #[test]
    fn a_soup_of_tags_is_read_or_refused_with_its_place(text in soup()) {
        let _ = error(text.as_bytes());
        let _ = read_tags(text.as_bytes());
        for text in [format!("<R>{text}"), format!("<DescribeInstancesResponse><tagSet>{text}")] {
            if let Err(reject) = read_tags(text.as_bytes()) {
                let (line, column) = reject.position.unwrap();
                prop_assert!(line <= text.lines().count().max(1) + 1 && column >= 1, "{text:?}: {reject:?}");
            }
        }
    }
}
