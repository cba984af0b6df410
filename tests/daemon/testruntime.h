#pragma once

#include "runtime-bridge/client/client.h"

#include <QFuture>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <memory>
#include <optional>
#include <string>

/// Fails the test with the error's detail when \a expression holds one.
#define QVERIFY_OK(expression)                                                                     \
    do {                                                                                           \
        const auto &verified = (expression);                                                       \
        QVERIFY2(verified, verified ? "" : verified.error().detail.c_str());                       \
    } while (false)

namespace tests {

/// A real edgewrightd in a folder of its own, and a client of it.
class TestRuntime
{
public:
    TestRuntime();
    ~TestRuntime(); ///< Ends the runtime.

    /// edgewrightd; another place of it before start().
    QString program = QStringLiteral(EDGEWRIGHT_BIN_DIR "/edgewrightd");
    bool start();
    bool connectClient();
    /// SIGKILL, as a power cut would.
    void killHard();
    [[nodiscard]] std::unique_ptr<runtime::Client> createClient();
    [[nodiscard]] runtime::Client &client() { return *m_client; }
    void dropClient() { m_client.reset(); }
    [[nodiscard]] QString folder() const { return m_folder.path(); }
    [[nodiscard]] qint64 pid() const { return m_process.processId(); }
    [[nodiscard]] QProcess &process() { return m_process; }

    /// Writes a function's file below the test's own folder: that folder.
    QString write(const QString &function, const QString &file, const QByteArray &text);
    /// A manifest of the files written for \a function.
    [[nodiscard]] static runtime::FunctionSpec spec(const std::string &name,
                                                    const std::string &runtime = "python3");
    /// Puts what was written for the spec's function, run in place.
    runtime::Result<runtime::PutResult> putLinked(const runtime::FunctionSpec &spec,
                                                  bool lease = false, bool armed = true);
    /// The same as a bundle with all its contents.
    runtime::Result<runtime::PutResult> putBundle(const runtime::FunctionSpec &spec);
    [[nodiscard]] runtime::PutRequest bundleRequest(const runtime::FunctionSpec &spec);

    runtime::Result<runtime::Invocation> invoke(const std::string &function,
                                                const std::string &event = "{}");
    [[nodiscard]] std::optional<runtime::FunctionState> state(const std::string &function);

    /// Waits for the one result of a request.
    template<typename T>
    static runtime::Result<T> wait(QFuture<runtime::Result<T>> future, int limit = 20'000)
    {
        if (!QTest::qWaitFor([&] { return future.isFinished(); }, limit))
            return runtime::failure(runtime::ErrorCode::Internal, "test", "no answer in time");
        return future.result();
    }

private:
    QTemporaryDir m_folder, m_sources;
    QProcess m_process;
    std::unique_ptr<runtime::Client> m_client;
};

} // namespace tests
