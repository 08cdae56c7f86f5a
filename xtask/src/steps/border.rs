//! The C and C++ interface, risk-ffi, beyond what its tests say in debug.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::process::{cargo, program};
use crate::step::Outcome;
use crate::workspace::Workspace;

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

/// The same programs under valgrind: no read or write where nothing is, and nothing lost.
pub(crate) fn valgrind(workspace: &Workspace) -> Result<Outcome> {
    if !program(workspace, "valgrind").words("--version").succeeds() {
        return Ok(Outcome::Skipped("there is no valgrind".to_owned()));
    }
    cargo(workspace)
        .words("test --locked --quiet --package risk-ffi --test c in_c")
        .env(
            "RISK_GUARD_UNDER",
            "valgrind --quiet --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite",
        )
        .check()?;
    Outcome::passed()
}

/// The same programs with AddressSanitizer in the library and in the program. That it is in is looked at first.
pub(crate) fn address(workspace: &Workspace) -> Result<Outcome> {
    let nightly = |words: &str| program(workspace, "rustup").words("run nightly").words(words);
    if !nightly("cargo --version").succeeds() {
        return Ok(Outcome::Skipped(
            "there is no nightly toolchain; `rustup toolchain install nightly`".to_owned(),
        ));
    }
    let target = workspace.target.join("address");
    let triple = "x86_64-unknown-linux-gnu";
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Ok(Outcome::Skipped(format!("it is built for {triple}")));
    }
    nightly("cargo build --locked --quiet --package risk-ffi --target")
        .arg(triple)
        .arg("--target-dir")
        .arg(&target)
        .env("RUSTFLAGS", "-Zsanitizer=address")
        .check()?;
    let libraries = target.join(triple).join("debug");
    let names = program(workspace, "nm").arg(libraries.join("librisk_guard.a")).stdout()?;
    ensure!(names.contains("__asan_report_load"), "the library was built without AddressSanitizer");
    cargo(workspace)
        .words("test --locked --quiet --package risk-ffi --test c in_c")
        .env("RISK_GUARD_LIBRARIES", &libraries)
        .env("RISK_GUARD_LINKED", "static")
        .env("RISK_GUARD_FLAGS", "-fsanitize=address")
        .check()?;
    Outcome::passed()
}

/// What `.pc` and CMake files say besides the folder they are in.
const STATIC_LIBRARIES: &str = "-lgcc_s -lutil -lrt -lpthread -lm -ldl -lc";

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

/// Installs to a folder of its own, and builds and runs the first steps with what is found there.
pub(crate) fn installed(workspace: &Workspace) -> Result<Outcome> {
    let prefix = workspace.target.join("installed");
    install(workspace, &prefix)?;
    if !program(workspace, "pkg-config").words("--version").succeeds() {
        return Ok(Outcome::Skipped("it was installed; there is no pkg-config to find it".to_owned()));
    }
    let flags = program(workspace, "pkg-config")
        .words("--cflags --libs risk_guard")
        .env("PKG_CONFIG_PATH", prefix.join("lib/pkgconfig"))
        .stdout()?;
    let built = prefix.join("first_steps");
    program(workspace, "gcc")
        .words("-std=c11 examples/c/first_steps.c")
        .words(&flags)
        .arg("-o")
        .arg(&built)
        .check()?;
    program(workspace, &built).env("LD_LIBRARY_PATH", prefix.join("lib")).check()?;
    if !program(workspace, "cmake").words("--version").succeeds() {
        return Ok(Outcome::Passed("pkg-config; there is no cmake".to_owned()));
    }
    let folder = workspace.target.join("installed-cmake");
    fs::create_dir_all(&folder)?;
    let source = workspace.root.join("examples/c/first_steps.c");
    let list = format!(
        "cmake_minimum_required(VERSION 3.16)\nproject(first_steps C)\nfind_package(risk_guard CONFIG REQUIRED)\n\
         add_executable(first_steps \"{}\")\ntarget_link_libraries(first_steps risk_guard::risk_guard)\n",
        source.display()
    );
    fs::write(folder.join("CMakeLists.txt"), list)?;
    program(workspace, "cmake")
        .arg("-S")
        .arg(&folder)
        .arg("-B")
        .arg(folder.join("build"))
        .arg(format!("-DCMAKE_PREFIX_PATH={}", prefix.display()))
        .check()?;
    program(workspace, "cmake").arg("--build").arg(folder.join("build")).check()?;
    program(workspace, folder.join("build/first_steps")).check()?;
    Ok(Outcome::Passed("pkg-config and CMake".to_owned()))
}
