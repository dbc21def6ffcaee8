//! Values on their way between JavaScript and here: a tag, then the content.
//!
//! ```text
//! 0 nothing   1 false   2 true   3 number: f64
//! 4 text: length, UTF-8          5 bytes: length, bytes (arguments alone)
//! 6 list: count, values          7 object: count, name and value in turn
//! ```
//!
//! Lengths and counts are u32. All numbers are little-endian.

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Nothing,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Value>),
    Object(Vec<(&'static str, Value)>),
}

impl Value {
    /// The value with its tag at the end of `bytes`.
    pub(crate) fn write(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Nothing => bytes.push(0),
            Self::Bool(value) => bytes.push(1 + u8::from(*value)),
            Self::Number(number) => {
                bytes.push(3);
                bytes.extend_from_slice(&number.to_le_bytes());
            }
            Self::Text(text) => {
                bytes.push(4);
                write_counted(text.as_bytes(), bytes);
            }
            Self::List(values) => {
                bytes.push(6);
                write_count(values.len(), bytes);
                for value in values {
                    value.write(bytes);
                }
            }
            Self::Object(properties) => {
                bytes.push(7);
                write_count(properties.len(), bytes);
                for (name, value) in properties {
                    write_counted(name.as_bytes(), bytes);
                    value.write(bytes);
                }
            }
        }
    }
}

fn write_count(count: usize, bytes: &mut Vec<u8>) {
    // Memory here ends at 2^32.
    bytes.extend_from_slice(&u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
}

fn write_counted(content: &[u8], bytes: &mut Vec<u8>) {
    write_count(content.len(), bytes);
    bytes.extend_from_slice(content);
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(number as f64)
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Self::Number(number as f64)
    }
}

impl From<i32> for Value {
    fn from(number: i32) -> Self {
        Self::Number(number.into())
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Nothing, Into::into)
    }
}

impl<T: Into<Value>> FromIterator<T> for Value {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        Self::List(values.into_iter().map(Into::into).collect())
    }
}

/// What a call was given, read one after the other. What is not as expected
/// reads as nothing: our own JavaScript is the only caller.
pub(crate) struct Arguments<'a> {
    bytes: &'a [u8],
}

impl<'a> Arguments<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    fn take(&mut self, length: usize) -> &'a [u8] {
        let (taken, rest) = self.bytes.split_at(length.min(self.bytes.len()));
        self.bytes = rest;
        taken
    }

    fn tag(&mut self) -> u8 {
        self.take(1).first().copied().unwrap_or(0)
    }

    fn count(&mut self) -> usize {
        self.take(4).first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes) as usize)
    }

    pub(crate) fn bool(&mut self) -> bool {
        self.tag() == 2
    }

    pub(crate) fn number(&mut self) -> Option<f64> {
        if self.tag() != 3 {
            return None;
        }
        self.take(8).first_chunk().map(|bytes| f64::from_le_bytes(*bytes))
    }

    /// A number that JavaScript has checked to be whole.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole numbers below 2^53, which JavaScript has counted or checked"
    )]
    pub(crate) fn whole(&mut self) -> u64 {
        self.number().unwrap_or_default() as u64
    }

    pub(crate) fn bytes(&mut self) -> &'a [u8] {
        if !matches!(self.tag(), 4 | 5) {
            return &[];
        }
        let length = self.count();
        self.take(length)
    }

    pub(crate) fn text(&mut self) -> Option<String> {
        if self.bytes.first() != Some(&4) {
            self.tag();
            return None;
        }
        Some(String::from_utf8_lossy(self.bytes()).into_owned())
    }

    /// Numbers in a list.
    pub(crate) fn numbers(&mut self) -> Vec<f64> {
        if self.tag() != 6 {
            return Vec::new();
        }
        let count = self.count();
        (0..count).map_while(|_| self.number()).collect()
    }
}
