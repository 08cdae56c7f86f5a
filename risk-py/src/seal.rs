//! Types of this module cannot be changed: `Permit.redeem = something` is refused.
//!
//! From 3.14 on Python has a word for it, `PyType_Freeze`, in builds with and without the global lock. Before, the stable
//! interface has none, but every version since 3.10 honours the flag, and has a global lock: this package is not built for
//! the free-threaded 3.13.

use pyo3::exceptions::{PyAttributeError, PyImportError};
use pyo3::prelude::*;
use pyo3::types::PyType;

/// `Py_TPFLAGS_IMMUTABLETYPE`.
const IMMUTABLE: std::ffi::c_ulong = 1 << 8;
/// Where the flags stand in a type, in words: 3 of the object's head, 18 before them. The same in every CPython with a
/// global lock.
const FLAGS_AT: usize = 21;

/// `PyType_Freeze`, where this interpreter has it. It is looked for at run time, because one wheel is for versions with it
/// and without.
fn freeze(py: Python<'_>) -> PyResult<Option<Bound<'_, PyAny>>> {
    let types = py.import("ctypes")?;
    let found = match types.getattr("pythonapi")?.getattr("PyType_Freeze") {
        Err(missing) if missing.is_instance_of::<PyAttributeError>(py) => return Ok(None),
        found => found?,
    };
    found.setattr("argtypes", (types.getattr("py_object")?,))?;
    found.setattr("restype", types.getattr("c_int")?)?;
    Ok(Some(found))
}

/// Whether Python itself says that a type is immutable.
#[allow(unsafe_code, reason = "flags of a type that this module made are read")]
fn is_sealed(kind: &Bound<'_, PyType>) -> bool {
    // SAFETY: `kind` is a live type.
    (unsafe { pyo3::ffi::PyType_GetFlags(kind.as_type_ptr()) }) & IMMUTABLE != 0
}

/// Sets the flag where it stands in interpreters that have no other way.
#[allow(unsafe_code, reason = "the flags of a type are written once, after they were recognised")]
fn mark(kind: &Bound<'_, PyType>) {
    let object = kind.as_type_ptr();
    // SAFETY: `object` is a live type that this module made and nobody else uses yet. The word is written only if it is
    // aligned, inside of every type object, and holds what Python itself says the flags are.
    unsafe {
        let known = pyo3::ffi::PyType_GetFlags(object);
        let flags = object.cast::<std::ffi::c_ulong>().add(FLAGS_AT);
        if flags.read() == known {
            flags.write(known | IMMUTABLE);
            pyo3::ffi::PyType_Modified(object);
        }
    }
}

/// Seals every class of a module. Raises `ImportError` where one cannot be: there is no module then.
pub(crate) fn seal_all(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let freeze = freeze(module.py())?;
    for value in module.dict().values() {
        let Ok(kind) = value.cast::<PyType>() else { continue };
        if !kind.module()?.to_str()?.starts_with("risk_guard") {
            continue;
        }
        match &freeze {
            Some(freeze) => drop(freeze.call1((kind,))?),
            None => mark(kind),
        }
        if !is_sealed(kind) {
            return Err(PyImportError::new_err("risk_guard cannot seal its types in this interpreter"));
        }
    }
    Ok(())
}
