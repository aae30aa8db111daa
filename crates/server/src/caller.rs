//! Who calls.

/// Who calls.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The id of the key; none where the server asks for none.
    pub key_id: Option<String>,
}
