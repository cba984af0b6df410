#include "app/ide/devicefolder.h"
#include "app/ide/devicehub.h"
#include "app/ide/devicepage.h"
#include "app/ide/devicevisit.h"
#include "app/ide/terminalpanel.h"
#include "app/ide/theme.h"
#include "device-manager/core/simulatedpi.h"

#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QTreeWidget>

using namespace app;

/// The page on a real device: a simulated one, with our runtime.
class tst_DevicePage : public QObject
{
    Q_OBJECT

    QTemporaryDir m_state;
    const QString m_name = QStringLiteral("simulated-pi");

    static QPushButton *button(const QWidget &page, const QString &text)
    {
        for (auto *each : page.findChildren<QPushButton *>())
            if (each->text() == text)
                return each;
        return nullptr;
    }

    static bool says(const QWidget &page, const QString &words)
    {
        for (const auto *each : page.findChildren<QLabel *>())
            if (each->isVisible() && each->text().contains(words))
                return true;
        return false;
    }

    static QTreeWidget *table(const QWidget &page, const QString &name)
    {
        for (auto *each : page.findChildren<QTreeWidget *>())
            if (each->accessibleName() == name)
                return each;
        return nullptr;
    }

private Q_SLOTS:
    void initTestCase()
    {
        qputenv("EDGEWRIGHT_STATE", m_state.path().toLocal8Bit());
        const QByteArray programs =
            QCoreApplication::applicationDirPath().toLocal8Bit() + "/../bin";
        qputenv("PATH", programs + ':' + qgetenv("PATH"));
    }

    void aDeviceShowsHowItIsAndGoesWithIt()
    {
        Theme theme;
        theme.apply(ThemeChoice::Light);
        DeviceHub hub;
        QSignalSpy failed(&hub, &DeviceHub::failed);
        hub.start();
        hub.simulate();
        QTRY_VERIFY_WITH_TIMEOUT(hub.isOnline(m_name) || !failed.isEmpty(), 30'000);
        if (!hub.isOnline(m_name))
            QSKIP(qvariant_cast<runtime::Error>(failed[0][0]).detail.c_str());
        DevicePage page(std::make_unique<DeviceVisit>(&hub, m_name),
                        std::make_unique<DeviceFolder>(&hub, m_name));
        page.resize(760, 900);
        page.show();
        QTRY_VERIFY(says(page, QStringLiteral("online")));
        QVERIFY(button(page, QStringLiteral("Restart…"))->isEnabled());
        QVERIFY(button(page, QStringLiteral("Connect"))->isHidden());
        QTRY_VERIFY(says(page, QStringLiteral("up ")));
        QTreeWidget *processes = table(page, QStringLiteral("Busiest processes of the device"));
        QTRY_VERIFY(processes->topLevelItemCount() > 0);
        QVERIFY(says(page, QStringLiteral("light sensor")));
        QVERIFY(says(page, QStringLiteral("No function is on this device yet")));

        // What the user would do is asked for, not done.
        QSignalSpy restart(&page, &DevicePage::restartRequested);
        QTest::mouseClick(button(page, QStringLiteral("Restart…")), Qt::LeftButton);
        QCOMPARE(restart.size(), 1);
        QSignalSpy restarting(&hub, &DeviceHub::restarting);
        hub.restart(m_name);
        QCOMPARE(restarting.size(), 1);
        QTRY_VERIFY_WITH_TIMEOUT(says(page, QStringLiteral("connection lost")), 10'000);
        QVERIFY(!button(page, QStringLiteral("Restart…"))->isEnabled());
        QTRY_VERIFY_WITH_TIMEOUT(says(page, QStringLiteral("online")), 30'000);

        TerminalPanel terminals(&hub);
        terminals.resize(760, 300);
        terminals.show();
        terminals.open(m_name);
        terminals.type(QStringLiteral("echo $((6*7)) from $USER\r"));
        QTRY_VERIFY_WITH_TIMEOUT(terminals.shownText().contains(QStringLiteral("42 from pi")),
                                 15'000);
        terminals.type(QStringLiteral("exit 3\r"));
        QTRY_VERIFY(terminals.shownText().contains(
            QStringLiteral("The shell ended with exit code 3. Enter begins another.")));
        QVERIFY(terminals.shownText().contains(QStringLiteral("42 from pi")));
        terminals.type(QStringLiteral("\r"));
        terminals.type(QStringLiteral("echo $((6*8)) again\r"));
        QTRY_VERIFY_WITH_TIMEOUT(terminals.shownText().contains(QStringLiteral("48 again")),
                                 15'000);
        terminals.open(m_name);
        QCOMPARE(terminals.count(), 1);

        hub.disconnectDevice(m_name);
        QTRY_VERIFY(terminals.shownText().contains(QStringLiteral("is gone, and the shell")));
        QTRY_VERIFY(button(page, QStringLiteral("Connect"))->isVisible());
        QSignalSpy closed(&page, &DevicePage::closeRequested);
        hub.remove(m_name);
        QTRY_COMPARE(closed.size(), 1);
    }
};

QTEST_MAIN(tst_DevicePage)
#include "tst_devicepage.moc"
