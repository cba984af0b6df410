#include "app/ide/deviceedits.h"
#include "app/ide/devicefilespane.h"
#include "app/ide/devicehub.h"
#include "app/ide/theme.h"
#include "device-manager/core/simulatedpi.h"
#include "editor/core/recoverystore.h"
#include "editor/ui/codeeditor.h"
#include "editor/ui/editortabs.h"

#include <QAbstractItemModelTester>
#include <QApplication>
#include <QDir>
#include <QDropEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMessageBox>
#include <QMimeData>
#include <QPushButton>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QTreeView>

using namespace app;

namespace {

class DiscardAnswer final : public editor::SaveQuestion
{
public:
    void ask(const QStringList &, std::function<void(Answer)> answer) override
    {
        answer(Answer::Discard);
    }
};

} // namespace

/// The files of a simulated device in the window, and in the editor.
class tst_DeviceFilesPane : public QObject
{
    Q_OBJECT

    QTemporaryDir m_state;
    const QString m_name = QStringLiteral("simulated-pi");
    std::unique_ptr<Theme> m_theme;
    std::unique_ptr<DeviceHub> m_hub;
    std::unique_ptr<DeviceFilesPane> m_pane;
    QTreeView *m_view = nullptr;

    [[nodiscard]] QString here(const QString &name) const
    {
        return m_state.filePath(QStringLiteral("simulated/simulated-pi/home/")) + name;
    }

    static void write(const QString &path, const QByteArray &bytes)
    {
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(bytes);
    }

    static QByteArray contentsOf(const QString &path)
    {
        QFile file(path);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("(none)");
    }

    [[nodiscard]] QStringList shown() const
    {
        QStringList names;
        for (int row = 0; row < m_view->model()->rowCount(); ++row)
            names << m_view->model()->index(row, 0).data().toString();
        return names;
    }

    [[nodiscard]] QString current() const { return m_view->currentIndex().data().toString(); }

    void choose(const QString &name)
    {
        const auto found =
            m_view->model()->match(m_view->model()->index(0, 0), Qt::DisplayRole, name, 1,
                                   Qt::MatchExactly | Qt::MatchCaseSensitive);
        QCOMPARE(found.size(), 1);
        m_view->setCurrentIndex(found[0]);
    }

    void press(int key, Qt::KeyboardModifiers modifiers = {})
    {
        m_pane->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(m_pane.get()));
        m_view->setFocus();
        QTest::keyClick(m_view, Qt::Key(key), modifiers);
    }

    [[nodiscard]] QMessageBox *box() const
    {
        return m_pane->findChild<QMessageBox *>(QStringLiteral("filesBox"));
    }

    void answer(const QString &text)
    {
        QTRY_VERIFY(box());
        for (QAbstractButton *button : box()->buttons())
            if (button->text().remove(QLatin1Char('&')) == text) {
                button->click();
                QTRY_VERIFY(!box());
                return;
            }
        QFAIL(qPrintable(text));
    }

