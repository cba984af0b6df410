#include "device-manager/core/devicelink.h"
#include "device-manager/core/pusher.h"
#include "device-manager/core/sshsession.h"
#include "testpi.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <QRandomGenerator>

using device::DeviceLink;
using device::Pusher;
using device::PushReport;
using runtime::ErrorCode;
using runtime::Result;

using State = DeviceLink::State;

/// A function with a model of 96 MB, pushed over a real SSH server that goes away meanwhile.
/// Packages: openssh-server, python3.
class tst_LargeFiles : public QObject
{
    Q_OBJECT

    static constexpr int modelSize = 96 << 20;
    static constexpr int limitMs = 60'000;

    std::unique_ptr<TestPi> m_pi;
    std::unique_ptr<DeviceLink> m_link;
    std::unique_ptr<Pusher> m_pusher;
    QTemporaryDir m_state, m_source;
    QByteArray m_digest;

    void write(const QString &name, const QByteArray &text)
    {
        QFile file(m_source.filePath(name));
        QVERIFY(file.open(QIODevice::WriteOnly));
        QCOMPARE(file.write(text), qint64(text.size()));
    }

    /// Another one each time, so that the device has nothing of it.
    void writeModel()
    {
        QByteArray random(modelSize, Qt::Uninitialized);
        QRandomGenerator::securelySeeded().fillRange(reinterpret_cast<quint32 *>(random.data()),
                                                     random.size() / 4);
        write(QStringLiteral("model.bin"), random);
        m_digest = QCryptographicHash::hash(random, QCryptographicHash::Sha256).toHex();
    }

    [[nodiscard]] runtime::ApplicationFunction function() const
    {
        runtime::ApplicationFunction function;
        function.spec.name = "large";
        function.spec.runtime = "python3";
        function.spec.handler = "main.handler";
        function.spec.dialect = "aws";
        function.source = m_source.path().toStdString();
        return function;
    }

