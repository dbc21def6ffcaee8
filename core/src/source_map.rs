//! Positions of a bundle's source map, without the sources themselves.
//!
//! Answers as Mozilla's `source-map` 0.8 does, which Remotion asks: its decoder is
//! compiled from `source-map-mappings`, whose errors and order are followed here.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;

use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de};

/// Stands for "none" in an index, so that a mapping stays small.
const NONE: u32 = u32::MAX;

/// Why `mappings` can't be read, by the decoder's own numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MappingsError {
    /// A line, column or index below zero.
    Negative = 1,
    /// One above 2^32.
    TooLarge = 2,
    /// The text ends within a number.
    UnexpectedEnd = 3,
    /// A character that is not base64.
    InvalidBase64 = 4,
    /// A number of more than 63 bits.
    Overflow = 5,
}

impl From<vlq::Error> for MappingsError {
    fn from(error: vlq::Error) -> Self {
        match error {
            vlq::Error::UnexpectedEof => Self::UnexpectedEnd,
            vlq::Error::InvalidBase64(_) => Self::InvalidBase64,
            vlq::Error::Overflow => Self::Overflow,
        }
    }
}

/// Which of several mappings of one position is found: decided by the standard
/// library that the decoder was compiled with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Search {
    /// The last one: `source-map` 0.8.0-beta.0.
    Last,
    /// The first that is met: 0.8.0.
    FirstMet,
}

/// Numbers count from zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mapping {
    line: u32,
    column: u32,
    source: u32,
    original_line: u32,
    original_column: u32,
    name: u32,
}

impl Mapping {
    /// Within a line. What has no original comes behind what has one.
    fn cmp_in_line(&self, other: &Self) -> Ordering {
        let original = |m: &Self| (m.source == NONE, m.source, m.original_line, m.original_column);
        // No name comes before any.
        let name = |m: &Self| m.name.wrapping_add(1);
        self.column
            .cmp(&other.column)
            .then_with(|| original(self).cmp(&original(other)))
            .then_with(|| name(self).cmp(&name(other)))
    }

    fn position(&self) -> (u32, u32) {
        (self.line, self.column)
    }
}

/// Where something in the bundle comes from. Numbers count from zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Original {
    /// An index into the sources.
    pub source: u32,
    /// In that source.
    pub line: u32,
    /// In that line.
    pub column: u32,
    /// An index into the names.
    pub name: Option<u32>,
}

/// A map that was read.
#[derive(Debug)]
pub struct SourceMap {
    mappings: Result<Vec<Mapping>, MappingsError>,
    sources: Vec<Box<str>>,
    names: Vec<Box<str>>,
    source_root: Option<Box<str>>,
}

impl SourceMap {
    /// `None` where it is no JSON, or of a form that bundlers don't write: an index
    /// map, another version, sources that are not text.
    #[must_use]
    pub fn parse(json: &[u8]) -> Option<Self> {
        let Fields { version, sections, sources, names, source_root, mappings } =
            serde_json::from_slice(json).ok()?;
        let mappings = mappings?;
        if version != Some(3) || sections || !mappings.is_ascii() {
            return None;
        }
        Some(Self {
            mappings: decode(mappings.as_bytes())?,
            sources: sources?,
            names: names.unwrap_or_default(),
            source_root,
        })
    }

    /// What the last mapping at or before a position of the bundle says, if it is
    /// in that line and says anything.
    ///
    /// # Errors
    /// Where the mappings can't be read.
    pub fn original(
        &self,
        line: u32,
        column: u32,
        search: Search,
    ) -> Result<Option<Original>, MappingsError> {
        let mappings = self.mappings.as_ref().map_err(|error| *error)?;
        Ok(find(mappings, (line, column), search)
            .filter(|mapping| mapping.line == line && mapping.source != NONE)
            .map(|mapping| Original {
                source: mapping.source,
                line: mapping.original_line,
                column: mapping.original_column,
                name: Some(mapping.name).filter(|name| *name != NONE),
            }))
    }