private Q_SLOTS:
    void initTestCase()
    {
        qputenv("EDGEWRIGHT_STATE", m_state.path().toLocal8Bit());
        const QByteArray programs =
            QCoreApplication::applicationDirPath().toLocal8Bit() + "/../bin";
        qputenv("PATH", programs + ':' + qgetenv("PATH"));
        m_theme = std::make_unique<Theme>();
        m_theme->apply(ThemeChoice::Light);
        m_hub = std::make_unique<DeviceHub>();
        QSignalSpy failed(m_hub.get(), &DeviceHub::failed);
        m_hub->start();
        m_hub->simulate();
        QTRY_VERIFY_WITH_TIMEOUT(m_hub->isOnline(m_name) || !failed.isEmpty(), 30'000);
        if (!m_hub->isOnline(m_name))
            QSKIP(qvariant_cast<runtime::Error>(failed[0][0]).detail.c_str());
        QVERIFY(QDir(here(QString())).mkpath(QStringLiteral("photos/summer")));
        write(here(QStringLiteral("a10.txt")), "ten");
        write(here(QStringLiteral("a9.txt")), QByteArray(5000, '9'));
        write(here(QStringLiteral(".secret")), "hidden");
        m_pane =
            std::make_unique<DeviceFilesPane>(std::make_unique<DeviceFolder>(m_hub.get(), m_name));
        m_view = m_pane->findChild<QTreeView *>();
        new QAbstractItemModelTester(m_view->model(),
                                     QAbstractItemModelTester::FailureReportingMode::QtTest, this);
        m_pane->resize(900, 500);
        m_pane->show();
        QVERIFY(QTest::qWaitForWindowActive(m_pane.get()));
    }

    void cleanupTestCase()
    {
        m_pane.reset();
        m_hub.reset();
    }

    void theHomeShowsInAnOrderForPeople()
    {
        const QStringList wanted{QStringLiteral("photos"), QStringLiteral("a9.txt"),
                                 QStringLiteral("a10.txt")};
        QTRY_COMPARE_WITH_TIMEOUT(shown(), wanted, 15'000);
        m_view->sortByColumn(DeviceFilesModel::Size, Qt::AscendingOrder);
        QCOMPARE(shown(), QStringList({QStringLiteral("photos"), QStringLiteral("a10.txt"),
                                       QStringLiteral("a9.txt")}));
        m_view->sortByColumn(DeviceFilesModel::Name, Qt::AscendingOrder);
        press(Qt::Key_H, Qt::ControlModifier);
        QVERIFY(shown().contains(QStringLiteral(".secret")));
        press(Qt::Key_H, Qt::ControlModifier);
        QCOMPARE(shown(), wanted);
    }

    void theKeyboardOpensAndGoesUp()
    {
        choose(QStringLiteral("photos"));
        press(Qt::Key_Return);
        QTRY_COMPARE(shown(), QStringList{QStringLiteral("summer")});
        press(Qt::Key_Backspace);
        QTRY_COMPARE(current(), QStringLiteral("photos"));
        QTRY_COMPARE(m_pane->folder().state(), DeviceFolder::State::Shown);
        press(Qt::Key_Return);
        QTRY_COMPARE(shown(), QStringList{QStringLiteral("summer")});
        press(Qt::Key_Up, Qt::AltModifier);
        QTRY_COMPARE(current(), QStringLiteral("photos"));
        QSignalSpy edit(m_pane.get(), &DeviceFilesPane::editRequested);
        QTRY_COMPARE(m_pane->folder().state(), DeviceFolder::State::Shown);
        choose(QStringLiteral("a10.txt"));
        press(Qt::Key_Return);
        QCOMPARE(edit.size(), 1);
        QVERIFY(edit[0][1].toByteArray().endsWith("/a10.txt"));
    }

    void aNameIsChangedInPlace()
    {
        choose(QStringLiteral("a10.txt"));
        press(Qt::Key_F2);
        QTRY_VERIFY(m_view->viewport()->findChild<QLineEdit *>());
        auto *field = m_view->viewport()->findChild<QLineEdit *>();
        QTest::keyClick(field, Qt::Key_Backspace); // of the field, not of the folder
        field->setText(QStringLiteral("b.txt"));
        QTest::keyClick(field, Qt::Key_Return);
        QTRY_COMPARE(current(), QStringLiteral("b.txt"));
        QCOMPARE(contentsOf(here(QStringLiteral("b.txt"))), QByteArray("ten"));
        QTRY_COMPARE(m_pane->folder().state(), DeviceFolder::State::Shown);
    }

    void nothingIsDeletedWithoutAYes()
    {
        choose(QStringLiteral("b.txt"));
        press(Qt::Key_Delete);
        answer(QStringLiteral("Cancel"));
        QVERIFY(QFile::exists(here(QStringLiteral("b.txt"))));
        press(Qt::Key_Delete);
        answer(QStringLiteral("Delete"));
        QTRY_VERIFY(!QFile::exists(here(QStringLiteral("b.txt"))));
        QTRY_VERIFY(!shown().contains(QStringLiteral("b.txt")));
    }

    void droppedFilesAreUploadedAndAskBeforeTheyReplace()
    {
        QTemporaryDir local;
        const QString path = local.filePath(QStringLiteral("dropped.txt"));
        write(path, "one");
        const auto drop = [&] {
            QMimeData mime;
            mime.setUrls({QUrl::fromLocalFile(path)});
            QDragEnterEvent enter(QPoint(40, 200), Qt::CopyAction, &mime, Qt::LeftButton, {});
            QApplication::sendEvent(m_pane.get(), &enter);
            QVERIFY(enter.isAccepted());
            QDropEvent event(QPointF(40, 200), Qt::CopyAction, &mime, Qt::LeftButton, {});
            QApplication::sendEvent(m_pane.get(), &event);
        };
        QTRY_COMPARE(m_pane->folder().state(), DeviceFolder::State::Shown);
        drop();
        QTRY_COMPARE(contentsOf(here(QStringLiteral("dropped.txt"))), QByteArray("one"));
        QTRY_VERIFY(shown().contains(QStringLiteral("dropped.txt")));
        write(path, "two");
        drop();
        answer(QStringLiteral("Cancel"));
        QCOMPARE(contentsOf(here(QStringLiteral("dropped.txt"))), QByteArray("one"));
        drop();
        answer(QStringLiteral("Replace"));
        QTRY_COMPARE(contentsOf(here(QStringLiteral("dropped.txt"))), QByteArray("two"));
        QTRY_VERIFY(!m_pane->folder().transfer());
        QTRY_COMPARE(m_pane->folder().state(), DeviceFolder::State::Shown);
        choose(QStringLiteral("dropped.txt"));
        QTemporaryDir back;
        m_pane->downloadTo(back.path());
        QTRY_COMPARE(contentsOf(back.filePath(QStringLiteral("dropped.txt"))), QByteArray("two"));
    }

    void whatIsSavedReachesTheDeviceOrIsKept()
    {
        QTemporaryDir folder;
        editor::RecoveryStore recovery(folder.filePath(QStringLiteral("recovery")));
        DiscardAnswer question;
        editor::EditorTabs tabs(recovery, question);
        tabs.resize(600, 400);
        tabs.show();
        const QString copies = folder.filePath(QStringLiteral("copies"));
        DeviceEdits edits(m_hub.get(), &tabs, copies);
        QSignalSpy saved(&edits, &DeviceEdits::saved);
        const QString file = here(QStringLiteral("app.conf"));
        write(file, "level = 1\n");
        const QByteArray path = m_pane->folder().folder().path + "/app.conf";
        edits.open(m_name, path);
        QTRY_COMPARE_WITH_TIMEOUT(tabs.count(), 1, 15'000);
        const QString copy = tabs.currentPath();
        QCOMPARE(tabs.currentEditor()->text(), QStringLiteral("level = 1\n"));

        tabs.currentEditor()->replaceAll(QStringLiteral("level = 2\n"));
        QVERIFY(tabs.saveCurrent());
        QCOMPARE(tabs.modifiedPaths(), QStringList{copy}); // until the device has it
        QTRY_COMPARE_WITH_TIMEOUT(contentsOf(file), QByteArray("level = 2\n"), 15'000);
        QTRY_COMPARE(saved.size(), 1);
        QVERIFY(tabs.modifiedPaths().isEmpty());
        QCOMPARE(tabs.notice(copy), QString());

        write(file, "level = 9\n");
        tabs.currentEditor()->replaceAll(QStringLiteral("level = 3\n"));
        QVERIFY(tabs.saveCurrent());
        QTRY_VERIFY(tabs.notice(copy).contains(QStringLiteral("Nothing was overwritten")));
        QCOMPARE(contentsOf(file), QByteArray("level = 9\n"));
        for (auto *button : tabs.findChildren<QPushButton *>())
            if (button->text() == QStringLiteral("Overwrite theirs"))
                button->click();
        QTRY_COMPARE(contentsOf(file), QByteArray("level = 3\n"));
        QTRY_VERIFY(tabs.modifiedPaths().isEmpty());

        write(file, "theirs\n");
        tabs.currentEditor()->replaceAll(QStringLiteral("mine\n"));
        QVERIFY(tabs.saveCurrent());
        QTRY_VERIFY(tabs.notice(copy).contains(QStringLiteral("Nothing was overwritten")));
        for (auto *button : tabs.findChildren<QPushButton *>())
            if (button->text() == QStringLiteral("Load theirs"))
                button->click();
        QTRY_COMPARE(tabs.currentEditor()->text(), QStringLiteral("theirs\n"));
        QTRY_VERIFY(tabs.modifiedPaths().isEmpty());

        m_hub->disconnectDevice(m_name);
        QTRY_COMPARE(m_pane->folder().state(), DeviceFolder::State::Away);
        tabs.currentEditor()->replaceAll(QStringLiteral("level = 4\n"));
        QVERIFY(tabs.saveCurrent());
        QTRY_VERIFY(tabs.notice(copy).contains(QStringLiteral("is away")));
        QCOMPARE(tabs.modifiedPaths(), QStringList{copy});
        {
            // Another start of the program finds what was kept.
            editor::EditorTabs others(recovery, question);
            const DeviceEdits later(m_hub.get(), &others, copies);
            QCOMPARE(later.unsent().size(), std::size_t(1));
            QCOMPARE(later.unsent()[0].copy, copy);
        }
        m_hub->connectDevice(m_name);
        QTRY_COMPARE_WITH_TIMEOUT(contentsOf(file), QByteArray("level = 4\n"), 30'000);
        QTRY_VERIFY(tabs.modifiedPaths().isEmpty());
        tabs.close(copy);
        QCOMPARE(tabs.count(), 0);
        QVERIFY(!QFile::exists(copy));
    }
};

QTEST_MAIN(tst_DeviceFilesPane)
#include "tst_devicefilespane.moc"
