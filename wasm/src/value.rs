//! Values on their way between JavaScript and here: a tag, then the content.
//!
//! ```text
//! 0 nothing   1 false   2 true   3 number: f64
//! 4 text: length, UTF-8          5 bytes: length, bytes (arguments alone)
//! 6 list: count, values          7 object: count, name and value in turn
//! 8 error: length, UTF-8
//! ```
//!
//! Lengths and counts are u32. All numbers are little-endian.

use std::borrow::Cow;

/// One value. What is not as expected reads as nothing: our own JavaScript is
/// the only caller.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Nothing,
    Bool(bool),
    Number(f64),
    Text(String),
    /// Of arguments alone.
    Bytes(Vec<u8>),
    List(Vec<Value>),
    Object(Vec<(Cow<'static, str>, Value)>),
    Error(String),
}

impl Value {
    pub(crate) fn object<const N: usize>(properties: [(&'static str, Self); N]) -> Self {
        Self::Object(properties.map(|(name, value)| (name.into(), value)).into())
    }

    /// The property `name` of an object.
    pub(crate) fn get(&self, name: &str) -> &Self {
        const NOTHING: &Value = &Value::Nothing;
        let Self::Object(properties) = self else { return NOTHING };
        properties.iter().find(|(its, _)| its == name).map_or(NOTHING, |(_, value)| value)
    }

    pub(crate) fn bool(&self) -> bool {
        *self == Self::Bool(true)
    }

    pub(crate) fn number(&self) -> Option<f64> {
        if let Self::Number(number) = self { Some(*number) } else { None }
    }

    /// A number that JavaScript has checked to be whole.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole numbers below 2^53, which JavaScript has counted or checked"
    )]
    pub(crate) fn whole_or_nothing(&self) -> Option<u64> {
        self.number().map(|number| number as u64)
    }

    pub(crate) fn whole(&self) -> u64 {
        self.whole_or_nothing().unwrap_or_default()
    }

    pub(crate) fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        if let Self::Bytes(bytes) = self { bytes } else { &[] }
    }

    pub(crate) fn list(&self) -> &[Self] {
        if let Self::List(values) = self { values } else { &[] }
    }

    /// The value at the start of `bytes`, which then begin behind it.
    fn read(bytes: &mut &[u8]) -> Self {
        match take(bytes, 1) {
            [1] => Self::Bool(false),
            [2] => Self::Bool(true),
            [3] => take(bytes, 8)
                .first_chunk()
                .map_or(Self::Nothing, |bytes| Self::Number(f64::from_le_bytes(*bytes))),
            [4] => Self::Text(read_text(bytes)),
            [5] => Self::Bytes(read_counted(bytes).to_vec()),
            [6] => Self::List((0..read_count(bytes)).map(|_| Self::read(bytes)).collect()),
            [7] => {
                let count = read_count(bytes);
                let property = |_| (read_text(bytes).into(), Self::read(bytes));
                Self::Object((0..count).map(property).collect())
            }
            _ => Self::Nothing,
        }
    }

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
            Self::Error(text) => {
                bytes.push(8);
                write_counted(text.as_bytes(), bytes);
            }
            Self::Bytes(content) => {
                bytes.push(5);
                write_counted(content, bytes);
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

fn take<'a>(bytes: &mut &'a [u8], length: usize) -> &'a [u8] {
    let (taken, rest) = bytes.split_at(length.min(bytes.len()));
    *bytes = rest;
    taken
}

fn read_count(bytes: &mut &[u8]) -> usize {
    take(bytes, 4).first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes) as usize)
}

fn read_counted<'a>(bytes: &mut &'a [u8]) -> &'a [u8] {
    let length = read_count(bytes);
    take(bytes, length)
}

fn read_text(bytes: &mut &[u8]) -> String {
    String::from_utf8_lossy(read_counted(bytes)).into_owned()
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

/// What a call was given, read one after the other.
pub(crate) struct Arguments<'a> {
    bytes: &'a [u8],
}

impl<'a> Arguments<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    pub(crate) fn next(&mut self) -> Value {
        Value::read(&mut self.bytes)
    }

    pub(crate) fn bool(&mut self) -> bool {
        self.next().bool()
    }

    pub(crate) fn number(&mut self) -> Option<f64> {
        self.next().number()
    }

    pub(crate) fn whole(&mut self) -> u64 {
        self.next().whole()
    }

    pub(crate) fn text(&mut self) -> Option<String> {
        if let Value::Text(text) = self.next() { Some(text) } else { None }
    }
}
