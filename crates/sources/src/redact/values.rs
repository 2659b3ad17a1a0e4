//! Texts that are secrets wherever they stand: signatures, keys and passwords in connection strings, tokens, key pairs.
//! Works on text as it is written, escapes of JSON and XML included.

use super::names::is_secret;
use std::ops::Range;

/// The parts of a text to cut out, in order; they may touch but not overlap.
pub(super) fn secrets(text: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let hit = match text[at] {
            b'=' => assigned(text, at),
            b'e' => web_token(text, at),
            b'A' => access_key(text, at),
            b' ' => bearer(text, at),
            b'-' => private_key(text, at),
            b'[' => script_output(text, at),
            _ => None,
        };
        match hit {
            Some(range) if !range.is_empty() => {
                at = range.end;
                found.push(range);
            }
            _ => at += 1,
        }
    }
    found
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

fn run(text: &[u8], from: usize, allowed: impl Fn(u8) -> bool) -> usize {
    text.get(from..).map_or(from, |rest| from + rest.iter().take_while(|byte| allowed(**byte)).count())
}

/// The value of `name=value` where the name is one of a secret.
fn assigned(text: &[u8], equals: usize) -> Option<Range<usize>> {
    let before = &text[..equals];
    let start = before.iter().rposition(|byte| !is_token(*byte)).map_or(0, |at| at + 1);
    let mut name = &before[start..];
    // `\u0026sig=` and `\nPassword=`: the letters of an escape are not part of the name.
    if start > 0 && before[start - 1] == b'\\' {
        let escape = if name.first() == Some(&b'u') { 5 } else { 1 };
        name = name.get(escape..).unwrap_or_default();
    }
    let from = equals + 1;
    if name.eq_ignore_ascii_case(b"sig") {
        return Some(from..signature(text, from));
    }
    if is_secret(name) { Some(value(text, from)) } else { None }
}

/// Letters of Base64, with percent signs, and with `+` and `/` in the escapes of JSON.
fn signature(text: &[u8], from: usize) -> usize {
    let mut at = from;
    loop {
        at = run(text, at, |byte| is_token(byte) || matches!(byte, b'%' | b'+' | b'/' | b'=' | b'.' | b'~'));
        match text.get(at..) {
            Some([b'\\', b'/', ..]) => at += 2,
            Some([b'\\', b'u', b'0', b'0', b'2', b'B' | b'b' | b'F' | b'f', ..]) => at += 6,
            Some([b'\\', b'u', b'0', b'0', b'3', b'D' | b'd', ..]) => at += 6,
            _ => return at,
        }
    }
}

/// A value up to the end of its part of a connection string, or of its word.
fn value(text: &[u8], from: usize) -> Range<usize> {
    let quote = match text.get(from..) {
        Some([b'\\', quote @ (b'"' | b'\''), ..]) => Some((*quote, 2)),
        Some([quote @ (b'"' | b'\''), ..]) => Some((*quote, 1)),
        _ => None,
    };
    let start = from + quote.map_or(0, |(_, length)| length);
    if text[start..].starts_with(super::MARK.as_bytes()) {
        return start..start;
    }
    // With a semicolon further on it is a connection string, where a value may have spaces.
    let line = text[start..].iter().take(1024).take_while(|byte| !matches!(byte, b'"' | b'<' | b'\n'));
    let parts = line.clone().any(|byte| *byte == b';');
    let mut at = start;
    while let Some(byte) = text.get(at) {
        match byte {
            b'\\' => match text.get(at + 1) {
                Some(b'n' | b'r' | b't' | b'"') | None => break,
                Some(_) => at += 1,
            },
            b'"' | b'<' | b'\n' | b'\r' => break,
            b'\'' if quote.is_some_and(|(quote, _)| quote == b'\'') => break,
            b';' | b'&' if quote.is_none() => break,
            byte if byte.is_ascii_whitespace() && quote.is_none() && !parts => break,
            _ => {}
        }
        at += 1;
    }
    start..at.min(text.len())
}

/// `eyJ….….…`, a JSON web token.
fn web_token(text: &[u8], start: usize) -> Option<Range<usize>> {
    if !text[start..].starts_with(b"eyJ") || start.checked_sub(1).is_some_and(|before| is_token(text[before])) {
        return None;
    }
    let head = run(text, start, is_token);
    let body = (text.get(head) == Some(&b'.')).then(|| run(text, head + 1, is_token))?;
    let tail = (text.get(body) == Some(&b'.')).then(|| run(text, body + 1, is_token))?;
    (head - start >= 8 && body - head > 4).then_some(start..tail)
}

