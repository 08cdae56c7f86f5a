//! Documents that are made from the code and committed, so that they can be read where the code is read.
//!
//! Each is one line in [`DOCUMENTS`]: where it stands and the function that prints it. `cargo xtask docs` writes
//! them, `cargo xtask docs --check` compares.

mod presets;

use std::fs;

use anyhow::{Context, Result, bail};

use crate::step::Outcome;
use crate::workspace::Workspace;

struct Document {
    /// Below the root of the workspace.
    path: &'static str,
    text: fn() -> String,
}

const DOCUMENTS: &[Document] = &[
    Document { path: "docs/gates.md", text: risk_core::gates::table },
    Document { path: "docs/config.schema.json", text: risk_core::schema::config },
    Document { path: "examples/presets/rts6.toml", text: presets::rts6_file },
    Document { path: "examples/presets/sec_15c3_5.toml", text: presets::sec_15c3_5_file },
    Document { path: "examples/presets/small_crypto.toml", text: presets::small_crypto_file },
    Document { path: "examples/presets/prop_firm.toml", text: presets::prop_firm_file },
];

/// Writes every document that is not what it should be.
pub(crate) fn write(workspace: &Workspace) -> Result<()> {
    for document in DOCUMENTS {
        let text = (document.text)();
        if committed(workspace, document)? != Some(text.clone()) {
            let file = workspace.root.join(document.path);
            if let Some(folder) = file.parent() {
                fs::create_dir_all(folder).context(document.path)?;
            }
            fs::write(file, text).context(document.path)?;
            println!("wrote {}", document.path);
        }
    }
    Ok(())
}

/// Fails if a document is not what would be written.
pub(crate) fn check(workspace: &Workspace) -> Result<Outcome> {
    let mut stale = Vec::new();
    for document in DOCUMENTS {
        if committed(workspace, document)? != Some((document.text)()) {
            stale.push(document.path);
        }
    }
    if !stale.is_empty() {
        bail!("not what the code says: {}; write it with `cargo xtask docs`", stale.join(", "));
    }
    Ok(Outcome::Passed(DOCUMENTS.iter().map(|d| d.path).collect::<Vec<_>>().join(", ")))
}

fn committed(workspace: &Workspace, document: &Document) -> Result<Option<String>> {
    let file = workspace.root.join(document.path);
    if !file.exists() {
        return Ok(None);
    }
    fs::read_to_string(&file).map(Some).context(document.path)
}
