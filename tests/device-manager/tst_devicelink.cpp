#include "device-manager/core/devicelink.h"
#include "device-manager/core/pusher.h"
#include "device-manager/core/readingfeed.h"
#include "device-manager/core/readingstore.h"
#include "device-manager/core/runtimeremoval.h"
#include "device-manager/core/sshsession.h"
#include "runtime-bridge/base/digest.h"
#include "testpi.h"

#include <QCryptographicHash>
#include <QDir>
#include <QDirIterator>
#include <QElapsedTimer>
#include <QFile>
#include <QRandomGenerator>

#include <nlohmann/json.hpp>

using device::DeviceLink;
using device::Pusher;
using device::PushReport;
using device::ReadingFeed;
using device::ReadingStore;
using runtime::ErrorCode;

using State = DeviceLink::State;

/// The whole way to a device: a real sshd, our runtime installed through it, functions of Python.
/// Packages: openssh-server, python3.
class tst_DeviceLink : public QObject
{
    Q_OBJECT

    std::unique_ptr<TestPi> m_pi;
    std::unique_ptr<DeviceLink> m_link;
    QTemporaryDir m_state, m_source;
    QStringList m_homeBefore;

    static DeviceLink::Options options()
    {
        return {QStringLiteral(EDGEWRIGHT_BIN_DIR "/edgewrightd"), {}};
    }

    void write(const QString &name, const QByteArray &text)
    {
        QFile file(m_source.filePath(name));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(text);
    }

    /// A function "answer" made of the files of the source folder.
    [[nodiscard]] runtime::ApplicationFunction function(const std::string &every = {}) const
    {
        runtime::ApplicationFunction function;
        function.spec.name = "answer";
        function.spec.runtime = "python3";
        function.spec.handler = "answer.handler";
        function.spec.dialect = "aws";
        if (!every.empty())
            function.spec.triggers = {
                runtime::TimerTrigger{std::chrono::milliseconds(std::stoi(every))}};
        function.source = m_source.path().toStdString();
        return function;
    }

    void returnValue(int value)
    {
        write(QStringLiteral("answer.py"), "def handler(event, context):\n    return {'value': " +
                                               QByteArray::number(value) + "}\n");
    }

    std::string invoke()
    {
        runtime::InvokeRequest request;
        request.function = "answer";
        const auto invocation = resultOf(m_link->client()->invoke(request));
        return invocation ? invocation->result : invocation.error().detail;
    }

    [[nodiscard]] QStringList homeContents() const
    {
        QStringList all;
        QDirIterator it(m_pi->home(), QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot,
                        QDirIterator::Subdirectories);
        while (it.hasNext())
            all << it.next();
        all.sort();
        return all;
    }

