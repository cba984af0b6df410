#pragma once

#include <QProcess>
#include <QString>
#include <QTemporaryDir>

#include <memory>

namespace tests {
class TestRuntime;
}

namespace bench {

/// A server to compare with, started as its users start it and ended with this object.
class Peer
{
public:
    ~Peer();

    /// Starts \a program in \a folder and waits until \a port answers: false when it does not
    /// within 30 s.
    bool start(const QString &program, const QStringList &arguments, const QString &folder,
               int port);
    [[nodiscard]] int port() const { return m_port; }
    /// Milliseconds from its start to the first answer to GET \a path.
    [[nodiscard]] double firstAnswerMs(const QString &path);
    /// Resident memory with its children, in kilobytes, shared pages counted by their part.
    [[nodiscard]] double memoryKb() const;

private:
    QProcess m_process;
    int m_port = 0;
};

/// Starts the gateway of \a runtime where it does not run: its port; 0: it cannot.
[[nodiscard]] int gatewayPort(tests::TestRuntime &runtime);

/// A TCP port of 127.0.0.1 that nothing listens on now.
[[nodiscard]] int freePort();

/// Proportional set size of \a pid in kilobytes, with its descendants if \a deep; 0: it is gone.
[[nodiscard]] double proportionalKb(qint64 pid, bool deep);

/// The npm packages of the peers lie here: EDGEWRIGHT_NPM_BENCH.
[[nodiscard]] QString peerProgram(const char *name);

/// serverless-offline with the functions "/py" and "/js", Functions Framework with one.
/// Both answer {"n": 1} as ours do. Their sources are written to \a folder.
[[nodiscard]] std::unique_ptr<Peer> startServerlessOffline(const QString &folder);
[[nodiscard]] std::unique_ptr<Peer> startFunctionsFramework(const QString &folder);
/// This program as a bare Boost.Beast server that echoes bodies.
[[nodiscard]] std::unique_ptr<Peer> startEcho();

} // namespace bench
