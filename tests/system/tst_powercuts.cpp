#include "virtualpis/pifunction.h"
#include "virtualpis/virtualpis.h"

#include "device-manager/core/pusher.h"

#include <QElapsedTimer>
#include <QRandomGenerator>
#include <QSignalSpy>

using device::DeviceLink;
using device::Pusher;
using device::PushReport;
using runtime::Result;
using tests::answerOf;
using tests::awaitResult;
using tests::bringOnline;
using tests::PiFunction;
using tests::VirtualPis;

/// Pushes while the power is cut: the old or the new version, whole and serving. What the disk of
/// the Pi was not told to keep is gone each time.
class tst_PowerCuts : public QObject
{
    Q_OBJECT

    static constexpr int limitMs = 90'000;

    std::unique_ptr<VirtualPis> m_bench;
    QTemporaryDir m_state;
    std::unique_ptr<DeviceLink> m_link;
    PiFunction m_function;

    /// 10, or what EDGEWRIGHT_POWER_CUTS says (200 in the figures to reach).
    static int cuts()
    {
        const int wanted = qEnvironmentVariableIntValue("EDGEWRIGHT_POWER_CUTS");
        return wanted > 0 ? wanted : 10;
    }

    /// Version \a value: its answer is made of two files, so that half a version shows.
    void writeVersion(int value, QRandomGenerator &random) const
    {
        QByteArray ballast(200'000, Qt::Uninitialized);
        random.fillRange(reinterpret_cast<quint32 *>(ballast.data()), ballast.size() / 4);
        m_function.writeFile(QStringLiteral("ballast.bin"), ballast);
        m_function.writeFile(QStringLiteral("part.py"),
                             "value = " + QByteArray::number(value) + "\n");
        m_function.write(
            "import part, pathlib\n"
            "size = len(pathlib.Path(__file__).with_name('ballast.bin').read_bytes())\n"
            "def handler(event, context):\n"
            "    return [" +
            QByteArray::number(value) + ", part.value, size]\n");
    }

    static std::string answer(int value)
    {
        const std::string number = std::to_string(value);
        return "[" + number + "," + number + ",200000]";
    }

    std::optional<Result<PushReport>> pushFor(Pusher &pusher, int ms)
    {
        const auto future = pusher.push(m_function.function());
        QElapsedTimer timer;
        timer.start();
        (void)QTest::qWaitFor([&] { return timer.elapsed() >= ms; }, ms + 1000);
        const bool isDone = future.isFinished();
        const bool isCut = m_bench->powerOff(1);
        if (!isCut)
            qWarning("the power was not cut");
        return isDone ? std::optional(future.result()) : std::nullopt;
    }

private Q_SLOTS:
    void initTestCase()
    {
        qRegisterMetaType<runtime::Error>("runtime::Error");
        qputenv("EDGEWRIGHT_STATE", m_state.path().toLocal8Bit());
        m_bench = std::make_unique<VirtualPis>();
        if (!m_bench->whyNot().isEmpty())
            QSKIP(m_bench->whyNot().constData());
        QVERIFY(m_bench->enter());
        QVERIFY(m_bench->boot(1));
        m_link = std::make_unique<DeviceLink>(m_bench->device(1), tests::testOptions());
        QVERIFY(bringOnline(*m_link));
    }

    void theOldOrTheNewVersionServesWhole()
    {
        QRandomGenerator random(20261121);
        Pusher pusher(m_link.get());
        double warmMs = 0; // the first push starts the interpreter too
        for (int round = 0; round < 2; ++round) {
            writeVersion(0, random);
            const auto pushed = awaitResult(pusher.push(m_function.function()));
            QVERIFY2(pushed && !pushed->error, pushed ? "" : pushed.error().detail.c_str());
            warmMs = pushed->ms;
        }
        // Long enough that some cuts come after the push, and most while it is under way.
        const int longest = std::max(30, int(1.5 * warmMs));
        int serving = 0;
        int newOnes = 0;
        int acknowledged = 0;
        for (int cut = 1; cut <= cuts(); ++cut) {
            writeVersion(cut, random);
            const auto pushed = pushFor(pusher, random.bounded(longest));
            const bool isAcknowledged = pushed && *pushed && !(*pushed)->error;
            QTRY_COMPARE_WITH_TIMEOUT(m_link->state(), DeviceLink::State::Lost, limitMs);
            QVERIFY(m_bench->powerOn(1));
            QTRY_COMPARE_WITH_TIMEOUT(m_link->state(), DeviceLink::State::Online, limitMs);
            const std::string now = answerOf(*m_link);
            const bool isNew = now == answer(cut);
            QVERIFY2(isNew || now == answer(serving),
                     ("cut " + std::to_string(cut) + ", version " + std::to_string(serving) +
                      " served before: " + now)
                         .c_str());
            QVERIFY2(isNew || !isAcknowledged, "a push that was acknowledged is gone");
            serving = isNew ? cut : serving;
            newOnes += isNew;
            acknowledged += isAcknowledged;
        }
        qInfo("%d cuts within %d ms: the new version served after %d, %d of them acknowledged",
              cuts(), longest, newOnes, acknowledged);
        // And the device takes the next push as if nothing had been.
        writeVersion(cuts() + 1, random);
        const auto last = awaitResult(pusher.push(m_function.function()));
        QVERIFY2(last && !last->error, last ? "" : last.error().detail.c_str());
        QCOMPARE(answerOf(*m_link), answer(cuts() + 1));
    }
};

QTEST_GUILESS_MAIN(tst_PowerCuts)
#include "tst_powercuts.moc"
