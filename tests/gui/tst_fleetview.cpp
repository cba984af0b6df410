#include "app/ide/devicehub.h"
#include "app/ide/fleetview.h"
#include "app/ide/theme.h"
#include "device-manager/core/simulatedpi.h"

#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace app;

/// The table of a push to a group, with two simulated Raspberry Pis behind it. Packages:
/// openssh-server, python3.
class FleetViewTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        qputenv("EDGEWRIGHT_STATE", m_folder.filePath(QStringLiteral("state")).toLocal8Bit());
        qputenv("PATH", EDGEWRIGHT_BIN_DIR ":" + qgetenv("PATH"));
        m_hub = std::make_unique<DeviceHub>();
        m_view = std::make_unique<FleetView>();
        connect(m_hub.get(), &DeviceHub::fleetChanged, this,
                [this](const std::vector<device::FleetRow> &rows, bool isFinished) {
                    m_view->setRows(rows);
                    m_isFinished = isFinished;
                });
        m_hub->start();
        for (const QString &name : {QStringLiteral("pi1"), QStringLiteral("pi2")}) {
            auto pi = std::make_unique<device::SimulatedPi>(name, m_folder.filePath(name));
            QSignalSpy started(pi.get(), &device::SimulatedPi::started);
            QSignalSpy failed(pi.get(), &device::SimulatedPi::failed);
            pi->start();
            QTRY_VERIFY_WITH_TIMEOUT(!started.isEmpty() || !failed.isEmpty(), 20'000);
            if (!failed.isEmpty())
                QSKIP("no simulated device here (package openssh-server)");
            m_hub->add(pi->device());
            m_pis.push_back(std::move(pi));
        }
    }

    void cleanupTestCase()
    {
        m_view.reset();
        m_hub.reset();
    }

    void aDeviceIsPutIntoAGroup()
    {
        QCOMPARE(m_view->topLevelItemCount(), 1); // what to do first
        QSignalSpy changed(m_hub.get(), &DeviceHub::changed);
        m_hub->addToGroup(QStringLiteral("garden"), QStringLiteral("pi1"));
        m_hub->addToGroup(QStringLiteral("garden"), QStringLiteral("pi2"));
        QVERIFY(changed.size() >= 2);
        QCOMPARE(m_hub->groups()[QStringLiteral("garden")].size(), 2);
        for (const DeviceView &device : m_hub->devices())
            QCOMPARE(device.groups, QStringList(QStringLiteral("garden")));
    }

    void aPushToAGroupFillsTheTable()
    {
        m_hub->pushToGroup(QStringLiteral("garden"), function("return 1"));
        QTRY_VERIFY_WITH_TIMEOUT(m_isFinished, 30'000);
        QCOMPARE(texts(0), QStringList({QStringLiteral("pi1"), QStringLiteral("pi2")}));
        QCOMPARE(texts(1), QStringList({QStringLiteral("1"), QStringLiteral("1")}));
        QCOMPARE(texts(4), QStringList({QStringLiteral("serves"), QStringLiteral("serves")}));
    }

    void aCanaryThatFailsIsToldWithItsReason()
    {
        m_isFinished = false;
        m_hub->pushToGroup(QStringLiteral("garden"), function("return 1\nraise ValueError(1)"),
                           QStringLiteral("pi2"));
        QTRY_VERIFY_WITH_TIMEOUT(m_isFinished, 30'000);
        QCOMPARE(texts(4), QStringList({QStringLiteral("not touched"),
                                        QStringLiteral("\"answer\" does not load")}));
        QVERIFY(m_view->topLevelItem(1)->toolTip(4).contains(QStringLiteral("ValueError")));
    }

    void aCancelEndsThePushAtOnce()
    {
        m_isFinished = false;
        m_pis[1]->setPlugged(false);
        m_hub->pushToGroup(QStringLiteral("garden"), function("return 2"));
        QTRY_COMPARE_WITH_TIMEOUT(texts(4).first(), QStringLiteral("serves"), 10'000);
        QVERIFY(!m_isFinished); // the other one does not answer
        m_hub->cancel();
        QVERIFY(m_isFinished);
        QCOMPARE(texts(4).last(), QStringLiteral("not touched"));
    }

private:
    runtime::ApplicationFunction function(const QByteArray &body)
    {
        const QString folder = m_folder.filePath(QStringLiteral("source"));
        QDir().mkpath(folder);
        QFile file(folder + QStringLiteral("/answer.py"));
        if (!file.open(QIODevice::WriteOnly))
            qFatal("cannot write a test file");
        file.write("def handler(event, context):\n    " + body + '\n');
        runtime::ApplicationFunction function;
        function.spec.name = "answer";
        function.spec.runtime = "python3";
        function.spec.handler = "answer.handler";
        function.spec.dialect = "aws";
        function.source = folder.toStdString();
        return function;
    }

    [[nodiscard]] QStringList texts(int column) const
    {
        QStringList all;
        for (int i = 0; i < m_view->topLevelItemCount(); ++i)
            all << m_view->topLevelItem(i)->text(column);
        return all;
    }

    Theme m_theme;
    QTemporaryDir m_folder;
    std::vector<std::unique_ptr<device::SimulatedPi>> m_pis;
    std::unique_ptr<DeviceHub> m_hub;
    std::unique_ptr<FleetView> m_view;
    bool m_isFinished = false;
};

QTEST_MAIN(FleetViewTest)
#include "tst_fleetview.moc"