    void bringOnline()
    {
        m_link = std::make_unique<DeviceLink>(m_pi->device(), options());
        QSignalSpy failed(m_link.get(), &DeviceLink::failed);
        m_link->open();
        QTRY_VERIFY_WITH_TIMEOUT(m_link->state() != State::Connecting, 10'000);
        QVERIFY2(failed.isEmpty(),
                 failed.isEmpty() ? ""
                                  : qvariant_cast<runtime::Error>(failed[0][0]).detail.c_str());
        QCOMPARE(m_link->state(), State::Online);
    }

    /// A copy of the runtime that is another program to the device.
    QString otherBuild(const QByteArray &appended, const char *name)
    {
        QFile program(options().program);
        const QString copy =
            m_state.filePath(QString::fromLatin1(name)) + QStringLiteral("/edgewrightd");
        QDir().mkpath(QFileInfo(copy).path());
        QFile out(copy);
        if (program.open(QIODevice::ReadOnly) && out.open(QIODevice::WriteOnly))
            out.write(appended.startsWith('#') ? appended : program.readAll() + appended);
        out.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        return copy;
    }

private Q_SLOTS:
    void initTestCase()
    {
        qRegisterMetaType<runtime::Error>("runtime::Error");
        qputenv("EDGEWRIGHT_STATE", m_state.path().toLocal8Bit());
        m_pi = std::make_unique<TestPi>();
        if (!m_pi->whyNot.empty())
            QSKIP(m_pi->whyNot.c_str());
        m_homeBefore = homeContents();
        bringOnline();
    }

    void cleanupTestCase()
    {
        m_link.reset();
        m_pi.reset();
    }

    void tellsWhatTheDeviceIs()
    {
        const device::DeviceFacts &facts = m_link->facts();
        QCOMPARE(facts.model, QStringLiteral("Raspberry Pi 4 Model B Rev 1.4 (simulated)"));
        QCOMPARE(facts.machine, QStringLiteral("x86_64"));
        QVERIFY(!facts.os.isEmpty());
        QVERIFY(facts.memoryBytes > 0);
        QVERIFY(facts.diskFreeBytes > 0);
        QVERIFY(facts.python.startsWith(QLatin1Char('3')));
        QCOMPARE(facts.light, device::Access::Usable);
        QCOMPARE(facts.iio, device::Access::Usable);
        QCOMPARE(facts.led, device::Access::Usable);
        QCOMPARE(facts.oneWire, device::Access::Missing);
        QVERIFY(
            QFile::exists(m_pi->home() + QStringLiteral("/.local/share/edgewright/edgewrightd")));
        QCOMPARE(m_link->client()->hello().hostName, std::string("simulated-pi"));
    }

    void aPushChangesTheAnswer()
    {
        returnValue(1);
        Pusher pusher(m_link.get());
        const auto first = resultOf(pusher.push(function()));
        QVERIFY2(first && !first->error, first ? "" : first.error().detail.c_str());
        QVERIFY(first->changed);
        QCOMPARE(invoke(), std::string("{\"value\":1}"));
        returnValue(2);
        const auto second = resultOf(pusher.push(function()));
        QVERIFY(second && !second->error);
        QCOMPARE(second->version, first->version + 1);
        QVERIFY(second->bundle != first->bundle);
        QVERIFY(second->ms > 0);
        QCOMPARE(invoke(), std::string("{\"value\":2}"));
    }

    void aPushBringsTheFirstAnswerWithIt()
    {
        Pusher pusher(m_link.get());
        for (int value = 1; value <= 5; ++value) {
            returnValue(value);
            const auto pushed = resultOf(pusher.push(function(), {}, "{}"));
            QVERIFY2(pushed && !pushed->error, pushed ? "" : pushed.error().detail.c_str());
            QVERIFY(pushed->answer);
            QCOMPARE(pushed->answer->bundle, pushed->bundle);
            QCOMPARE(pushed->answer->result, "{\"value\":" + std::to_string(value) + "}");
        }
        // The device lost what it was sent: two exchanges, and the new version's answer still.
        QVERIFY(resultOf(m_link->client()->remove("answer")));
        QVERIFY(resultOf(m_link->session()->exec(
            QStringLiteral("rm -rf ") + device::shellQuoted(m_link->runtimeFolder()) +
            QStringLiteral("/blobs ") + device::shellQuoted(m_link->runtimeFolder()) +
            QStringLiteral("/bundles"))));
        const auto again = resultOf(pusher.push(function(), {}, "{}"));
        QVERIFY2(again && !again->error, again ? "" : again.error().detail.c_str());
        QVERIFY(again->answer);
        QCOMPARE(again->answer->result, std::string("{\"value\":5}"));
        returnValue(2); // what the next tests find
    }

    void anUnchangedPushSendsOnlyTheManifest()
    {
        write(QStringLiteral("table.bin"), QByteArray(200'000, 't'));
        Pusher pusher(m_link.get());
        const auto first = resultOf(pusher.push(function()));
        QVERIFY(first && first->changed);
        const auto again = resultOf(pusher.push(function()));
        QVERIFY(again);
        QVERIFY(!again->changed);
        QCOMPARE(again->bundle, first->bundle);
        QVERIFY2(again->bytesSent < 1500,
                 QByteArray::number(quint64(again->bytesSent)).constData());
        // So does the first push of a later session.
        Pusher later(m_link.get());
        const auto known = resultOf(later.push(function()));
        QVERIFY(known);
        QVERIFY(known->bytesSent < 1500); // the whole manifest, and no contents
    }

    void aChangedLineOfALargeBundleSendsLittle()
    {
        QRandomGenerator random(20261122);
        QByteArray bytes(50'000, Qt::Uninitialized);
        QVERIFY(QDir(m_source.path()).mkdir(QStringLiteral("data")));
        for (int i = 0; i < 400; ++i) { // 20 MB that nothing compresses
            random.fillRange(reinterpret_cast<quint32 *>(bytes.data()), bytes.size() / 4);
            write(QStringLiteral("data/part-%1.bin").arg(i), bytes);
        }
        returnValue(1);
        Pusher pusher(m_link.get());
        const auto first = resultOf(pusher.push(function()));
        QVERIFY2(first && !first->error, first ? "" : first.error().detail.c_str());
        QVERIFY(first->bytesSent > 20'000'000);
        returnValue(3);
        const auto second = resultOf(pusher.push(function(), {}, "{}"));
        QVERIFY2(second && !second->error, second ? "" : second.error().detail.c_str());
        QCOMPARE(second->answer->result, std::string("{\"value\":3}"));
        QCOMPARE(second->answer->bundle, second->bundle); // what is there is what it is called
        qInfo("%llu bytes for a changed line of 20 MB in 401 files",
              static_cast<unsigned long long>(second->bytesSent));
        QVERIFY(second->bytesSent < 2048 + 200);
        QVERIFY(QDir(m_source.filePath(QStringLiteral("data"))).removeRecursively());
        returnValue(2);
        const auto third = resultOf(pusher.push(function(), {}, "{}"));
        QVERIFY2(third && !third->error, third ? "" : third.error().detail.c_str());
        QCOMPARE(third->answer->bundle, third->bundle);
    }

    void contentsThatTheDeviceLostAreSentAgain()
    {
        write(QStringLiteral("table.bin"), "a first text");
        Pusher pusher(m_link.get());
        QVERIFY(resultOf(pusher.push(function())));
        // Known to the pusher, and gone from the device.
        QVERIFY(resultOf(m_link->client()->remove("answer")));
        const auto emptied = resultOf(m_link->session()->exec(
            QStringLiteral("rm -rf ") + device::shellQuoted(m_link->runtimeFolder()) +
            QStringLiteral("/blobs ") + device::shellQuoted(m_link->runtimeFolder()) +
            QStringLiteral("/bundles")));
        QVERIFY(emptied && emptied->exitCode == 0);
        const auto again = resultOf(pusher.push(function()));
        QVERIFY2(again && !again->error, again ? "" : again.error().detail.c_str());
        QVERIFY(again->bytesSent > 0);
        QCOMPARE(invoke(), std::string("{\"value\":2}"));
    }

    void largeContentsComeWhole()
    {
        QByteArray random(20 << 20, Qt::Uninitialized); // over what one request carries
        QRandomGenerator(7).fillRange(reinterpret_cast<quint32 *>(random.data()),
                                      random.size() / 4);
        write(QStringLiteral("model.bin"), random);
        write(QStringLiteral("second.bin"), random.left(3 << 20));
        write(QStringLiteral("answer.py"),
              "import hashlib, pathlib\n"
              "def handler(event, context):\n"
              "    model = pathlib.Path(__file__).with_name('model.bin').read_bytes()\n"
              "    return hashlib.sha256(model).hexdigest()\n");
        Pusher pusher(m_link.get());
        const auto pushed = resultOf(pusher.push(function()), 30'000);
        QVERIFY2(pushed && !pushed->error, pushed ? "" : pushed.error().detail.c_str());
        const QByteArray digest =
            QCryptographicHash::hash(random, QCryptographicHash::Sha256).toHex();
        QCOMPARE(invoke(), '"' + digest.toStdString() + '"');
        // One changed line of a large bundle is a short push.
        QFile::remove(m_source.filePath(QStringLiteral("second.bin")));
        returnValue(3);
        const auto small = resultOf(pusher.push(function()));
        QVERIFY(small && small->changed);
        QVERIFY2(small->bytesSent < 2048,
                 QByteArray::number(quint64(small->bytesSent)).constData());
        QFile::remove(m_source.filePath(QStringLiteral("model.bin")));
    }

    void aVersionThatDoesNotLoadLeavesTheOldOneServing()
    {
        returnValue(4);
        Pusher pusher(m_link.get());
        const auto good = resultOf(pusher.push(function()));
        QVERIFY(good && !good->error);
        write(QStringLiteral("answer.py"), "def handler(event, context)\n    return 5\n");
        const auto bad = resultOf(pusher.push(function()));
        QVERIFY2(bad, bad ? "" : bad.error().detail.c_str());
        QVERIFY(bad->error);
        QCOMPARE(bad->error->code, ErrorCode::FunctionInitFailed);
        QVERIFY(bad->error->detail.find("SyntaxError") != std::string::npos);
        QVERIFY(bad->rolledBack);
        QCOMPARE(invoke(), std::string("{\"value\":4}"));
    }

    void readingsComeOnceAndInOrderThroughALostLink()
    {
        write(QStringLiteral("answer.py"), "count = 0\n"
                                           "def handler(event, context):\n"
                                           "    global count\n"
                                           "    count += 1\n"
                                           "    return {'count': count}\n");
        Pusher pusher(m_link.get());
        ReadingStore store(QStringLiteral("simulated-pi"));
        ReadingFeed feed(&store);
        std::vector<runtime::Reading> got;
        connect(&feed, &ReadingFeed::readingsCame, this,
                [&got](const std::vector<runtime::Reading> &readings) {
                    for (const runtime::Reading &reading : readings)
                        if (reading.series == "count")
                            got.push_back(reading);
                });
        connect(m_link.get(), &DeviceLink::stateChanged, &feed, [&](State state) {
            if (state == State::Online)
                feed.attach(m_link->client());
            else
                feed.detach();
        });
        feed.attach(m_link->client());
        const auto pushed = resultOf(pusher.push(function("20")));
        QVERIFY2(pushed && !pushed->error, pushed ? "" : pushed.error().detail.c_str());
        QTRY_VERIFY(got.size() > 10);

        m_pi->pi->setPlugged(false);
        QElapsedTimer timer;
        timer.start();
        QTRY_COMPARE_WITH_TIMEOUT(m_link->state(), State::Lost, 5000);
        QVERIFY2(timer.elapsed() <= 3'500, QByteArray::number(timer.elapsed()).constData());
        const std::size_t before = got.size();
        m_pi->pi->setPlugged(true);
        QTRY_COMPARE_WITH_TIMEOUT(m_link->state(), State::Online, 10'000);
        QTRY_VERIFY(got.size() > before + 80); // those of the gap, and new ones
        const auto disarmed = resultOf(m_link->client()->arm("answer", false));
        QVERIFY2(disarmed, disarmed ? "" : disarmed.error().detail.c_str());
        const std::vector<runtime::Reading> seen = got; // others may still be on their way
        for (std::size_t i = 1; i < seen.size(); ++i) {
            QCOMPARE(seen[i].sequence, seen[i - 1].sequence + 1);
            QCOMPARE(seen[i].value, seen[i - 1].value + 1);
            QVERIFY(seen[i].cursor > seen[i - 1].cursor);
        }
        const auto stored = resultOf(
            store.points({"answer", "count"}, seen.front().timeUs, seen.back().timeUs, 100));
        QVERIFY(stored);
        QCOMPARE(stored->raw, std::uint64_t(seen.size()));
        const auto switches = resultOf(store.switches());
        QVERIFY(switches && !switches->empty());
        QCOMPARE(switches->back().bundle, pushed->bundle);
    }

    void aRuntimeThatWasKilledIsStartedAgain()
    {
        returnValue(6);
        Pusher pusher(m_link.get());
        QVERIFY(resultOf(pusher.push(function())));
        QSignalSpy lost(m_link.get(), &DeviceLink::lost);
        const std::string instance = m_link->client()->hello().instance;
        // By its lock, which only the runtime holds: others of this machine may run one too.
        (void)resultOf(m_link->session()->exec(QStringLiteral(
            "for p in /proc/[0-9]*; do case $(readlink $p/exe) in "
            "\"$HOME\"/.local/share/edgewright/*) kill -9 ${p#/proc/};; esac; done")));
        QTRY_COMPARE_WITH_TIMEOUT(lost.size(), 1, 3000);
        QTRY_COMPARE_WITH_TIMEOUT(m_link->state(), State::Online, 5000);
        QVERIFY(m_link->client()->hello().instance != instance);
        QCOMPARE(invoke(), std::string("{\"value\":6}"));
    }

    void anotherBuildIsUpgradedAndLosesNoReading()
    {
        write(QStringLiteral("answer.py"),
              "def handler(event, context):\n    return {'tick': 1}\n");
        Pusher pusher(m_link.get());
        const auto pushed = resultOf(pusher.push(function("20")));
        QVERIFY2(pushed && !pushed->error, pushed ? "" : pushed.error().detail.c_str());
        ReadingStore store(QStringLiteral("upgraded"));
        ReadingFeed feed(&store);
        std::vector<runtime::Reading> got;
        connect(&feed, &ReadingFeed::readingsCame, this,
                [&got](const std::vector<runtime::Reading> &readings) {
                    for (const runtime::Reading &reading : readings)
                        if (reading.series == "tick")
                            got.push_back(reading);
                });
        feed.attach(m_link->client());
        QTRY_VERIFY(got.size() > 5);
        feed.detach();
        m_link.reset();

        DeviceLink::Options newer;
        newer.program = otherBuild("newer", "newer");
        m_link = std::make_unique<DeviceLink>(m_pi->device(), newer);
        QSignalSpy failed(m_link.get(), &DeviceLink::failed);
        m_link->open();
        QTRY_VERIFY_WITH_TIMEOUT(m_link->state() != State::Connecting, 60'000);
        QVERIFY2(failed.isEmpty(),
                 failed.isEmpty() ? ""
                                  : qvariant_cast<runtime::Error>(failed[0][0]).detail.c_str());
        QCOMPARE(m_link->state(), State::Online);
        const std::size_t before = got.size();
        feed.attach(m_link->client());
        QTRY_VERIFY_WITH_TIMEOUT(got.size() > before + 20, 20'000);
        for (std::size_t i = 1; i < got.size(); ++i)
            QCOMPARE(got[i].sequence, got[i - 1].sequence + 1);
        feed.detach();
    }

    void aRealDeviceGetsTheRuntimeForItsMachine()
    {
        DeviceLink::Options both;
        both.program = otherBuild("for this computer", "both");
        const QString forDevices = otherBuild("for devices", "both/devices/x86_64");
        QFile file(forDevices);
        QVERIFY(file.open(QIODevice::ReadOnly));
        device::Device real = m_pi->device();
        real.simulated.clear();
        m_link = std::make_unique<DeviceLink>(real, both);
        m_link->open();
        QTRY_COMPARE_WITH_TIMEOUT(m_link->state(), State::Online, 60'000);
        QCOMPARE(m_link->client()->hello().program,
                 runtime::digestOf(file.readAll().toStdString()));
    }

    void aRuntimeThatDoesNotStartThereChangesNothing()
    {
        const std::string serving = m_link->client()->hello().instance;
        DeviceLink::Options broken;
        broken.program =
            otherBuild("#!/bin/sh\necho 'Illegal instruction' >&2\nexit 1\n", "broken");
        DeviceLink link(m_pi->device(), broken);
        QSignalSpy failed(&link, &DeviceLink::failed);
        link.open();
        QTRY_COMPARE_WITH_TIMEOUT(failed.size(), 1, 60'000);
        const auto error = qvariant_cast<runtime::Error>(failed[0][0]);
        QCOMPARE(error.code, ErrorCode::DeviceUpgradeFailed);
        QVERIFY(error.detail.find("Illegal instruction") != std::string::npos);
        QCOMPARE(m_link->state(), State::Online);
        QCOMPARE(m_link->client()->hello().instance, serving);
    }

    void removalLeavesTheHomeAsItWas()
    {
        device::RuntimeRemoval removal(m_pi->device());
        const auto holdings = resultOf(removal.look());
        QVERIFY2(holdings, holdings ? "" : holdings.error().detail.c_str());
        QVERIFY(holdings->isInstalled);
        QCOMPARE(holdings->functions, QStringList(QStringLiteral("answer")));
        m_link->close();
        const auto removed = resultOf(removal.remove(), 60'000);
        QVERIFY2(removed, removed ? "" : removed.error().detail.c_str());
        QCOMPARE(homeContents(), m_homeBefore);
        const auto nothing = resultOf(removal.look());
        QVERIFY(nothing && !nothing->isInstalled);
        bringOnline(); // and it can be had again
        const auto states = resultOf(m_link->client()->functions());
        QVERIFY(states && states->empty());
    }

    void aWrongHostKeyStopsEverything()
    {
        device::Device changed = m_pi->device();
        changed.hostKey = QStringLiteral("SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
        DeviceLink link(changed, options());
        QSignalSpy failed(&link, &DeviceLink::failed);
        link.open();
        QTRY_COMPARE(failed.size(), 1);
        QCOMPARE(qvariant_cast<runtime::Error>(failed[0][0]).code, ErrorCode::DeviceHostKeyChanged);
        QCOMPARE(link.state(), State::Offline);
    }

    void anUnreachableDeviceFailsOnceAndStaysOffline()
    {
        device::Device gone = m_pi->device();
        gone.port = 1;
        DeviceLink link(gone, options());
        QSignalSpy failed(&link, &DeviceLink::failed);
        link.open();
        QTRY_COMPARE(failed.size(), 1);
        QCOMPARE(qvariant_cast<runtime::Error>(failed[0][0]).code, ErrorCode::DeviceUnreachable);
        QCOMPARE(link.state(), State::Offline);
    }

    void closingWhileConnectingEndsSoon()
    {
        for (int i = 0; i < 3; ++i) {
            DeviceLink link(m_pi->device(), options());
            link.open();
            QElapsedTimer timer;
            timer.start();
            link.close();
            QVERIFY(timer.elapsed() < 5'000);
            QCOMPARE(link.state(), State::Offline);
        }
    }
};

QTEST_GUILESS_MAIN(tst_DeviceLink)
#include "tst_devicelink.moc"
