//! A JSON object whose members stay in the order they were put.

use serde_json::Value;

/// Members that are null, empty text or an empty list are left out.
#[derive(Debug, Default)]
pub(super) struct Object {
    members: Vec<String>,
}

impl Object {
    pub(super) fn put(&mut self, name: &str, value: impl Into<Value>) -> &mut Object {
        let value: Value = value.into();
        let absent = match &value {
            Value::Null => true,
            Value::String(text) => text.is_empty(),
            Value::Array(items) => items.is_empty(),
            Value::Object(members) => members.is_empty(),
            Value::Bool(_) | Value::Number(_) => false,
        };
        if !absent {
            self.raw(name, &value.to_string());
        }
        self
    }

    /// Something that says itself as text, where it is there.
    pub(super) fn show(&mut self, name: &str, value: Option<impl ToString>) -> &mut Object {
        self.put(name, value.map(|v| v.to_string()))
    }

    pub(super) fn object(&mut self, name: &str, object: &Object) -> &mut Object {
        if !object.members.is_empty() {
            self.raw(name, &object.to_string());
        }
        self
    }

    pub(super) fn list(&mut self, name: &str, objects: impl IntoIterator<Item = Object>) -> &mut Object {
        let items: Vec<String> = objects.into_iter().map(|o| o.to_string()).collect();
        self.raw(name, &format!("[{}]", items.join(",")));
        self
    }

    fn raw(&mut self, name: &str, json: &str) {
        self.members.push(format!("{}:{json}", Value::from(name)));
    }
}

impl std::fmt::Display for Object {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{{{}}}", self.members.join(","))
    }
}
