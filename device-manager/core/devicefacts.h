#pragma once

#include <QByteArray>
#include <QMetaType>
#include <QString>

#include <cstdint>

namespace device {

/// What the user may do with hardware of one kind.
enum class Access {
    Missing, ///< There is none.
    Denied,  ///< It is there and the user may not.
    Usable,
};

/// What a device told of itself when it was connected. Texts are empty where it did not know.
struct DeviceFacts {
    QString model;   ///< "Raspberry Pi 4 Model B Rev 1.4"
    QString os;      ///< "Debian GNU/Linux 12 (bookworm)"
    QString machine; ///< Of its programs, not of its kernel: "x86_64", "aarch64", "arm", "mipsel".
    QString kernel;  ///< uname -m.
    QString home;
    QString stateFolder;   ///< Of Edgewright there.
    QString python, node;  ///< Versions.
    QString libc;          ///< "glibc 2.36", "musl 1.2.3".
    QString programDigest; ///< Of the runtime that is installed, if any.
    /// What starts the runtime with the device: "systemd", "cron", empty for nothing; "login" when
    /// systemd does it once the user logs in, since his services may not run before.
    QString boot;
    std::uint64_t memoryBytes = 0;
    std::uint64_t diskFreeBytes = 0;
    std::int64_t clockUs = 0; ///< Its clock, when asked.
    bool homeWritable = false;
    Access light = Access::Missing; ///< Reading an IIO device that measures light.
    Access iio = Access::Missing;   ///< Reading any IIO device.
    Access oneWire = Access::Missing;
    Access led = Access::Missing; ///< Switching it.
    Access gpio = Access::Missing;
    Access i2c = Access::Missing;
};

/// The sh script that tells them, as lines of key=value.
[[nodiscard]] QString deviceFactsScript();

/// Reads what the script printed.
[[nodiscard]] DeviceFacts deviceFactsFrom(const QByteArray &output);

} // namespace device

Q_DECLARE_METATYPE(device::DeviceFacts)
