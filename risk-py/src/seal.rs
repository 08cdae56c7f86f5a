//! Types of this module cannot be changed: `Permit.redeem = something` is refused.
//!
//! The stable interface of Python has no word for it before 3.14, but every version since 3.10 honours the flag.

use pyo3::exceptions::PyImportError;
use pyo3::prelude::*;
use pyo3::types::PyType;

/// `Py_TPFLAGS_IMMUTABLETYPE`.
const IMMUTABLE: std::ffi::c_ulong = 1 << 8;
/// Where the flags stand in a type, in words: 3 of the object's head, 18 before them. The same in every CPython with a
/// global lock.
const FLAGS_AT: usize = 21;

/// Makes a type immutable.
#[allow(unsafe_code, reason = "the flags of a type are written once, after they were recognised")]
fn seal(kind: &Bound<'_, PyType>) -> PyResult<()> {
    let object = kind.as_type_ptr();
    // SAFETY: `object` is a live type that this module made and nobody else uses yet. The word is written only if it is
    // aligned, inside of every type object, and holds what Python itself says the flags are.
    unsafe {
        let known = pyo3::ffi::PyType_GetFlags(object);
        let flags = object.cast::<std::ffi::c_ulong>().add(FLAGS_AT);
        if flags.read() != known {
            return Err(PyImportError::new_err("risk_guard cannot seal its types in this interpreter"));
        }
        flags.write(known | IMMUTABLE);
        pyo3::ffi::PyType_Modified(object);
    }
    Ok(())
}

/// Seals every class of a module.
pub(crate) fn seal_all(module: &Bound<'_, PyModule>) -> PyResult<()> {
    for value in module.dict().values() {
        if let Ok(kind) = value.cast::<PyType>()
            && kind.module()?.to_str()? == "risk_guard"
        {
            seal(kind)?;
        }
    }
    Ok(())
}
