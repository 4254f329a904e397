//! JSON of Kubernetes objects, kept small.
//!
//! Thousands of objects differ in names, uids and numbers and agree in all the rest. Each is compressed against the same
//! typical ones (`compact/typical.jsonl`), to less than a third. What an object is does not depend on them: an object that
//! is like none of them takes more room, and that is all.

/// Objects as the operator leaves them, trimmed as the cache trims them: a dictionary.
const TYPICAL: &[u8] = include_bytes!("compact/typical.jsonl");

/// A JSON text. Two are equal if their texts are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compact(Box<[u8]>);

impl Compact {
    /// Keeps a text.
    pub fn new(json: &[u8]) -> Self {
        // Its first four bytes are its length.
        Self(lz4_flex::block::compress_prepend_size_with_dict(json, TYPICAL).into_boxed_slice())
    }

    /// The text.
    #[expect(clippy::expect_used, reason = "the message is the proof")]
    pub fn json(&self) -> Vec<u8> {
        lz4_flex::block::decompress_size_prepended_with_dict(&self.0, TYPICAL)
            .expect("it was compressed with the same dictionary")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_out_is_what_went_in() {
        for text in ["", "{}", r#"{"metadata":{"name":"ä"}}"#, &"x".repeat(100_000)] {
            let kept = Compact::new(text.as_bytes());
            assert_eq!(kept.json(), text.as_bytes());
            assert_eq!(kept, Compact::new(text.as_bytes()));
        }
        assert_ne!(Compact::new(b"{}"), Compact::new(b"[]"));
    }

    #[test]
    fn objects_of_another_server_take_less_than_a_third() {
        let (mut texts, mut kept) = (0, 0);
        for (index, line) in TYPICAL.split(|byte| *byte == b'\n').enumerate() {
            // Other names, uids and addresses.
            let other: Vec<u8> = line
                .iter()
                .enumerate()
                .map(|(at, byte)| match byte {
                    b'0'..=b'9' => b'0' + (byte + u8::try_from((at * 7 + index) % 10).unwrap()) % 10,
                    byte => *byte,
                })
                .collect();
            let other = String::from_utf8(other).unwrap().replace("srv", "cellar").replace("files", "team-7");
            texts += other.len();
            kept += Compact::new(other.as_bytes()).0.len();
        }
        assert!(kept * 3 < texts, "{kept} of {texts} bytes");
    }
}
