use napi::bindgen_prelude::Uint8Array;
use napi_derive::napi;
use remotion_headroom_core::source_map::{Search, SourceMap};

/// A bundle's source map, outside V8's heap.
#[napi(js_name = "SourceMap")]
pub struct JsSourceMap {
    map: SourceMap,
    search: Search,
}

/// Lines and columns count from zero. -1: there is none.
#[napi(object, object_from_js = false)]
pub struct JsOriginal {
    pub source: f64,
    pub line: f64,
    pub column: f64,
    pub name: f64,
    /// Why the mappings can't be read, by the number of `source-map`; else 0.
    pub error: u32,
}

const NOWHERE: JsOriginal =
    JsOriginal { source: -1.0, line: -1.0, column: -1.0, name: -1.0, error: 0 };

#[napi]
impl JsSourceMap {
    #[napi(catch_unwind)]
    pub fn original(&self, line: u32, column: u32) -> JsOriginal {
        match self.map.original(line, column, self.search) {
            Err(error) => JsOriginal { error: error as u32, ..NOWHERE },
            Ok(None) => NOWHERE,
            Ok(Some(original)) => JsOriginal {
                source: f64::from(original.source),
                line: f64::from(original.line),
                column: f64::from(original.column),
                name: original.name.map_or(-1.0, f64::from),
                error: 0,
            },
        }
    }

    #[napi(catch_unwind)]
    pub fn source(&self, index: u32) -> Option<String> {
        self.map.source(index).map(str::to_owned)
    }

    #[napi(catch_unwind)]
    pub fn name(&self, index: u32) -> Option<String> {
        self.map.name(index).map(str::to_owned)
    }

    #[napi(catch_unwind)]
    pub fn source_root(&self) -> Option<String> {
        self.map.source_root().map(str::to_owned)
    }
}

/// `last`: which of several mappings of one position is meant. Null where it is
/// not what bundlers write.
#[napi(catch_unwind)]
pub fn read_source_map(json: Uint8Array, last: bool) -> Option<JsSourceMap> {
    let search = if last { Search::Last } else { Search::FirstMet };
    SourceMap::parse(&json).map(|map| JsSourceMap { map, search })
}
