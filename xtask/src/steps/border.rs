//! The C and C++ interface, risk-ffi, beyond what its tests say in debug.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::process::{cargo, program};
use crate::step::Outcome;
use crate::tools;
use crate::workspace::{VENV_BIN, Workspace, python};

/// The tests that build C and C++ programs, with the libraries of the release profile.
pub(crate) fn shipped(workspace: &Workspace) -> Result<Outcome> {
    for compiler in ["gcc", "g++"] {
        if !program(workspace, compiler).words("--version").succeeds() {
            return Ok(Outcome::Skipped(format!("there is no {compiler}")));
        }
    }
    cargo(workspace).words("build --locked --quiet --release --package risk-ffi").check()?;
    cargo(workspace)
        .words("test --locked --quiet --package risk-ffi --test c")
        .env("RISK_GUARD_LIBRARIES", workspace.target.join("release"))
        .check()?;
    Outcome::passed()
}

/// What `.pc` and CMake files say besides the folder they are in.
pub(crate) const STATIC_LIBRARIES: &str = "-lgcc_s -lutil -lrt -lpthread -lm -ldl -lc";

/// Copies the library of the release profile, its headers and what finds them to a folder: `lib`, `include`,
/// `lib/pkgconfig` and `lib/cmake`.
pub(crate) fn install(workspace: &Workspace, prefix: &Path) -> Result<()> {
    cargo(workspace).words("build --locked --quiet --release --package risk-ffi").check()?;
    let (lib, include) = (prefix.join("lib"), prefix.join("include"));
    let (pkgconfig, cmake) = (lib.join("pkgconfig"), lib.join("cmake/risk_guard"));
    for folder in [&lib, &include, &pkgconfig, &cmake] {
        fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    let release = workspace.target.join("release");
    for library in ["librisk_guard.so", "librisk_guard.a"] {
        fs::copy(release.join(library), lib.join(library)).with_context(|| library.to_owned())?;
    }
    for header in ["risk_guard.h", "risk_guard.hpp"] {
        let from = workspace.root.join("risk-ffi/include").join(header);
        fs::copy(from, include.join(header)).with_context(|| header.to_owned())?;
    }
    let version = workspace.version("risk-ffi")?;
    let pc = format!(
        "prefix=${{pcfiledir}}/../..\nlibdir=${{prefix}}/lib\nincludedir=${{prefix}}/include\n\nName: risk_guard\n\
         Description: Pre-trade risk for C and C++\nVersion: {version}\nLibs: -L${{libdir}} -lrisk_guard\n\
         Libs.private: {STATIC_LIBRARIES}\nCflags: -I${{includedir}}\n"
    );
    fs::write(pkgconfig.join("risk_guard.pc"), pc)?;
    let config = "\
get_filename_component(_risk_guard \"${CMAKE_CURRENT_LIST_DIR}/../../..\" ABSOLUTE)
if(NOT TARGET risk_guard::risk_guard)
  add_library(risk_guard::risk_guard SHARED IMPORTED)
  set_target_properties(risk_guard::risk_guard PROPERTIES
    IMPORTED_LOCATION \"${_risk_guard}/lib/librisk_guard.so\"
    IMPORTED_NO_SONAME TRUE
    INTERFACE_INCLUDE_DIRECTORIES \"${_risk_guard}/include\")
  add_library(risk_guard::static STATIC IMPORTED)
  set_target_properties(risk_guard::static PROPERTIES
    IMPORTED_LOCATION \"${_risk_guard}/lib/librisk_guard.a\"
    INTERFACE_INCLUDE_DIRECTORIES \"${_risk_guard}/include\"
    INTERFACE_LINK_LIBRARIES \"gcc_s;util;rt;pthread;m;dl;c\")
endif()
";
    fs::write(cmake.join("risk_guard-config.cmake"), config)?;
    // Before 1.0 every minor version may break.
    let versions = format!(
        "set(PACKAGE_VERSION \"{version}\")\nif(PACKAGE_FIND_VERSION VERSION_GREATER PACKAGE_VERSION)\n  \
         set(PACKAGE_VERSION_COMPATIBLE FALSE)\nelse()\n  set(PACKAGE_VERSION_COMPATIBLE TRUE)\nendif()\n"
    );
    fs::write(cmake.join("risk_guard-config-version.cmake"), versions)?;
    Ok(())
}

/// What the checks of this interface may need from PyPI: CMake, numba.
const REQUIREMENTS: &str = "ci/c.txt";

/// An environment with them; nothing, and why, where they cannot be had.
fn from_pypi(workspace: &Workspace) -> Result<PathBuf, String> {
    let environment = workspace.target.join("python").join("venv-c");
    let made = tools::environment(workspace, python(), &environment, REQUIREMENTS);
    made.map(|()| environment.join(VENV_BIN)).map_err(|problem| format!("{problem:#}"))
}

/// Installs to a folder of its own, and builds and runs programs outside of this workspace with what is found there: in C
/// by pkg-config, in C and C++ by CMake, with the shared library and the static one. Where nothing is installed, nothing
/// may be found.
pub(crate) fn installed(workspace: &Workspace) -> Result<Outcome> {
    let prefix = workspace.target.join("installed");
    install(workspace, &prefix)?;
    let outside = workspace.target.join("outside");
    let empty = outside.join("nothing");
    fs::create_dir_all(&empty).with_context(|| empty.display().to_string())?;
    for source in ["c/first_steps.c", "cpp/order_gateway.cpp"] {
        let to = outside.join(Path::new(source).file_name().unwrap_or_default());
        fs::copy(workspace.root.join("examples").join(source), to).with_context(|| source.to_owned())?;
    }
    let mut found = Vec::new();
    if program(workspace, "pkg-config").words("--version").succeeds() {
        by_pkg_config(workspace, &prefix, &outside, &empty)?;
        found.push("pkg-config");
    }
    let cmake = workspace.find("cmake").or_else(|| Some(from_pypi(workspace).ok()?.join("cmake")));
    if let Some(cmake) = cmake {
        by_cmake(workspace, &cmake, &prefix, &outside, &empty)?;
        found.push("CMake");
    }
    if found.is_empty() {
        return Ok(Outcome::Skipped(
            "it was installed; there is no pkg-config or CMake to find it".to_owned(),
        ));
    }
    Ok(Outcome::Passed(found.join(" and ")))
}

fn by_pkg_config(workspace: &Workspace, prefix: &Path, outside: &Path, empty: &Path) -> Result<()> {
    let flags = |folder: &Path| {
        program(workspace, "pkg-config").words("--cflags --libs risk_guard").env("PKG_CONFIG_LIBDIR", folder)
    };
    ensure!(!flags(empty).succeeds(), "pkg-config finds what is not installed");
    let flags = flags(&prefix.join("lib/pkgconfig")).stdout()?;
    let built = outside.join("first_steps");
    program(workspace, "gcc")
        .within(outside)
        .words("-std=c11 first_steps.c")
        .words(&flags)
        .arg("-o")
        .arg(&built)
        .check()?;
    program(workspace, &built).env("LD_LIBRARY_PATH", prefix.join("lib")).check()
}

fn by_cmake(workspace: &Workspace, cmake: &Path, prefix: &Path, outside: &Path, empty: &Path) -> Result<()> {
    let list = "\
cmake_minimum_required(VERSION 3.16)
project(outside C CXX)
set(CMAKE_CXX_STANDARD 17)
find_package(risk_guard 0.1 CONFIG REQUIRED)
find_package(Threads REQUIRED)
add_executable(first_steps first_steps.c)
target_link_libraries(first_steps risk_guard::risk_guard)
add_executable(order_gateway order_gateway.cpp)
target_link_libraries(order_gateway risk_guard::static Threads::Threads)
";
    fs::write(outside.join("CMakeLists.txt"), list)?;
    let configure = |prefix: &Path, build: &Path| {
        program(workspace, cmake)
            .arg("-S")
            .arg(outside)
            .arg("-B")
            .arg(build)
            .arg(format!("-DCMAKE_PREFIX_PATH={}", prefix.display()))
    };
    ensure!(!configure(empty, &empty.join("build")).succeeds(), "CMake finds what is not installed");
    let build = outside.join("build");
    configure(prefix, &build).check()?;
    program(workspace, cmake).arg("--build").arg(&build).check()?;
    program(workspace, build.join("first_steps")).check()?;
    program(workspace, build.join("order_gateway")).check()
}

/// A strategy compiled by numba calls the scalar check.
pub(crate) fn numba(workspace: &Workspace) -> Result<Outcome> {
    let tools = match from_pypi(workspace) {
        Ok(tools) => tools,
        Err(why) => return Ok(Outcome::Skipped(format!("there is no numba for this interpreter: {why}"))),
    };
    cargo(workspace).words("build --locked --quiet --package risk-ffi").check()?;
    let library = workspace.target.join("debug").join(format!("{DLL_PREFIX}risk_guard{DLL_SUFFIX}"));
    let said = program(workspace, tools.join("python"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .arg("examples/c/strategy_numba.py")
        .arg(library)
        .stdout()?;
    ensure!(said == "4 orders sent, 16 refused, the last for 61\n", "it said {said}");
    Ok(Outcome::Passed(said.trim().to_owned()))
}
