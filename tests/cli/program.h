#pragma once

#include <QByteArray>
#include <QProcess>
#include <QStringList>
#include <QTemporaryDir>

#include <nlohmann/json_fwd.hpp>

#include <memory>

/// What a run of the program left.
struct Run {
    int exit = -1;
    QByteArray out;
    QByteArray err;
    [[nodiscard]] nlohmann::json json() const; ///< The whole of \c out.
    [[nodiscard]] QList<QByteArray> lines() const;
};

/// Runs `edgewright` in a folder and a state of its own, and ends every runtime that it started.
class Program final
{
public:
    Program();
    ~Program();

    [[nodiscard]] Run run(const QStringList &arguments, const QByteArray &input = {});
    /// For commands that go on; it is killed with the object.
    [[nodiscard]] std::unique_ptr<QProcess> start(const QStringList &arguments);

    /// The folder in which it is run.
    [[nodiscard]] QString path(const QString &relative = {}) const;
    /// Its state folder.
    [[nodiscard]] QString state(const QString &relative) const
    {
        return m_state.filePath(relative);
    }
    void write(const QString &relative, const QByteArray &contents) const;
    void setVariable(const QString &name, const QString &value);

private:
    void prepare(QProcess &process) const;
    void endRuntime(const QString &folder) const;

    QTemporaryDir m_state, m_folder;
    QProcessEnvironment m_environment;
};
