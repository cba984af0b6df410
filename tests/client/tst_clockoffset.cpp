#include "runtime-bridge/client/clockoffset.h"

#include <QTest>

#include <random>

using namespace std::chrono_literals;
using runtime::ClockOffset;

class tst_ClockOffset : public QObject
{
    Q_OBJECT

    static constexpr std::int64_t sent = 1'700'000'000'000'000;

private Q_SLOTS:
    void anExchangeOfEvenWaysTellsTheOffset()
    {
        ClockOffset clock;
        QVERIFY(!clock.offset());
        clock.add(sent, 10ms, sent + 5'000 + 2'000'000);
        QCOMPARE(clock.offset(), std::optional<ClockOffset::Duration>(2s));
        QCOMPARE(clock.error(), ClockOffset::Duration(5ms));
    }

    void theTrueOffsetIsNeverFurtherThanTheError()
    {
        std::mt19937 random(3);
        ClockOffset clock;
        for (int i = 0; i < 1000; ++i) {
            const std::int64_t there = 200 + random() % 40'000, back = 200 + random() % 40'000;
            clock.add(sent + i, std::chrono::microseconds(there + back),
                      sent + i + there - 1'500'000);
            QVERIFY(std::chrono::abs(*clock.offset() + 1500ms) <= clock.error());
        }
        QVERIFY(clock.error() < 40ms);
    }

    void aClockThatWasSetIsNoticedAtOnce()
    {
        ClockOffset clock;
        clock.add(sent, 1ms, sent + 500);
        clock.add(sent, 20ms, sent + 10'000 + 3'600'000'000);
        QCOMPARE(clock.offset(), std::optional<ClockOffset::Duration>(1h));
    }
};

QTEST_GUILESS_MAIN(tst_ClockOffset)
#include "tst_clockoffset.moc"
