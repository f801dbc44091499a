//! What agents write as a text, or as a number where it is one; for the schema it is a text (pure).

use serde::{Deserialize, Deserializer};

/// Agents write numbers as numbers: both are read.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum TextOrNumber {
    /// `7`
    Number(u64),
    /// `"LOCAL-7"`
    Text(String),
}

impl TextOrNumber {
    /// Reads either; `None` = it is neither.
    pub fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Option<Self> {
        Self::deserialize(deserializer).ok()
    }
}

/// Makes a type a text for whoever writes one, with a description where one is given.
macro_rules! text_schema {
    ($name:ident $(, $description:literal)?) => {
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn inline_schema() -> bool {
                true
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string" $(, "description": $description)? })
            }
        }
    };
}

pub(crate) use text_schema;
