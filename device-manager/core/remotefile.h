#pragma once

#include <QByteArray>
#include <QString>

#include <cstdint>

namespace device {

/// An entry of a folder of a device. Names and paths are bytes, as the device has them: they need
/// not be UTF-8.
struct RemoteFile {
    enum class Kind { File, Folder, Link, Other };

    QByteArray name;
    Kind kind = Kind::File;
    bool leadsToFolder = false; ///< A link to a folder.
    QByteArray target;          ///< What a link says.
    std::uint64_t size = 0;     ///< In bytes.
    std::int64_t modified = 0;  ///< Seconds since 1970.
    unsigned mode = 0;          ///< The twelve bits of its permissions.
    unsigned user = 0, group = 0;
    QString owner; ///< Name or number.

    [[nodiscard]] bool isFolder() const { return kind == Kind::Folder || leadsToFolder; }
    [[nodiscard]] bool isHidden() const { return name.startsWith('.'); }
};

/// For people; what is no UTF-8 shows as replacement characters.
[[nodiscard]] QString shownName(const QByteArray &name);
/// "812 B", "12.5 KB", "3.1 GB".
[[nodiscard]] QString shownSize(std::uint64_t bytes);
/// "drwxr-xr-x", as ls has it.
[[nodiscard]] QString permissionText(const RemoteFile &file);
/// Whether \a name can be an entry of a folder: not empty, no "/", not "." or "..". A device that
/// names others wants to write where it should not.
[[nodiscard]] bool isEntryName(const QByteArray &name);

[[nodiscard]] QByteArray childPath(const QByteArray &folder, const QByteArray &name);
[[nodiscard]] QByteArray parentPath(const QByteArray &path); ///< "/" of "/" and of "/a".
[[nodiscard]] QByteArray namePart(const QByteArray &path);

} // namespace device
