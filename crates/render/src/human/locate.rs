//! From a JSON pointer to the bytes it names, so that a snippet shows the answer as recorded and not as re-written.

use std::ops::Range;

/// Bytes of the value that a pointer names; `None` where the text is not JSON or has no such place.
pub(super) fn locate(text: &str, pointer: &str) -> Option<Range<usize>> {
    let mut cursor = Cursor { bytes: text.as_bytes(), at: 0 };
    cursor.space();
    for token in pointer.split('/').skip(1) {
        let token = token.replace("~1", "/").replace("~0", "~");
        match cursor.peek()? {
            b'{' => cursor.enter_member(text, &token)?,
            b'[' => cursor.enter_element(token.parse().ok()?)?,
            _ => return None,
        }
    }
    let start = cursor.at;
    cursor.skip_value()?;
    Some(start..cursor.at)
}

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.space();
        (self.peek()? == byte).then(|| self.at += 1)?;
        self.space();
        Some(())
    }

    /// Stands on `{`, goes to the value of a member.
    fn enter_member(&mut self, text: &str, name: &str) -> Option<()> {
        self.expect(b'{')?;
        while self.peek()? == b'"' {
            let from = self.at;
            self.skip_string()?;
            let raw = text.get(from..self.at)?;
            let is_it = match raw.contains('\\') {
                true => serde_json::from_str::<String>(raw).is_ok_and(|key| key == name),
                false => raw.get(1..raw.len() - 1) == Some(name),
            };
            self.expect(b':')?;
            if is_it {
                return Some(());
            }
            self.skip_value()?;
            self.space();
            if self.peek()? != b',' {
                return None;
            }
            self.expect(b',')?;
        }
        None
    }

    /// Stands on `[`, goes to an element.
    fn enter_element(&mut self, index: usize) -> Option<()> {
        self.expect(b'[')?;
        for _ in 0..index {
            self.skip_value()?;
            self.expect(b',')?;
        }
        (self.peek()? != b']').then_some(())
    }

    fn skip_string(&mut self) -> Option<()> {
        self.at += 1;
        loop {
            match self.peek()? {
                b'\\' => self.at += 2,
                b'"' => {
                    self.at += 1;
                    return Some(());
                }
                _ => self.at += 1,
            }
        }
    }

    fn skip_value(&mut self) -> Option<()> {
        let from = self.at;
        let mut depth = 0_usize;
        loop {
            match self.peek() {
                Some(b'"') => self.skip_string()?,
                Some(b'{' | b'[') => {
                    depth += 1;
                    self.at += 1;
                }
                Some(b'}' | b']') if depth > 0 => {
                    depth -= 1;
                    self.at += 1;
                }
                Some(b',' | b'}' | b']') | None if depth == 0 => break,
                Some(byte) if depth == 0 && byte.is_ascii_whitespace() => break,
                Some(_) => {
                    self.at += 1;
                    continue;
                }
                None => return None,
            }
            if depth == 0 {
                break;
            }
        }
        (self.at > from).then_some(())
    }
}

/// JSON on lines of its own, members in their order and numbers as they were.
pub(super) fn spread(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let mut depth = 0_usize;
    let mut in_string = false;
    let mut escaped = false;
    let mut fresh = false;
    let newline = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth));
    };
    for c in text.chars() {
        if in_string {
            out.push(c);
            in_string = escaped || c != '"';
            escaped = !escaped && c == '\\';
            continue;
        }
        match c {
            '{' | '[' => {
                if fresh {
                    newline(&mut out, depth);
                }
                out.push(c);
                depth += 1;
                fresh = true;
                continue;
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                if !fresh {
                    newline(&mut out, depth);
                }
                out.push(c);
            }
            ',' => {
                out.push(c);
                newline(&mut out, depth);
            }
            ':' => out.push_str(": "),
            c if c.is_ascii_whitespace() => continue,
            c => {
                if fresh {
                    newline(&mut out, depth);
                }
                in_string = c == '"';
                out.push(c);
            }
        }
        fresh = false;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{ "a/b": [1, {"k\"1": "x,]"}, -2.5e3 ], "deep": {"er": {"~": null}}, "last": true }"#;

    #[test]
    fn pointers_lead_to_their_bytes() {
        for (pointer, expected) in [
            ("/a~1b/0", Some("1")),
            ("/a~1b/1", Some(r#"{"k\"1": "x,]"}"#)),
            ("/a~1b/1/k\"1", Some(r#""x,]""#)),
            ("/a~1b/2", Some("-2.5e3")),
            ("/a~1b/3", None),
            ("/deep/er/~0", Some("null")),
            ("/deep/no", None),
            ("/last", Some("true")),
            ("", Some(TEXT)),
        ] {
            assert_eq!(locate(TEXT, pointer).map(|range| &TEXT[range]), expected, "{pointer}");
        }
        assert_eq!(locate("<xml/>", "/a"), None);
        assert_eq!(locate("{\"a\": [1", "/a"), None);
    }

    #[test]
    fn spreading_changes_nothing_but_space() {
        let spread = spread(TEXT);
        let one: serde_json::Value = serde_json::from_str(TEXT).unwrap();
        let other: serde_json::Value = serde_json::from_str(&spread).unwrap();
        assert_eq!(one, other);
        assert!(spread.lines().count() > 10, "{spread}");
    }
}
