#include "app/ide/finddevices.h"
#include "app/ide/theme.h"
#include "device-manager/core/devicesearch.h"

#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QTreeWidget>

#include <sched.h>

using namespace app;

/// The view on a real search, on a computer without a network.
class tst_FindDevices : public QObject
{
    Q_OBJECT

    QTemporaryDir m_home;

    static QPushButton *button(const QWidget &view, const QString &text)
    {
        for (auto *each : view.findChildren<QPushButton *>())
            if (each->text() == text && each->isVisible())
                return each;
        return nullptr;
    }

private Q_SLOTS:
    void initTestCase()
    {
        qputenv("HOME", m_home.path().toLocal8Bit());
        qRegisterMetaType<device::FoundDevice>();
        if (::unshare(CLONE_NEWNET) != 0)
            QSKIP("a network of its own needs root");
    }

    void nothingFoundOffersWhatHelps()
    {
        Theme theme;
        device::DeviceSearch search;
        FindDevices view(&search);
        view.QWidget::show();
        search.start({});
        QTRY_VERIFY_WITH_TIMEOUT(!search.isRunning(), 30'000);
        QCOMPARE(view.askedText(),
                 QStringLiteral("No network could be asked. Looked at ~/.ssh/config and the table "
                                "of neighbours. No machine was connected to."));
        QTRY_VERIFY(button(view, QStringLiteral("Simulate")));
        QSignalSpy again(&view, &FindDevices::searchRequested);
        QTest::mouseClick(button(view, QStringLiteral("Search again")), Qt::LeftButton);
        QCOMPARE(again.size(), 1);
        QVERIFY(!button(view, QStringLiteral("Add…"))->isEnabled());
    }

    void whatIsKnownIsConnectedAndTheRestIsAdded()
    {
        QDir(m_home.path()).mkpath(QStringLiteral(".ssh"));
        QFile config(m_home.filePath(QStringLiteral(".ssh/config")));
        QVERIFY(config.open(QIODevice::WriteOnly));
        config.write("Host shed\n  HostName 10.0.0.7\n  User pi\n");
        config.close();
        Theme theme;
        device::Device porch;
        porch.name = QStringLiteral("porch");
        porch.host = QStringLiteral("porch.local");
        device::DeviceSearch search;
        FindDevices view(&search);
        view.QWidget::show();
        QSignalSpy added(&view, &FindDevices::addRequested);
        QSignalSpy known(&view, &FindDevices::knownChosen);
        search.start({porch});
        auto *list = view.findChild<QTreeWidget *>();
        QTRY_COMPARE(list->topLevelItemCount(), 2);
        list->setCurrentItem(list->topLevelItem(0));
        QTest::mouseClick(button(view, QStringLiteral("Connect")), Qt::LeftButton);
        QCOMPARE(known.size(), 1);
        QCOMPARE(known[0][0].toString(), QStringLiteral("porch"));
        list->setCurrentItem(list->topLevelItem(1));
        QTest::mouseClick(button(view, QStringLiteral("Add…")), Qt::LeftButton);
        QCOMPARE(added.size(), 1);
        const auto found = qvariant_cast<device::FoundDevice>(added[0][0]);
        QCOMPARE(found.name, QStringLiteral("shed"));
        QCOMPARE(found.user, QStringLiteral("pi"));
        // Once it was added, it is known, and stays chosen.
        device::Device shed;
        shed.name = found.name;
        shed.host = QStringLiteral("10.0.0.7");
        search.addKnown(shed);
        QTRY_VERIFY(button(view, QStringLiteral("Connect")));
        QVERIFY(list->currentItem()->text(0).startsWith(QStringLiteral("shed")));
    }
};

QTEST_MAIN(tst_FindDevices)
#include "tst_finddevices.moc"
