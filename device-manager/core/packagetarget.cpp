#include "device-manager/core/packagetarget.h"

#include <cstdlib>

namespace device {

namespace {

constexpr int oldestGlibc = 17; ///< manylinux2014, below which only x86-64 has wheels.
constexpr int oldestGlibcOfIntel = 5;

struct LibcVersion {
    int major = 0, minor = 0;
};

LibcVersion libcVersionOf(const std::string &libc)
{
    LibcVersion version;
    const std::size_t space = libc.find(' ');
    if (space == std::string::npos)
        return version;
    char *end = nullptr;
    version.major = int(std::strtol(libc.c_str() + space, &end, 10));
    version.minor = *end == '.' ? int(std::strtol(end + 1, nullptr, 10)) : 0;
    return version;
}

} // namespace

std::string PackageTarget::pythonMinor() const
{
    return python.substr(0, python.find('.', python.find('.') + 1));
}

std::string PackageTarget::nodeMajor() const
{
    return node.substr(0, node.find('.'));
}

std::string PackageTarget::words(bool isPython) const
{
    const std::string name = machine == "aarch64" ? "arm64" : machine;
    return name + (isPython ? ", Python " + pythonMinor() : ", Node.js " + nodeMajor());
}

PackageTarget packageTargetOf(const DeviceFacts &facts)
{
    PackageTarget target;
    target.machine = target.elf = facts.machine.toStdString();
    target.kernel = facts.kernel.toStdString();
    // A 64-bit kernel with a userland of 32 bits runs what is made for ARMv7.
    if (target.machine == "arm")
        target.machine = target.kernel == "armv6l" ? "armv6l" : "armv7l";
    target.python = facts.python.toStdString();
    target.node = facts.node.toStdString();
    target.libc = facts.libc.toStdString();
    return target;
}

std::vector<std::string> wheelPlatforms(const PackageTarget &target)
{
    const std::string &machine = target.machine;
    const LibcVersion libc = libcVersionOf(target.libc);
    std::vector<std::string> platforms;
    if (target.isMusl()) {
        for (int minor = libc.minor; minor >= 0; --minor)
            platforms.push_back("musllinux_1_" + std::to_string(minor) + '_' + machine);
    } else if (machine != "armv6l") { // for which there is no manylinux
        const bool isIntel = machine == "x86_64";
        for (int minor = libc.major == 2 ? libc.minor : oldestGlibc;
             minor >= (isIntel ? oldestGlibcOfIntel : oldestGlibc); --minor) {
            platforms.push_back("manylinux_2_" + std::to_string(minor) + '_' + machine);
            if (minor == 17)
                platforms.push_back("manylinux2014_" + machine);
            if (minor == 12)
                platforms.push_back("manylinux2010_" + machine);
            if (minor == 5)
                platforms.push_back("manylinux1_" + machine);
        }
    }
    platforms.push_back("linux_" + machine);
    return platforms;
}

std::string wheelAbi(const PackageTarget &target)
{
    std::string digits = target.pythonMinor();
    std::erase(digits, '.');
    const bool isOld = digits.size() == 2 && digits < "38"; // "cp37m"
    return "cp" + digits + (isOld ? "m" : "");
}

std::string nodeCpu(const PackageTarget &target)
{
    if (target.machine == "x86_64")
        return "x64";
    if (target.machine == "aarch64")
        return "arm64";
    return target.machine.starts_with("arm") ? "arm" : target.machine;
}

} // namespace device