    /// As the map has it, without the root.
    #[must_use]
    pub fn source(&self, index: u32) -> Option<&str> {
        self.sources.get(index as usize).map(AsRef::as_ref)
    }

    /// A name by its index.
    #[must_use]
    pub fn name(&self, index: u32) -> Option<&str> {
        self.names.get(index as usize).map(AsRef::as_ref)
    }

    /// What all sources are relative to.
    #[must_use]
    pub fn source_root(&self) -> Option<&str> {
        self.source_root.as_deref()
    }
}

fn find(mappings: &[Mapping], position: (u32, u32), search: Search) -> Option<&Mapping> {
    // The standard library's own search promises nothing of equal ones.
    let mut left = 0;
    let mut right = mappings.len();
    while left < right {
        let middle = left + (right - left) / 2;
        match mappings[middle].position().cmp(&position) {
            Ordering::Equal if search == Search::FirstMet => return mappings.get(middle),
            Ordering::Less | Ordering::Equal => left = middle + 1,
            Ordering::Greater => right = middle,
        }
    }
    left.checked_sub(1).and_then(|index| mappings.get(index))
}

fn advance(value: &mut u32, input: &mut impl Iterator<Item = u8>) -> Result<(), MappingsError> {
    let sum = i64::from(*value).checked_add(vlq::decode(input)?).ok_or(MappingsError::TooLarge)?;
    if sum < 0 {
        return Err(MappingsError::Negative);
    }
    *value = u32::try_from(sum).map_err(|_| MappingsError::TooLarge)?;
    Ok(())
}

/// `None` without memory for it.
fn decode(text: &[u8]) -> Option<Result<Vec<Mapping>, MappingsError>> {
    let mut mappings = Vec::new();
    let count = memchr::memchr2_iter(b',', b';', text).count() + 1;
    mappings.try_reserve_exact(count).ok()?;
    Some(decode_into(&mut mappings, text).map(|()| mappings))
}

fn decode_into(mappings: &mut Vec<Mapping>, text: &[u8]) -> Result<(), MappingsError> {
    let mut at =
        Mapping { line: 0, column: 0, source: 0, original_line: 0, original_column: 0, name: 0 };
    let mut input = text.iter().copied().peekable();
    let mut line_start = 0;
    while let Some(&byte) = input.peek() {
        match byte {
            b';' => {
                input.next();
                mappings[line_start..].sort_unstable_by(Mapping::cmp_in_line);
                line_start = mappings.len();
                at.line += 1;
                at.column = 0;
            }
            b',' => {
                input.next();
            }
            _ => {
                let ends = |input: &mut std::iter::Peekable<_>| {
                    input.peek().is_none_or(|byte| matches!(byte, b',' | b';'))
                };
                advance(&mut at.column, &mut input)?;
                let mut mapping = Mapping { source: NONE, name: NONE, ..at };
                if !ends(&mut input) {
                    advance(&mut at.source, &mut input)?;
                    advance(&mut at.original_line, &mut input)?;
                    advance(&mut at.original_column, &mut input)?;
                    mapping = Mapping { name: NONE, ..at };
                    if !ends(&mut input) {
                        advance(&mut at.name, &mut input)?;
                        mapping.name = at.name;
                    }
                }
                mappings.push(mapping);
            }
        }
    }
    mappings[line_start..].sort_unstable_by(Mapping::cmp_in_line);
    Ok(())
}

