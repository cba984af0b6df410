#pragma once

#include "runtime-bridge/controllers/openwhiskcontroller.h"

#include <QFuture>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

namespace tests {

/// A real edgewrightd behind its controller API on a port of its own.
class TestEndpoint
{
public:
    TestEndpoint() = default;
    ~TestEndpoint(); ///< Ends it.

    bool start();
    [[nodiscard]] runtime::WhiskAccess access() const { return m_access; }

    /// Waits for the one result of an operation.
    template<typename T>
    static runtime::Result<T> wait(QFuture<runtime::Result<T>> future, int limit = 30'000)
    {
        if (!QTest::qWaitFor([&] { return future.isFinished(); }, limit) ||
            future.resultCount() != 1)
            return runtime::failure(runtime::ErrorCode::Internal, "test", "no answer in time");
        return future.result();
    }

private:
    QTemporaryDir m_folder;
    QProcess m_process;
    runtime::WhiskAccess m_access;
};

} // namespace tests