    /// Calls \a then once, when a third of the model has gone.
    void whenUnderWay(std::function<void()> then)
    {
        connect(m_pusher.get(), &Pusher::progressed, m_link.get(),
                [this, then = std::move(then), isDone = false](const QString &, quint64 sent,
                                                               quint64 total) mutable {
                    QVERIFY(total >= quint64(modelSize) && total < quint64(modelSize) + 1'000);
                    QVERIFY(sent <= total);
                    if (sent >= total / 3 && !std::exchange(isDone, true))
                        then();
                });
    }

    /// A push that is cancelled in its course.
    void breakOff()
    {
        std::stop_source stop;
        whenUnderWay([&] { stop.request_stop(); });
        const auto broken = resultOf(m_pusher->push(function(), stop.get_token()), limitMs);
        QVERIFY(!broken);
        QCOMPARE(broken.error().code, ErrorCode::Cancelled);
        QVERIFY2(partSize() > modelSize / 6, QByteArray::number(partSize()).constData());
        QVERIFY(partSize() < modelSize);
    }

    [[nodiscard]] QDir incoming() const
    {
        // The device has its home under another name.
        return QDir(m_pi->home() + m_link->runtimeFolder().mid(m_link->facts().home.size()) +
                    QStringLiteral("/incoming"));
    }

    [[nodiscard]] qint64 partSize() const
    {
        const QFileInfoList parts = incoming().entryInfoList(QDir::Files);
        return parts.size() == 1 ? parts[0].size() : -1;
    }

    /// The new version serves, and has the whole model.
    void verifyServing(const Result<PushReport> &pushed)
    {
        QVERIFY2(pushed && !pushed->error, pushed ? "" : pushed.error().detail.c_str());
        const auto answer = resultOf(
            m_link->client()->invoke({.function = "large", .event = "{}", .trigger = {}, .id = {}}),
            limitMs);
        QVERIFY(answer);
        QCOMPARE(QByteArray::fromStdString(answer->result), '"' + m_digest + '"');
        QVERIFY(incoming().exists());
        QTRY_COMPARE(incoming().entryList(QDir::Files), QStringList());
    }

private Q_SLOTS:
    void initTestCase()
    {
        qRegisterMetaType<runtime::Error>("runtime::Error");
        qputenv("EDGEWRIGHT_STATE", m_state.path().toLocal8Bit());
        m_pi = std::make_unique<TestPi>();
        if (!m_pi->whyNot.empty())
            QSKIP(m_pi->whyNot.c_str());
        m_link = std::make_unique<DeviceLink>(
            m_pi->device(),
            DeviceLink::Options{QStringLiteral(EDGEWRIGHT_BIN_DIR "/edgewrightd"), {}});
        m_link->open();
        QTRY_COMPARE_WITH_TIMEOUT(m_link->state(), State::Online, limitMs);
        m_pusher = std::make_unique<Pusher>(m_link.get());
        write(QStringLiteral("main.py"),
              "import hashlib, pathlib\n"
              "def handler(event, context):\n"
              "    with open(pathlib.Path(__file__).with_name('model.bin'), 'rb') as model:\n"
              "        return hashlib.file_digest(model, 'sha256').hexdigest()\n");
    }

    void init() { writeModel(); }
    void cleanup() { m_pusher->disconnect(m_link.get()); }

    void cleanupTestCase()
    {
        m_pusher.reset();
        m_link.reset();
        m_pi.reset();
    }

    void aPushGoesOnWhenTheLinkComesBack()
    {
        int losses = 0;
        connect(m_link.get(), &DeviceLink::lost, m_pusher.get(), [&] { ++losses; });
        whenUnderWay([this] {
            m_pi->pi->setPlugged(false);
            QTimer::singleShot(3'000, m_link.get(), [this] { m_pi->pi->setPlugged(true); });
        });
        const auto pushed = resultOf(m_pusher->push(function()), limitMs);
        m_link->disconnect(m_pusher.get());
        QCOMPARE(losses, 1);
        verifyServing(pushed);
        QVERIFY2(pushed->bytesSent < modelSize + modelSize / 2,
                 QByteArray::number(quint64(pushed->bytesSent)).constData());
    }

    void anotherPushGoesOnWhereOneWasBrokenOff()
    {
        breakOff();
        const qint64 there = partSize();
        const auto pushed = resultOf(m_pusher->push(function()), limitMs);
        verifyServing(pushed);
        QVERIFY(pushed->bytesSent < quint64(modelSize - there) + 10'000);
    }

    void whatWasSpoiltIsSentAgain()
    {
        breakOff();
        QFile part(incoming().entryInfoList(QDir::Files)[0].filePath());
        QVERIFY(part.open(QIODevice::ReadWrite));
        QVERIFY(part.seek(part.size() - 100));
        QCOMPARE(part.write(QByteArray(100, '\0')), qint64(100)); // as a power cut leaves it
        part.close();
        const auto pushed = resultOf(m_pusher->push(function()), limitMs);
        verifyServing(pushed);
        QVERIFY(pushed->bytesSent > modelSize);
    }

    void aPusherThatGoesEndsWhatItSends()
    {
        whenUnderWay([this] { QTimer::singleShot(0, m_link.get(), [this] { m_pusher.reset(); }); });
        const auto pushed = resultOf(m_pusher->push(function()), limitMs);
        QVERIFY(!pushed);
        QCOMPARE(pushed.error().code, ErrorCode::Cancelled);
        QVERIFY(!m_pusher);
        m_pusher = std::make_unique<Pusher>(m_link.get());
        verifyServing(resultOf(m_pusher->push(function()), limitMs));
    }

    void aFileThatChangesMeanwhileIsReadAgain()
    {
        whenUnderWay([this] { writeModel(); });
        verifyServing(resultOf(m_pusher->push(function()), limitMs));
    }
};

QTEST_GUILESS_MAIN(tst_LargeFiles)
#include "tst_largefiles.moc"
