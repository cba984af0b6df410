#pragma once

#include "device-manager/core/devicelink.h"
#include "runtime-bridge/function/applicationfile.h"

#include <QFuture>
#include <QTemporaryDir>
#include <QTest>

namespace tests {

/// A Python function "answer" in a folder of its own, to be pushed to virtual Pis.
class PiFunction final
{
public:
    PiFunction();

    /// Its source from now on; it has the name "handler".
    void write(const QByteArray &source) const;
    /// handler returns {"value": \a value}.
    void writeAnswer(int value) const;
    /// Another file of it.
    void writeFile(const QString &name, const QByteArray &contents) const;

    /// \a every: the interval of its timer; zero: it has none.
    [[nodiscard]] runtime::ApplicationFunction
    function(std::chrono::milliseconds every = std::chrono::milliseconds(0)) const;
    [[nodiscard]] QString folder() const { return m_folder.path(); }

private:
    QTemporaryDir m_folder;
};

/// What the function answers on the device of \a link, as JSON; else why not.
[[nodiscard]] std::string answerOf(device::DeviceLink &link);

/// The link's options in a test.
[[nodiscard]] device::DeviceLink::Options testOptions();

/// The one result of \a future; the event loop runs meanwhile.
template<typename T> T awaitResult(QFuture<T> future, int limitMs = 60'000)
{
    (void)QTest::qWaitFor([&] { return future.isFinished(); }, limitMs);
    if (!future.isFinished() || future.resultCount() != 1)
        return runtime::failure(runtime::ErrorCode::Internal, "test", "no result in time");
    return future.result();
}

/// Opens \a link and waits; false: it failed, and said so.
[[nodiscard]] bool bringOnline(device::DeviceLink &link);

} // namespace tests
