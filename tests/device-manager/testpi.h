#pragma once

#include "device-manager/core/simulatedpi.h"

#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <memory>

/// A simulated Raspberry Pi in a folder of its own, as a test needs it. Packages: openssh-server.
struct TestPi {
    QTemporaryDir folder;
    std::unique_ptr<device::SimulatedPi> pi;
    std::string whyNot; ///< Not empty: this machine cannot have one.

    TestPi() { start(); }

    void start()
    {
        pi = std::make_unique<device::SimulatedPi>(QStringLiteral("simulated-pi"), folder.path());
        QSignalSpy started(pi.get(), &device::SimulatedPi::started);
        QSignalSpy failed(pi.get(), &device::SimulatedPi::failed);
        pi->start();
        (void)QTest::qWaitFor([&] { return !started.isEmpty() || !failed.isEmpty(); }, 10'000);
        if (!failed.isEmpty())
            whyNot = qvariant_cast<runtime::Error>(failed[0][0]).detail;
    }

    [[nodiscard]] const device::Device &device() const { return pi->device(); }
    [[nodiscard]] QString home() const { return folder.filePath(QStringLiteral("home")); }
};

/// The one result of \a future; the event loop runs meanwhile.
template<typename T> T resultOf(QFuture<T> future, int limitMs = 15'000)
{
    (void)QTest::qWaitFor([&] { return future.isFinished(); }, limitMs);
    if (!future.isFinished() || future.resultCount() != 1)
        return runtime::failure(runtime::ErrorCode::Internal, "test", "no result in time");
    return future.result();
}
