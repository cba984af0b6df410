#pragma once

#include "device-manager/core/devicefacts.h"

#include <string>
#include <vector>

namespace device {

/// What packages have to fit of a device. Texts are empty where it did not tell.
struct PackageTarget {
    std::string machine; ///< As wheels name it: "x86_64", "aarch64", "armv7l", "armv6l".
    std::string elf;     ///< As DeviceFacts: "arm" for both of the last.
    std::string kernel;  ///< uname -m.
    std::string python;  ///< "3.11.2".
    std::string node;    ///< "20.11.0".
    std::string libc;    ///< "glibc 2.36", "musl 1.2.3".

    /// "3.11", "20": what packages are bound to.
    [[nodiscard]] std::string pythonMinor() const;
    [[nodiscard]] std::string nodeMajor() const;
    [[nodiscard]] bool isMusl() const { return libc.starts_with("musl"); }
    /// "arm64, Python 3.11", for people.
    [[nodiscard]] std::string words(bool isPython) const;
};

[[nodiscard]] PackageTarget packageTargetOf(const DeviceFacts &facts);

/// The platform tags of wheels that run there, the best first (PEP 600, PEP 656). Where the C
/// library is not known, those of glibc 2.17.
[[nodiscard]] std::vector<std::string> wheelPlatforms(const PackageTarget &target);
/// The ABI tag of its Python: "cp311".
[[nodiscard]] std::string wheelAbi(const PackageTarget &target);
/// Node.js's name of its processor: "arm64", "arm", "x64".
[[nodiscard]] std::string nodeCpu(const PackageTarget &target);

} // namespace device
