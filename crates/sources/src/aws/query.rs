//! The AWS Query protocol: form-encoded parameters in, XML out.

/// A form-encoded body.
pub(super) fn body(action: &str, version: &str, token: Option<&str>, parameters: &[(&str, &str)]) -> Vec<u8> {
    let mut text = format!("Action={action}&Version={version}");
    let token = token.map(|token| ("NextToken", token));
    for (name, value) in parameters.iter().copied().chain(token) {
        text.push('&');
        text.push_str(name);
        text.push('=');
        encode(value, &mut text);
    }
    text.into_bytes()
}

fn encode(value: &str, text: &mut String) {
    for byte in value.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => text.push(byte as char),
            other => text.push_str(&format!("%{other:02X}")),
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn values_are_encoded() {
        let body = super::body("DescribeImages", "2016-11-15", Some("a+b/c="), &[("ImageId.1", "ami-0abc")]);
        let expected = "Action=DescribeImages&Version=2016-11-15&ImageId.1=ami-0abc&NextToken=a%2Bb%2Fc%3D";
        assert_eq!(String::from_utf8(body).unwrap(), expected);
    }
}