/// `AKIA…` and `ASIA…`, 20 letters and digits.
fn access_key(text: &[u8], start: usize) -> Option<Range<usize>> {
    if !matches!(text.get(start + 1..start + 4), Some(b"KIA" | b"SIA")) {
        return None;
    }
    let letters = text[start..].iter().take(21).take_while(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    let end = start + letters.count();
    let alone = start.checked_sub(1).is_none_or(|before| {
        // The letter of an escape (`\nAKIA…`) is not part of a word.
        !text[before].is_ascii_alphanumeric() || before.checked_sub(1).is_some_and(|slash| text[slash] == b'\\')
    });
    (end - start == 20 && alone && !text.get(end).is_some_and(u8::is_ascii_alphanumeric)).then_some(start..end)
}

/// The token after `Bearer `.
fn bearer(text: &[u8], space: usize) -> Option<Range<usize>> {
    let word = &text[space.checked_sub(6)?..space];
    let end = signature(text, space + 1);
    (word.eq_ignore_ascii_case(b"bearer") && end > space + 16).then_some(space + 1..end)
}

/// A private key in PEM form, up to its end or that of the text.
fn private_key(text: &[u8], start: usize) -> Option<Range<usize>> {
    let rest = &text[start..];
    if !rest.starts_with(b"-----BEGIN ") {
        return None;
    }
    let label = run(rest, 11, |byte| byte.is_ascii_uppercase() || byte == b' ');
    if !rest[..label].ends_with(b"PRIVATE KEY") {
        return None;
    }
    let after = rest[label..].windows(9).position(|window| window == b"-----END ").map_or(rest.len(), |end| {
        let tail = run(rest, label + end + 9, |byte| byte.is_ascii_uppercase() || byte == b' ');
        run(rest, tail, |byte| byte == b'-')
    });
    // In a body that is read as plain text, the key ends with the string or element that holds it.
    let held = rest[..after].iter().position(|byte| matches!(byte, b'"' | b'<')).unwrap_or(after);
    let end = rest[..held].iter().rposition(|byte| *byte != b'\\').map_or(held, |last| last + 1);
    Some(start..start + end)
}

/// What a script printed, which Azure's script extension puts into its status; it may be anything.
fn script_output(text: &[u8], start: usize) -> Option<Range<usize>> {
    let from = start + 8;
    let rest = text[start..].strip_prefix(b"[stdout]")?;
    // In a body that is read as plain text, it ends with the string or element that holds it.
    let mut length = 0;
    while let Some(byte) = rest.get(length) {
        match byte {
            b'\\' if rest.get(length + 1).is_some() => length += 1,
            b'\\' | b'"' | b'<' => break,
            _ => {}
        }
        length += 1;
    }
    (!rest.starts_with(super::MARK.as_bytes())).then_some(from..from + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> String {
        let mut out = String::new();
        let mut at = 0;
        for range in secrets(text.as_bytes()) {
            out.push_str(&text[at..range.start]);
            out.push('#');
            at = range.end;
        }
        out + &text[at..]
    }

    #[test]
    fn secrets_in_texts() {
        let key = ["AK", "IAABCDEFGHIJKLMNOP"].concat();
        for (text, expected) in [
            ("https://x/c?sv=1&sig=ab%2Bc%3D&se=2", "https://x/c?sv=1&sig=#&se=2"),
            (r"https://x/c?sv=1\u0026sig=ab\u002Bc\u003D\u0026se=2", r"https://x/c?sv=1\u0026sig=#\u0026se=2"),
            ("https://x/?sv=1&amp;sig=abc&amp;se=2", "https://x/?sv=1&amp;sig=#&amp;se=2"),
            ("design=1", "design=1"),
            ("AccountName=a;AccountKey=ab/c+d==;X=y", "AccountName=a;AccountKey=#;X=y"),
            ("Server=a;User Id=sa;Password=a b&c;", "Server=a;User Id=sa;Password=#&c;"),
            (r"run\nexport AWS_SECRET_ACCESS_KEY=abc/d next", r"run\nexport AWS_SECRET_ACCESS_KEY=# next"),
            (r#"tool --password=\"a b\" --x"#, "tool --password=\\\"#\\\" --x"),
            ("Authorization: Bearer abcdefghijklmnopqrst.uv", "Authorization: Bearer #"),
            ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln x", "# x"),
            ("eyJOZXh0VG9rZW4iOiBudWxsfQ==", "eyJOZXh0VG9rZW4iOiBudWxsfQ=="),
            (&format!(r"key\n{key}"), r"key\n#"),
            (&format!("X{key}"), &format!("X{key}")),
            (r"-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----\n", r"#\n"),
            ("-----BEGIN CERTIFICATE-----", "-----BEGIN CERTIFICATE-----"),
            ("password=[redacted]", "password=[redacted]"),
            (r"Enable succeeded: \n[stdout]\nfoo\n\n[stderr]\n", r"Enable succeeded: \n[stdout]#"),
        ] {
            assert_eq!(cut(text), expected, "{text}");
        }
    }
}