/// What is read of a map's JSON; a key that comes twice counts as it comes last.
#[derive(Default)]
struct Fields<'a> {
    version: Option<u64>,
    sections: bool,
    sources: Option<Vec<Box<str>>>,
    names: Option<Vec<Box<str>>>,
    source_root: Option<Box<str>>,
    mappings: Option<Cow<'a, str>>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a source map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'de>, A::Error> {
        let mut fields = Fields::default();
        while let Some(Text(key)) = map.next_key()? {
            match &*key {
                "version" => fields.version = Some(map.next_value()?),
                "sources" => fields.sources = Some(map.next_value::<Texts>()?.0),
                "names" => fields.names = Some(map.next_value::<Texts>()?.0),
                "sourceRoot" => {
                    fields.source_root =
                        map.next_value::<Option<Text<'_>>>()?.map(|Text(root)| root.into());
                }
                "mappings" => fields.mappings = Some(map.next_value::<Text<'_>>()?.0),
                "sections" => {
                    map.next_value::<IgnoredAny>()?;
                    fields.sections = true;
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(fields)
    }
}

/// Borrowed where nothing in it is escaped.
struct Text<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a string")
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Owned(text.to_owned())))
    }
}

struct Texts(Vec<Box<str>>);

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(TextsVisitor)
    }
}

struct TextsVisitor;

impl<'de> Visitor<'de> for TextsVisitor {
    type Value = Texts;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of strings")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Texts, A::Error> {
        let mut texts = Vec::new();
        while let Some(Text(text)) = list.next_element()? {
            texts.try_reserve(1).map_err(A::Error::custom)?;
            texts.push(text.into());
        }
        Ok(Texts(texts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(mappings: &str) -> SourceMap {
        let json = format!(
            r#"{{"version":3,"sources":["a.js","b.js"],"names":["n"],"mappings":"{mappings}"}}"#
        );
        SourceMap::parse(json.as_bytes()).unwrap()
    }

    #[test]
    fn finds_the_mapping_before_a_position_in_its_line() {
        let map = parse("EAAA,IACCA;;A");
        let at = |line, column| map.original(line, column, Search::FirstMet).unwrap();
        assert_eq!(at(0, 1), None);
        assert_eq!(at(0, 2), Some(Original { source: 0, line: 0, column: 0, name: None }));
        assert_eq!(at(0, 99), Some(Original { source: 0, line: 1, column: 1, name: Some(0) }));
        // Nothing in that line, and a mapping that says nothing.
        assert_eq!(at(1, 5), None);
        assert_eq!(at(2, 5), None);
        assert_eq!(map.source(1), Some("b.js"));
        assert_eq!(map.source(2), None);
        assert_eq!(map.name(0), Some("n"));
    }

    #[test]
    fn tells_why_mappings_cannot_be_read() {
        let error = |mappings| parse(mappings).original(0, 0, Search::Last).err();
        assert_eq!(error("D"), Some(MappingsError::Negative));
        assert_eq!(error("ggggggggE"), Some(MappingsError::TooLarge));
        assert_eq!(error("g"), Some(MappingsError::UnexpectedEnd));
        assert_eq!(error("A!"), Some(MappingsError::InvalidBase64));
        assert_eq!(error("AA"), Some(MappingsError::UnexpectedEnd));
        assert_eq!(error(&"g".repeat(20)), Some(MappingsError::Overflow));
    }

    #[test]
    fn leaves_other_forms_alone() {
        for json in [
            "",
            "[]",
            r#"{"version":3,"sources":[],"mappings":""#,
            r#"{"version":2,"sources":[],"mappings":""}"#,
            r#"{"version":"3","sources":[],"mappings":""}"#,
            r#"{"version":3,"sources":[null],"mappings":""}"#,
            r#"{"version":3,"mappings":""}"#,
            r#"{"version":3,"sources":[]}"#,
            r#"{"version":3,"sources":[],"names":[1],"mappings":""}"#,
            r#"{"version":3,"sources":[],"mappings":"","sections":[]}"#,
            "{\"version\":3,\"sources\":[],\"mappings\":\"\u{e4}\"}",
        ] {
            assert!(SourceMap::parse(json.as_bytes()).is_none(), "{json}");
        }
    }
}
