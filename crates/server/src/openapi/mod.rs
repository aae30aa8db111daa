//! The description of the API, made from the code of the routes.

mod query;
mod result;

use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Content, Ref, ResponseBuilder};
use utoipa::{Modify, OpenApi};

use crate::routes::{health, jobs, models, predict, vocabulary};

pub use query::PredictQuery;
pub use result::{ArrowStream, PredictResult};

/// The whole of it.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "refcast",
        description = "A real RNA-seq sample in, the same sample as it would look treated out.",
        license(name = "MIT OR Apache-2.0")
    ),
    paths(
        models::list,
        models::details,
        models::example_query,
        models::genes,
        vocabulary::vocabulary,
        predict::predict,
        jobs::status,
        jobs::cancel,
        jobs::result,
        health::alive,
        health::ready,
        health::metrics,
    ),
    security((), ("key" = [])),
    modifiers(&KeyScheme, &Edge)
)]
struct Description;

struct KeyScheme;

impl Modify for KeyScheme {
    fn modify(&self, description: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("A key of `refcast serve keys add`; none on loopback"))
            .build();
        let components = description.components.get_or_insert_default();
        components.add_security_scheme("key", SecurityScheme::Http(scheme));
    }
}

/// What any path may be answered with before its route is reached, or instead of it.
struct Edge;

impl Modify for Edge {
    fn modify(&self, description: &mut utoipa::openapi::OpenApi) {
        for path in description.paths.paths.values_mut() {
            let operations = [&mut path.get, &mut path.post, &mut path.delete];
            for operation in operations.into_iter().filter_map(Option::as_mut) {
                for (status, what) in [
                    (
                        "403",
                        "Asked by a web page that may not, or by a URL that is not valid",
                    ),
                    ("421", "Asked by a name that is not this server's"),
                    ("504", "Not answered in time"),
                ] {
                    let error = Ref::from_schema_name("ErrorBody");
                    let response = ResponseBuilder::new()
                        .description(what)
                        .content("application/json", Content::new(Some(error)));
                    let responses = &mut operation.responses.responses;
                    responses
                        .entry(status.to_owned())
                        .or_insert_with(|| response.build().into());
                }
            }
        }
    }
}

/// The description of any server.
pub fn description() -> utoipa::openapi::OpenApi {
    Description::openapi()
}

/// The description of a server that asks for keys, or of one that does not.
pub fn description_with(asks_for_keys: bool) -> utoipa::openapi::OpenApi {
    let mut description = description();
    description.security = asks_for_keys.then(|| vec![SecurityRequirement::new("key", [""; 0])]);
    description
}

#[cfg(test)]
mod tests {
    use super::*;
    use refcast_core::{MetadataField, PerturbationType, SamplingStrategy as Strategy};

    #[test]
    fn the_words_described_are_those_that_are_read() {
        let schemas =
            serde_json::to_value(description()).expect("JSON")["components"]["schemas"].clone();
        assert_eq!(
            schemas["PerturbationKind"]["enum"],
            serde_json::json!(PerturbationType::ALL.map(PerturbationType::name))
        );
        assert_eq!(
            schemas["SamplingStrategy"]["enum"],
            serde_json::json!(Strategy::ALL.map(Strategy::name))
        );
        let described = &schemas["SampleDescription"]["properties"];
        for field in MetadataField::ALL {
            assert!(described[field.name()].is_object(), "{field}");
        }
        for (name, field) in [
            ("SampleType", MetadataField::SampleType),
            ("Sex", MetadataField::Sex),
            ("LibraryLayout", MetadataField::LibraryLayout),
        ] {
            assert_eq!(schemas[name]["enum"], serde_json::json!(field.choices()));
        }
    }

    #[test]
    fn the_committed_description_is_that_of_the_code() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
        let made = description().to_pretty_json().expect("JSON") + "\n";
        if std::env::var_os("REFCAST_WRITE_OPENAPI").is_some() {
            std::fs::write(path, &made).expect("docs");
        }
        let committed = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            committed == made,
            "docs/openapi.json is not what the code says: REFCAST_WRITE_OPENAPI=1 cargo test -p \
             refcast-server description"
        );
    }
}
