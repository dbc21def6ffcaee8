//! A payload that arrives in pieces.
//!
//! The pieces come from a browser tab, which is not trusted: they may not add
//! up to more or less than was announced, and only ASCII is taken, so that a
//! character is a byte whatever the tab made of it.

use super::store::Text;

/// Characters of the longest string that V8 makes.
const LONGEST: usize = (1 << 29) - 24;

/// Why a payload can't be built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BuildError {
    /// Announced as empty, or as longer than a string can be.
    Length,
    /// There is no memory for it.
    Memory,
    /// The pieces are longer than was announced.
    TooLong,
    /// Finished before all of it had arrived.
    TooShort,
    /// A piece is not ASCII, or could not be read.
    Unreadable,
}

impl std::fmt::Display for BuildError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Length => "the payload's length is impossible",
            Self::Memory => "there is no memory for the payload",
            Self::TooLong => "the payload is longer than announced",
            Self::TooShort => "the payload is shorter than announced",
            Self::Unreadable => "the payload is not ASCII text",
        })
    }
}

impl std::error::Error for BuildError {}

/// The bytes that have arrived, in memory of the announced size.
#[derive(Debug)]
pub struct PayloadBuilder {
    bytes: Vec<u8>,
    length: usize,
}

impl PayloadBuilder {
    /// Room for a payload of `length` characters.
    ///
    /// # Errors
    /// [`BuildError::Length`] and [`BuildError::Memory`].
    pub fn new(length: usize) -> Result<Self, BuildError> {
        if length == 0 || length > LONGEST {
            return Err(BuildError::Length);
        }
        let mut bytes = Vec::new();
        // One more: Node-API writes a NUL behind what it reads.
        bytes.try_reserve_exact(length + 1).map_err(|_| BuildError::Memory)?;
        Ok(Self { bytes, length })
    }

    /// Characters that are still to come.
    #[must_use]
    pub fn missing(&self) -> usize {
        self.length - self.bytes.len()
    }

    /// Takes the next `length` characters, which `read` adds to the bytes.
    ///
    /// # Errors
    /// [`BuildError::TooLong`] and [`BuildError::Unreadable`]; nothing is taken then.
    pub fn append<E>(
        &mut self,
        length: usize,
        read: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<(), BuildError> {
        if length > self.missing() {
            return Err(BuildError::TooLong);
        }
        let before = self.bytes.len();
        let taken = read(&mut self.bytes).is_ok()
            && self.bytes.len() == before + length
            && self.bytes[before..].is_ascii();
        if taken {
            return Ok(());
        }
        self.bytes.truncate(before);
        Err(BuildError::Unreadable)
    }

    /// The whole payload. The builder is empty afterwards.
    ///
    /// # Errors
    /// [`BuildError::TooShort`].
    pub fn finish(&mut self) -> Result<Text, BuildError> {
        if self.bytes.len() < self.length {
            return Err(BuildError::TooShort);
        }
        self.length = 0;
        Ok(Text::Latin1(std::mem::take(&mut self.bytes)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn append(builder: &mut PayloadBuilder, text: &str) -> Result<(), BuildError> {
        builder.append(text.chars().count(), |bytes| {
            bytes.extend_from_slice(text.as_bytes());
            Ok::<_, ()>(())
        })
    }

    #[test]
    fn pieces_become_the_payload() {
        let mut builder = PayloadBuilder::new(10).unwrap();
        append(&mut builder, "data:").unwrap();
        assert_eq!(builder.missing(), 5);
        append(&mut builder, "").unwrap();
        append(&mut builder, "a;b,c").unwrap();
        assert_eq!(builder.finish(), Ok(Text::Latin1(b"data:a;b,c".to_vec())));
    }

    #[test]
    fn a_payload_is_as_long_as_announced() {
        let mut builder = PayloadBuilder::new(5).unwrap();
        append(&mut builder, "data").unwrap();
        assert_eq!(builder.finish(), Err(BuildError::TooShort));
        assert_eq!(append(&mut builder, "::"), Err(BuildError::TooLong));
        append(&mut builder, ":").unwrap();
        assert_eq!(builder.finish(), Ok(Text::Latin1(b"data:".to_vec())));
        assert_eq!(append(&mut builder, "x"), Err(BuildError::TooLong));
    }

    #[test]
    fn what_is_not_ascii_leaves_no_trace() {
        let mut builder = PayloadBuilder::new(5).unwrap();
        append(&mut builder, "da").unwrap();
        assert_eq!(append(&mut builder, "\u{e9}"), Err(BuildError::Unreadable));
        assert_eq!(builder.append(2, |_| Err(())), Err(BuildError::Unreadable));
        append(&mut builder, "ta:").unwrap();
        assert_eq!(builder.finish(), Ok(Text::Latin1(b"data:".to_vec())));
    }

    #[test]
    fn impossible_lengths_are_refused() {
        assert_eq!(PayloadBuilder::new(0).unwrap_err(), BuildError::Length);
        assert_eq!(PayloadBuilder::new(usize::MAX).unwrap_err(), BuildError::Length);
        assert_eq!(PayloadBuilder::new(LONGEST + 1).unwrap_err(), BuildError::Length);
    }
}
