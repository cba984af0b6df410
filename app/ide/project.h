#pragma once

#include "runtime-bridge/function/applicationfile.h"

#include <QFileSystemWatcher>
#include <QObject>
#include <QTimer>

#include <vector>

namespace app {

/// A sample event: a JSON file below the application's events folder, or one typed by hand.
struct SampleEvent {
    QString name; ///< "dusk.json"
    QString file; ///< Absolute; empty for the empty event.
};

/// The application that is open: what its file says, what is wrong in it, its sample events.
/// Follows changes of the file on disk. While the file is wrong, the last good application stands.
class Project final : public QObject
{
    Q_OBJECT

public:
    explicit Project(QObject *parent = nullptr);

    void open(const QString &folder);
    [[nodiscard]] bool isOpen() const { return !m_folder.isEmpty(); }
    [[nodiscard]] QString folder() const { return m_folder; }
    /// The file that declares the application, ours or another tool's.
    [[nodiscard]] QString file() const { return m_file; }
    [[nodiscard]] const runtime::Application &application() const { return m_application; }
    [[nodiscard]] const std::vector<runtime::Problem> &problems() const { return m_problems; }
    [[nodiscard]] const std::vector<SampleEvent> &events() const { return m_events; }
    /// The event's JSON text as it lies on disk now; "{}" for the empty event.
    [[nodiscard]] runtime::Result<std::string> eventText(const SampleEvent &event) const;
    /// The file that holds \a function's handler.
    [[nodiscard]] QString entryFile(const runtime::ApplicationFunction &function) const;
    /// The function whose source holds \a file; null when it belongs to none.
    [[nodiscard]] const runtime::ApplicationFunction *functionOf(const QString &file) const;

Q_SIGNALS:
    void changed(); ///< Another application, or the same one changed.
    void problemsChanged();

private:
    void reload();

    QString m_folder, m_file;
    runtime::Application m_application;
    std::vector<runtime::Problem> m_problems;
    std::vector<SampleEvent> m_events;
    QFileSystemWatcher m_watcher;
    QTimer m_settle; ///< Editors write in several steps.
};

} // namespace app
