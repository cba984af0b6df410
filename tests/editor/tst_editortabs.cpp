#include "editor/core/document.h"
#include "editor/ui/breakpointpopup.h"
#include "editor/ui/codeeditor.h"
#include "editor/ui/editorpage.h"
#include "editor/ui/editortabs.h"
#include "editor/ui/tabbar.h"

#include <QAction>
#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace editor;

namespace {

/// Answers at once, as the test says.
class FakeQuestion final : public SaveQuestion
{
public:
    void ask(const QStringList &paths, std::function<void(Answer)> answer) override
    {
        asked.append(paths);
        if (later)
            pending = std::move(answer);
        else
            answer(say);
    }

    Answer say = Answer::Cancel;
    bool later = false;
    std::function<void(Answer)> pending;
    QList<QStringList> asked;
};

using Answer = SaveQuestion::Answer;

} // namespace

class EditorTabsTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        m_question = std::make_unique<FakeQuestion>();
        m_recovery =
            std::make_unique<RecoveryStore>(m_folder->filePath(QStringLiteral("recovery")));
        m_tabs = std::make_unique<EditorTabs>(*m_recovery, *m_question);
        m_failed = std::make_unique<QSignalSpy>(m_tabs.get(), &EditorTabs::failed);
        m_a = write(QStringLiteral("a.py"), "one\ntwo\nthree\n");
        m_b = write(QStringLiteral("b.yaml"), "key: value\n");
        m_tabs->resize(600, 400);
        m_tabs->show();
    }
    void cleanup()
    {
        m_tabs.reset();
        m_recovery.reset();
    }

    void aFileIsOpenedOnce()
    {
        QSignalSpy current(m_tabs.get(), &EditorTabs::currentChanged);
        CodeEditor *first = m_tabs->open(m_a);
        QVERIFY(first);
        QCOMPARE(first->text(), QStringLiteral("one\ntwo\nthree\n"));
        QCOMPARE(first->language(), Language::Python);
        m_tabs->open(m_b);
        QVERIFY(QFile::link(m_a, m_folder->filePath(QStringLiteral("link.py"))));
        QCOMPARE(m_tabs->open(m_folder->filePath(QStringLiteral("./link.py"))), first);
        QCOMPARE(m_tabs->paths(), QStringList({m_a, m_b}));
        QCOMPARE(m_tabs->currentPath(), m_a);
        QCOMPARE(current.count(), 3);
        QCOMPARE(current.last().first().toString(), m_a);
    }

    void whatCannotBeOpenedIsToldAndNothingOpens()
    {
        QVERIFY(!m_tabs->open(m_folder->filePath(QStringLiteral("missing.py"))));
        QCOMPARE(m_failed->count(), 1);
        QCOMPARE(m_failed->first().first().value<runtime::Error>().code,
                 runtime::ErrorCode::FileUnreadable);
        QCOMPARE(m_tabs->count(), 0);
        QVERIFY(m_tabs->currentPath().isEmpty());
    }

    void savingWritesAndClearsTheMark()
    {
        QSignalSpy modified(m_tabs.get(), &EditorTabs::modifiedChanged);
        QSignalSpy saved(m_tabs.get(), &EditorTabs::fileSaved);
        type(m_a, QStringLiteral("x"));
        QCOMPARE(m_tabs->modifiedPaths(), QStringList{m_a});
        QVERIFY(bar()->isModified(0));
        QVERIFY(m_tabs->saveCurrent());
        QCOMPARE(read(m_a), QByteArray("xone\ntwo\nthree\n"));
        QVERIFY(!bar()->isModified(0));
        QCOMPARE(saved.count(), 1);
        QCOMPARE(modified.count(), 2);
        // Undoing what was saved is a change again.
        m_tabs->currentEditor()->undo();
        QVERIFY(bar()->isModified(0));
    }

    void saveAllSavesTheModifiedOnes()
    {
        type(m_a, QStringLiteral("x"));
        m_tabs->open(m_b);
        QVERIFY(m_tabs->saveAll());
        QVERIFY(m_tabs->modifiedPaths().isEmpty());
        QCOMPARE(read(m_a), QByteArray("xone\ntwo\nthree\n"));
    }

    void aFailedSaveKeepsTheTabAndTheMark()
    {
        type(m_a, QStringLiteral("x"));
        QVERIFY(QFile::remove(m_a));
        QVERIFY(QDir().mkdir(m_a)); // a folder in the way
        m_question->say = Answer::Save;
        bool closed = true;
        m_tabs->close(m_a, [&](bool all) { closed = all; });
        QVERIFY(!closed);
        QCOMPARE(m_failed->count(), 1);
        QCOMPARE(m_tabs->modifiedPaths(), QStringList{m_a});
    }

    void closingAsksOnlyAboutUnsavedText_data()
    {
        QTest::addColumn<Answer>("answer");
        QTest::addColumn<bool>("closed");
        QTest::addColumn<QByteArray>("onDisk");
        const QByteArray before("one\ntwo\nthree\n");
        QTest::newRow("Save") << Answer::Save << true << "x" + before;
        QTest::newRow("Discard") << Answer::Discard << true << before;
        QTest::newRow("Cancel") << Answer::Cancel << false << before;
    }

    void closingAsksOnlyAboutUnsavedText()
    {
        QFETCH(Answer, answer);
        type(m_a, QStringLiteral("x"));
        m_tabs->open(m_b);
        m_question->say = answer;
        bool result = false;
        m_tabs->closeAll([&](bool all) { result = all; });
        QTEST(result, "closed");
        QCOMPARE(m_question->asked, QList<QStringList>{{m_a}});
        QCOMPARE(m_tabs->count(), result ? 0 : 2);
        QTEST(read(m_a), "onDisk");
    }

    void aLateAnswerFindsWhatIsLeft()
    {
        type(m_a, QStringLiteral("x"));
        m_question->later = true;
        m_tabs->close(m_a);
        QCOMPARE(m_tabs->count(), 1);
        m_question->pending(Answer::Discard);
        QCOMPARE(m_tabs->count(), 0);
        m_question->pending(Answer::Discard); // answered twice: nothing is left to close
        QCOMPARE(read(m_a), QByteArray("one\ntwo\nthree\n"));
        // The tabs may be gone when it comes.
        type(m_a, QStringLiteral("x"));
        m_tabs->close(m_a);
        m_tabs.reset();
        m_question->pending(Answer::Save);
        QCOMPARE(read(m_a), QByteArray("one\ntwo\nthree\n"));
    }

    void aCleanFileFollowsTheDisk()
    {
        CodeEditor *editor = m_tabs->open(m_a);
        editor->toggleBreakpoint(3);
        editor->goTo(3, 4);
        write(QStringLiteral("a.py"), "zero\none\ntwo\nthree\n");
        QTRY_COMPARE(editor->text(), QStringLiteral("zero\none\ntwo\nthree\n"));
        QVERIFY(!editor->isModified());
        QCOMPARE(editor->cursorLine(), 4);
        QCOMPARE(editor->cursorColumn(), 4);
        QCOMPARE(m_tabs->breakpoints(m_a).first().line, 4);
        QVERIFY(page(0)->notice().isEmpty());
    }

    void anEditedFileAsksWhatToKeep_data()
    {
        QTest::addColumn<QString>("button");
        QTest::addColumn<QString>("text");
        QTest::addColumn<bool>("modified");
        QTest::newRow("mine") << QStringLiteral("Keep mine") << QStringLiteral("xone\ntwo\nthree\n")
                              << true;
        QTest::newRow("theirs") << QStringLiteral("Load theirs") << QStringLiteral("theirs\n")
                                << false;
    }

    void anEditedFileAsksWhatToKeep()
    {
        QFETCH(QString, button);
        type(m_a, QStringLiteral("x"));
        write(QStringLiteral("a.py"), "theirs\n");
        QTRY_VERIFY(page(0)->notice().contains(QStringLiteral("changed outside")));
        QCOMPARE(m_tabs->currentEditor()->text(), QStringLiteral("xone\ntwo\nthree\n"));
        press(button);
        QTEST(m_tabs->currentEditor()->text(), "text");
        QTEST(bar()->isModified(0), "modified");
        QVERIFY(page(0)->notice().isEmpty());
    }

    void aRemovedFileIsToldAndSavedAgain()
    {
        m_tabs->open(m_a);
        QVERIFY(QFile::remove(m_a));
        QTRY_VERIFY(page(0)->notice().contains(QStringLiteral("removed")));
        QVERIFY(bar()->isModified(0));
        press(QStringLiteral("Save again"));
        QCOMPARE(read(m_a), QByteArray("one\ntwo\nthree\n"));
        QVERIFY(!bar()->isModified(0));
        QVERIFY(page(0)->notice().isEmpty());
    }

    void breakpointsOutliveTheirTab()
    {
        QSignalSpy changed(m_tabs.get(), &EditorTabs::breakpointsChanged);
        m_tabs->open(m_a)->toggleBreakpoint(2);
        QCOMPARE(changed.count(), 1);
        m_tabs->setBreakpointState(m_a, 2, Breakpoint::State::Verified);
        m_tabs->close(m_a);
        QCOMPARE(m_tabs->breakpoints(m_a).size(), 1);
        CodeEditor *again = m_tabs->open(m_a);
        QCOMPARE(again->breakpoints().first().state, Breakpoint::State::Verified);
        m_tabs->clearBreakpointStates();
        QCOMPARE(again->breakpoints().first().state, Breakpoint::State::Set);
        QCOMPARE(changed.count(), 1);
    }

    void aConditionIsSetInThePopup()
    {
        CodeEditor *editor = m_tabs->open(m_a);
        editor->goTo(2);
        editor->findChild<QAction *>(QStringLiteral("editor.editBreakpoint"))->trigger();
        auto *popup = editor->findChild<BreakpointPopup *>();
        QVERIFY(popup);
        QTest::keyClicks(popup->findChildren<QLineEdit *>().at(0), QStringLiteral("lux > 3"));
        QTest::keyClick(popup->findChildren<QLineEdit *>().at(0), Qt::Key_Return);
        QCOMPARE(m_tabs->breakpoints(m_a).size(), 1);
        QCOMPARE(m_tabs->breakpoints(m_a).first().line, 2);
        QCOMPARE(m_tabs->breakpoints(m_a).first().condition, QStringLiteral("lux > 3"));
    }

    void executionIsInOnePlace()
    {
        m_tabs->open(m_a);
        m_tabs->showExecution(m_a, 2);
        m_tabs->showExecution(m_b, 1);
        QCOMPARE(m_tabs->currentPath(), m_b);
        QCOMPARE(m_tabs->editor(m_a)->executionLine(), 0);
        QCOMPARE(m_tabs->editor(m_b)->executionLine(), 1);
        m_tabs->clearExecution();
        QCOMPARE(m_tabs->editor(m_b)->executionLine(), 0);
    }

    void theSessionComesBack()
    {
        m_tabs->open(m_a)->goTo(3, 2);
        m_tabs->currentEditor()->toggleBreakpoint(2);
        m_tabs->open(m_b);
        m_tabs->open(m_a);
        const EditorSession session = m_tabs->session();
        const QJsonObject stored =
            QJsonDocument::fromJson(QJsonDocument(toJson(session)).toJson()).object();
        QCOMPARE(sessionFromJson(stored), session);

        EditorTabs other(*m_recovery, *m_question);
        EditorSession withMissing = sessionFromJson(stored);
        withMissing.files.prepend({m_folder->filePath(QStringLiteral("gone.py")), 1, 1, 1});
        QSignalSpy failed(&other, &EditorTabs::failed);
        other.restore(withMissing);
        QCOMPARE(other.session(), session);
        QCOMPARE(failed.count(), 0);
        QCOMPARE(sessionFromJson(
                     QJsonDocument::fromJson("{\"files\":[1,{}],\"breakpoints\":3}").object()),
                 EditorSession());
    }

    void unsavedTextOfACrashIsBroughtBack()
    {
        CodeEditor *editor =
            m_tabs->openRecovered({m_a, QStringLiteral("recovered\n"), QDateTime(), QString()});
        QVERIFY(editor);
        QCOMPARE(editor->text(), QStringLiteral("recovered\n"));
        QVERIFY(bar()->isModified(0));
        QCOMPARE(read(m_a), QByteArray("one\ntwo\nthree\n"));
        editor->undo();
        QCOMPARE(editor->text(), QStringLiteral("one\ntwo\nthree\n"));
        // Also when the file is gone.
        const QString gone = m_folder->filePath(QStringLiteral("gone.py"));
        QVERIFY(m_tabs->openRecovered({gone, QStringLiteral("kept\n"), QDateTime(), QString()}));
        QVERIFY(m_tabs->saveCurrent());
        QCOMPARE(read(gone), QByteArray("kept\n"));
    }

    void typedTextIsKeptForACrashAndForgottenWhenSaved()
    {
        type(m_a, QStringLiteral("x"));
        const QDir recovery(m_folder->filePath(QStringLiteral("recovery")));
        const auto kept = [&] {
            int count = 0;
            for (const QString &own : recovery.entryList(QDir::Dirs | QDir::NoDotAndDotDot))
                count +=
                    int(QDir(recovery.filePath(own)).entryList({QStringLiteral("*.json")}).size());
            return count;
        };
        QTRY_COMPARE(kept(), 1);
        QVERIFY(m_tabs->saveCurrent());
        QCOMPARE(kept(), 0);
    }

    void tabsAreReachedByKeyboardAndMouse()
    {
        m_tabs->open(m_a);
        m_tabs->open(m_b);
        const auto order = [this](const char *name) {
            for (QAction *action : m_tabs->actions())
                if (action->objectName() == QLatin1String(name))
                    return action->trigger();
            QFAIL(name);
        };
        order("editor.nextTab");
        QCOMPARE(m_tabs->currentPath(), m_a);
        order("editor.previousTab");
        QCOMPARE(m_tabs->currentPath(), m_b);
        QTest::mouseClick(bar(), Qt::MiddleButton, {}, bar()->tabRect(0).center());
        QCOMPARE(m_tabs->paths(), QStringList{m_b});
        order("editor.close");
        QCOMPARE(m_tabs->count(), 0);
    }

    void filesOfOneNameAreToldApart()
    {
        QVERIFY(QDir(m_folder->path()).mkdir(QStringLiteral("lamp")));
        m_tabs->open(m_a);
        QCOMPARE(bar()->tabText(0), QStringLiteral("a.py"));
        m_tabs->open(write(QStringLiteral("lamp/a.py"), ""));
        QCOMPARE(bar()->tabText(1), QStringLiteral("a.py · lamp"));
    }

private:
    QString write(const QString &name, const QByteArray &bytes)
    {
        QFile file(m_folder->filePath(name));
        if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
            qFatal("cannot write %s", qPrintable(file.fileName()));
        return file.fileName();
    }
    static QByteArray read(const QString &path)
    {
        QFile file(path);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("unreadable");
    }
    void type(const QString &path, const QString &text)
    {
        CodeEditor *editor = m_tabs->open(path);
        editor->goTo(1);
        editor->insert(text);
    }
    void press(const QString &text)
    {
        for (QPushButton *button : page(0)->findChildren<QPushButton *>())
            if (button->text() == text)
                return button->click();
        QFAIL(qPrintable(text));
    }
    TabBar *bar() const { return m_tabs->findChild<TabBar *>(); }
    EditorPage *page(int index) const
    {
        return static_cast<EditorPage *>(bar()->tabData(index).value<QWidget *>());
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<FakeQuestion> m_question;
    std::unique_ptr<RecoveryStore> m_recovery;
    std::unique_ptr<EditorTabs> m_tabs;
    std::unique_ptr<QSignalSpy> m_failed;
    QString m_a;
    QString m_b;
};

QTEST_MAIN(EditorTabsTest)
#include "tst_editortabs.moc"
