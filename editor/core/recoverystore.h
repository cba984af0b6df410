#pragma once

#include "runtime-bridge/base/error.h"

#include <QDateTime>
#include <QHash>
#include <QList>
#include <QLockFile>
#include <QObject>
#include <QTimer>

#include <functional>
#include <memory>

namespace editor {

/// Text that was not saved when the program ended.
struct RecoveredText {
    QString path;
    QString text;
    QDateTime keptAt;
    QString file; ///< Where it is kept, for discard().
};

/// Keeps unsaved text on disk while it is being typed, so that a crash or a power cut loses less
/// than a second of it.
///
/// Every store has a folder of its own below the one given, locked while the program lives; what
/// lies in folders whose program is gone was left behind and is offered by leftBehind().
class RecoveryStore final : public QObject
{
    Q_OBJECT

public:
    explicit RecoveryStore(const QString &folder, QObject *parent = nullptr);
    ~RecoveryStore() override; ///< Removes what it kept: a regular end asks about unsaved text.

    using TextSource = std::function<QString()>;
    /// The text of \a path changed. It is fetched from \a text and written whole within 300 ms,
    /// however fast changes follow each other. \a text must work until forget().
    void keep(const QString &path, TextSource text);
    /// It was saved or closed: what was kept for \a path goes.
    void forget(const QString &path);

    /// What earlier programs left behind, newest first.
    [[nodiscard]] QList<RecoveredText> leftBehind() const;
    /// One of those is no longer needed.
    void discard(const RecoveredText &recovered);

Q_SIGNALS:
    /// Nothing can be kept at the moment. Told once until it works again.
    void failed(const runtime::Error &error);

private:
    void write();
    [[nodiscard]] QString fileFor(const QString &path) const;

    QString m_root;
    QString m_own;
    std::unique_ptr<QLockFile> m_lock;
    QHash<QString, TextSource> m_changed;
    QTimer m_delay;
    bool m_failing = false;
};

} // namespace editor
