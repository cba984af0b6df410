#pragma once

#include "editor/core/breakpoint.h"

#include <QJsonObject>
#include <QList>
#include <QString>

namespace editor {

/// What was open and where, to bring it back at the next start.
struct EditorSession {
    struct File {
        QString path;
        int line = 1; ///< The cursor's.
        int column = 1;
        int firstLine = 1; ///< The topmost one shown.
        bool operator==(const File &) const = default;
    };

    QList<File> files;
    QString current; ///< Path of the tab in front.
    /// Of every file that has some, open or not.
    QHash<QString, QList<Breakpoint>> breakpoints;

    bool operator==(const EditorSession &) const = default;
};

[[nodiscard]] QJsonObject toJson(const EditorSession &session);

/// Whatever is wrong or missing in \a json is left out: a session is a convenience, not a document.
[[nodiscard]] EditorSession sessionFromJson(const QJsonObject &json);

} // namespace editor
