#pragma once

#include <QString>

#include <utility>

namespace runtime {

/// Where the files of a function lie for the one who runs it and for the one who edits it. The same
/// place on this computer; two places on a device.
struct PathMap {
    QString runtimeRoot;
    QString userRoot; ///< Empty: the same as runtimeRoot.

    [[nodiscard]] QString toRuntime(const QString &file) const
    {
        return replaced(file, userRoot, runtimeRoot);
    }
    [[nodiscard]] QString toUser(const QString &file) const
    {
        return replaced(file, runtimeRoot, userRoot);
    }
    /// Whether \a file, as the user knows it, is one of the function's.
    [[nodiscard]] bool isInside(const QString &file) const
    {
        return isBelow(file, userRoot.isEmpty() ? runtimeRoot : userRoot);
    }

private:
    static bool isBelow(const QString &file, const QString &root)
    {
        return !root.isEmpty() && file.size() > root.size() && file.startsWith(root) &&
               (root.endsWith(u'/') || file[root.size()] == u'/');
    }
    [[nodiscard]] QString replaced(const QString &file, const QString &from,
                                   const QString &to) const
    {
        if (userRoot.isEmpty() || !isBelow(file, from))
            return file;
        return to + file.mid(from.size());
    }
};

} // namespace runtime
